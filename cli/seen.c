/* seen.c - see seen.h. */
#include "seen.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

/* Without memory a value counts as new, now and in the next line. */
static void note(struct cli_seen_line *line, const char *path, uint64_t digest)
{
	if (line->count == line->capacity) {
		size_t capacity = line->capacity ? line->capacity * 2 : 64;
		struct cli_seen_value *larger = realloc(line->values, capacity * sizeof *larger);
		if (!larger) return;
		line->values = larger;
		line->capacity = capacity;
	}
	char *copy = malloc(strlen(path) + 1);
	if (!copy) return;
	line->values[line->count++] = (struct cli_seen_value){strcpy(copy, path), digest};
}

/* Lines mostly have the same paths in the same order, so the search begins behind the last one found. */
static const struct cli_seen_value *find(cli_seen *seen, const char *path)
{
	const struct cli_seen_line *before = &seen->before;
	for (size_t i = 0; i < before->count; i++) {
		size_t at = (seen->next + i) % before->count;
		if (strcmp(before->values[at].path, path) != 0) continue;
		seen->next = at + 1;
		return &before->values[at];
	}
	return NULL;
}

static bool is_new(cli_seen *seen, const char *path, uint64_t digest)
{
	const struct cli_seen_value *old = find(seen, path);
	note(&seen->now, path, digest);
	return !old || old->digest != digest;
}

bool cli_seen_part(cli_seen *seen, const cli_part *part)
{
	const pc_place *place = &part->at.place;
	size_t unit = cli_part_field(part)->text_units
	                      ? (size_t)(cli_part_field(part)->element_bytes / cli_part_field(part)->text_units)
	                      : 0;
	size_t bytes = unit ? unit * place->units : (size_t)place->element_bytes;
	uint64_t digest = PC_FNV1A64_START;
	digest = pc_fnv1a64_on(digest, &place->count, sizeof place->count);
	digest = pc_fnv1a64_on(digest, &place->units, sizeof place->units);
	for (uint64_t i = 0; i < place->count; i++) digest = pc_fnv1a64_on(digest, cli_part_element(part, i), bytes);
	return is_new(seen, part->path, digest);
}

bool cli_seen_bytes(cli_seen *seen, const char *path, const void *bytes, size_t count)
{
	return is_new(seen, path, pc_fnv1a64(bytes, count));
}

static void clear(struct cli_seen_line *line)
{
	for (size_t i = 0; i < line->count; i++) free(line->values[i].path);
	line->count = 0;
}

void cli_seen_turn(cli_seen *seen)
{
	struct cli_seen_line swap = seen->before;
	seen->before = seen->now;
	seen->now = swap;
	seen->next = 0;
	clear(&seen->now);
}

void cli_seen_free(cli_seen *seen)
{
	clear(&seen->now);
	clear(&seen->before);
	free(seen->now.values);
	free(seen->before.values);
	memset(seen, 0, sizeof *seen);
}
