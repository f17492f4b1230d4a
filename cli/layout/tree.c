/* layout/tree.c - see tree.h. */
#include "layout/tree.h"

#include "base/sort.h"

#include <inttypes.h>
#include <string.h>

#define NATURAL 4096u

ly_item *ly_item_add(pc_arena *arena, ly_item *to)
{
	ly_item *item = pc_arena_alloc(arena, sizeof *item);
	if (!item) return NULL;
	*(to->last ? &to->last->next : &to->first) = item;
	to->last = item;
	to->count++;
	return item;
}

static uint64_t elements(const ly_item *item)
{
	uint64_t count = 1;
	for (uint32_t i = 0; i < item->dim_count; i++) count *= item->dims[i];
	return count;
}

uint64_t ly_item_bytes(const ly_item *item)
{
	uint64_t stride = item->stride_bytes ? item->stride_bytes : item->unit_bytes;
	return (elements(item) - 1) * stride + item->unit_bytes;
}

const char *ly_clean_name(pc_arena *arena, const char *name)
{
	char clean[64];
	size_t n = 0;
	bool was_letter = false;
	if (*name >= '0' && *name <= '9') clean[n++] = '_';
	for (; *name && n < sizeof clean - 1; name++) {
		bool is_letter = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
		                 (*name >= '0' && *name <= '9') || *name == '_';
		if (is_letter || was_letter) clean[n++] = is_letter ? *name : '_';
		was_letter = is_letter;
	}
	while (n > 1 && !was_letter && clean[n - 1] == '_') n--; /* "Vec<3>" */
	if (!n) clean[n++] = '_';
	return pc_arena_copy(arena, clean, n);
}

/* ---- alignment: as a compiler would have it, capped as little as the places allow ---- */

static uint64_t natural_of(const ly_item *item)
{
	return item->type ? item->unit_bytes : item->align;
}

/* The struct's alignment if the cap fits, else 0. */
static uint32_t align_under(const ly_item *item, uint32_t cap)
{
	uint64_t most = 1;
	for (const ly_item *f = item->first; f; f = f->next) {
		uint64_t align = natural_of(f) < cap ? natural_of(f) : cap;
		if (f->offset % align || (f->stride_bytes && f->stride_bytes % align)) return 0;
		if (align > most) most = align;
	}
	return item->unit_bytes % most ? 0 : (uint32_t)most;
}

static const uint32_t caps[] = {NATURAL, 8, 4, 2, 1};

/* As under one #pragma pack around everything. @return false it does not fit */
static bool align_all(ly_item *item, uint32_t cap)
{
	for (ly_item *f = item->first; f; f = f->next)
		if (!f->type && !align_all(f, cap)) return false;
	item->align = align_under(item, cap);
	return item->align != 0;
}

/* Each struct on its own. */
static void align_each(ly_item *item)
{
	for (ly_item *f = item->first; f; f = f->next)
		if (!f->type) align_each(f);
	item->align = 0;
	for (size_t i = 0; !item->align; i++) item->align = align_under(item, caps[i]);
}

static void find_align(ly_item *item)
{
	size_t i = 0;
	while (caps[i] > 2 && !align_all(item, caps[i])) i++;
	if (caps[i] == 2) align_each(item); /* one packed struct does not make all packed */
}

/* ---- text ---- */

static int by_offset(const void *a, const void *b)
{
	const ly_item *x = a, *y = b;
	if (x->offset != y->offset) return x->offset < y->offset ? -1 : 1;
	return (x->bit_first > y->bit_first) - (x->bit_first < y->bit_first);
}

static void put_fields(pc_arena *arena, const ly_item *item, pc_strbuf *out);

static void put_field(pc_arena *arena, const ly_item *f, const char *overlay, pc_strbuf *out)
{
	pc_strbuf_printf(out, "@%" PRIu64 " %s %s", f->offset, f->name, f->type ? f->type : "struct");
	for (uint32_t i = 0; i < f->dim_count; i++) pc_strbuf_printf(out, "[%" PRIu32 "]", f->dims[i]);
	if (!f->type) pc_strbuf_printf(out, " size=%" PRIu64 " align=%" PRIu32, f->unit_bytes, f->align);
	if (f->stride_bytes && f->stride_bytes != f->unit_bytes)
		pc_strbuf_printf(out, " stride=%" PRIu64, f->stride_bytes);
	if (f->doc) pc_strbuf_printf(out, " doc=\"%s\"", f->doc);
	if (f->labels) pc_strbuf_printf(out, " labels=\"%s\"", f->labels);
	if (f->bit_count)
		pc_strbuf_printf(out, " bits=%" PRIu32 "..%" PRIu32, f->bit_first, f->bit_first + f->bit_count - 1);
	if (!f->type && f->type_name) pc_strbuf_printf(out, " type=%s", f->type_name);
	if (overlay) pc_strbuf_printf(out, " overlay=%s", overlay);
	pc_strbuf_puts(out, f->type ? "\n" : " {\n");
	if (f->type) return;
	put_fields(arena, f, out);
	pc_strbuf_puts(out, "}\n");
}

/* Neighbours in order: of one number, and no bit of it is both's, as it may be in a union. */
static bool are_bits_of_one(const ly_item *a, const ly_item *b)
{
	return a->bit_count && b->bit_count && a->offset == b->offset && a->unit_bytes == b->unit_bytes &&
	       a->bit_first + a->bit_count <= b->bit_first;
}

/* Where fields share bytes, all overlay the first of them, unless they are all bits of one number. */
static void put_group(pc_arena *arena, const void **items, uint32_t count, pc_strbuf *out)
{
	const ly_item *first = items[0];
	bool is_bits = true;
	for (uint32_t i = 1; i < count; i++) is_bits &= are_bits_of_one(items[i - 1], items[i]);
	for (uint32_t i = 0; i < count; i++) put_field(arena, items[i], i && !is_bits ? first->name : NULL, out);
}

static void put_fields(pc_arena *arena, const ly_item *item, pc_strbuf *out)
{
	const void **items = pc_arena_array(arena, (size_t)item->count * 2, sizeof *items);
	uint32_t n = 0;
	if (!items) {
		out->failed = true;
		return;
	}
	for (const ly_item *f = item->first; f; f = f->next) items[n++] = f;
	pc_sort(items, items + n, n, by_offset);
	for (uint32_t i = 0, end; i < n; i = end) {
		const ly_item *f = items[i];
		uint64_t reach = f->offset + ly_item_bytes(f);
		for (end = i + 1; end < n && ((const ly_item *)items[end])->offset < reach; end++) {
			const ly_item *next = items[end];
			if (next->offset + ly_item_bytes(next) > reach) reach = next->offset + ly_item_bytes(next);
		}
		put_group(arena, items + i, end - i, out);
	}
}

void ly_tree_text(pc_arena *arena, ly_item *root, pc_strbuf *out)
{
	find_align(root);
	pc_strbuf_printf(out, "layout size=%" PRIu64 " align=%" PRIu32 "\n", root->unit_bytes, root->align);
	put_fields(arena, root, out);
}
