/* dwarf/libdw/bits.c - which number a bit field is part of.
 *
 * Debug information says which bits of the struct it has; a layout wants a number, and which bits of that. Fields that share
 * bytes become bits of one number, if one of at most 64 bits has them all: aligned and clear of other fields, or the declared
 * type's, or anywhere. What cannot be read as bits of a number is left as bytes. */
#include "libdw/types.h"

#include <inttypes.h>
#include <string.h>

/* Fields that share bytes, one after the other. */
struct run {
	ly_bits *first, *behind;
	uint64_t low, end; /* bytes */
	uint64_t declared; /* the largest */
};

static struct run run_at(ly_bits *first)
{
	struct run r = {first, first->next, first->first / 8, (first->first + first->count + 7) / 8, first->declared};
	while (r.behind && r.behind->first / 8 < r.end && (r.behind->first + r.behind->count + 7) / 8 > r.low) {
		uint64_t low = r.behind->first / 8, end = (r.behind->first + r.behind->count + 7) / 8;
		uint64_t all = (end > r.end ? end : r.end) - (low < r.low ? low : r.low);
		if (all > 8) break; /* a number of its own */
		if (end > r.end) r.end = end;
		if (low < r.low) r.low = low;
		if (r.behind->declared > r.declared) r.declared = r.behind->declared;
		r.behind = r.behind->next;
	}
	return r;
}

/* True if a field that is no bit field has bytes there. */
static bool meets_others(const ly_item *to, uint64_t offset, uint64_t bytes)
{
	for (const ly_item *f = to->first; f; f = f->next)
		if (!f->bit_count && f->offset < offset + bytes && f->offset + ly_item_bytes(f) > offset) return true;
	return false;
}

static bool covers(const ly_item *to, const struct run *r, uint64_t offset, uint64_t bytes)
{
	return offset <= r->low && r->end <= offset + bytes && offset + bytes <= to->unit_bytes;
}

/* @return bytes of the number, 0: there is none */
static uint32_t choose(const ly_item *to, const struct run *r, uint64_t *ret_offset)
{
	for (uint32_t bytes = 1; bytes <= 8; bytes *= 2) {
		*ret_offset = r->low / bytes * bytes;
		if (covers(to, r, *ret_offset, bytes) && !meets_others(to, *ret_offset, bytes)) return bytes;
	}
	if (r->declared == 1 || r->declared == 2 || r->declared == 4 || r->declared == 8) {
		*ret_offset = r->low / r->declared * r->declared;
		if (covers(to, r, *ret_offset, r->declared)) return (uint32_t)r->declared;
	}
	for (int pass = 0; pass < 2; pass++)
		for (uint32_t bytes = 1; bytes <= 8; bytes *= 2)
			for (uint64_t offset = r->low + 1; offset-- > 0 && offset + bytes >= r->end;) {
				*ret_offset = offset;
				if (covers(to, r, offset, bytes) && (pass || !meets_others(to, offset, bytes)))
					return bytes;
			}
	return 0;
}

static void leave_as_bytes(ly_taking *t, ly_bits *b)
{
	char doc[80];
	ly_item *item = b->item;
	(void)snprintf(doc, sizeof doc, "bit field: %" PRIu64 " bits from bit %" PRIu64 " on", b->count, b->first % 8);
	item->doc = pc_arena_copy(t->arena, doc, strlen(doc));
	item->type = "u8";
	item->bit_count = 0;
	item->offset = b->first / 8;
	item->dims[item->dim_count++] = (uint32_t)((b->first + b->count + 7) / 8 - item->offset);
	item->unit_bytes = 1;
}

pc_status ly_bits_place(ly_taking *t, ly_item *to, ly_bits *all)
{
	pc_status s = PC_OK;
	while (all && s == PC_OK) {
		uint64_t offset = 0;
		struct run r = run_at(all);
		uint32_t bytes = choose(to, &r, &offset);
		for (; all != r.behind && s == PC_OK; all = all->next) {
			if (!bytes) {
				leave_as_bytes(t, all);
				continue;
			}
			all->item->offset = offset;
			all->item->bit_first = (uint32_t)(all->first - offset * 8);
			s = ly_scalar_take(t, &all->type, all->item, bytes);
		}
	}
	return s;
}
