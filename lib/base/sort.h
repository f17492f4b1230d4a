/* base/sort.h - a stable sort that is n log n for every input; qsort() promises neither. */
#ifndef PC_BASE_SORT_H
#define PC_BASE_SORT_H
#include <stddef.h>

/** Order of two items: < 0, 0, > 0. */
typedef int pc_order_fn(const void *a, const void *b);

/** Sort @p count pointers by what they point at. @p scratch has room for as many. Equal items keep their order. */
void pc_sort(const void **items, const void **scratch, size_t count, pc_order_fn *order);

#endif
