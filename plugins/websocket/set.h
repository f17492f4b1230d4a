/* set.h - viewers that set values (PC-SET): checked by a thread of the bridge, committed by the loop, answered by the bridge.
 *
 * A region marked remote_write has a bridge as its one writer. The loop holds that writer from the moment the region
 * is known, so that its liveness is the daemon's; what it does for a SET is to copy checked bytes and commit.     */
#ifndef WS_SET_H
#define WS_SET_H
#include "limiter.h"
#include "list.h"
#include "tokens.h"
#include "wire/set.h"

#include <stdbool.h>

struct ws_bridge;
struct ws_source;
struct ws_sources;
struct ws_viewer;

#define WS_SETS_PENDING_MAX 32u /* of one viewer */

/** One SET between the threads. */
typedef struct ws_set {
	ws_link link;
	uint64_t viewer_no, ref;
	char token[WS_TOKEN_NAME_MAX + 1], peer[WS_PEER_BYTES]; /* who, also when the viewer is gone */
	uint32_t rid;
	struct ws_source *source; /* outlives it: the bridge gives a source back after what it asked for it */
	wire_set values;
	int status; /* of the commit */
} ws_set;

/* [bridge] */
/** Whether this viewer may set something of that region now. */
bool ws_viewer_may_set(const struct ws_viewer *v, const char *region, const char *remote_write);
void ws_viewer_handle_set(struct ws_viewer *v, const wire_in *message);
/** Answer what the loop is through with. */
void ws_sets_answer(struct ws_bridge *b);

/* [loop] */
/** Commit what waits; before anything is done about a source that was given back. */
void ws_sets_run(struct ws_sources *s);
void ws_sets_fini(struct ws_sources *s);

#endif
