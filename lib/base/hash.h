/* base/hash.h - FNV-1a 64, the schema id of a layout. Not for tables that strangers fill: it is easy to collide. */
#ifndef PC_BASE_HASH_H
#define PC_BASE_HASH_H
#include <stddef.h>
#include <stdint.h>

#define PC_FNV1A64_START UINT64_C(0xcbf29ce484222325)

/** The hash of what was hashed to @p hash, and of @p bytes bytes more. */
static inline uint64_t pc_fnv1a64_on(uint64_t hash, const void *data, size_t bytes)
{
	const unsigned char *at = data;
	for (size_t i = 0; i < bytes; i++) hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/** FNV-1a 64 of @p bytes bytes. */
static inline uint64_t pc_fnv1a64(const void *data, size_t bytes)
{
	return pc_fnv1a64_on(PC_FNV1A64_START, data, bytes);
}

#endif
