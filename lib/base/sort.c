/* base/sort.c - see sort.h: bottom-up merge sort. */
#include "base/sort.h"

#include <string.h>

/* Merge [left, middle) and [middle, right) of from into to. */
static void merge(const void **from, const void **to, size_t left, size_t middle, size_t right, pc_order_fn *order)
{
	size_t a = left, b = middle;
	for (size_t i = left; i < right; i++) {
		int take_left = a < middle && (b >= right || order(from[a], from[b]) <= 0);
		to[i] = take_left ? from[a++] : from[b++];
	}
}

void pc_sort(const void **items, const void **scratch, size_t count, pc_order_fn *order)
{
	const void **from = items, **to = scratch;
	for (size_t width = 1; width < count; width *= 2) {
		for (size_t left = 0; left < count; left += 2 * width) {
			size_t middle = left + width < count ? left + width : count;
			size_t right = middle + width < count ? middle + width : count;
			merge(from, to, left, middle, right, order);
		}
		const void **swap = from;
		from = to;
		to = swap;
	}
	if (from != items) memcpy(items, from, count * sizeof *items);
}
