/* control.h - control messages: what goes before data. */
#ifndef WS_CONTROL_H
#define WS_CONTROL_H
#include "blob.h"

struct ws_viewer;

/**
 * The next control message: answers, announcements, heartbeat, liveness, a schema. Encoded now, from the state now;
 * the caller's. NULL if nothing is owed (or out of memory: then the viewer closes).
 */
ws_blob *ws_control_take(struct ws_viewer *v);
/** Is there one? */
bool ws_control_owes(const struct ws_viewer *v);

#endif
