/* base/arena.h - memory that is given back all at once: what one parse or one configuration owns. */
#ifndef PC_BASE_ARENA_H
#define PC_BASE_ARENA_H
#include <stddef.h>

/** A growing list of chunks; zero it to start. Not thread-safe. */
typedef struct pc_arena {
	struct pc_arena_chunk *chunks; /* newest first; only the newest has room */
	size_t used_bytes, room_bytes; /* of the newest chunk */
} pc_arena;

/** @p bytes zeroed bytes aligned for any type, or NULL without memory. Lives until pc_arena_free(). */
void *pc_arena_alloc(pc_arena *arena, size_t bytes);
/** As pc_arena_alloc() for @p count items of @p item_bytes; NULL if the product overflows. */
void *pc_arena_array(pc_arena *arena, size_t count, size_t item_bytes);
/** A NUL-ended copy of @p bytes bytes of text, or NULL without memory. */
char *pc_arena_copy(pc_arena *arena, const char *text, size_t bytes);
/** Free everything and zero the arena; accepts a zeroed one. */
void pc_arena_free(pc_arena *arena);

#endif
