/* recorded.h - what the commands on recordings share: opening them, names of events, layouts of channels, totals. */
#ifndef PC_CLI_RECORDED_H
#define PC_CLI_RECORDED_H
#include "cli.h"
#include "recording/reader.h"
#include "value.h"

/** Open, or say why not. @return CLI_OK or CLI_FAILED */
int cli_recording_open(const char *path, rec_reader **ret);
/** "value", "begins", "state", "was paused", "ends"; "?" for what a newer version may write. Static storage. */
const char *cli_event_name(unsigned event);

/** One channel as it was met. */
typedef struct cli_heard {
	const rec_channel *channel;
	pc_layout *layout; /* NULL if it has none, or one that does not fit */
	uint64_t values, missed, gaps, unknown, first_ns, last_ns;
	struct cli_heard *next;
} cli_heard;
/** Zero to start. */
typedef struct cli_heard_list {
	cli_heard *first, **last;
} cli_heard_list;
/** The entry of a channel, made if it is new. @return NULL: out of memory */
cli_heard *cli_heard_of(cli_heard_list *list, const rec_channel *channel);
/** Count one message. */
void cli_heard_count(cli_heard *h, const rec_message *m);
void cli_heard_free(cli_heard_list *list);
/** A value as the commands on regions have it. Borrows both. */
cli_payload cli_heard_payload(const cli_heard *h, const rec_message *m);

#endif
