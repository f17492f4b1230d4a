/* egress.h - the limits of what the bridge sends: per viewer, and of all together (PC-FLOW-05 to 07).
 *
 * Who may not send waits and gets what is newest when its turn comes; nothing is queued but viewers. Those that wait
 * for the bridge's budget stand in a line and get one message each, so that all get as many. */
#ifndef WS_EGRESS_H
#define WS_EGRESS_H
#include "budget.h"
#include "list.h"
#include "timers.h"

#include <stdbool.h>

struct ws_bridge;
struct ws_viewer;

/** Part of the bridge. */
typedef struct ws_egress {
	ws_budget budget;
	ws_link line;   /* of ws_viewer, by in_line */
	ws_timer timer; /* when the first in the line may go */
} ws_egress;

/** Part of a viewer. */
typedef struct ws_egress_share {
	ws_budget budget;
	ws_link in_line;
	bool is_first; /* it is its turn */
	bool is_held;  /* waits, and that was counted */
	uint64_t held; /* how often it had to */
} ws_egress_share;

void ws_egress_init(struct ws_bridge *b);
/** Those in the line whose turn it is. [from the turn of the bridge] */
void ws_egress_serve(struct ws_bridge *b);
/** Set the timer for the others. [at the end of the turn] */
void ws_egress_rest(struct ws_bridge *b);
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
