/* loop.h - where a thread of the bridge sleeps: libwebsockets waits in poll(), which looks at every connection at each
 * wake-up; in a loop of ours it is told only of those that something happened on. */
#ifndef WS_LOOP_H
#define WS_LOOP_H
#include <stdint.h>

struct lws_context_creation_info;
typedef struct ws_loop ws_loop;

/** A loop, and in @p info that lws is to use it. NULL: there is none, @p info is as it was. */
ws_loop *ws_loop_create(struct lws_context_creation_info *info);
/** Until something happened, at most @p ms; what happened is done when it returns. */
void ws_loop_sleep(ws_loop *loop, uint64_t ms);
/** End the sleep, or the next one at once. [any thread] */
void ws_loop_wake(ws_loop *loop);
/** When the context is gone. Accepts NULL in *loop. */
void ws_loop_destroy(ws_loop **loop);

#endif
