/* view.h - one consistent snapshot of a region with all that is known about it, and ways to show it. */
#ifndef PC_CLI_VIEW_H
#define PC_CLI_VIEW_H
#include "value.h"

#include <pagecast/reader.h>

/** Zero to start; keeps its buffer from one snapshot to the next. */
typedef struct cli_view {
	char *buffer;
	size_t capacity;
	cli_payload payload; /* points into buffer and the reader's layout */
	pc_snapshot_info info;
} cli_view;

/** Fill from the reader, which is opened anew if its region was replaced. @return PC_OK; PC_EAGAIN; PC_ENOMEM; as pc_reader_reopen() */
pc_status cli_view_take(cli_view *view, pc_reader *reader, pc_err *err);
/** The same as it was at an earlier tick. @return PC_OK; PC_EABSENT overwritten, or never held; PC_ENOMEM */
pc_status cli_view_take_tick(cli_view *view, pc_reader *reader, uint64_t tick, pc_err *err);
void cli_view_free(cli_view *view);

/** The layout if it fits the payload, else NULL: it is input too. */
const pc_layout *cli_layout_of(pc_reader *reader);
/**
 * Resolve a path in a payload; on failure say so with suggestions. The part borrows both.
 * @param ret_is_there  false, and CLI_OK, for what is not in the map now; NULL: that is a failure, too
 * @return CLI_OK or CLI_FAILED
 */
int cli_find_part(const cli_payload *payload, const char *region, const char *path, cli_part *ret_part,
                  bool *ret_is_there);

/** What the flags of a payload mean: "source stale, torn"; "" if there are none. Static parts joined in dst. */
const char *cli_flags_text(uint32_t payload_flags, char dst[96]);
/** Who writes a region, as people want to know it; bytes of shared memory: to be escaped. */
typedef struct cli_who {
	char name[32];
	uint32_t pid;
	char why[96]; /* why its state is what it is, "" if there is nothing to say */
} cli_who;
cli_who cli_who_writes(const pc_control *control);
/** Members "state", "tick", "epoch", "written_unix_ms", "age_ms", "flags", "writer", "pid", of adopted maps also "why". */
void cli_view_json(cli_json *j, pc_reader *reader, const pc_snapshot_info *info, pc_liveness liveness);
/** "live, tick 1234, written 35 ms ago by sysmon (pid 812)". */
void cli_view_summary(pc_strbuf *b, pc_reader *reader, const pc_snapshot_info *info, pc_liveness liveness, bool color);

/** Fields as a table; arrays of structs as tables of their own. @param limit elements of an array shown, 0 = all */
bool cli_show_payload(const cli_payload *payload, bool color, uint64_t limit);
bool cli_show_part(const cli_part *part, bool color, uint64_t limit);
/** Offset, 16 bytes in hex, the same as text. */
bool cli_show_hex(const void *bytes, uint64_t count, uint64_t first_offset);

#endif
