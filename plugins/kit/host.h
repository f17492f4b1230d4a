/* host.h - what several plugins ask of their host in the same way. [loop] if not said otherwise. */
#ifndef KIT_HOST_H
#define KIT_HOST_H
#include <pagecast/plugin.h>
#include <stdbool.h>

struct kit_metric {
	const char *name, *unit, *help;
	int kind; /* enum pc_metric_kind */
};
/** Declare @p count of them. @param ret  one handle for each @return PC_OK, or what the host said of the first refused */
int kit_metrics(const struct pc_host *host, const struct kit_metric *metrics, unsigned count, pc_metric **ret);

/** What may go wrong by the thousand: the host is told at once, and then in one line in ten seconds. Begins as zeroes. */
typedef struct kit_complaints {
	uint64_t told_ns, untold;
} kit_complaints;
/** "<did> N <things>, the last: <why>" as the plugin's error. @param why  at most 300 bytes are said */
void kit_complain(const struct pc_host *host, kit_complaints *c, const char *did, const char *things, const char *why);

/** Flag what stands there as old, because its source is silent. @return was it flagged? Not if nobody has ever written it */
bool kit_source_is_stale(const struct pc_host *host, pc_region *region);

/** @return owned, for free(); NULL: out of memory. [any thread] */
char *kit_copy(const char *text);

#endif
