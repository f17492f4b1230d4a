/* value.h - values of fields, as text for people and as JSON, and the walk over all of them.
 *
 * What a field shows may depend on the bytes: rows in use, tables, variants, texts with a length, rows that describe
 * themselves. So a part is a place that was looked up in its payload, and what is not there now is not shown. */
#ifndef PC_CLI_VALUE_H
#define PC_CLI_VALUE_H
#include "json.h"
#include "out.h"

#include <pagecast/layout.h>

/** A snapshot and what it means. Borrowed. */
typedef struct cli_payload {
	const char *bytes;
	uint64_t count;
	const pc_layout *layout; /* NULL: bytes without meaning. Never larger than the payload. */
} cli_payload;

/** One field, or the part of an array that a path names. */
typedef struct cli_part {
	const char *path; /* "core[3].usage_percent" */
	pc_part at;       /* where its elements are in the snapshot */
} cli_part;

/** Numbers as they are stored (what programs read, and `pagecast write` takes), or as people see them: with their scale. */
enum cli_form { CLI_STORED, CLI_SHOWN };

static inline const pc_field *cli_part_field(const cli_part *part)
{
	return part->at.place.field;
}
/** First byte of element @p i < part->at.place.count. */
static inline const uint8_t *cli_part_element(const cli_part *part, uint64_t i)
{
	return part->at.scope.payload + part->at.place.offset + i * part->at.place.stride_bytes;
}
/** Elements that one step of the first dimension which the path left covers; 1 if it left none. */
uint64_t cli_part_step(const cli_part *part);
/** True if the part has inside parts: a struct, bytes with fields, or a row that describes itself. */
bool cli_part_is_nested(const cli_part *part);

/** Element @p i, escaped: a label or number for enums, the bare text, hex for blobs. Not a struct. */
void cli_value_text(pc_strbuf *b, const cli_part *part, uint64_t i, enum cli_form form);
/** A whole part that is no struct: "3" or "[1, 2, [3]]"; at most @p limit elements, then "... N more". 0 = all. */
void cli_part_text(pc_strbuf *b, const cli_part *part, uint64_t limit, enum cli_form form);
/** A whole part, structs included, as the bridge has it in JSON (docs/protocol.md), but that arrays of numbers nest, too. */
void cli_part_json(cli_json *j, const cli_part *part);
/** All top-level fields that are there as one object; for bytes without layout {"": "hex"}. */
void cli_payload_json(cli_json *j, const cli_payload *payload);

/** Enters structs and their arrays, and calls fn for each part that is no struct: arrays of values stay whole. */
typedef struct cli_walk {
	bool (*fn)(void *arg, const cli_part *part); /* @return false to stop */
	void *arg;
	bool skips_zeroes; /* elements of arrays of structs that are all zero are only counted */
	uint64_t skipped;
} cli_walk;
/** @return false if stopped or out of memory */
bool cli_walk_part(cli_walk *walk, const cli_part *part);
bool cli_walk_payload(cli_walk *walk, const cli_payload *payload);

/** True if all bytes are zero. */
bool cli_is_zero(const void *bytes, uint64_t count);
/** "[3]" or "[0][2]": place of element i of the dimensions that the part's path left. */
void cli_index_text(pc_strbuf *b, const cli_part *part, uint64_t i);

#endif
