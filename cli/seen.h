/* seen.h - which values differ from those of the line before.
 *
 * By path and not by place: a row may lie elsewhere in the map and still say the same. Only digests are kept. */
#ifndef PC_CLI_SEEN_H
#define PC_CLI_SEEN_H
#include "value.h"

struct cli_seen_value {
	char *path;
	uint64_t digest;
};
struct cli_seen_line {
	struct cli_seen_value *values;
	size_t count, capacity;
};
/** Zero to start. */
typedef struct cli_seen {
	struct cli_seen_line now, before;
	size_t next; /* in `before`: where the next path is, most of the time */
} cli_seen;

/** Take note of a value. @return true if it is not what it was in the line before, or was not there */
bool cli_seen_part(cli_seen *seen, const cli_part *part);
/** The same of bytes without meaning. */
bool cli_seen_bytes(cli_seen *seen, const char *path, const void *bytes, size_t count);
/** The line is complete: what was noted is what the next one is compared with. */
void cli_seen_turn(cli_seen *seen);
/** Forget everything. */
void cli_seen_free(cli_seen *seen);

#endif
