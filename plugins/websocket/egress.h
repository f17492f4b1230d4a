/* egress.h - the limits of what the bridge sends: per viewer, and of all together (PC-FLOW-05 to 07).
 *
 * Who may not send waits and gets what is newest when its turn comes; nothing is queued but viewers. Those that wait
 * for the bridge's budget stand in a line and get one message each, so that all get as many. */
#ifndef WS_EGRESS_H
#define WS_EGRESS_H
#include "budget.h"
#include "list.h"

#include <stdbool.h>

struct ws_bridge;
struct ws_viewer;
struct ws_worker;

/** Part of the bridge. */
typedef struct ws_egress {
	ws_budget budget;
	ws_link line; /* of ws_viewer, by in_line: one for all workers */
} ws_egress;

/** Part of a viewer. */
typedef struct ws_egress_share {
	ws_budget budget;
	ws_link in_line;
	bool is_first; /* it is its turn */
	bool is_held;  /* waits, and that was counted */
	uint64_t held; /* how often it had to */
} ws_egress_share;

/** Those in the line whose turn it is, up to the first of another worker. [from a worker's turn] */
void ws_egress_serve(struct ws_worker *w);
/** See to it that the worker of the first that is left wakes when it may go. [at the end of the turn] */
void ws_egress_rest(struct ws_worker *w);
/**
 * May a message with data go to @p v now?
 * @param ret_due_ns  if not: when to ask again; UINT64_MAX = it stands in the line, and is served
 */
bool ws_egress_allows(struct ws_viewer *v, uint64_t *ret_due_ns);
/** Is there any limit for it now? */
bool ws_egress_is_limited(const struct ws_viewer *v);
/** One went. */
void ws_egress_sent(struct ws_viewer *v, uint64_t bytes);

#endif
