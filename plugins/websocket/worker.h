/* worker.h - one thread of the bridge: a libwebsockets context, a loop, and the viewers that it serves.
 *
 * What the bridge knows is one and is under one lock (bridge.h). A worker has it whenever its own code runs: in a turn and
 * in what libwebsockets calls. It lets go of it to sleep and around each send(), which is where the time goes. Every lws_
 * call on a connection is made on the thread of its worker, except lws_cancel_service(): what others want of a viewer is
 * a mark on it, and its worker is roused. */
#ifndef WS_WORKER_H
#define WS_WORKER_H
#include "kit/thread.h"
#include "list.h"
#include "loop.h"
#include "os.h"
#include "timers.h"

#include <libwebsockets.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct ws_bridge;
struct ws_conn;

typedef struct ws_worker {
	struct ws_bridge *bridge;
	kit_lock *lock;       /* the bridge's; NULL: there is one worker only, and nothing to lock */
	atomic_bool is_awake; /* a wake-up is on its way; any thread */
	/* set before the thread starts */
	ws_loop *loop; /* NULL: lws waits by itself */
	struct lws_context *lws;
	struct lws_vhost *vhost;
	void *tls_client;                             /* cert.h */
	struct lws_protocol_vhost_options headers[4]; /* of every HTTP answer */
	kit_thread *thread;
	/* the thread's own */
	bool is_inside; /* it has the lock */
	char csp[1024];
	lws_sorted_usec_list_t alarm;
	uint64_t options_no; /* of the options that its vhost has */
	/* under the lock */
	bool is_asleep;
	uint64_t until_ns; /* ... and wakes by itself */
	ws_timers timers;  /* of its viewers */
	ws_link ready;     /* viewers to look at in this turn */
	ws_link inbox;     /* connections that were accepted for it: of ws_conn, by in_errand */
	ws_link leaving;   /* those that are to be cut off: the same */
	ws_timer egress_timer;
	uint32_t connection_count, viewer_count;
} ws_worker;

/** Its context and, for the first, the listener in it. [loop] @return 0; -1 out of memory */
int ws_worker_init(ws_worker *w, struct ws_bridge *b);
/** Start its thread. [loop] @return 0, or -1 */
int ws_worker_start(ws_worker *w);
/** Close what is left: CLOSED is called for each viewer. Its thread is gone. [loop] */
void ws_worker_fini(ws_worker *w);

/** Take the lock unless this thread has it. @return true if it did: ws_worker_leave() with that */
bool ws_worker_enter(ws_worker *w);
void ws_worker_leave(ws_worker *w, bool entered);
void ws_worker_lock(ws_worker *w);
void ws_worker_unlock(ws_worker *w);
/** Around a call that takes long: what is not the worker's own may be another when it has the lock again. */
static inline void ws_worker_let_go(ws_worker *w)
{
	if (w->lock) ws_worker_unlock(w);
}
static inline void ws_worker_go_on(ws_worker *w)
{
	if (w->lock) ws_worker_lock(w);
}

/** Make its thread take a turn. [any] */
void ws_worker_wake(ws_worker *w);
/** The same if it sleeps and is not who asks: what was put into its lists is seen. [with the lock] */
void ws_worker_rouse(ws_worker *w);
/** Take over a connection that was accepted. [its thread] */
void ws_worker_adopt(ws_worker *w, struct ws_conn *c);
/** Close it as soon as lws looks, without a word. [its thread] */
void ws_worker_kill(ws_worker *w, struct lws *wsi);

#endif
