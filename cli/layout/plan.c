/* layout/plan.c - see plan.h. */
#include "layout/plan.h"

#include <inttypes.h>
#include <string.h>

/* ---- names ---- */

static const char *join(ly_plan *plan, const char *a, const char *b)
{
	char text[256];
	(void)snprintf(text, sizeof text, "%s_%s", a, b);
	const char *copy = pc_arena_copy(&plan->arena, text, strlen(text));
	plan->no_memory |= !copy;
	return copy ? copy : "";
}

static const char *numbered(ly_plan *plan, const char *name, uint64_t number)
{
	char text[24];
	(void)snprintf(text, sizeof text, "%" PRIu64, number);
	return join(plan, name, text);
}

/* A name for something of ours that no field of the struct has. */
static const char *free_name(ly_plan *plan, const ly_block *block, const char *name)
{
	for (uint32_t i = 0; i < block->field_count + block->floating_count; i++)
		if (!strcmp(block->fields[i].name, name)) return free_name(plan, block, join(plan, name, ""));
	return name;
}

static ly_struct *find_struct(const ly_plan *plan, const char *name)
{
	ly_struct *s = plan->first;
	while (s && strcmp(s->name, name)) s = s->next;
	return s;
}

/* The name of the whole is not given to what is inside, which is planned first. */
static bool is_taken(const ly_plan *plan, const char *name)
{
	return find_struct(plan, name) || !strcmp(name, plan->whole);
}

/* ---- are two structs the same? ---- */

static void put_shape(pc_strbuf *b, const ly_block *block)
{
	pc_strbuf_printf(b, "%" PRIu64 "{", block->bytes);
	for (uint32_t i = 0; i < block->field_count + block->floating_count; i++) {
		const pc_field *f = &block->fields[i];
		pc_strbuf_printf(b, "%s ", f->name);
		ly_type_text(b, f);
		pc_strbuf_printf(b, "@%" PRIu64 "/%" PRIu64 ":%" PRIu32 "+%" PRIu32, f->offset, f->stride_bytes,
		                 f->bit_first, f->bit_count);
		for (uint32_t k = 0; k < f->label_count; k++)
			pc_strbuf_printf(b, ",%" PRId64 "%s", f->labels[k].value, f->labels[k].text);
		for (uint32_t k = 0; k < f->flag_count; k++)
			pc_strbuf_printf(b, ";%" PRId64 "%s", f->flags[k].value, f->flags[k].text);
		ly_block inner = ly_block_of_field(f);
		if (f->fields) put_shape(b, &inner);
	}
	pc_strbuf_puts(b, "}");
}

static bool same_shape(ly_plan *plan, const ly_block *a, const ly_block *b)
{
	pc_strbuf x = {0}, y = {0};
	put_shape(&x, a);
	put_shape(&y, b);
	plan->no_memory |= x.failed || y.failed;
	bool same = !plan->no_memory && !strcmp(x.text, y.text);
	pc_strbuf_free(&x);
	pc_strbuf_free(&y);
	return same;
}

/* ---- members ---- */

static ly_struct *plan_struct(ly_plan *plan, const ly_block *block, const char *around, const char *field);

static uint64_t natural_of(const ly_member *m)
{
	if (m->kind == LY_PAD || m->is_bytes) return 1;
	if (m->kind == LY_FIELD && m->field->type == PC_TYPE_STRUCT) return m->type->align;
	if (m->kind != LY_UNION) return ly_unit_bytes(m->field);
	return 1;
}

uint64_t ly_member_align(const ly_member *m, uint32_t pack)
{
	uint64_t align = natural_of(m);
	for (uint32_t i = 0; m->kind == LY_UNION && i < m->part_count; i++) {
		uint64_t of_part = ly_member_align(&m->parts[i], pack);
		if (of_part > align) align = of_part;
	}
	return pack && align > pack ? pack : align;
}

/* @param limit  where the next field of the struct begins */
static ly_member field_member(ly_plan *plan, const ly_struct *s, const pc_field *f, uint64_t limit)
{
	ly_member m = {.kind = LY_FIELD, .name = f->name, .offset = f->offset, .bytes = ly_field_bytes(f), .field = f};
	ly_block inner = ly_block_of_field(f);
	if (f->fields) m.type = plan_struct(plan, &inner, s->name, f->name);
	if (f->count < 2 || f->stride_bytes == f->element_bytes) return m;
	m.element_pad = f->stride_bytes - f->element_bytes;
	m.is_bytes = f->offset + f->count * f->stride_bytes > limit;
	if (!m.is_bytes) m.bytes = f->count * f->stride_bytes;
	return m;
}

static ly_member bits_member(ly_plan *plan, const ly_struct *s, const ly_group *g)
{
	const pc_field *f = &s->block.fields[g->first];
	const char *name = free_name(plan, &s->block, join(plan, f->name, "bits"));
	return (ly_member){LY_BITS, name, g->offset, f->element_bytes, f, NULL, g->count, 0, false, NULL, 0};
}

static ly_member union_member(ly_plan *plan, const ly_struct *s, const ly_group *g, uint64_t limit)
{
	ly_member m = {.kind = LY_UNION, .offset = g->offset, .bytes = g->end - g->offset};
	m.name = free_name(plan, &s->block, numbered(plan, "overlay", g->offset));
	m.parts = pc_arena_array(&plan->arena, g->count, sizeof *m.parts);
	plan->no_memory |= !m.parts;
	for (uint32_t i = g->first, end; m.parts && i < g->first + g->count; i = end) {
		const pc_field *f = &s->block.fields[i];
		ly_group bits = {i, 1, f->offset, 0, true};
		for (end = i + 1; f->bit_count && end < g->first + g->count; end++, bits.count++) {
			const pc_field *next = &s->block.fields[end];
			if (!next->bit_count || next->offset != f->offset || next->element_bytes != f->element_bytes)
				break;
		}
		m.parts[m.part_count++] = f->bit_count ? bits_member(plan, s, &bits) : field_member(plan, s, f, limit);
	}
	for (uint32_t i = 0; i < m.part_count; i++)
		if (m.parts[i].offset + m.parts[i].bytes - m.offset > m.bytes)
			m.bytes = m.parts[i].offset + m.parts[i].bytes - m.offset;
	return m;
}

/* ---- packing ---- */

static uint64_t round_up(uint64_t bytes, uint64_t align)
{
	return (bytes + align - 1) / align * align;
}

static bool fits(const ly_member *m, uint32_t pack, uint64_t limit)
{
	uint64_t align = ly_member_align(m, pack);
	if (m->offset % align) return false;
	if (m->kind == LY_FIELD && m->element_pad && !m->is_bytes) return m->field->stride_bytes % align == 0;
	if (m->kind != LY_UNION) return true;
	for (uint32_t i = 0; i < m->part_count; i++) {
		uint64_t of_part = ly_member_align(&m->parts[i], pack);
		if ((m->parts[i].offset - m->offset) % of_part || !fits(&m->parts[i], pack, limit)) return false;
	}
	return m->offset + round_up(m->bytes, align) <= limit;
}

static bool packs(ly_struct *s, uint32_t pack)
{
	uint64_t most = 1;
	for (uint32_t i = 0; i < s->member_count; i++) {
		const ly_member *m = &s->members[i];
		if (!fits(m, pack, i + 1 < s->member_count ? m[1].offset : s->block.bytes)) return false;
		if (ly_member_align(m, pack) > most) most = ly_member_align(m, pack);
	}
	s->align = (uint32_t)most;
	s->pack = pack;
	return s->block.bytes % most == 0;
}

/* ---- structs ---- */

static void add_pad(ly_plan *plan, ly_struct *s, ly_member *to, uint32_t *n, uint64_t from, uint64_t end)
{
	if (from >= end) return;
	const char *name = free_name(plan, &s->block, numbered(plan, "_pad", from));
	to[(*n)++] = (ly_member){.kind = LY_PAD, .name = name, .offset = from, .bytes = end - from};
}

static void plan_members(ly_plan *plan, ly_struct *s)
{
	const ly_block *b = &s->block;
	for (uint32_t i = 0; i < b->field_count;) {
		ly_group g = ly_group_at(b, i);
		i += g.count;
		uint64_t limit = i < b->field_count ? b->fields[i].offset : b->bytes;
		s->members[s->member_count++] = ly_group_is_union(&g) ? union_member(plan, s, &g, limit)
		                                : g.is_bits           ? bits_member(plan, s, &g)
		                                            : field_member(plan, s, &b->fields[g.first], limit);
	}
}

/* Gaps become members, when the packing says how large unions are. */
static void plan_pads(ly_plan *plan, ly_struct *s)
{
	ly_member *all = pc_arena_array(&plan->arena, (size_t)s->member_count * 2 + 1, sizeof *all);
	uint32_t n = 0;
	uint64_t end = 0;
	plan->no_memory |= !all;
	for (uint32_t i = 0; all && i < s->member_count; i++) {
		ly_member m = s->members[i];
		if (m.kind == LY_UNION) m.bytes = round_up(m.bytes, ly_member_align(&m, s->pack));
		add_pad(plan, s, all, &n, end, m.offset);
		all[n++] = m;
		end = m.offset + m.bytes;
	}
	if (all) add_pad(plan, s, all, &n, end, s->block.bytes);
	s->members = all;
	s->member_count = all ? n : 0;
}

/* Tables, and what else the map places: they have structs, but no members. */
static void plan_floating(ly_plan *plan, const ly_struct *s)
{
	for (uint32_t i = 0; i < s->block.floating_count; i++) {
		const pc_field *f = &s->block.fields[s->block.field_count + i];
		ly_block inner = ly_block_of_field(f);
		ly_struct *of = f->fields ? plan_struct(plan, &inner, s->name, f->name) : NULL;
		if (of) of->placed_by = f;
	}
}

static ly_struct *plan_struct(ly_plan *plan, const ly_block *block, const char *around, const char *field)
{
	static const uint32_t packs_to_try[] = {0, 4, 2, 1};
	const char *name = *block->name ? block->name : join(plan, around, field);
	ly_struct *there = find_struct(plan, name);
	if (there && same_shape(plan, &there->block, block)) return there;
	if (*around && is_taken(plan, name)) {
		name = join(plan, around, field);
		for (uint32_t i = 2; is_taken(plan, name); i++) name = numbered(plan, join(plan, around, field), i);
	}
	ly_struct *s = pc_arena_alloc(&plan->arena, sizeof *s);
	if (s) s->members = pc_arena_array(&plan->arena, block->field_count + 1u, sizeof *s->members);
	if (!s || !s->members) {
		static ly_struct nothing; /* the plan is thrown away */
		plan->no_memory = true;
		nothing.align = 1;
		return &nothing;
	}
	s->name = name;
	s->block = *block;
	plan_members(plan, s);
	plan_floating(plan, s);
	for (size_t i = 0; !packs(s, packs_to_try[i]) && i < 3; i++) {
	} /* 1 fits everything */
	plan_pads(plan, s);
	*(plan->last ? &plan->last->next : &plan->first) = s;
	plan->last = s;
	return s;
}

pc_status ly_plan_make(ly_plan *plan, const ly_block *block)
{
	plan->whole = block->name;
	(void)plan_struct(plan, block, "", "");
	if (!plan->no_memory) return PC_OK;
	ly_plan_free(plan);
	return PC_ENOMEM;
}

void ly_plan_free(ly_plan *plan)
{
	pc_arena_free(&plan->arena);
	*plan = (ly_plan){0};
}
