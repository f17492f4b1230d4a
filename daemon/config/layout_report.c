/* config/layout_report.c - from a message of the layout compiler back to the place in the YAML. */
#include "config/layout_yaml.h"

#include <stdlib.h>
#include <string.h>

/* ---- the way back of a message ---- */

/* Byte of the text at "LINE:COLUMN: ..."; *ret_message is what follows. */
static size_t offset_of(const char *text, size_t bytes, const char *message, const char **ret_message)
{
	char *end;
	unsigned long line = strtoul(message, &end, 10), column = *end == ':' ? strtoul(end + 1, &end, 10) : 1;
	size_t at = 0;
	*ret_message = *end == ':' && end[1] == ' ' ? end + 2 : message;
	for (; line > 1 && at < bytes; at++) line -= text[at] == '\n';
	for (; column > 1 && at < bytes; at++) column -= (text[at] & 0xC0) != 0x80;
	return at;
}

static pcd_mark mark_of(const struct writer *w, size_t offset)
{
	size_t low = 0, high = w->piece_count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (w->pieces[middle].offset <= offset)
			low = middle;
		else
			high = middle;
	}
	pcd_mark mark = w->pieces[low].mark;
	if (w->pieces[low].shift >= 0)
		mark.column += (uint32_t)w->pieces[low].shift + (uint32_t)(offset - w->pieces[low].offset);
	return mark;
}

void pcd_ly_report(struct writer *w, size_t line_offset, const char *text, size_t bytes, const pc_err *err)
{
	const char *message;
	size_t offset = line_offset + offset_of(text, bytes, err->text, &message);
	pcd_mark mark = mark_of(w, offset);
	pcd_diags_add(w->sink->diags, &mark, "%s", message);
}

/* Compile each line that is right so far as a layout of its own; true if that found something. */
bool pcd_ly_report_lines(struct writer *w)
{
	bool found = false;
	pc_strbuf one = {0};
	for (size_t i = 0; i < w->line_count; i++) {
		const struct line *line = &w->lines[i];
		pc_layout *layout = NULL;
		pc_err err = {""};
		if (line->is_wrong || line->needs_more) continue;
		one.bytes = 0;
		/* Without this line a field called `layout` would be taken for the statement. */
		pc_strbuf_puts(&one, "layout\n");
		pc_strbuf_add(&one, w->text.text + line->offset, line->bytes);
		if (line->is_struct) pc_strbuf_puts(&one, "\nx u8\n}");
		if (one.failed) break;
		if (pc_layout_parse(one.text, one.bytes, &layout, &err) == PC_EINVAL) {
			pcd_ly_report(w, line->offset - strlen("layout\n"), one.text, one.bytes, &err);
			found = true;
		}
		pc_layout_destroy(&layout);
	}
	w->sink->no_memory |= one.failed;
	pc_strbuf_free(&one);
	return found;
}
