/* guests.h - connections that are no viewers yet: handshakes, pages, requests.
 *
 * Nobody has shown a token here, so what they may cost is bounded: so many at a time, each for so long. One too many
 * makes the one that has been quiet for longest leave, so that a flood of them keeps out nobody who gets through his
 * handshake at an ordinary speed. */
#ifndef WS_GUESTS_H
#define WS_GUESTS_H
#include "limiter.h"
#include "list.h"
#include "os.h"
#include "timers.h"

#include <stdbool.h>
#include <stdint.h>

struct lws;
struct ws_bridge;
struct ws_worker;

typedef struct ws_conn {
	ws_link in_all;    /* every connection */
	ws_link in_guests; /* the quietest first; out of it when it is a viewer with a token */
	ws_link in_errand; /* what its worker is to do: take it over, or cut it off */
	struct ws_worker *worker;
	ws_socket socket; /* of the one that is to be taken over */
	struct lws *wsi;
	char peer[WS_PEER_BYTES];
	uint64_t leaves_ns; /* when its time is up */
} ws_conn;

/** May one more connection come from @p peer? Says why not, and makes room. */
bool ws_guests_admit(struct ws_bridge *b, const char *peer);
/** It was accepted; the worker with the fewest gets it. NULL: out of memory */
ws_conn *ws_guest_create(struct ws_bridge *b, ws_socket socket, const char *peer);
/** libwebsockets took it. */
void ws_guest_seat(ws_conn *c, struct lws *wsi);
void ws_guest_destroy(struct ws_bridge *b, ws_conn **conn);
/** It sent a request, or took a part of its answer: it may stay for another @p ns. */
void ws_guest_moved(struct ws_bridge *b, struct lws *wsi, uint64_t ns);
/** It is a viewer now, with limits of its own. */
void ws_guest_welcome(struct ws_bridge *b, struct lws *wsi);
/** A timer of the bridge: whose time is up leaves. */
void ws_guests_sweep(ws_timer *timer);

#endif
