/* keep.h - a bridge that goes on where the one of the run before has ended, and leaves what the next one needs for that. */
#ifndef WS_KEEP_H
#define WS_KEEP_H
#include "keepsake.h"
#include "timers.h"

struct ws_bridge;
struct ws_region;

/** Zero it to start. */
typedef struct ws_keep {
	ws_keepsake old; /* of the run before: what no region of this one has claimed yet keeps its numbers */
	ws_timer expiry; /* of snapshots that nobody has claimed */
} ws_keep;

/** Take what was left: boot and numbers. Nothing, or nothing that fits: the bridge keeps the boot that it has. [loop, before the threads] */
void ws_keep_take(struct ws_bridge *b);
/** A new region goes on as it was, if it is the same. */
void ws_keep_claim(struct ws_region *r);
/** Leave everything, if there is somebody to leave it to. [loop, after the threads] */
void ws_keep_leave(struct ws_bridge *b);
void ws_keep_free(ws_keep *keep);

#endif
