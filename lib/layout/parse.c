/* layout/parse.c - layout text to tables.
 *
 * Lines come one by one (line.h); open structs wait on a stack of PC_LAYOUT_DEPTH_MAX levels, so hostile nesting costs
 * nothing. A field gets its place when its line (or its closing brace) is read. When a struct closes, its fields are
 * sorted (settle.c); when all is read, paths are looked up (resolve.c). All sums are checked against
 * PC_LAYOUT_BYTES_MAX, far below overflow; named types share their fields, and what they would be written out is
 * counted. */
#include "layout/parse.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "layout/types.h"

#include <stdlib.h>

#define TYPES_MAX       1024u
#define OVERLAY_FAR     1024u /* fields that overlay= without @ looks back */
#define SIGNATURE_BYTES 4096u

static bool align_up(uint64_t n, uint64_t align, uint64_t *ret)
{
	*ret = (n + align - 1) & ~(align - 1); /* n <= PC_LAYOUT_BYTES_MAX, align <= PC_ALIGN_MAX */
	return *ret <= PC_LAYOUT_BYTES_MAX;
}

static bool multiply(uint64_t a, uint64_t b, uint64_t *ret)
{
	if (a && b > PC_LAYOUT_BYTES_MAX / a) return false;
	*ret = a * b;
	return true;
}

static pc_status fail_too_big(struct parser *p, const char *at)
{
	return pc_line_fail(&p->r, at, "expected at most %llu bytes in a layout",
	                    (unsigned long long)PC_LAYOUT_BYTES_MAX);
}

/* ---- one field ---- */

static pc_status set_dims(struct parser *p, const struct pc_line *line, pc_field *f)
{
	uint32_t counting = line->dim_count;
	f->count = 1;
	if (pc_type_takes_dim(f->type)) {
		if (counting)
			f->text_units = line->dims[--counting];
		else if (f->type != PC_TYPE_U8)
			f->text_units = 1;
	}
	for (uint32_t i = 0; i < counting; i++) {
		f->dims[i] = line->dims[i];
		if (!multiply(f->count, f->dims[i], &f->count)) return fail_too_big(p, line->at);
	}
	f->dim_count = counting;
	return PC_OK;
}

/* Element, stride and extent; *ret_bytes is what the whole field covers. */
static pc_status measure(struct parser *p, const struct pc_line *line, uint64_t element, pc_field *f,
                         uint64_t *ret_bytes)
{
	const struct pc_keys *k = &line->keys;
	uint64_t bytes;
	f->element_bytes = f->stride_bytes = element;
	if (k->at[PC_KEY_STRIDE]) {
		if (!f->dim_count) return pc_line_fail(&p->r, k->at[PC_KEY_STRIDE], "stride= is only for arrays");
		if (k->word[PC_KEY_STRIDE]) {
			if (!k->word[PC_KEY_AT] || f->dim_count != 1)
				return pc_line_fail(&p->r, k->at[PC_KEY_STRIDE],
				                    "a stride from the map is for tables: one dimension, and at=");
			k = NULL;
		}
		if (k && k->stride < element)
			return pc_line_fail(&p->r, k->at[PC_KEY_STRIDE],
			                    "stride=%llu is smaller than one element, %llu bytes",
			                    (unsigned long long)k->stride, (unsigned long long)element);
		if (k) f->stride_bytes = k->stride;
	}
	if (!multiply(f->count - 1, f->stride_bytes, &bytes)) return fail_too_big(p, line->at);
	*ret_bytes = bytes + element;
	return *ret_bytes <= PC_LAYOUT_BYTES_MAX ? PC_OK : fail_too_big(p, line->at);
}

/* The field before this one that overlay= names. */
static const struct node *find_before(const struct level *level, const char *name)
{
	const struct node *n = level->last;
	for (uint32_t i = 0; n && i < OVERLAY_FAR; i++, n = n->before)
		if (!strcmp(n->field.name, name)) return n;
	return NULL;
}

/* Bit fields that are listed one after the other share a number while their bits ascend. */
static bool shares_bits(const struct level *level, const pc_field *f)
{
	const pc_field *last = level->last ? &level->last->field : NULL;
	return f->bit_count && last && last->bit_count && last->element_bytes == f->element_bytes &&
	       last->bit_first + last->bit_count <= f->bit_first;
}

static pc_status find_offset(struct parser *p, const struct pc_line *line, uint32_t align, pc_field *f)
{
	const struct level *level = &p->levels[p->depth];
	if (line->offset_at) {
		f->offset = line->offset;
	} else if (*f->overlay) {
		const struct node *n = find_before(level, f->overlay);
		if (!n)
			return pc_line_fail(&p->r, line->keys.at[PC_KEY_OVERLAY],
			                    "no field %s before this one; without @ it must be one of the %u before",
			                    f->overlay, OVERLAY_FAR);
		f->offset = n->field.offset;
	} else if (shares_bits(level, f)) {
		f->offset = level->last->field.offset;
	} else if (!align_up(level->next_byte, align, &f->offset)) {
		return fail_too_big(p, line->at);
	}
	return PC_OK;
}

/* Where the field lies in the innermost open struct. */
static pc_status place(struct parser *p, const struct pc_line *line, uint32_t align, uint64_t bytes, pc_field *f)
{
	struct level *level = &p->levels[p->depth];
	if (line->keys.word[PC_KEY_AT]) {
		if (line->offset_at || *f->overlay)
			return pc_line_fail(&p->r, line->keys.at[PC_KEY_AT], "at= excludes %s",
			                    line->offset_at ? "an offset with @" : "overlay=");
		level->has_floating = true;
		level->floating_count++;
		return PC_OK;
	}
	if (align > level->packing) align = level->packing;
	pc_status s = find_offset(p, line, align, f);
	if (s != PC_OK) return s;
	if (f->offset + bytes > PC_LAYOUT_BYTES_MAX) return fail_too_big(p, line->at);
	if (!*f->overlay || f->offset + bytes > level->next_byte) level->next_byte = f->offset + bytes;
	if (level->last_byte < f->offset + bytes) level->last_byte = f->offset + bytes;
	if (level->align < align) level->align = align;
	return PC_OK;
}

static pc_status append(struct parser *p, const struct pc_line *line, const pc_field *f)
{
	struct level *level = &p->levels[p->depth];
	struct node *node = pc_arena_alloc(&p->scratch, sizeof *node);
	if (!node) return PC_ENOMEM;
	node->field = *f;
	node->at = line->at;
	node->overlay_at = line->keys.at[PC_KEY_OVERLAY];
	node->before = level->last;
	level->last = *level->end = node;
	level->end = &node->next;
	level->count++;
	return PC_OK;
}

/* What the keys say of a field, which do not concern its place. */
static void take_keys(const struct pc_keys *k, pc_field *f)
{
	f->has_min = k->at[PC_KEY_MIN] != NULL;
	f->has_max = k->at[PC_KEY_MAX] != NULL;
	f->min = k->min;
	f->max = k->max;
	f->unit = k->unit;
	f->title = k->title;
	f->doc = k->doc;
	f->labels = k->labels;
	f->label_count = k->label_count;
	f->flags = k->flags;
	f->flag_count = k->flag_count;
	f->bit_first = k->bit_first;
	f->bit_count = k->bit_count;
	f->scale = k->scale;
	f->role = k->role;
	f->signature = k->word[PC_KEY_SIGNATURE];
	f->dead_value = k->word[PC_KEY_DEAD_VALUE];
	f->format = k->word[PC_KEY_FORMAT] ? k->word[PC_KEY_FORMAT] : "";
	f->overlay = k->word[PC_KEY_OVERLAY] ? k->word[PC_KEY_OVERLAY] : "";
	f->type_name = k->word[PC_KEY_TYPE] ? k->word[PC_KEY_TYPE] : "";
	f->encoding = k->encoding;
	if (f->type == PC_TYPE_CHAR && !f->encoding) f->encoding = PC_ENCODING_UTF8;
}

/* Paths are looked up when all fields are known. */
static pc_status note_dynamic(struct parser *p, const struct pc_line *line, pc_field *f)
{
	static const enum pc_key paths[] = {PC_KEY_AT,     PC_KEY_STRIDE, PC_KEY_COUNT,  PC_KEY_LENGTH,
	                                    PC_KEY_NEWEST, PC_KEY_WHEN,   PC_KEY_COLUMNS};
	bool any = false;
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) any |= line->keys.word[paths[i]] != NULL;
	if (!any) return PC_OK;
	struct pending *pending = pc_arena_alloc(&p->layout->arena, sizeof *pending);
	struct pc_keys *keys = pc_arena_alloc(&p->scratch, sizeof *keys);
	if (!pending || !keys) return PC_ENOMEM;
	*keys = line->keys;
	pending->keys = keys;
	pending->dynamic.codes = keys->codes;
	pending->dynamic.code_count = keys->code_count;
	f->dynamic = &pending->dynamic;
	return PC_OK;
}

/* Keys that do not go together, and values that must fit the field. */
static pc_status check_field(struct parser *p, const struct pc_line *line, const pc_field *f)
{
	const struct pc_keys *k = &line->keys;
	static const enum pc_key values[] = {PC_KEY_SIGNATURE, PC_KEY_DEAD_VALUE};
	char element[SIGNATURE_BYTES] = {0};
	pc_err err = {""};
	if (f->bit_count && f->dim_count) return pc_line_fail(&p->r, k->at[PC_KEY_BITS], "bits= is not for arrays");
	if (f->bit_count && k->at[PC_KEY_FLAGS])
		return pc_line_fail(&p->r, k->at[PC_KEY_FLAGS], "bits= and flags= exclude each other");
	if (k->at[PC_KEY_CODES] && !k->at[PC_KEY_COLUMNS])
		return pc_line_fail(&p->r, k->at[PC_KEY_CODES], "codes= needs columns=");
	if (k->at[PC_KEY_FORMAT] && !pc_field_is_text(f))
		return pc_line_fail(&p->r, k->at[PC_KEY_FORMAT], "format= is only for texts");
	if (f->encoding && f->fields) return pc_line_fail(&p->r, k->at[PC_KEY_ENCODING], "encoding= excludes fields");
	for (size_t i = 0; i < 2; i++) {
		if (!k->at[values[i]]) continue;
		if (f->dim_count || f->element_bytes > SIGNATURE_BYTES)
			return pc_line_fail(&p->r, k->at[values[i]], "%s= is for single values of at most %u bytes",
			                    pc_key_name(values[i]), SIGNATURE_BYTES);
		if (pc_value_set(f, element, k->word[values[i]], &err) != PC_OK)
			return pc_line_fail(&p->r, k->at[values[i]], "%.200s", err.text);
	}
	if (f->signature && f->dead_value && !strcmp(f->signature, f->dead_value))
		return pc_line_fail(&p->r, k->at[PC_KEY_DEAD_VALUE], "expected a dead_value other than the signature");
	return PC_OK;
}

/* Count what is inside of a struct, and refuse what a struct at this place cannot have. */
static pc_status take_inside(struct parser *p, const struct pc_line *line, const struct inside *inside, pc_field *f)
{
	struct level *level = &p->levels[p->depth];
	bool is_blob = f->type == PC_TYPE_U8, floats = line->keys.word[PC_KEY_AT] != NULL;
	level->line_count++;
	if (!inside) return PC_OK;
	f->fields = inside->fields;
	f->field_count = inside->field_count;
	f->floating_count = inside->floating_count;
	if (is_blob && inside->bytes > f->text_units)
		return pc_line_fail(&p->r, line->at, "the fields of %s reach to byte %llu of its %lu", f->name,
		                    (unsigned long long)inside->bytes, (unsigned long)f->text_units);
	if (inside->has_floating && (f->dim_count || is_blob || floats))
		return pc_line_fail(&p->r, line->at,
		                    "%s has fields with at=, which need a struct that is there once, at a fixed place",
		                    f->name);
	level->has_floating |= inside->has_floating;
	level->line_count += inside->line_count;
	if (level->line_count > PC_LAYOUT_FIELDS_MAX)
		return pc_line_fail(&p->r, line->at, "expected at most %u fields in a layout", PC_LAYOUT_FIELDS_MAX);
	if (inside->deepest + 1 > level->deepest) level->deepest = inside->deepest + 1;
	if (p->depth + 1 + inside->deepest > PC_LAYOUT_DEPTH_MAX)
		return pc_line_fail(&p->r, line->at, "expected at most %u structs in each other", PC_LAYOUT_DEPTH_MAX);
	return PC_OK;
}

/* `inside` is NULL for plain values. */
static pc_status add_field(struct parser *p, const struct pc_line *line, const struct inside *inside)
{
	bool is_struct = line->type == PC_TYPE_STRUCT;
	uint64_t element = is_struct ? inside->bytes : pc_type_bytes(line->type), bytes = 0;
	uint32_t align = is_struct ? inside->align : pc_type_bytes(line->type);
	pc_field f = {.type = line->type};
	take_keys(&line->keys, &f);
	f.name = pc_arena_copy(&p->layout->arena, line->name.at, line->name.bytes);
	if (line->type_name.bytes)
		f.type_name = pc_arena_copy(&p->layout->arena, line->type_name.at, line->type_name.bytes);
	if (!f.name || !f.type_name) return PC_ENOMEM;
	pc_status s = set_dims(p, line, &f);
	if (s == PC_OK && f.text_units) element *= f.text_units;
	if (s == PC_OK) s = measure(p, line, element, &f, &bytes);
	if (s == PC_OK) s = take_inside(p, line, inside, &f);
	if (s == PC_OK) s = check_field(p, line, &f);
	if (s == PC_OK) s = place(p, line, align, bytes, &f);
	if (s == PC_OK) s = note_dynamic(p, line, &f);
	return s == PC_OK ? append(p, line, &f) : s;
}

/* ---- the end of a struct ---- */

/* Size, alignment and fields of the innermost open struct, which is taken off the stack. */
static pc_status close_level(struct parser *p, const char *at, struct inside *ret)
{
	pc_field *fields = NULL;
	const struct level *level = &p->levels[p->depth];
	const struct pc_keys *k = &level->line.keys;
	uint32_t align = k->at[PC_KEY_ALIGN] ? k->align : level->align;
	uint64_t bytes = k->size;
	if (level->count == level->floating_count)
		return pc_line_fail(&p->r, at, "expected at least one field%s", level->count ? " without at=" : "");
	if (k->at[PC_KEY_SIZE]) {
		if (bytes < level->last_byte)
			return pc_line_fail(&p->r, k->at[PC_KEY_SIZE],
			                    "size=%llu is smaller than the fields, which end at byte %llu",
			                    (unsigned long long)bytes, (unsigned long long)level->last_byte);
	} else if (!align_up(level->last_byte, align, &bytes)) {
		return fail_too_big(p, at);
	}
	pc_status s = pc_settle(p, level, align, bytes, at, &fields);
	if (s != PC_OK) return s;
	*ret = (struct inside){.fields = fields,
	                       .field_count = (uint32_t)(level->count - level->floating_count),
	                       .floating_count = (uint32_t)level->floating_count,
	                       .deepest = level->deepest,
	                       .bytes = bytes,
	                       .line_count = level->line_count,
	                       .align = align,
	                       .has_floating = level->has_floating};
	return PC_OK;
}

static void open_level(struct parser *p, const struct pc_line *line, uint32_t packing, bool refuses_gaps)
{
	struct level *level = &p->levels[p->depth];
	*level = (struct level){.align = 1, .packing = packing, .refuses_gaps = refuses_gaps};
	level->end = &level->first;
	if (!line) return;
	level->line = *line;
	if (line->keys.at[PC_KEY_PACKING]) level->packing = line->keys.packing;
	if (line->keys.at[PC_KEY_GAPS]) level->refuses_gaps = line->keys.refuses_gaps;
}

/* ---- statements ---- */

static const struct named *find_type(const struct parser *p, pc_span name)
{
	const struct named *t = p->types;
	while (t && (t->name.bytes != name.bytes || memcmp(t->name.at, name.at, name.bytes))) t = t->next;
	return t;
}

static bool is_type(const void *types, pc_span name)
{
	return find_type(types, name) != NULL;
}

static pc_status on_open(struct parser *p, const struct pc_line *line)
{
	const struct level *level = &p->levels[p->depth];
	if (p->depth == PC_LAYOUT_DEPTH_MAX)
		return pc_line_fail(&p->r, line->at, "expected at most %u structs in each other", PC_LAYOUT_DEPTH_MAX);
	if (line->kind == PC_LINE_TYPE && p->depth)
		return pc_line_fail(&p->r, line->at, "a type is defined outside of structs");
	if (line->kind == PC_LINE_TYPE && ++p->type_count > TYPES_MAX)
		return pc_line_fail(&p->r, line->at, "expected at most %u types", TYPES_MAX);
	uint32_t packing = level->packing; /* inherited, as under #pragma pack */
	bool refuses_gaps = level->refuses_gaps;
	p->depth++;
	open_level(p, line, packing, refuses_gaps);
	return PC_OK;
}

static pc_status keep_type(struct parser *p, const struct pc_line *line, const struct inside *inside)
{
	struct named *t = pc_arena_alloc(&p->scratch, sizeof *t);
	if (!t) return PC_ENOMEM;
	t->name = line->name;
	t->inside = *inside;
	t->next = p->types;
	p->types = t;
	return pc_resolve(p, inside->fields);
}

static pc_status on_close(struct parser *p, const struct pc_line *line)
{
	struct inside inside;
	if (!p->depth) return pc_line_fail(&p->r, line->at, "expected a field; no struct is open here");
	const struct level *level = &p->levels[p->depth];
	pc_status s = close_level(p, line->at, &inside);
	if (s != PC_OK) return s;
	p->depth--;
	if (level->line.kind == PC_LINE_TYPE) return keep_type(p, &level->line, &inside);
	return add_field(p, &level->line, &inside);
}

static pc_status on_field(struct parser *p, const struct pc_line *line)
{
	static const enum pc_key block_keys[] = {PC_KEY_SIZE, PC_KEY_ALIGN, PC_KEY_PACKING, PC_KEY_GAPS};
	for (size_t i = 0; i < sizeof block_keys / sizeof block_keys[0]; i++)
		if (line->keys.at[block_keys[i]]) /* u8[N] without fields */
			return pc_line_fail(&p->r, line->keys.at[block_keys[i]],
			                    "%s= is only for the layout and structs", pc_key_name(block_keys[i]));
	if (!line->type_name.bytes) return add_field(p, line, NULL);
	return add_field(p, line, &find_type(p, line->type_name)->inside);
}

static pc_status on_line(struct parser *p, const struct pc_line *line)
{
	if (line->kind == PC_LINE_CLOSE) return on_close(p, line);
	if (line->kind == PC_LINE_LAYOUT) {
		open_level(p, line, PC_PACKING_NATURAL, false);
		return PC_OK;
	}
	if (++p->field_count > PC_LAYOUT_FIELDS_MAX)
		return pc_line_fail(&p->r, line->at, "expected at most %u fields in a layout", PC_LAYOUT_FIELDS_MAX);
	return line->kind == PC_LINE_FIELD ? on_field(p, line) : on_open(p, line);
}

static pc_status finish(struct parser *p)
{
	pc_layout *layout = p->layout;
	struct inside inside;
	pc_strbuf text = {0};
	if (p->depth)
		return pc_line_fail(&p->r, p->r.c.at, "expected '}' for %s %.*s",
		                    p->levels[p->depth].line.kind == PC_LINE_TYPE ? "type" : "struct",
		                    (int)p->levels[p->depth].line.name.bytes, p->levels[p->depth].line.name.at);
	pc_status s = close_level(p, p->r.c.at, &inside);
	if (s != PC_OK) return s;
	layout->bytes = inside.bytes;
	layout->align = inside.align;
	layout->fields = inside.fields;
	layout->field_count = inside.field_count;
	layout->floating_count = inside.floating_count;
	if ((s = pc_resolve(p, layout->fields)) != PC_OK || (s = pc_roles_find(p)) != PC_OK) return s;
	pc_layout_write(layout, &text);
	layout->text = pc_strbuf_take(&text, &layout->text_bytes);
	if (!layout->text) return PC_ENOMEM;
	if (layout->text_bytes > PC_LAYOUT_TEXT_MAX)
		return pc_line_fail(&p->r, p->r.c.start, "expected at most %u bytes of canonical text, found %zu",
		                    PC_LAYOUT_TEXT_MAX, layout->text_bytes);
	layout->id = pc_fnv1a64(layout->text, layout->text_bytes);
	return PC_OK;
}

static pc_status check_text(const struct pc_lines *r)
{
	size_t bytes = pc_cursor_left(&r->c), valid;
	if (bytes > PC_LAYOUT_TEXT_MAX)
		return pc_line_fail(r, r->c.start, "expected at most %u bytes of text, found %zu", PC_LAYOUT_TEXT_MAX,
		                    bytes);
	valid = pc_utf8_valid_bytes(r->c.at, bytes);
	return valid == bytes ? PC_OK : pc_line_fail(r, r->c.at + valid, "expected UTF-8 text");
}

static pc_status parse(struct parser *p)
{
	struct pc_line line;
	pc_status s = check_text(&p->r);
	if (s != PC_OK) return s;
	if (pc_cursor_left(&p->r.c) >= 3 && !memcmp(p->r.c.at, "\xEF\xBB\xBF", 3)) p->r.c.at += 3;
	open_level(p, NULL, PC_PACKING_NATURAL, false);
	while (s == PC_OK && pc_line_next(&p->r, &line, &s)) s = on_line(p, &line);
	return s == PC_OK ? finish(p) : s;
}

pc_status pc_layout_parse(const char *text, size_t text_bytes, pc_layout **ret_layout, pc_err *err)
{
	pc_status s = PC_ENOMEM;
	pc_layout *layout = calloc(1, sizeof *layout);
	struct parser *p = calloc(1, sizeof *p);
	if (layout && p) {
		p->layout = layout;
		p->r = (struct pc_lines){
		        pc_cursor_of(text ? text : "", text_bytes), &layout->arena, &p->scratch, err, true, is_type, p};
		s = parse(p);
		pc_arena_free(&p->scratch);
	}
	free(p);
	if (s == PC_OK)
		*ret_layout = layout;
	else
		pc_layout_destroy(&layout);
	return s == PC_ENOMEM ? pc_err_set(err, s, "out of memory") : s;
}
