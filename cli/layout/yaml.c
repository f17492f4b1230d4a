/* layout/yaml.c - see yaml.h. Every offset is written: people compare them. Sizes and alignments only where the rules of
 * docs/layout.md would give others under the packing that fits best. */
#include "layout/yaml.h"

#include "base/num.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TYPES_MAX 1024u
#define NATURAL   4096u

/* A struct with a name, by its first place. */
struct named {
	const pc_field *field;
	char *body;
};

struct writer {
	pc_strbuf *out;
	uint32_t packing;
	struct named *types;
	uint32_t type_count;
};

/* ---- what the rules would give ---- */

static uint32_t ruled_align(const ly_block *block, uint32_t packing)
{
	uint64_t most = 1;
	for (uint32_t i = 0; i < block->field_count; i++) {
		const pc_field *f = &block->fields[i];
		uint64_t own = f->type == PC_TYPE_STRUCT ? pc_field_struct_align(f) : ly_unit_bytes(f);
		if (own > packing) own = packing;
		if (own > most) most = own;
	}
	return (uint32_t)most;
}

static uint64_t ruled_bytes(const ly_block *block)
{
	uint64_t end = 0;
	for (uint32_t i = 0; i < block->field_count; i++) {
		const pc_field *f = &block->fields[i];
		if (f->offset + ly_field_bytes(f) > end) end = f->offset + ly_field_bytes(f);
	}
	return (end + block->align - 1) / block->align * block->align;
}

static uint32_t exceptions(const ly_block *block, uint32_t packing)
{
	uint32_t count = block->align != ruled_align(block, packing);
	for (uint32_t i = 0; i < block->field_count + block->floating_count; i++) {
		if (!block->fields[i].fields) continue;
		ly_block inner = ly_block_of_field(&block->fields[i]);
		count += exceptions(&inner, packing);
	}
	return count;
}

static uint32_t best_packing(const ly_block *block)
{
	static const uint32_t all[] = {NATURAL, 8, 4, 2, 1};
	uint32_t best = NATURAL, least = UINT32_MAX;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		uint32_t count = exceptions(block, all[i]);
		if (count < least) {
			least = count;
			best = all[i];
		}
	}
	return best;
}

/* ---- texts ---- */

static void indent(pc_strbuf *b, unsigned depth)
{
	pc_strbuf_printf(b, "%*s", (int)depth * 2, "");
}

static void put_quoted(pc_strbuf *b, const char *text)
{
	pc_strbuf_puts(b, "\"");
	for (; *text; text++) {
		if (*text == '\n' || *text == '\t')
			pc_strbuf_puts(b, *text == '\n' ? "\\n" : "\\t");
		else if (*text == '"' || *text == '\\')
			pc_strbuf_printf(b, "\\%c", *text);
		else if ((unsigned char)*text < ' ' || *text == 0x7F)
			pc_strbuf_printf(b, "\\x%02x", (unsigned)(unsigned char)*text);
		else
			pc_strbuf_add(b, text, 1);
	}
	pc_strbuf_puts(b, "\"");
}

static void put_text(pc_strbuf *b, const char *key, const char *text)
{
	if (!text || !*text) return;
	pc_strbuf_printf(b, ", %s: ", key);
	put_quoted(b, text);
}

static void put_value(pc_strbuf *b, const char *key, const char *text)
{
	if (!text) return;
	pc_strbuf_printf(b, ", %s: ", key);
	put_quoted(b, text);
}

static void put_real(pc_strbuf *b, const char *key, double value, bool is_given)
{
	char number[PC_NUM_TEXT_MAX];
	if (!is_given) return;
	(void)pc_num_format_f64(value, number);
	pc_strbuf_printf(b, ", %s: %s", key, number);
}

static void put_labels(pc_strbuf *b, const char *key, const pc_label *labels, uint32_t count, bool is_mask)
{
	if (!count) return;
	pc_strbuf_printf(b, ", %s: {", key);
	for (uint32_t i = 0; i < count; i++) {
		pc_strbuf_puts(b, i ? ", " : " ");
		if (is_mask)
			pc_strbuf_printf(b, "0x%" PRIx64 ": ", (uint64_t)labels[i].value);
		else
			pc_strbuf_printf(b, "%" PRId64 ": ", labels[i].value);
		put_quoted(b, labels[i].text);
	}
	pc_strbuf_puts(b, " }");
}

/* "table:var,name:name" */
static void put_columns(pc_strbuf *b, const char *columns)
{
	if (!columns) return;
	pc_strbuf_puts(b, ", columns: { ");
	for (; *columns; columns++) {
		if (*columns == ':' || *columns == ',')
			pc_strbuf_puts(b, *columns == ':' ? ": " : ", ");
		else
			pc_strbuf_add(b, columns, 1);
	}
	pc_strbuf_puts(b, " }");
}

static void put_dynamic(pc_strbuf *b, const pc_dynamic *d)
{
	ly_source all[LY_SOURCES];
	if (!d) return;
	ly_sources_of(d, all);
	for (uint32_t i = 0; i + 1 < LY_SOURCES; i++) put_text(b, all[i].key, all[i].source->path);
	put_columns(b, d->columns.path);
	put_labels(b, "codes", d->codes, d->code_count, false);
}

/* ", key: value" for all but type, place and fields. */
static void put_keys(pc_strbuf *b, const pc_field *f)
{
	if (f->bit_count)
		pc_strbuf_printf(b, ", bits: '%" PRIu32 "..%" PRIu32 "'", f->bit_first,
		                 f->bit_first + f->bit_count - 1);
	if (f->stride_bytes != f->element_bytes && !(f->dynamic && f->dynamic->stride.path))
		pc_strbuf_printf(b, ", stride: %" PRIu64, f->stride_bytes);
	put_text(b, "unit", f->unit);
	put_text(b, "title", f->title);
	put_text(b, "doc", f->doc);
	put_real(b, "min", f->min, f->has_min);
	put_real(b, "max", f->max, f->has_max);
	put_real(b, "scale", f->scale, f->scale != 1);
	put_labels(b, "labels", f->labels, f->label_count, false);
	put_labels(b, "flags", f->flags, f->flag_count, true);
	if (f->type != PC_TYPE_CHAR || f->encoding != PC_ENCODING_UTF8)
		put_text(b, "encoding", pc_encoding_name(f->encoding));
	put_text(b, "format", f->format);
	put_text(b, "overlay", f->overlay);
	put_dynamic(b, f->dynamic);
	put_text(b, "role", pc_role_name(f->role));
	put_value(b, "signature", f->signature);
	put_value(b, "dead_value", f->dead_value);
}

/* ---- structs with a name ---- */

static bool dynamic_leaves(const pc_dynamic *d, uint32_t depth)
{
	ly_source all[LY_SOURCES];
	if (!d) return false;
	ly_sources_of(d, all);
	for (uint32_t i = 0; i < LY_SOURCES; i++)
		if (all[i].source->field && all[i].source->up > depth) return true;
	return false;
}

/* A named type sees only its own fields. */
static bool leaves(const ly_block *block, uint32_t depth)
{
	for (uint32_t i = 0; i < block->field_count + block->floating_count; i++) {
		const pc_field *f = &block->fields[i];
		if (dynamic_leaves(f->dynamic, depth)) return true;
		ly_block inner = ly_block_of_field(f);
		if (f->fields && leaves(&inner, depth + 1)) return true;
	}
	return false;
}

static bool is_type_word(const char *name)
{
	for (int t = 0; t < PC_TYPE_COUNT; t++)
		if (!strcmp(name, pc_type_name((pc_type)t))) return true;
	return !strcmp(name, "bool8");
}

static void put_fields(struct writer *w, const ly_block *block, unsigned depth);

static void put_frame(struct writer *w, const ly_block *block, unsigned depth)
{
	if (block->bytes != ruled_bytes(block)) {
		indent(w->out, depth);
		pc_strbuf_printf(w->out, "size: %" PRIu64 "\n", block->bytes);
	}
	if (block->align != ruled_align(block, w->packing)) {
		indent(w->out, depth);
		pc_strbuf_printf(w->out, "align: %" PRIu32 "\n", block->align);
	}
}

static const struct named *find_type(const struct writer *w, const char *name)
{
	for (uint32_t i = 0; i < w->type_count; i++)
		if (!strcmp(w->types[i].field->type_name, name)) return &w->types[i];
	return NULL;
}

static char *body_of(struct writer *w, const pc_field *f)
{
	ly_block block = ly_block_of_field(f);
	pc_strbuf body = {0}, *out = w->out;
	w->out = &body;
	put_frame(w, &block, 2);
	indent(&body, 2);
	pc_strbuf_puts(&body, "fields:\n");
	put_fields(w, &block, 3);
	w->out = out;
	return pc_strbuf_take(&body, NULL);
}

/* Inner ones first: a body is written when the names in it are known. Of two that differ the first has the name. */
static void collect(struct writer *w, const ly_block *block)
{
	for (uint32_t i = 0; i < block->field_count + block->floating_count; i++) {
		const pc_field *f = &block->fields[i];
		ly_block inner = ly_block_of_field(f);
		if (!f->fields) continue;
		collect(w, &inner);
		if (f->type != PC_TYPE_STRUCT || !*f->type_name || is_type_word(f->type_name) ||
		    find_type(w, f->type_name) || w->type_count == TYPES_MAX || leaves(&inner, 0))
			continue;
		char *body = body_of(w, f);
		if (!body) {
			w->out->failed = true;
			return;
		}
		w->types[w->type_count++] = (struct named){f, body};
	}
}

/* True if the struct is written by its name: it is the one of that name. */
static bool is_named(struct writer *w, const pc_field *f)
{
	const struct named *type = f->type == PC_TYPE_STRUCT && *f->type_name ? find_type(w, f->type_name) : NULL;
	if (!type) return false;
	if (type->field->fields == f->fields) return true;
	char *body = body_of(w, f);
	bool same = body && !strcmp(body, type->body);
	free(body);
	return same;
}

/* ---- fields ---- */

static void put_type(struct writer *w, const pc_field *f, bool is_named_type)
{
	pc_strbuf_printf(w->out, "'%s", is_named_type ? f->type_name : pc_type_name(f->type));
	for (uint32_t i = 0; i < f->dim_count; i++) pc_strbuf_printf(w->out, "[%" PRIu32 "]", f->dims[i]);
	if (f->text_units) pc_strbuf_printf(w->out, "[%" PRIu32 "]", f->text_units);
	pc_strbuf_puts(w->out, "'");
}

/* The keys of a flow mapping, ", a: 1, b: { ... }", a line each: a comma outside of quotes and braces begins one. */
static void put_lines(pc_strbuf *b, const char *keys, unsigned depth)
{
	for (const char *at = keys, *end; at && *at; at = end) {
		unsigned braces = 0;
		bool is_quoted = false;
		for (end = at + 2; *end && (is_quoted || braces || *end != ','); end++) {
			if (is_quoted && *end == '\\')
				end++;
			else if (*end == '"')
				is_quoted = !is_quoted;
			else if (!is_quoted)
				braces = braces + (*end == '{') - (*end == '}');
		}
		indent(b, depth);
		pc_strbuf_add(b, at + 2, (size_t)(end - at - 2));
		pc_strbuf_puts(b, "\n");
	}
}

/* ", type: 'f32', offset: 8, ..." */
static void put_flow(struct writer *w, const pc_field *f, bool is_named_type)
{
	pc_strbuf_puts(w->out, ", type: ");
	put_type(w, f, is_named_type);
	if (!ly_field_floats(f)) pc_strbuf_printf(w->out, ", offset: %" PRIu64, f->offset);
	put_keys(w->out, f);
}

static void put_field(struct writer *w, const pc_field *f, unsigned depth)
{
	bool is_named_type = f->fields && is_named(w, f);
	pc_strbuf flow = {0}, *out = w->out;
	w->out = &flow;
	put_flow(w, f, is_named_type);
	w->out = out;
	indent(out, depth);
	if (!f->fields || is_named_type) {
		pc_strbuf_printf(out, "%s: { %s }\n", f->name, flow.failed ? "" : flow.text + 2);
	} else {
		ly_block inner = ly_block_of_field(f);
		pc_strbuf_printf(out, "%s:\n", f->name);
		put_lines(out, flow.text, depth + 1);
		put_frame(w, &inner, depth + 1);
		indent(out, depth + 1);
		pc_strbuf_puts(out, "fields:\n");
		put_fields(w, &inner, depth + 2);
	}
	out->failed |= flow.failed;
	pc_strbuf_free(&flow);
}

static void put_fields(struct writer *w, const ly_block *block, unsigned depth)
{
	for (uint32_t i = 0; i < block->field_count + block->floating_count; i++)
		put_field(w, &block->fields[i], depth);
}

static void put_types(struct writer *w)
{
	if (w->type_count) pc_strbuf_puts(w->out, "types:\n");
	for (uint32_t i = 0; i < w->type_count; i++)
		pc_strbuf_printf(w->out, "  %s:\n%s", w->types[i].field->type_name, w->types[i].body);
}

static void put_head(pc_strbuf *b, const char *key, const char *text)
{
	if (!text || !*text) return;
	pc_strbuf_printf(b, "%s: ", key);
	put_quoted(b, text);
	pc_strbuf_puts(b, "\n");
}

void ly_yaml_write(pc_strbuf *b, const ly_block *block, const char *doc, const char *source)
{
	struct writer w = {.out = b, .packing = best_packing(block), .types = calloc(TYPES_MAX, sizeof *w.types)};
	if (!w.types) {
		b->failed = true;
		return;
	}
	put_head(b, "name", block->name);
	put_head(b, "doc", doc);
	put_head(b, "source", source);
	if (w.packing == NATURAL)
		pc_strbuf_puts(b, "packing: natural\n");
	else
		pc_strbuf_printf(b, "packing: %" PRIu32 "\n", w.packing);
	put_frame(&w, block, 0);
	collect(&w, block);
	put_types(&w);
	pc_strbuf_puts(b, "layout:\n");
	put_fields(&w, block, 1);
	for (uint32_t i = 0; i < w.type_count; i++) free(w.types[i].body);
	free(w.types);
}
