/* config/layout_keys.c - pieces of layout text, each with its place in the YAML. */
#include "config/layout_yaml.h"

#include "base/num.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for one more item in a malloc'ed array. */
static bool reserve(struct writer *w, void *array, size_t count, size_t *room, size_t item_bytes)
{
	void **at = array;
	if (count < *room) return true;
	size_t more = *room ? *room * 2 : 64;
	void *grown = realloc(*at, more * item_bytes);
	if (!grown) {
		w->sink->no_memory = true;
		return false;
	}
	*at = grown;
	*room = more;
	return true;
}

void pcd_ly_piece(struct writer *w, pcd_mark mark, int shift)
{
	void *pieces = w->pieces;
	if (!reserve(w, &pieces, w->piece_count, &w->piece_room, sizeof *w->pieces)) return;
	w->pieces = pieces;
	w->pieces[w->piece_count++] = (struct piece){w->text.bytes, mark, shift};
}

void pcd_ly_end_line(struct writer *w, size_t start, bool is_struct, bool is_wrong)
{
	void *lines = w->lines;
	if (!reserve(w, &lines, w->line_count, &w->line_room, sizeof *w->lines)) return;
	w->lines = lines;
	w->lines[w->line_count++] = (struct line){start, w->text.bytes - start, is_struct, is_wrong, w->needs_more};
	pc_strbuf_puts(&w->text, "\n");
}

void pcd_ly_fail(struct writer *w, const pcd_mark *mark, const char *format, const char *what)
{
	pcd_diags_add(w->sink->diags, mark, format, what);
	w->is_wrong = true;
}

/* ---- pieces of text ---- */

/* `extra` are the bytes that need a backslash besides " and \. */
static void write_escaped(struct writer *w, const struct pcd_node *node, const char *text, const char *extra)
{
	for (const char *c = text; *c; c++) {
		char escaped[2] = {'\\', *c == '\n' ? 'n' : *c == '\t' ? 't' : *c};
		if ((unsigned char)*c < ' ' && *c != '\n' && *c != '\t') {
			pcd_ly_fail(w, &node->mark, "expected a text without control characters%s", "");
			return;
		}
		if (*c == '"' || *c == '\\' || *c == '\n' || *c == '\t' || strchr(extra, *c))
			pc_strbuf_add(&w->text, escaped, 2);
		else
			pc_strbuf_add(&w->text, c, 1);
	}
}

void pcd_ly_text(struct writer *w, const char *key, const struct pcd_value *value)
{
	if (!value->node || !*value->text) return;
	pcd_ly_piece(w, value->node->mark, -1);
	pc_strbuf_printf(&w->text, " %s=\"", key);
	write_escaped(w, value->node, value->text, "");
	pc_strbuf_puts(&w->text, "\"");
}

void pcd_ly_int(struct writer *w, const char *key, const struct pcd_value *value)
{
	if (!value->node) return;
	pcd_ly_piece(w, value->node->mark, -1);
	pc_strbuf_printf(&w->text, " %s=%" PRId64, key, value->i);
}

void pcd_ly_real(struct writer *w, const char *key, const struct pcd_value *value)
{
	char number[PC_NUM_TEXT_MAX];
	if (!value->node) return;
	pcd_ly_piece(w, value->node->mark, -1);
	(void)pc_num_format_f64(value->r, number);
	pc_strbuf_printf(&w->text, " %s=%s", key, number);
}

void pcd_ly_word(struct writer *w, const char *key, const struct pcd_value *value)
{
	if (!value->node) return;
	pcd_ly_piece(w, value->node->mark, -1);
	pc_strbuf_printf(&w->text, " %s=%s", key, value->text);
}

/* ---- labels ---- */

static void write_label(struct writer *w, uint32_t i, const char *number, const struct pcd_node *entry)
{
	if (entry->kind != PCD_NODE_TEXT || pcd_node_is_null(entry) || !*entry->text) {
		if (entry->kind != PCD_NODE_WRONG)
			pcd_ly_fail(w, &entry->mark, "labels: expected the text of a label, found %s",
			            pcd_node_found(entry).text);
		w->is_wrong = true;
		return;
	}
	pcd_ly_piece(w, entry->key ? entry->key_mark : entry->mark, -1);
	pc_strbuf_printf(&w->text, "%s%s:", i ? "," : "", number);
	write_escaped(w, entry, entry->text, ",:");
}

void pcd_ly_labels(struct writer *w, const char *key, const struct pcd_node *labels)
{
	uint32_t i = 0;
	if (!labels) return;
	pcd_ly_piece(w, labels->mark, -1);
	if ((labels->kind != PCD_NODE_MAP && labels->kind != PCD_NODE_LIST) || !labels->first) {
		pcd_ly_fail(w, &labels->mark, "labels: expected {0: idle, 1: running} or [idle, running], found %s",
		            labels->first ? pcd_node_found(labels).text : "no labels");
		return;
	}
	pc_strbuf_printf(&w->text, " %s=\"", key);
	for (const struct pcd_node *n = labels->first; n; n = n->next, i++) {
		char number[24];
		pc_int value;
		bool is_mask = !strcmp(key, "flags");
		if (is_mask)
			(void)snprintf(number, sizeof number, "0x%" PRIx64, i < 64 ? UINT64_C(1) << i : 0);
		else
			(void)snprintf(number, sizeof number, "%" PRIu32, i);
		if (n->key && pc_num_parse_int(n->key, strlen(n->key), &value) != PC_NUM_OK)
			pcd_ly_fail(w, &n->key_mark, "labels: expected a number as the key of a label, found '%.40s'",
			            n->key);
		else
			write_label(w, i, n->key ? n->key : number, n);
	}
	pc_strbuf_puts(&w->text, "\"");
}

/* Texts without anything that means something in the list. */
void pcd_ly_columns(struct writer *w, const struct pcd_node *columns)
{
	if (!columns) return;
	pcd_ly_piece(w, columns->mark, -1);
	if (columns->kind != PCD_NODE_MAP || !columns->first) {
		pcd_ly_fail(w, &columns->mark,
		            "columns: expected {table: ..., name: ..., type: ..., offset: ...}, found %s",
		            pcd_node_found(columns).text);
		return;
	}
	pc_strbuf_puts(&w->text, " columns=\"");
	for (const struct pcd_node *n = columns->first; n; n = n->next) {
		if (n->kind != PCD_NODE_TEXT || strpbrk(n->text, "\",:\\") || strpbrk(n->key, "\",:\\")) {
			pcd_ly_fail(w, &n->mark, "columns: expected the name of a field, found %s",
			            pcd_node_found(n).text);
			continue;
		}
		pc_strbuf_printf(&w->text, "%s%s:%s", n == columns->first ? "" : ",", n->key, n->text);
	}
	pc_strbuf_puts(&w->text, "\"");
}
