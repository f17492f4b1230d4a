/* exposition.c - see exposition.h. */
#include "exposition.h"

#include <stdio.h>
#include <string.h>

static void put(wire_buf *to, const char *text)
{
	wire_buf_put(to, text, strlen(text));
}

static void put_label(wire_buf *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' || *text == '"') wire_buf_put(to, "\\", 1);
		if (*text == '\n')
			wire_buf_put(to, "\\n", 2);
		else
			wire_buf_put(to, text, 1);
	}
}

/* What the samples of a type have behind the family's name. */
static const char *suffix_of(const char *type)
{
	if (!strcmp(type, "counter")) return "_total";
	return !strcmp(type, "info") ? "_info" : "";
}

static void put_line(const ws_expo *e, const char *what, const ws_family *f, const char *text)
{
	put(e->to, what);
	put(e->to, f->name);
	if (e->is_plain) put(e->to, suffix_of(f->type)); /* there, a family is called as its samples are */
	put(e->to, " ");
	put(e->to, text);
	put(e->to, "\n");
}

void ws_expo_family(const ws_expo *e, const ws_family *f)
{
	bool is_info = !strcmp(f->type, "info");
	put_line(e, "# TYPE ", f, e->is_plain && is_info ? "gauge" : f->type);
	if (f->unit && !e->is_plain) put_line(e, "# UNIT ", f, f->unit);
	put_line(e, "# HELP ", f, f->help);
}

void ws_expo_sample(const ws_expo *e, const ws_family *f, const char *const *labels, double value)
{
	char number[40];
	put(e->to, f->name);
	put(e->to, suffix_of(f->type));
	for (size_t i = 0; labels && labels[i]; i += 2) {
		put(e->to, i ? "," : "{");
		put(e->to, labels[i]);
		put(e->to, "=\"");
		put_label(e->to, labels[i + 1]);
		put(e->to, "\"");
	}
	(void)snprintf(number, sizeof number, "%s %.17g\n", labels && labels[0] ? "}" : "", value);
	put(e->to, number);
}

void ws_expo_single(const ws_expo *e, const char *name, const char *type, const char *unit, const char *help,
                    double value)
{
	ws_family f = {name, type, unit, help};
	ws_expo_family(e, &f);
	ws_expo_sample(e, &f, NULL, value);
}

void ws_expo_end(const ws_expo *e)
{
	if (!e->is_plain) put(e->to, "# EOF\n");
}
