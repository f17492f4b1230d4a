/* table.c - columns as wide as their widest cell; no blanks at the ends of lines. See out.h. */
#include "out.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define GAP 2u

struct cli_cell {
	char *text;
	unsigned width; /* characters */
	enum cli_style style;
};

/* One column per character that is not a continuation byte: right for all but wide and combining characters. */
static unsigned width_of(const char *text)
{
	unsigned width = 0;
	for (; *text; text++) width += ((unsigned char)*text & 0xC0) != 0x80;
	return width;
}

static bool has_room(cli_table *t)
{
	if (t->count < t->capacity) return true;
	size_t larger = t->capacity ? t->capacity * 2 : 64;
	struct cli_cell *cells = realloc(t->cells, larger * sizeof *cells);
	if (!cells) return false;
	t->cells = cells;
	t->capacity = larger;
	return true;
}

void cli_cell_buf(cli_table *t, enum cli_style style, pc_strbuf *b)
{
	char *text = pc_strbuf_take(b, NULL);
	if (!text || !has_room(t)) {
		t->failed = true;
		free(text);
		return;
	}
	t->cells[t->count++] = (struct cli_cell){.text = text, .width = width_of(text), .style = style};
}

void cli_table_start(cli_table *t, bool color, unsigned columns, const char *const *headings, unsigned right)
{
	PC_ASSERT(columns > 0 && columns <= CLI_COLUMNS_MAX);
	memset(t, 0, sizeof *t);
	t->columns = columns;
	t->right = right;
	t->color = color;
	for (unsigned i = 0; headings && i < columns; i++) cli_cell(t, CLI_BOLD, "%s", headings[i]);
}

void cli_cell(cli_table *t, enum cli_style style, const char *format, ...)
{
	char text[256];
	pc_strbuf b = {0};
	va_list args;
	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	pc_strbuf_puts(&b, text);
	cli_cell_buf(t, style, &b);
}

void cli_cell_text(cli_table *t, enum cli_style style, const char *text, size_t bytes)
{
	pc_strbuf b = {0};
	cli_escape(&b, text, bytes);
	cli_cell_buf(t, style, &b);
}

static void put_blanks(pc_strbuf *b, unsigned count)
{
	while (count--) pc_strbuf_add(b, " ", 1);
}

static void put_row(pc_strbuf *b, const cli_table *t, const struct cli_cell *row, const unsigned *widths)
{
	unsigned columns = t->columns;
	while (columns && !row[columns - 1].width) columns--;
	for (unsigned i = 0; i < columns; i++) {
		bool is_right = t->right >> i & 1u, is_styled = row[i].style != CLI_PLAIN;
		unsigned pad = widths[i] - row[i].width;
		if (is_right) put_blanks(b, pad);
		if (is_styled) pc_strbuf_puts(b, cli_style(t->color, row[i].style));
		pc_strbuf_puts(b, row[i].text);
		if (is_styled) pc_strbuf_puts(b, cli_style(t->color, CLI_PLAIN));
		if (i + 1 < columns) put_blanks(b, GAP + (is_right ? 0 : pad));
	}
	pc_strbuf_puts(b, "\n");
}

static void measure(const cli_table *t, unsigned widths[CLI_COLUMNS_MAX])
{
	memset(widths, 0, CLI_COLUMNS_MAX * sizeof *widths);
	for (size_t i = 0; i < t->count; i++)
		if (t->cells[i].width > widths[i % t->columns]) widths[i % t->columns] = t->cells[i].width;
}

unsigned cli_table_width(const cli_table *t)
{
	unsigned widths[CLI_COLUMNS_MAX], width = GAP * (t->columns - 1);
	measure(t, widths);
	for (unsigned i = 0; i < t->columns; i++) width += widths[i];
	return width;
}

void cli_table_free(cli_table *t)
{
	for (size_t i = 0; i < t->count; i++) free(t->cells[i].text);
	free(t->cells);
	memset(t, 0, sizeof *t);
}

bool cli_table_print(cli_table *t, unsigned indent)
{
	unsigned widths[CLI_COLUMNS_MAX];
	pc_strbuf b = {0};
	measure(t, widths);
	for (size_t i = 0; i + t->columns <= t->count; i += t->columns) {
		put_blanks(&b, indent);
		put_row(&b, t, t->cells + i, widths);
	}
	b.failed = b.failed || t->failed;
	cli_table_free(t);
	return cli_put_buf(&b);
}
