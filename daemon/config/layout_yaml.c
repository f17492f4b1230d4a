/* config/layout_yaml.c - fields as YAML become layout text for the one compiler in lib/layout.
 *
 * What can be said better here (types and keys with "did you mean", all of them at once) is checked here. The rest is the
 * compiler's: while the text is written, every piece remembers its place in the YAML, and "LINE:COLUMN" of a
 * message is led back to it. The compiler stops at its first error; so when it fails, each field is compiled alone,
 * which finds everything that does not depend on the neighbours. */
#include "config/build.h"

#include "base/num.h"
#include "base/strbuf.h"
#include "config/suggest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From here on, the text comes from this place. */
struct piece {
	size_t offset;
	pcd_mark mark;
	int shift; /* columns from the mark to the first letter, -1: the text is not as in the YAML */
};

/* One line of a field, or the line that opens a struct. */
struct line {
	size_t offset, bytes;
	bool is_struct;
	bool is_wrong; /* was reported */
};

struct writer {
	struct pcd_sink *sink;
	pc_strbuf text;
	struct piece *pieces;
	struct line *lines;
	size_t piece_count, piece_room, line_count, line_room;
	bool is_wrong; /* reported: do not compile */
};

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

static void begin_piece(struct writer *w, pcd_mark mark, int shift)
{
	void *pieces = w->pieces;
	if (!reserve(w, &pieces, w->piece_count, &w->piece_room, sizeof *w->pieces)) return;
	w->pieces = pieces;
	w->pieces[w->piece_count++] = (struct piece){w->text.bytes, mark, shift};
}

static void end_line(struct writer *w, size_t start, bool is_struct, bool is_wrong)
{
	void *lines = w->lines;
	if (!reserve(w, &lines, w->line_count, &w->line_room, sizeof *w->lines)) return;
	w->lines = lines;
	w->lines[w->line_count++] = (struct line){start, w->text.bytes - start, is_struct, is_wrong};
	pc_strbuf_puts(&w->text, "\n");
}

static void fail(struct writer *w, const pcd_mark *mark, const char *format, const char *what)
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
			fail(w, &node->mark, "expected a text without control characters%s", "");
			return;
		}
		if (*c == '"' || *c == '\\' || *c == '\n' || *c == '\t' || strchr(extra, *c))
			pc_strbuf_add(&w->text, escaped, 2);
		else
			pc_strbuf_add(&w->text, c, 1);
	}
}

static void write_text(struct writer *w, const char *key, const struct pcd_value *value)
{
	if (!value->node || !*value->text) return;
	begin_piece(w, value->node->mark, -1);
	pc_strbuf_printf(&w->text, " %s=\"", key);
	write_escaped(w, value->node, value->text, "");
	pc_strbuf_puts(&w->text, "\"");
}

static void write_int(struct writer *w, const char *key, const struct pcd_value *value)
{
	if (!value->node) return;
	begin_piece(w, value->node->mark, -1);
	pc_strbuf_printf(&w->text, " %s=%" PRId64, key, value->i);
}

static void write_real(struct writer *w, const char *key, const struct pcd_value *value)
{
	char number[PC_NUM_TEXT_MAX];
	if (!value->node) return;
	begin_piece(w, value->node->mark, -1);
	(void)pc_num_format_f64(value->r, number);
	pc_strbuf_printf(&w->text, " %s=%s", key, number);
}

static void write_word(struct writer *w, const char *key, const struct pcd_value *value)
{
	if (!value->node) return;
	begin_piece(w, value->node->mark, -1);
	pc_strbuf_printf(&w->text, " %s=%s", key, value->text);
}

/* ---- labels ---- */

static void write_label(struct writer *w, uint32_t i, const char *number, const struct pcd_node *entry)
{
	if (entry->kind != PCD_NODE_TEXT || pcd_node_is_null(entry) || !*entry->text) {
		if (entry->kind != PCD_NODE_WRONG)
			fail(w, &entry->mark, "labels: expected the text of a label, found %s",
			     pcd_node_found(entry).text);
		w->is_wrong = true;
		return;
	}
	begin_piece(w, entry->key ? entry->key_mark : entry->mark, -1);
	pc_strbuf_printf(&w->text, "%s%s:", i ? "," : "", number);
	write_escaped(w, entry, entry->text, ",:");
}

static void write_labels(struct writer *w, const struct pcd_node *labels)
{
	uint32_t i = 0;
	if (!labels) return;
	begin_piece(w, labels->mark, -1);
	if ((labels->kind != PCD_NODE_MAP && labels->kind != PCD_NODE_LIST) || !labels->first) {
		fail(w, &labels->mark, "labels: expected {0: idle, 1: running} or [idle, running], found %s",
		     labels->first ? pcd_node_found(labels).text : "no labels");
		return;
	}
	pc_strbuf_puts(&w->text, " labels=\"");
	for (const struct pcd_node *n = labels->first; n; n = n->next, i++) {
		char number[16];
		pc_int value;
		(void)snprintf(number, sizeof number, "%" PRIu32, i);
		if (n->key && pc_num_parse_int(n->key, strlen(n->key), &value) != PC_NUM_OK)
			fail(w, &n->key_mark, "labels: expected a number as the key of a label, found '%.40s'", n->key);
		else
			write_label(w, i, n->key ? n->key : number, n);
	}
	pc_strbuf_puts(&w->text, "\"");
}

/* ---- fields ---- */

static bool is_name(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
	return *name && !(*name >= '0' && *name <= '9') && name[strspn(name, letters)] == '\0';
}

/* What other languages call our types. */
static const char *translate(const char *name)
{
	static const char *const words[][2] = {
	        {"float", "f32"},       {"float32", "f32"},   {"single", "f32"},    {"double", "f64"},
	        {"float64", "f64"},     {"real", "f64"},      {"int", "i32"},       {"int8", "i8"},
	        {"int16", "i16"},       {"int32", "i32"},     {"int64", "i64"},     {"short", "i16"},
	        {"long", "i64"},        {"uint", "u32"},      {"uint8", "u8"},      {"uint16", "u16"},
	        {"uint32", "u32"},      {"uint64", "u64"},    {"byte", "u8"},       {"word", "u16"},
	        {"dword", "u32"},       {"boolean", "bool"},  {"enum", "enum32"},   {"str", "char[32]"},
	        {"string", "char[32]"}, {"text", "char[32]"}, {"wchar", "wchar16"}, {"wchar_t", "wchar16"}};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (!strcmp(name, words[i][0])) return words[i][1];
	return NULL;
}

/* A known type with dimensions that look like some, for a message that is better than the compiler's. */
static bool check_type(struct writer *w, const struct pcd_node *node, const char *text)
{
	struct pcd_suggest suggest = {.word = text};
	char name[64];
	size_t bytes = strcspn(text, "["), rest = strspn(text + bytes, "[]0123456789xXabcdefABCDEF");
	if (!text[bytes + rest] && bytes < sizeof name) {
		memcpy(name, text, bytes);
		name[bytes] = '\0';
		suggest.word = name;
		for (int t = 0; t < PC_TYPE_COUNT; t++) {
			if (!strcmp(name, pc_type_name((pc_type)t))) return true;
			pcd_suggest_try(&suggest, pc_type_name((pc_type)t));
		}
		if (translate(name)) suggest.best = translate(name);
	}
	pcd_diags_add(w->sink->diags, &node->mark, "expected a type such as f32 or char[10], found %s%s%s%s",
	              pcd_node_found(node).text, suggest.best ? "; did you mean '" : "",
	              suggest.best ? suggest.best : "", suggest.best ? "'?" : "");
	w->is_wrong = true;
	return false;
}

static bool is_struct_type(const char *type)
{
	return !strncmp(type, "struct", 6) && (type[6] == '\0' || type[6] == '[');
}

static void write_type(struct writer *w, const struct pcd_node *field, const struct pcd_value *values)
{
	const struct pcd_value *type = &values[PCD_FIELD_TYPE], *fields = &values[PCD_FIELD_FIELDS];
	const struct pcd_node *at = type->node ? type->node : field;
	const char *text = type->node ? type->text : "struct";
	if (!type->node && !fields->node) {
		if (!w->is_wrong) /* else a wrong key may have been meant so */
			fail(w, &field->key_mark, "field %.63s needs the key 'type', such as f32, or 'fields'",
			     field->key);
		return;
	}
	if (!check_type(w, at, text)) return;
	if (is_struct_type(text) && !fields->node)
		fail(w, &at->mark, "field %.63s is a struct and needs the key 'fields'", field->key);
	if (!is_struct_type(text) && fields->node)
		fail(w, &fields->node->key_mark, "fields are only for structs, not for %.60s", text);
	begin_piece(w, at->mark, type->node ? at->text_shift : -1);
	pc_strbuf_puts(&w->text, text);
}

static void write_fields(struct writer *w, const struct pcd_node *fields, const char *what);

static void write_field_keys(struct writer *w, const struct pcd_value *values)
{
	write_int(w, "size", &values[PCD_FIELD_SIZE]);
	write_int(w, "align", &values[PCD_FIELD_ALIGN]);
	write_word(w, "packing", &values[PCD_FIELD_PACKING]);
	write_int(w, "stride", &values[PCD_FIELD_STRIDE]);
	write_text(w, "unit", &values[PCD_FIELD_UNIT]);
	write_text(w, "title", &values[PCD_FIELD_TITLE]);
	write_text(w, "doc", &values[PCD_FIELD_DOC]);
	write_real(w, "min", &values[PCD_FIELD_MIN]);
	write_real(w, "max", &values[PCD_FIELD_MAX]);
	write_labels(w, values[PCD_FIELD_LABELS].node);
}

/* "@8 name type", and what is behind it; a struct's line stays open for its fields. */
static void write_field(struct writer *w, const struct pcd_node *field)
{
	struct pcd_value values[PCD_FIELD_KEY_COUNT] = {{0}};
	char what[80];
	(void)snprintf(what, sizeof what, "field %.60s", field->key);
	struct pcd_table table = {pcd_field_keys, NULL, what};
	bool was_wrong = w->is_wrong;
	w->is_wrong = false;
	if (field->kind == PCD_NODE_TEXT && !pcd_node_is_null(field))
		values[PCD_FIELD_TYPE] = (struct pcd_value){.node = field, .is_set = true, .text = field->text};
	else if (!pcd_table_read(w->sink, &table, field, values))
		w->is_wrong = true;
	size_t start = w->text.bytes;
	begin_piece(w, field->key_mark, -1);
	if (values[PCD_FIELD_OFFSET].node) {
		begin_piece(w, values[PCD_FIELD_OFFSET].node->mark, -1);
		pc_strbuf_printf(&w->text, "@%" PRId64 " ", values[PCD_FIELD_OFFSET].i);
		begin_piece(w, field->key_mark, -1);
	}
	pc_strbuf_printf(&w->text, "%s ", field->key);
	write_type(w, field, values);
	write_field_keys(w, values);
	const struct pcd_node *fields = values[PCD_FIELD_FIELDS].node;
	if (fields) pc_strbuf_puts(&w->text, " {");
	end_line(w, start, fields != NULL, w->is_wrong);
	w->is_wrong |= was_wrong;
	if (!fields) return;
	write_fields(w, fields, what);
	begin_piece(w, fields->mark, -1);
	pc_strbuf_puts(&w->text, "}\n");
}

static void write_fields(struct writer *w, const struct pcd_node *fields, const char *what)
{
	begin_piece(w, fields->mark, -1);
	if (fields->kind == PCD_NODE_WRONG || fields->kind != PCD_NODE_MAP || !fields->first) {
		w->is_wrong = true;
		if (fields->kind != PCD_NODE_WRONG)
			pcd_diags_add(w->sink->diags, &fields->mark,
			              "%s: expected a mapping of fields, NAME: TYPE, found %s", what,
			              fields->kind == PCD_NODE_MAP ? "none" : pcd_node_found(fields).text);
		return;
	}
	for (const struct pcd_node *n = fields->first; n; n = n->next) {
		if (!is_name(n->key))
			fail(w, &n->key_mark,
			     "expected a field name of letters, digits and '_' that starts with no digit, found "
			     "'%.60s'",
			     n->key);
		else if (n->kind == PCD_NODE_WRONG)
			w->is_wrong = true;
		else
			write_field(w, n);
	}
}

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

static void report(struct writer *w, size_t line_offset, const char *text, size_t bytes, const pc_err *err)
{
	const char *message;
	size_t offset = line_offset + offset_of(text, bytes, err->text, &message);
	pcd_mark mark = mark_of(w, offset);
	pcd_diags_add(w->sink->diags, &mark, "%s", message);
}

/* Compile each line that is right so far as a layout of its own; true if that found something. */
static bool report_lines(struct writer *w)
{
	bool found = false;
	pc_strbuf one = {0};
	for (size_t i = 0; i < w->line_count; i++) {
		const struct line *line = &w->lines[i];
		pc_layout *layout = NULL;
		pc_err err = {""};
		if (line->is_wrong) continue;
		one.bytes = 0;
		/* Without this line a field called `layout` would be taken for the statement. */
		pc_strbuf_puts(&one, "layout\n");
		pc_strbuf_add(&one, w->text.text + line->offset, line->bytes);
		if (line->is_struct) pc_strbuf_puts(&one, "\nx u8\n}");
		if (one.failed) break;
		if (pc_layout_parse(one.text, one.bytes, &layout, &err) == PC_EINVAL) {
			report(w, line->offset - strlen("layout\n"), one.text, one.bytes, &err);
			found = true;
		}
		pc_layout_destroy(&layout);
	}
	w->sink->no_memory |= one.failed;
	pc_strbuf_free(&one);
	return found;
}

static pc_layout *compile(struct writer *w)
{
	pc_layout *layout = NULL;
	pc_err err = {""};
	pc_status s = pc_layout_parse(w->text.text, w->text.bytes, &layout, &err);
	if (s == PC_ENOMEM) w->sink->no_memory = true;
	if (s == PC_EINVAL && !report_lines(w)) report(w, 0, w->text.text, w->text.bytes, &err);
	return layout;
}

pc_layout *pcd_layout_build(struct pcd_sink *sink, const struct pcd_node *fields, const struct pcd_layout_frame *frame)
{
	struct writer w = {.sink = sink};
	pc_layout *layout = NULL;
	begin_piece(&w, fields->mark, -1);
	pc_strbuf_puts(&w.text, "layout");
	write_int(&w, "size", frame->size);
	write_int(&w, "align", frame->align);
	write_word(&w, "packing", frame->packing);
	pc_strbuf_puts(&w.text, "\n");
	write_fields(&w, fields, frame->what);
	if (w.text.failed) sink->no_memory = true;
	if (w.is_wrong)
		(void)report_lines(&w);
	else if (!sink->no_memory)
		layout = compile(&w);
	free(w.pieces);
	free(w.lines);
	pc_strbuf_free(&w.text);
	return layout;
}
