/* bridge.h - what the bridge knows: regions, viewers, options; and the workers that serve it.
 *
 * All of it is under one lock, which a worker has whenever its code runs (worker.h); with one worker there is no lock.
 * The first worker, the lead, also accepts connections, takes news from the loop thread and looks at the regions. A
 * worker sleeps in a ws_loop, or in lws_service() where there is none; each time that returns, one turn does all there is
 * to do: news, samples, deadlines, sending. No callback of lws sends anything itself. */
#ifndef WS_BRIDGE_H
#define WS_BRIDGE_H
#include "fail.h"
#include "gate.h"
#include "guests.h"
#include "keep.h"
#include "limiter.h"
#include "options.h"
#include "region.h"
#include "set.h"
#include "source.h"
#include "viewer.h"
#include "worker.h"

#include <libwebsockets.h>

#define WS_TICK_NS UINT64_C(100000000) /* the regions' liveness is looked at, heartbeats fall on it */

enum ws_refusal {
	WS_REFUSED_HOST,
	WS_REFUSED_ORIGIN,
	WS_REFUSED_PROTOCOL,
	WS_REFUSED_TOKEN,
	WS_REFUSED_ABUSE,
	WS_REFUSED_FULL,
	WS_REFUSALS
};

typedef struct ws_metrics {
	pc_metric *viewers, *regions, *sent_bytes, *sent_messages, *conflated, *samples, *closed_slow, *malformed;
	pc_metric *threads, *encoded, *held_viewer, *held_bridge, *sets, *sets_refused;
	pc_metric *refused[WS_REFUSALS];
} ws_metrics;

/** Counted where each message passes; told to the host once a turn. */
typedef struct ws_totals {
	uint64_t bytes, messages, conflated, encoded;
	uint64_t held_viewer, held_bridge;
} ws_totals;

/** Lines that somebody outside can cause: a few a second are written, the others counted. */
typedef struct ws_hush {
	uint64_t schedule_ns, suppressed;
} ws_hush;

typedef struct ws_bridge {
	const struct pc_host *host;
	const struct pc_ext_why *why; /* NULL: a host that knows no reasons */
	ws_sources sources;
	ws_metrics metrics;
	/* any thread */
	atomic_bool stops;
	_Atomic(ws_options *) new_options; /* from reload(), taken by the turn */
	/* set before the threads start */
	ws_address bound;
	uint8_t boot[WIRE_BOOT_BYTES];
	ws_keep keep;   /* then under the lock */
	kit_lock *lock; /* NULL with one worker */
	ws_worker *workers, *lead;
	unsigned worker_count;
	/* the lead's own */
	struct lws *listener_wsi;
	ws_socket listener, spare;
	/* under the lock */
	ws_worker *holder; /* who has it */
	ws_options *options;
	uint64_t options_no; /* how many there were */
	ws_gate gate;
	ws_limiter limiter;
	ws_timers timers; /* of regions and guests; the lead runs them, ws_bridge_set_timer() sets them */
	ws_timer tick;
	uint64_t now_ns;   /* of this turn, or of a later one of another worker */
	uint64_t asked_ns; /* when somebody last asked over HTTP: a reason to look at the regions often */
	ws_regions regions;
	ws_link viewers;
	ws_egress egress;
	uint64_t viewer_no;          /* viewers so far */
	uint32_t viewer_count;       /* counted ones */
	ws_link connections, guests; /* of ws_conn */
	uint32_t connection_count, guest_count;
	ws_timer sweep; /* of the guests */
	bool is_stopping;
	uint64_t stop_by_ns;
	struct {
		ws_blob *parts[WS_BUNDLE_MAX];
		unsigned count;
		ws_blob *whole;
	} bundle; /* the last message put together, for the next viewer that is owed the same */
	ws_hush refusals, audits;
	ws_totals totals, told; /* so far, and as the host knows them */
} ws_bridge;

/** Listen, make the workers, start them. [loop] @return PC_OK, or why not, with err */
pc_status ws_bridge_start(ws_bridge *b, pc_err *err);
/** Say BYE, close, join. [loop] */
void ws_bridge_stop(ws_bridge *b);
/** Regions that came and went, commits: what the loop thread told and the next turn would find. */
void ws_bridge_take_news(ws_bridge *b);
/** Make the lead take a turn. [any] */
void ws_bridge_wake(void *bridge);
/** The lead's part of a turn: what is done once, not once per worker. */
void ws_bridge_lead(ws_bridge *b);
/** Tell the host what was counted. */
void ws_bridge_tell_totals(ws_bridge *b);
/** Set a timer that is not a viewer's, whichever worker this is. */
void ws_bridge_set_timer(ws_bridge *b, ws_timer *timer, uint64_t at_ns);
/** Wall clock in us, and the bridge's monotonic clock in us. */
uint64_t ws_mono_us(const ws_bridge *b);

void ws_log(const ws_bridge *b, int level, const char *format, ...)
#if defined(__GNUC__)
        __attribute__((format(printf, 3, 4)))
#endif
        ;
/** Log and count a refusal: who, why, and which setting would change it. Floods are summed up. */
void ws_refuse(ws_bridge *b, enum ws_refusal why, const char *peer, const char *format, ...)
#if defined(__GNUC__)
        __attribute__((format(printf, 4, 5)))
#endif
        ;

/** A line of the audit log: who set what, or was refused. */
void ws_audit(ws_bridge *b, int level, const char *format, ...)
#if defined(__GNUC__)
        __attribute__((format(printf, 3, 4)))
#endif
        ;

/** What libwebsockets says from now on on this thread goes to the log of @p b, or to @p heard; NULL: nowhere. */
void ws_lws_hear(const ws_bridge *b, pc_err *heard);

/* token.c */
/** The token of a request or a HELLO, with the limiter in front of it. */
enum ws_token_verdict { WS_TOKEN_RIGHT, WS_TOKEN_MISSING, WS_TOKEN_WRONG, WS_TOKEN_SUSPENDED, WS_TOKEN_BLOCKED };
/** @param ret_access  on WS_TOKEN_RIGHT: borrowed from the options, good until the next reload is taken */
enum ws_token_verdict ws_token_check(ws_bridge *b, const char *peer, const char *token, size_t bytes,
                                     ws_access **ret_access);
/** 32 random bytes as base64url. @return 0, or -1 */
int ws_token_make(char to[44]);

/* serve.c: what libwebsockets calls */
extern const struct lws_protocols ws_protocols[];
void ws_accept_all(ws_bridge *b);

/* posix/await.c, win32/await.c */
/** Have WRITEABLE called when the connection's socket, which was full, takes bytes again. */
void ws_await_socket(struct lws *wsi);

/* http.c */
/** What is left of an answer; lws zeroes it for each connection. */
typedef struct ws_http_session {
	wire_buf body;
	size_t at;
} ws_http_session;
/** Answer one request; the result is what lws wants back from its callback. */
int ws_http_request(ws_bridge *b, struct lws *wsi, ws_http_session *session, const char *path);
int ws_http_writable(struct lws *wsi, ws_http_session *session);
void ws_http_end(ws_http_session *session);
/** The gate for a request of any kind; false: refused and logged. */
bool ws_http_gate(ws_bridge *b, struct lws *wsi, char peer[WS_PEER_BYTES]);
/** Authorization of a request. */
enum ws_token_verdict ws_http_token(ws_bridge *b, struct lws *wsi, const char *peer, ws_access **ret_access);

/* api.c */
/** Bodies of the JSON answers; the buffer's @c failed tells of a lack of memory. */
void ws_api_regions(ws_bridge *b, const ws_access *access, wire_buf *to);
/** Metrics of what the token may see. @param is_plain  the Prometheus text format, else OpenMetrics. (metrics.c) */
void ws_api_metrics(ws_bridge *b, const ws_access *access, bool is_plain, wire_buf *to);
struct ws_expo;
/** Those of the daemon and its plugins. (metrics_daemon.c) */
void ws_metrics_daemon(ws_bridge *b, const ws_access *access, const struct ws_expo *e);
/** @return HTTP status: 200, 404, 413, 503 */
unsigned ws_api_region(ws_bridge *b, const ws_access *access, const char *name, wire_buf *to);

#endif
