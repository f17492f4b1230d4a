/* value.h - values of fields, as text for people and as JSON, and the walk over all of them. */
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
	const pc_field *field;
	const char *first;   /* its first element, in the snapshot */
	uint32_t dims_given; /* dimensions that the path fixed */
	uint64_t count;      /* elements */
} cli_part;

/** The part that a resolved path names. */
cli_part cli_part_of(const cli_payload *payload, const char *path, const pc_ref *ref);

/** One element, escaped: a label or number for enums, the bare text, hex for blobs. Not a struct. */
void cli_value_text(pc_strbuf *b, const pc_field *field, const char *element);
/** A whole part that is no struct: "3" or "[1, 2, [3]]"; at most @p limit elements, then "... N more". 0 = all. */
void cli_part_text(pc_strbuf *b, const cli_part *part, uint64_t limit);
/** A whole part, structs included. */
void cli_part_json(cli_json *j, const cli_part *part);
/** All top-level fields as one object; for bytes without layout {"": "hex"}. */
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
bool cli_is_zero(const char *bytes, uint64_t count);
/** "[3]" or "[0][2]": place of element i of a field's remaining dimensions. */
void cli_index_text(pc_strbuf *b, const pc_field *field, uint32_t dims_given, uint64_t i);

#endif
