/* base/fnv.h - FNV-1a, 64 bit: ids of schemas. */
#ifndef PC_BASE_FNV_H
#define PC_BASE_FNV_H
#include <stddef.h>
#include <stdint.h>

/** FNV-1a 64 of @p bytes bytes. [any thread] */
static inline uint64_t pc_fnv1a(const void *data, size_t bytes)
{
	const unsigned char *at = (const unsigned char *)data;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < bytes; i++) hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
	return hash;
}

#endif
