/* rows.h - a region of the catalogue, opened and looked at: what `list`, `top` and `doctor` have in common. */
#ifndef PC_CLI_ROWS_H
#define PC_CLI_ROWS_H
#include "catalogue.h"
#include "view.h"

typedef struct cli_row {
	const cli_region *region; /* borrowed from the catalogue */
	pc_reader *reader;        /* NULL: see status */
	pc_status status;
	uint64_t first_beat;
	pc_liveness liveness;
	pc_snapshot_info info; /* of the newest commit, without the payload */
} cli_row;

/** Is this region asked for? */
typedef bool cli_rows_wanted(const void *arg, const cli_region *region);
/**
 * Open what is wanted and look at it once; what cannot be opened is a row all the same.
 * @param rows  as many as the catalogue has regions, zeroed. @return how many rows there are
 */
uint32_t cli_rows_open(const cli_args *args, const cli_catalogue *c, cli_rows_wanted *wanted, const void *arg,
                       cli_row *rows);
/** Look again: state, tick and age. */
void cli_row_look(cli_row *row);
/**
 * A first look can only tell that a writer exists. Watch all rows together until each heartbeat has moved, or has stood
 * still for long enough to say so: as long as the slowest takes, not as all together, and at most 3 s.
 */
void cli_rows_settle(cli_row *rows, uint32_t count);
/** Close the readers; the rows stay the caller's. */
void cli_rows_close(cli_row *rows, uint32_t count);

/** Say, on stderr, what to do about regions of users that are not trusted, if there is one. */
void cli_rows_hint(const cli_args *args, const cli_row *rows, uint32_t count);
/** What to call a region that cannot be opened. */
const char *cli_closed_word(pc_status status);
/** Does its payload stand beside a section of its name that other programs hold? (Windows) */
bool cli_row_is_beside(const cli_row *row);
/** "plugin", "external", "legacy", "standalone" */
const char *cli_kind_of(const cli_region *r);
/** Does a name fit a pattern? '*' any text, '?' one byte. */
bool cli_matches(const char *pattern, const char *name);

#endif
