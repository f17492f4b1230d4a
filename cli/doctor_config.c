/* doctor_config.c - could a daemon run this configuration here? What it wants is asked of `pagecastd --facts`. */
#include "doctor.h"
#include "os.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 8
#define ROOT       0u

/* One region that the configuration wants. */
struct wanted {
	const char *key, *object, *kind;
	uint64_t bytes; /* of shared memory */
};

struct reading {
	cli_doctor *d;
	cli_object directory; /* of a daemon of that instance, if one runs or was killed */
	uint64_t bytes, regions;
	char object[PC_NAME_BYTES]; /* name of the directory region */
};

static bool is_friend(const cli_doctor *d, uint32_t uid)
{
	return uid == d->user || uid == ROOT;
}

static void squatted(cli_doctor *d, const struct wanted *w, const cli_object *o, const char *object, const char *why,
                     const char *format)
{
	pc_strbuf text = {0}, mend = {0};
	pc_strbuf_printf(&text, "region '%s': ", w->key);
	cli_doctor_place(&text, object);
	pc_strbuf_printf(&text, " is a %s of %s, ", o->kind, o->user);
	pc_strbuf_puts(&text, format);
	pc_strbuf_puts(&mend, !strcmp(o->kind, "folder") ? "rmdir " : "rm ");
	cli_doctor_place(&mend, object);
	(void)cli_doctor_add(d, "squatted", &text, why, &mend);
}

/* The payload's name: free, the region's own, or somebody else's. */
static void judge_payload(struct reading *r, const struct wanted *w, const cli_object *payload, bool has_control)
{
	static const char refused[] = "the daemon would be refused the name and not start";
	bool expects_one = strcmp(w->kind, "plugin") != 0 && strcmp(w->kind, "external") != 0;
	if (!payload->is_there) return;
	if (!payload->is_plain)
		squatted(r->d, w, payload, w->object, refused, "no shared memory");
	else if (!is_friend(r->d, payload->uid))
		squatted(r->d, w, payload, w->object, refused, "not of the daemon's user");
	else if (!has_control && !expects_one)
		squatted(r->d, w, payload, w->object,
		         "the daemon would share it with whoever made it, and never remove it",
		         "and no region of pagecast");
}

static void judge_name(struct reading *r, const struct wanted *w)
{
	cli_object payload, control;
	char object[PC_NAME_BYTES + 16];
	(void)snprintf(object, sizeof object, "%s%s", w->object, PC_CONTROL_SUFFIX);
	if (!cli_os_object_look(w->object, &payload) || !cli_os_object_look(object, &control)) return;
	judge_payload(r, w, &payload, control.is_there);
	if (!control.is_there) {
		r->bytes += w->bytes;
		return;
	}
	if (!is_friend(r->d, control.uid)) {
		squatted(r->d, w, &control, object, "the daemon would be refused the name and not start",
		         "not of the daemon's user");
		return;
	}
	/* Owned, and no daemon of this instance runs: somebody else serves it. */
	if (control.is_owned == 1 && r->directory.is_owned != 1)
		squatted(r->d, w, &control, object, "a name has one owner: the daemon would not start",
		         "whose owner lives: end that program, or give the region another object");
}

static void take_region(struct reading *r, char **field, int count)
{
	if (count < 6) return;
	struct wanted w = {field[1], cli_os_plain_name(field[2]), field[3], strtoull(field[4], NULL, 10)};
	r->regions++;
	if (!*field[5]) judge_name(r, &w);
}

static void take_plugin(struct reading *r, char **field, int count)
{
	pc_strbuf text = {0}, mend = {0};
	if (count < 5 || !strcmp(field[3], "ok")) return;
	pc_strbuf_printf(&text, "%s: plugin '%s' (file '%s') is refused: %s", r->d->config, field[1], field[2],
	                 field[4]);
	pc_strbuf_puts(&mend, "(install it where plugin_path or --plugin-path looks, or take its block out)");
	(void)cli_doctor_add(r->d, "plugin", &text,
	                     "the regions that it feeds would have no writer, its viewers no bridge", &mend);
}

static void take_instance(struct reading *r, const char *instance)
{
	static const char *const suffixes[] = {"", ".daemon", ".plugins"};
	char object[PC_NAME_BYTES + 32];
	(void)snprintf(r->object, sizeof r->object, "%s%s", PC_DIRECTORY_PREFIX, instance);
	(void)snprintf(object, sizeof object, "%s%s", r->object, PC_CONTROL_SUFFIX);
	(void)cli_os_object_look(object, &r->directory);
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		char name[PC_NAME_BYTES + 16];
		(void)snprintf(name, sizeof name, "%s%s", r->object, suffixes[i]);
		struct wanted w = {name, name, "plugin", 0};
		judge_name(r, &w);
	}
}

static void take_line(struct reading *r, char *line)
{
	char *field[FIELDS_MAX];
	int count = 0;
	for (char *at = line; at && count < FIELDS_MAX; count++) {
		char *tab = strchr(at, '\t');
		field[count] = at;
		if (tab) *tab = 0;
		at = tab ? tab + 1 : NULL;
	}
	if (count >= 2 && !strcmp(field[0], "instance")) take_instance(r, field[1]);
	if (!strcmp(field[0], "region")) take_region(r, field, count);
	if (!strcmp(field[0], "plugin")) take_plugin(r, field, count);
}

static void is_wrong(cli_doctor *d, const char *text)
{
	pc_strbuf what = {0}, mend = {0};
	pc_strbuf_printf(&what, "%s: %s", d->config, text);
	pc_strbuf_puts(&mend, "pagecast check ");
	cli_doctor_quote(&mend, d->config);
	(void)cli_doctor_add(d, "config", &what, "a daemon would not start with it, and refuse it at a reload", &mend);
}

void cli_doctor_config(cli_doctor *d)
{
	struct reading r = {.d = d};
	char program[] = "pagecastd", option[] = "--facts", *text = NULL;
	char *argv[] = {program, option, (char *)(uintptr_t)d->config, NULL};
	pc_err err = {""};
	int status = cli_os_capture(program, argv, &text, NULL, &err);
	if (status) {
		is_wrong(d, err.text[0] ? err.text : "it has errors, or is no configuration");
		free(text);
		return;
	}
	for (char *line = text; *line;) {
		char *end = strchr(line, '\n');
		if (end) *end = 0;
		take_line(&r, line);
		if (!end) break;
		line = end + 1;
	}
	free(text);
	cli_doctor_needs(d, r.bytes, r.directory.is_owned == 1 ? 0 : r.regions);
}
