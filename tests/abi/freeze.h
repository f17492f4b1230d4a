/* freeze.h - compares what the compiler makes of our public structs with numbers that were written down for 1.0.
 *
 * Valid C11 and C++11: both languages must see the same bytes. Not static_assert, so that one run names every
 * difference.                                                                                                   */
#ifndef PC_ABI_FREEZE_H
#define PC_ABI_FREEZE_H
#include <pagecast/control.h>
#include <pagecast/plugin.h>
#include <stdio.h>

struct frozen {
	const char *of, *field; /* field NULL: the struct itself */
	size_t offset, bytes, frozen_offset, frozen_bytes;
};

#define STRUCT(type, size) {#type, NULL, 0, sizeof(struct type), 0, (size)},
#define F(type, name, offset, size) \
	{#type, #name, offsetof(struct type, name), sizeof(((struct type *)0)->name), (offset), (size)},
static const struct frozen frozen_plugin[] = {
#include "frozen_plugin.inc"
};
static const struct frozen frozen_control[] = {
#include "frozen_control.inc"
};
#undef F
#undef STRUCT

#define FROZEN_COUNT(table) (sizeof(table) / sizeof(table)[0])

/* Rows that differ from the compiler's numbers, each named on stderr. */
static inline int frozen_differences(const struct frozen *rows, size_t count)
{
	int differences = 0;
	for (size_t i = 0; i < count; i++) {
		const struct frozen *r = rows + i;
		if (r->offset == r->frozen_offset && r->bytes == r->frozen_bytes) continue;
		fprintf(stderr, "%s%s%s: offset %zu, %zu bytes; frozen: offset %zu, %zu bytes\n", r->of,
		        r->field ? "." : "", r->field ? r->field : "", r->offset, r->bytes, r->frozen_offset,
		        r->frozen_bytes);
		differences++;
	}
	return differences;
}

/* Bytes of structs that no row speaks of: a new field could hide there. */
static inline size_t frozen_holes(const struct frozen *rows, size_t count)
{
	size_t holes = 0, end = 0, whole = 0;
	for (size_t i = 0; i <= count; i++) {
		if (i == count || !rows[i].field) {
			holes += whole - end;
			end = 0;
			whole = i < count ? rows[i].frozen_bytes : 0;
			continue;
		}
		holes += rows[i].frozen_offset - end;
		end = rows[i].frozen_offset + rows[i].frozen_bytes;
	}
	return holes;
}

#endif
