/* config/layout_yaml.c - fields as YAML become layout text for the one compiler in lib/layout.
 *
 * What can be said better here (types and keys with "did you mean", all of them at once) is checked here. The rest is the
 * compiler's: while the text is written, every piece remembers its place in the YAML, and "LINE:COLUMN" of a
 * message is led back to it. The compiler stops at its first error; so when it fails, each field is compiled alone,
 * which finds everything that does not depend on the neighbours. */
#include "config/layout_yaml.h"

#include "config/suggest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- fields ---- */

static bool is_name(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
	return *name && !(*name >= '0' && *name <= '9') && name[strspn(name, letters)] == '\0';
}

bool pcd_type_name_is_free(struct pcd_sink *sink, const struct pcd_node *type)
{
	int t = 0;
	while (t < PC_TYPE_COUNT && strcmp(type->key, pc_type_name((pc_type)t))) t++;
	if (is_name(type->key) && t == PC_TYPE_COUNT && strcmp(type->key, "bool8")) return true;
	pcd_diags_add(sink->diags, &type->key_mark,
	              "expected the name of a type, letters, digits and '_', that is no type already, found '%.60s'",
	              type->key);
	return false;
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
		if (pcd_ly_find_type(w, name, bytes)) {
			w->needs_more = true;
			return true;
		}
		if (!strcmp(name, "bool8")) return true;
		for (const struct pcd_type *t = w->types ? w->types->first : NULL; t; t = t->next)
			pcd_suggest_try(&suggest, t->node->key);
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
			pcd_ly_fail(w, &field->key_mark, "field %.63s needs the key 'type', such as f32, or 'fields'",
			            field->key);
		return;
	}
	if (!check_type(w, at, text)) return;
	if (is_struct_type(text) && !fields->node)
		pcd_ly_fail(w, &at->mark, "field %.63s is a struct and needs the key 'fields'", field->key);
	if (!is_struct_type(text) && fields->node && strncmp(text, "u8[", 3))
		pcd_ly_fail(w, &fields->node->key_mark, "fields are only for structs, not for %.60s", text);
	pcd_ly_piece(w, at->mark, type->node ? at->text_shift : -1);
	pc_strbuf_puts(&w->text, text);
}

/* A number of bytes, or the path of a field that has it. */
static void write_stride(struct writer *w, const struct pcd_value *value)
{
	int64_t bytes;
	if (!value->node) return;
	if (!(value->text[0] >= '0' && value->text[0] <= '9')) {
		pcd_ly_word(w, "stride", value);
		w->needs_more = true;
		return;
	}
	if (!pc_option_parse_size(value->text, &bytes) || bytes < 1 || bytes > INT64_C(1) << 40) {
		pcd_ly_fail(w, &value->node->mark,
		            "stride: expected a size such as 4096 or 64KiB, 1..1TiB, or a field, found %s",
		            pcd_node_found(value->node).text);
		return;
	}
	pcd_ly_piece(w, value->node->mark, -1);
	pc_strbuf_printf(&w->text, " stride=%" PRId64, bytes);
}

static void write_field_keys(struct writer *w, const struct pcd_value *values)
{
	static const struct {
		int key;
		bool is_quoted, needs_more;
	} texts[] = {{PCD_FIELD_UNIT, true, false},      {PCD_FIELD_TITLE, true, false},
	             {PCD_FIELD_DOC, true, false},       {PCD_FIELD_BITS, false, false},
	             {PCD_FIELD_ENCODING, false, false}, {PCD_FIELD_FORMAT, false, false},
	             {PCD_FIELD_OVERLAY, false, true},   {PCD_FIELD_AT, false, true},
	             {PCD_FIELD_NEWEST, false, true},    {PCD_FIELD_COUNT, false, true},
	             {PCD_FIELD_LENGTH, false, true},    {PCD_FIELD_WHEN, true, true},
	             {PCD_FIELD_ROLE, false, false},     {PCD_FIELD_SIGNATURE, true, false},
	             {PCD_FIELD_DEAD_VALUE, true, false}};
	pcd_ly_int(w, "size", &values[PCD_FIELD_SIZE]);
	pcd_ly_int(w, "align", &values[PCD_FIELD_ALIGN]);
	pcd_ly_word(w, "packing", &values[PCD_FIELD_PACKING]);
	pcd_ly_word(w, "gaps", &values[PCD_FIELD_GAPS]);
	write_stride(w, &values[PCD_FIELD_STRIDE]);
	pcd_ly_real(w, "min", &values[PCD_FIELD_MIN]);
	pcd_ly_real(w, "max", &values[PCD_FIELD_MAX]);
	pcd_ly_real(w, "scale", &values[PCD_FIELD_SCALE]);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		const struct pcd_value *value = &values[texts[i].key];
		const char *key = pcd_field_keys[texts[i].key].key;
		w->needs_more |= value->node && texts[i].needs_more;
		if (texts[i].is_quoted)
			pcd_ly_text(w, key, value);
		else
			pcd_ly_word(w, key, value);
	}
	pcd_ly_labels(w, "labels", values[PCD_FIELD_LABELS].node);
	pcd_ly_labels(w, "flags", values[PCD_FIELD_FLAGS].node);
	pcd_ly_columns(w, values[PCD_FIELD_COLUMNS].node);
	pcd_ly_labels(w, "codes", values[PCD_FIELD_CODES].node);
	w->needs_more |= values[PCD_FIELD_COLUMNS].node != NULL || values[PCD_FIELD_CODES].node != NULL;
}

/* "@8 name type", and what is behind it; a struct's line stays open for its fields. */
static void write_field(struct writer *w, const struct pcd_node *field)
{
	struct pcd_value values[PCD_FIELD_KEY_COUNT] = {{0}};
	char what[80];
	(void)snprintf(what, sizeof what, "field %.60s", field->key);
	struct pcd_table table = {pcd_field_keys, NULL, what};
	bool was_wrong = w->is_wrong;
	w->is_wrong = w->needs_more = false;
	if (field->kind == PCD_NODE_TEXT && !pcd_node_is_null(field))
		values[PCD_FIELD_TYPE] = (struct pcd_value){.node = field, .is_set = true, .text = field->text};
	else if (!pcd_table_read(w->sink, &table, field, values))
		w->is_wrong = true;
	size_t start = w->text.bytes;
	pcd_ly_piece(w, field->key_mark, -1);
	if (values[PCD_FIELD_OFFSET].node) {
		pcd_ly_piece(w, values[PCD_FIELD_OFFSET].node->mark, -1);
		pc_strbuf_printf(&w->text, "@%" PRId64 " ", values[PCD_FIELD_OFFSET].i);
		pcd_ly_piece(w, field->key_mark, -1);
	}
	pc_strbuf_printf(&w->text, "%s ", field->key);
	write_type(w, field, values);
	write_field_keys(w, values);
	const struct pcd_node *fields = values[PCD_FIELD_FIELDS].node;
	if (fields) pc_strbuf_puts(&w->text, " {");
	pcd_ly_end_line(w, start, fields != NULL, w->is_wrong);
	w->is_wrong |= was_wrong;
	if (!fields) return;
	pcd_ly_fields(w, fields, what);
	pcd_ly_piece(w, fields->mark, -1);
	pc_strbuf_puts(&w->text, "}\n");
}

void pcd_ly_fields(struct writer *w, const struct pcd_node *fields, const char *what)
{
	pcd_ly_piece(w, fields->mark, -1);
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
			pcd_ly_fail(w, &n->key_mark,
			            "expected a field name of letters, digits and '_' that starts with no digit, found "
			            "'%.60s'",
			            n->key);
		else if (n->kind == PCD_NODE_WRONG)
			w->is_wrong = true;
		else
			write_field(w, n);
	}
}

/* ---- the whole ---- */

static pc_layout *compile(struct writer *w)
{
	pc_layout *layout = NULL;
	pc_err err = {""};
	pc_status s = pc_layout_parse(w->text.text, w->text.bytes, &layout, &err);
	if (s == PC_ENOMEM) w->sink->no_memory = true;
	if (s == PC_EINVAL && !pcd_ly_report_lines(w)) pcd_ly_report(w, 0, w->text.text, w->text.bytes, &err);
	return layout;
}

pc_layout *pcd_layout_build(struct pcd_sink *sink, const struct pcd_node *fields, const struct pcd_layout_frame *frame,
                            const struct pcd_types *types)
{
	struct writer w = {.sink = sink, .types = types};
	pc_layout *layout = NULL;
	pcd_ly_piece(&w, fields->mark, -1);
	pc_strbuf_puts(&w.text, "layout");
	pcd_ly_int(&w, "size", frame->size);
	pcd_ly_int(&w, "align", frame->align);
	pcd_ly_word(&w, "packing", frame->packing);
	if (frame->gaps) pcd_ly_word(&w, "gaps", frame->gaps);
	pc_strbuf_puts(&w.text, "\n");
	pcd_ly_types(&w, fields);
	pcd_ly_fields(&w, fields, frame->what);
	if (w.text.failed) sink->no_memory = true;
	if (w.is_wrong)
		(void)pcd_ly_report_lines(&w);
	else if (!sink->no_memory)
		layout = compile(&w);
	free(w.pieces);
	free(w.lines);
	pc_strbuf_free(&w.text);
	return layout;
}
