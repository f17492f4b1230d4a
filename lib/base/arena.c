/* base/arena.c - see arena.h. Chunks double from 4 KiB to 1 MiB, so a small owner costs one malloc. */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES_MIN ((size_t)4096)
#define CHUNK_BYTES_MAX ((size_t)1 << 20)

struct pc_arena_chunk {
	struct pc_arena_chunk *next;
	size_t room_bytes;
};

/* What malloc() promises; the header is padded to it. (max_align_t is missing from some C libraries.) */
#define ALIGN        ((size_t)16)
#define HEADER_BYTES ((sizeof(struct pc_arena_chunk) + ALIGN - 1) / ALIGN * ALIGN)

static int grow(pc_arena *arena, size_t bytes)
{
	size_t room = arena->chunks ? arena->chunks->room_bytes * 2 : CHUNK_BYTES_MIN - HEADER_BYTES;
	if (room > CHUNK_BYTES_MAX) room = CHUNK_BYTES_MAX;
	if (room < bytes) room = bytes;
	struct pc_arena_chunk *chunk = malloc(HEADER_BYTES + room);
	if (!chunk) return 0;
	chunk->next = arena->chunks;
	chunk->room_bytes = room;
	*arena = (pc_arena){.chunks = chunk, .used_bytes = 0, .room_bytes = room};
	return 1;
}

void *pc_arena_alloc(pc_arena *arena, size_t bytes)
{
	if (bytes > SIZE_MAX / 2) return NULL;
	bytes = (bytes + ALIGN - 1) / ALIGN * ALIGN;
	if (arena->room_bytes - arena->used_bytes < bytes && !grow(arena, bytes)) return NULL;
	if (!arena->chunks && !grow(arena, bytes)) return NULL; /* the first allocation may be of 0 bytes */
	char *at = (char *)arena->chunks + HEADER_BYTES + arena->used_bytes;
	arena->used_bytes += bytes;
	memset(at, 0, bytes);
	return at;
}

void *pc_arena_array(pc_arena *arena, size_t count, size_t item_bytes)
{
	if (item_bytes && count > SIZE_MAX / item_bytes) return NULL;
	return pc_arena_alloc(arena, count * item_bytes);
}

char *pc_arena_copy(pc_arena *arena, const char *text, size_t bytes)
{
	char *copy = bytes < SIZE_MAX ? pc_arena_alloc(arena, bytes + 1) : NULL;
	if (copy && bytes) memcpy(copy, text, bytes);
	return copy;
}

void pc_arena_free(pc_arena *arena)
{
	while (arena->chunks) {
		struct pc_arena_chunk *next = arena->chunks->next;
		free(arena->chunks);
		arena->chunks = next;
	}
	*arena = (pc_arena){0};
}
