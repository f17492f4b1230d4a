/* layout/parse.c - layout text to tables.
 *
 * Lines come one by one (line.h); open structs wait on a stack of PC_LAYOUT_DEPTH_MAX levels, so hostile nesting costs
 * nothing. A field gets its place when its line (or its closing brace) is read. When a struct closes, its fields are
 * sorted by name (twins are neighbours then) and by offset (so are overlaps): n log n for any text. All sums are
 * checked against PC_LAYOUT_BYTES_MAX, far below overflow. */
#include "base/hash.h"
#include "base/sort.h"
#include "base/utf8.h"
#include "layout/layout.h"
#include "layout/line.h"
#include "layout/types.h"

#include <stdlib.h>

/* A field while its struct is still open. */
struct node {
	pc_field field;
	const char *at; /* its name in the text */
	struct node *next;
};

/* A struct, or the whole layout, that is still open. */
struct level {
	struct node *first, **end;
	uint64_t count;
	uint64_t next_byte; /* behind the field that was listed last */
	uint64_t last_byte; /* behind the field that ends last */
	uint32_t align;     /* of the fields */
	uint32_t packing;
	struct pc_line line; /* what opened it */
};

struct parser {
	struct pc_lines r;
	pc_arena scratch;
	pc_layout *layout;
	uint32_t depth, field_count;
	struct level levels[PC_LAYOUT_DEPTH_MAX + 1];
};

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
		if (k->stride < element)
			return pc_line_fail(&p->r, k->at[PC_KEY_STRIDE],
			                    "stride=%llu is smaller than one element, %llu bytes",
			                    (unsigned long long)k->stride, (unsigned long long)element);
		f->stride_bytes = k->stride;
	}
	if (!multiply(f->count - 1, f->stride_bytes, &bytes)) return fail_too_big(p, line->at);
	*ret_bytes = bytes + element;
	return *ret_bytes <= PC_LAYOUT_BYTES_MAX ? PC_OK : fail_too_big(p, line->at);
}

/* Where the field lies in the innermost open struct. */
static pc_status place(struct parser *p, const struct pc_line *line, uint32_t align, uint64_t bytes, pc_field *f)
{
	struct level *level = &p->levels[p->depth];
	if (align > level->packing) align = level->packing;
	if (line->offset_at)
		f->offset = line->offset;
	else if (!align_up(level->next_byte, align, &f->offset))
		return fail_too_big(p, line->at);
	if (f->offset + bytes > PC_LAYOUT_BYTES_MAX) return fail_too_big(p, line->at);
	level->next_byte = f->offset + bytes;
	if (level->last_byte < level->next_byte) level->last_byte = level->next_byte;
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
	*level->end = node;
	level->end = &node->next;
	level->count++;
	return PC_OK;
}

/* `element` bytes of alignment `align` are one element; fields (struct only) are its inside. */
static pc_status add_field(struct parser *p, const struct pc_line *line, uint64_t element, uint32_t align,
                           const pc_field *fields, uint32_t field_count)
{
	const struct pc_keys *k = &line->keys;
	uint64_t bytes = 0;
	pc_field f = {.type = line->type,
	              .has_min = k->at[PC_KEY_MIN] != NULL,
	              .has_max = k->at[PC_KEY_MAX] != NULL,
	              .min = k->min,
	              .max = k->max,
	              .unit = k->unit,
	              .title = k->title,
	              .doc = k->doc,
	              .labels = k->labels,
	              .label_count = k->label_count,
	              .fields = fields,
	              .field_count = field_count};
	f.name = pc_arena_copy(&p->layout->arena, line->name.at, line->name.bytes);
	if (!f.name) return PC_ENOMEM;
	pc_status s = set_dims(p, line, &f);
	if (s == PC_OK && f.text_units) element *= f.text_units;
	if (s == PC_OK) s = measure(p, line, element, &f, &bytes);
	if (s == PC_OK) s = place(p, line, align, bytes, &f);
	return s == PC_OK ? append(p, line, &f) : s;
}

/* ---- the end of a struct ---- */

static int order_by_name(const void *a, const void *b)
{
	return strcmp(((const pc_field *)a)->name, ((const pc_field *)b)->name);
}

static int order_by_offset(const void *a, const void *b)
{
	uint64_t x = ((const struct node *)a)->field.offset, y = ((const struct node *)b)->field.offset;
	return (x > y) - (x < y);
}

static uint64_t end_of(const pc_field *f)
{
	return f->offset + (f->count - 1) * f->stride_bytes + f->element_bytes;
}

static const struct node *node_at(const void **nodes, uint32_t i)
{
	return nodes[i];
}

/* fields[i] was by_offset[i], whose text tells which of two comes later. */
static pc_status refuse_twins(struct parser *p, const pc_field *fields, const void **by_name, const void **by_offset,
                              uint32_t count)
{
	for (uint32_t i = 1; i < count; i++) {
		const pc_field *a = by_name[i - 1], *b = by_name[i];
		if (order_by_name(a, b)) continue;
		const char *at_a = node_at(by_offset, (uint32_t)(a - fields))->at;
		const char *at_b = node_at(by_offset, (uint32_t)(b - fields))->at;
		return pc_line_fail(&p->r, at_a > at_b ? at_a : at_b, "field %s is given twice", a->name);
	}
	return PC_OK;
}

static pc_status refuse_overlap(struct parser *p, const void **by_offset, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++) {
		const struct node *a = node_at(by_offset, i - 1), *b = node_at(by_offset, i);
		uint64_t end = end_of(&a->field) < end_of(&b->field) ? end_of(&a->field) : end_of(&b->field);
		if (end_of(&a->field) <= b->field.offset) continue;
		const struct node *later = a->at > b->at ? a : b, *earlier = later == a ? b : a;
		return pc_line_fail(&p->r, later->at, "%s overlaps %s (bytes %llu..%llu)", later->field.name,
		                    earlier->field.name, (unsigned long long)b->field.offset,
		                    (unsigned long long)end - 1);
	}
	return PC_OK;
}

/* The block that layout.h describes: head, fields, indices by name. */
static pc_field *new_fields(struct parser *p, uint32_t count, uint32_t align)
{
	size_t each = sizeof(pc_field) + sizeof(uint32_t);
	pc_fields_head *head = pc_arena_alloc(&p->layout->arena, sizeof *head + count * each);
	if (!head) return NULL;
	head->align = align;
	head->count = count;
	return (pc_field *)(void *)(head + 1);
}

/* Sort the open struct's fields into their final block. */
static pc_status settle(struct parser *p, const struct level *level, uint32_t align, pc_field **ret)
{
	uint32_t count = (uint32_t)level->count, i = 0;
	const void **by_offset = pc_arena_array(&p->scratch, (size_t)count * 3, sizeof *by_offset);
	pc_field *fields = new_fields(p, count, align);
	if (!by_offset || !fields) return PC_ENOMEM;
	const void **by_name = by_offset + count, **scratch = by_name + count;
	for (const struct node *n = level->first; n; n = n->next) by_offset[i++] = n;
	pc_sort(by_offset, scratch, count, order_by_offset);
	for (i = 0; i < count; i++) by_name[i] = memcpy(&fields[i], &node_at(by_offset, i)->field, sizeof *fields);
	pc_sort(by_name, scratch, count, order_by_name);
	uint32_t *indices = (uint32_t *)(void *)(fields + count);
	for (i = 0; i < count; i++) indices[i] = (uint32_t)((const pc_field *)by_name[i] - fields);
	pc_status s = refuse_twins(p, fields, by_name, by_offset, count);
	if (s == PC_OK) s = refuse_overlap(p, by_offset, count);
	if (s == PC_OK) *ret = fields;
	return s;
}

/* Size, alignment and fields of the innermost open struct, which is taken off the stack. */
static pc_status close_level(struct parser *p, const char *at, uint64_t *ret_bytes, uint32_t *ret_align,
                             pc_field **ret_fields)
{
	const struct level *level = &p->levels[p->depth];
	const struct pc_keys *k = &level->line.keys;
	uint32_t align = k->at[PC_KEY_ALIGN] ? k->align : level->align;
	uint64_t bytes = k->size;
	if (!level->count) return pc_line_fail(&p->r, at, "expected at least one field");
	if (k->at[PC_KEY_SIZE]) {
		if (bytes < level->last_byte)
			return pc_line_fail(&p->r, k->at[PC_KEY_SIZE],
			                    "size=%llu is smaller than the fields, which end at byte %llu",
			                    (unsigned long long)bytes, (unsigned long long)level->last_byte);
	} else if (!align_up(level->last_byte, align, &bytes)) {
		return fail_too_big(p, at);
	}
	*ret_bytes = bytes;
	*ret_align = align;
	return settle(p, level, align, ret_fields);
}

static void open_level(struct parser *p, const struct pc_line *line, uint32_t packing)
{
	struct level *level = &p->levels[p->depth];
	*level = (struct level){.align = 1, .packing = packing};
	level->end = &level->first;
	if (!line) return;
	level->line = *line;
	if (line->keys.at[PC_KEY_PACKING]) level->packing = line->keys.packing;
}

/* ---- statements ---- */

static pc_status on_open(struct parser *p, const struct pc_line *line)
{
	if (p->depth == PC_LAYOUT_DEPTH_MAX)
		return pc_line_fail(&p->r, line->at, "expected at most %u structs in each other", PC_LAYOUT_DEPTH_MAX);
	uint32_t packing = p->levels[p->depth].packing; /* inherited, as under #pragma pack */
	p->depth++;
	open_level(p, line, packing);
	return PC_OK;
}

static pc_status on_close(struct parser *p, const struct pc_line *line)
{
	uint64_t bytes = 0;
	uint32_t align = 1;
	pc_field *fields = NULL;
	if (!p->depth) return pc_line_fail(&p->r, line->at, "expected a field; no struct is open here");
	const struct level *level = &p->levels[p->depth];
	pc_status s = close_level(p, line->at, &bytes, &align, &fields);
	if (s != PC_OK) return s;
	p->depth--;
	return add_field(p, &level->line, bytes, align, fields, (uint32_t)level->count);
}

static pc_status on_line(struct parser *p, const struct pc_line *line)
{
	if (line->kind == PC_LINE_CLOSE) return on_close(p, line);
	if (line->kind == PC_LINE_LAYOUT) {
		open_level(p, line, PC_PACKING_NATURAL);
		return PC_OK;
	}
	if (++p->field_count > PC_LAYOUT_FIELDS_MAX)
		return pc_line_fail(&p->r, line->at, "expected at most %u fields in a layout", PC_LAYOUT_FIELDS_MAX);
	if (line->kind == PC_LINE_OPEN) return on_open(p, line);
	return add_field(p, line, pc_type_bytes(line->type), pc_type_bytes(line->type), NULL, 0);
}

static pc_status finish(struct parser *p)
{
	pc_layout *layout = p->layout;
	pc_field *fields = NULL;
	pc_strbuf text = {0};
	if (p->depth)
		return pc_line_fail(&p->r, p->r.c.at, "expected '}' for struct %.*s",
		                    (int)p->levels[p->depth].line.name.bytes, p->levels[p->depth].line.name.at);
	pc_status s = close_level(p, p->r.c.at, &layout->bytes, &layout->align, &fields);
	if (s != PC_OK) return s;
	layout->fields = fields;
	layout->field_count = (uint32_t)p->levels[0].count;
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
	open_level(p, NULL, PC_PACKING_NATURAL);
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
		p->r = (struct pc_lines){pc_cursor_of(text ? text : "", text_bytes), &layout->arena, &p->scratch, err,
		                         true};
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
