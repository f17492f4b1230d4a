/* layout/settle.c - the fields of one struct into their final block, sorted by name (twins are neighbours then) and by
 * offset (so are overlaps): n log n for any text. */
#include "base/sort.h"
#include "layout/parse.h"
#include "layout/types.h"

/* The struct's nodes in the order of its block: by offset, then those without a place. */
struct order {
	const void **nodes, **by_name;
	uint32_t *group; /* fields that may share bytes have one root: overlay=, and bits of one number */
	uint32_t count, placed;
};

static int order_by_name(const void *a, const void *b)
{
	return strcmp(((const pc_field *)a)->name, ((const pc_field *)b)->name);
}

static int order_by_offset(const void *a, const void *b)
{
	uint64_t x = ((const struct node *)a)->field.offset, y = ((const struct node *)b)->field.offset;
	uint32_t b1 = ((const struct node *)a)->field.bit_first, b2 = ((const struct node *)b)->field.bit_first;
	return x != y ? (x > y) - (x < y) : (b1 > b2) - (b1 < b2);
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

static uint32_t root_of(uint32_t *group, uint32_t i)
{
	while (group[i] != i) i = group[i] = group[group[i]];
	return i;
}

static void join(uint32_t *group, uint32_t a, uint32_t b)
{
	group[root_of(group, a)] = root_of(group, b);
}

static pc_status join_overlays(struct parser *p, const pc_field *fields, const struct order *o)
{
	for (uint32_t i = 0; i < o->placed; i++) {
		const struct node *n = node_at(o->nodes, i);
		if (!n->overlay_at) continue;
		pc_span name = {n->field.overlay, strlen(n->field.overlay)};
		const pc_field *other = pc_fields_find(fields, name);
		uint32_t at = other ? (uint32_t)(other - fields) : i;
		if (at == i || at >= o->placed)
			return pc_line_fail(&p->r, n->overlay_at,
			                    "%s is no other field of this struct that has a place", n->field.overlay);
		join(o->group, i, at);
	}
	return PC_OK;
}

/* Bits of one number lie in order of bit_first beside each other. */
static pc_status join_bits(struct parser *p, const struct order *o)
{
	for (uint32_t i = 1; i < o->placed; i++) {
		const struct node *a = node_at(o->nodes, i - 1), *b = node_at(o->nodes, i);
		const pc_field *f = &a->field, *g = &b->field;
		if (!f->bit_count || !g->bit_count || f->offset != g->offset || f->element_bytes != g->element_bytes)
			continue;
		if (f->bit_first + f->bit_count > g->bit_first && !*f->overlay && !*g->overlay)
			return pc_line_fail(&p->r, a->at > b->at ? a->at : b->at, "%s and %s share bit %u", f->name,
			                    g->name, g->bit_first);
		join(o->group, i - 1, i);
	}
	return PC_OK;
}

static pc_status fail_overlap(struct parser *p, const struct node *a, const struct node *b)
{
	uint64_t end = end_of(&a->field) < end_of(&b->field) ? end_of(&a->field) : end_of(&b->field);
	const struct node *later = a->at > b->at ? a : b, *earlier = later == a ? b : a;
	return pc_line_fail(&p->r, later->at, "%s overlaps %s (bytes %llu..%llu)", later->field.name,
	                    earlier->field.name, (unsigned long long)b->field.offset, (unsigned long long)end - 1);
}

/* The two fields of different groups that reach furthest so far are all that the next one can run into. */
static pc_status refuse_overlap(struct parser *p, const struct order *o)
{
	const struct node *far = NULL, *other = NULL;
	uint32_t far_group = 0;
	for (uint32_t i = 0; i < o->placed; i++) {
		const struct node *n = node_at(o->nodes, i);
		uint32_t group = root_of(o->group, i);
		const struct node *run_into = far && far_group != group ? far : other;
		if (run_into && end_of(&run_into->field) > n->field.offset) return fail_overlap(p, run_into, n);
		if (!far || end_of(&n->field) >= end_of(&far->field)) {
			if (far && far_group != group) other = far;
			far = n;
			far_group = group;
		} else if (far_group != group && (!other || end_of(&n->field) > end_of(&other->field))) {
			other = n;
		}
	}
	return PC_OK;
}

static pc_status refuse_gaps(struct parser *p, const struct order *o, uint64_t bytes, const char *end_at)
{
	uint64_t end = 0;
	for (uint32_t i = 0; i < o->placed; i++) {
		const struct node *n = node_at(o->nodes, i);
		if (n->field.offset > end)
			return pc_line_fail(
			        &p->r, n->at, "gap before %s (bytes %llu..%llu belong to no field, gaps=no)",
			        n->field.name, (unsigned long long)end, (unsigned long long)n->field.offset - 1);
		if (end_of(&n->field) > end) end = end_of(&n->field);
	}
	if (end == bytes) return PC_OK;
	return pc_line_fail(&p->r, end_at, "gap at the end (bytes %llu..%llu belong to no field, gaps=no)",
	                    (unsigned long long)end, (unsigned long long)bytes - 1);
}

/* The block that layout.h describes: head, fields, indices by name, places in the text. */
static pc_field *new_fields(struct parser *p, uint32_t count, uint32_t align, uint64_t bytes)
{
	size_t each = sizeof(pc_field) + 2 * sizeof(uint32_t);
	pc_fields_head *head = pc_arena_alloc(&p->layout->arena, sizeof *head + count * each);
	if (!head) return NULL;
	*head = (pc_fields_head){.align = align, .count = count, .bytes = bytes};
	return (pc_field *)(void *)(head + 1);
}

static void put_in_order(const struct level *level, struct order *o, const void **scratch)
{
	uint32_t placed = 0, floating = o->placed;
	for (const struct node *n = level->first; n; n = n->next)
		o->nodes[pc_field_floats(&n->field) ? floating++ : placed++] = n;
	pc_sort(o->nodes, scratch, o->placed, order_by_offset);
}

pc_status pc_settle(struct parser *p, const struct level *level, uint32_t align, uint64_t bytes, const char *end_at,
                    pc_field **ret)
{
	struct order o = {.count = (uint32_t)level->count, .placed = (uint32_t)(level->count - level->floating_count)};
	o.nodes = pc_arena_array(&p->scratch, (size_t)o.count * 3, sizeof *o.nodes);
	o.group = pc_arena_array(&p->scratch, o.count, sizeof *o.group);
	pc_field *fields = new_fields(p, o.count, align, bytes);
	if (!o.nodes || !o.group || !fields) return PC_ENOMEM;
	o.by_name = o.nodes + o.count;
	const void **scratch = o.by_name + o.count;
	put_in_order(level, &o, scratch);
	for (uint32_t i = 0; i < o.count; i++) {
		o.by_name[i] = memcpy(&fields[i], &node_at(o.nodes, i)->field, sizeof *fields);
		o.group[i] = i;
	}
	pc_sort(o.by_name, scratch, o.count, order_by_name);
	uint32_t *indices = (uint32_t *)(void *)(fields + o.count);
	for (uint32_t i = 0; i < o.count; i++) {
		indices[i] = (uint32_t)((const pc_field *)o.by_name[i] - fields);
		indices[o.count + i] = (uint32_t)(node_at(o.nodes, i)->at - p->r.c.start);
	}
	pc_status s = refuse_twins(p, fields, o.by_name, o.nodes, o.count);
	if (s == PC_OK) s = join_overlays(p, fields, &o);
	if (s == PC_OK) s = join_bits(p, &o);
	if (s == PC_OK) s = refuse_overlap(p, &o);
	if (s == PC_OK && level->refuses_gaps) s = refuse_gaps(p, &o, bytes, end_at);
	if (s == PC_OK) *ret = fields;
	return s;
}
