/* viewer.h - one connection: session, subscriptions, what it is owed.
 *
 * Nothing is queued for a viewer but short answers: updates, liveness, heartbeats and announcements are state, kept
 * as marks and encoded when the socket takes them. That is what bounds its memory (PC-LIM-03). */
#ifndef WS_VIEWER_H
#define WS_VIEWER_H
#include "blob.h"
#include "egress.h"
#include "flow.h"
#include "limiter.h"
#include "list.h"
#include "os.h"
#include "pace.h"
#include "timers.h"
#include "tokens.h"
#include "wire/encode.h"
#include "wire/inbound.h"

struct lws;
struct ws_bridge;
struct ws_region;
struct ws_viewer;
struct ws_worker;

#define WS_CONTROL_BYTES_MAX 65536u
#define WS_MESSAGE_BYTES     18432u /* as much as one message carries: 16 KiB and heads (PC-FLOW-02) */
#define WS_FRAGMENT_BYTES    65536u /* larger messages go in fragments: a socket that is full leaves one, not all */
#define WS_SUBS_MAX          1024u
#define WS_GLOBS_MAX         64u
#define WS_SCHEMAS_MAX       64u
#define WS_BUNDLE_MAX        64u /* updates in one message */
#define WS_MESSAGES_PER_S    50u
#define WS_MESSAGES_BURST    100u
#define WS_HZ_DEFAULT        60.0

typedef struct ws_sub {
	/* what each update looks at first, as in ws_viewer */
	struct ws_viewer *viewer;
	struct ws_region *region;
	ws_link in_pending; /* the viewer is owed an update */
	uint32_t place;     /* in the region's array */
	uint8_t encoding;
	bool live_only;
	bool is_counted, is_data; /* what its region counted it as */
	uint64_t base;            /* seq that the viewer holds; 0 = nothing */
	ws_pace pace;
	uint64_t period_ns; /* of served_hz; 0 = live_only or paused */
	double served_hz;   /* as counted by its region */
	double hz;          /* asked for */
	ws_link in_live;    /* the viewer is owed a row of LIVE */
} ws_sub;

/** A standing subscription by pattern. */
typedef struct ws_glob {
	char text[WIRE_GLOB_BYTES_MAX];
	uint8_t bytes;
	uint8_t encoding;
	bool live_only;
	double hz;
} ws_glob;

typedef struct ws_schema_request {
	uint64_t ref, schema_id;
} ws_schema_request;

enum ws_viewer_state { WS_EXPECTS_HELLO, WS_OPEN, WS_CLOSING };

typedef struct ws_viewer {
	/* What each message looks at comes first, together: with thousands of viewers none of it is in the cache. */
	struct ws_bridge *bridge;
	struct ws_worker *worker;
	struct lws *wsi;
	ws_socket socket;
	ws_link in_ready;
	ws_link pending; /* owed: of ws_sub, by in_pending */
	ws_link live;    /* owed: of ws_sub, by in_live */
	enum ws_viewer_state state;
	bool is_counted;    /* one of max_viewers */
	bool is_tls;        /* its bytes go through libwebsockets */
	bool is_bridges;    /* its resume named our boot: gen and seq count */
	bool is_hidden;     /* nobody looks */
	bool is_blocked;    /* the socket is full: wait for it */
	bool is_leaving;    /* lws knows that it is closing */
	bool owes_hb;       /* heartbeat due */
	bool had_first_ann; /* the end of the first list was sent */
	unsigned schema_count;
	uint64_t heard_ns, hb_at_ns;
	uint64_t ann_no;   /* place in the log of changes up to which it has heard of regions, */
	uint64_t grave_no; /* and up to which of those that went */
	/* out */
	ws_blob *tx; /* being sent, from tx_at on */
	size_t tx_at;
	wire_buf answers; /* RES, ERR, PONG, HELLO, ... in order */
	uint64_t conflated, sent_bytes;
	ws_timer timer;
	/* flow */
	double max_hz; /* of its subscriptions, as served now */
	ws_pace pace;
	ws_flow flow;
	ws_egress_share egress;
	double cap_hz; /* RATE; INFINITY = none, 0 = paused */
	/* in */
	uint8_t *rx;
	size_t rx_bytes;
	uint64_t msgs_schedule_ns; /* GCRA over incoming messages */
	uint64_t born_ns;
	uint64_t hb_count;
	uint64_t ann_goal; /* change_no at its HELLO: the first list ends there */
	ws_schema_request *schemas;
	unsigned sets_pending; /* SETs that the loop has not committed yet */
	/* subscriptions */
	ws_sub **subs; /* by rid, ascending */
	uint32_t sub_count, sub_room;
	ws_glob *globs;
	uint32_t glob_count;
	/* who it is */
	ws_link in_viewers;
	uint64_t no;       /* never used twice */
	ws_access *access; /* held: what its token may do; NULL without a token */
	uint16_t close_code;
	char close_text[100];
	char peer[WS_PEER_BYTES];
} ws_viewer;

/** A connection was upgraded. NULL if out of memory. */
ws_viewer *ws_viewer_create(struct ws_worker *w, struct lws *wsi, ws_socket socket, const char *peer);
/** The connection is gone. */
void ws_viewer_destroy(ws_viewer **viewer);
/** Close with @p code when what is being sent is through; nothing else is sent before. From any worker. */
void ws_viewer_close(ws_viewer *v, unsigned code, const char *reason);
/** Something is to do for it: its worker looks at it before it sleeps again. From any worker. */
void ws_viewer_wake(ws_viewer *v);
/** Deadlines, heartbeat, sending; then set its timer. [from a turn of its worker] */
void ws_viewer_attend(ws_viewer *v);
/** Its HELLO was accepted. */
void ws_viewer_welcome(ws_viewer *v);
/** The tokens are others now: it stays if its own is among them with the same rights. */
void ws_viewer_review(ws_viewer *v, const ws_tokens *tokens);
/** What it knows of the region @p name: nothing unless its token may see it. */
static inline bool ws_viewer_sees(const ws_viewer *v, const char *name)
{
	return ws_access_reads(v->access, name);
}
/** Out of memory for this viewer: it goes, the others stay. */
void ws_viewer_out_of_memory(ws_viewer *v);

/* subs.c */
uint32_t ws_viewer_sub(ws_viewer *v, struct ws_region *r, const wire_sub_options *o);
/** @return false if it had none */
bool ws_viewer_unsub(ws_viewer *v, struct ws_region *r);
/** Its subscription to that region; NULL if it has none. */
ws_sub *ws_viewer_find_sub(const ws_viewer *v, uint32_t rid);
/** End all subscriptions and globs. */
void ws_viewer_end_subs(ws_viewer *v);
/** Take it out of its viewer and its region; the region is not retuned. */
void ws_sub_destroy(ws_sub *sub);
/** Hz at which a subscription is served now. */
double ws_sub_hz(const ws_sub *sub);
/** Its viewer is owed an update. */
void ws_sub_owe_data(ws_sub *sub);
/** Its viewer is owed a row of LIVE. */
void ws_sub_owe_live(ws_sub *sub);
/** The caps of a viewer changed: serve all its subscriptions at their new rates. */
void ws_viewer_retune(ws_viewer *v);
/** A region appeared: subscribe if a standing glob matches. */
void ws_viewer_match(ws_viewer *v, struct ws_region *r);
void ws_viewer_handle_sub(ws_viewer *v, wire_in *message);
void ws_viewer_handle_unsub(ws_viewer *v, wire_in *message);

/* inbound.c */
/** Bytes of a message; @p left is what the frame still announces. */
void ws_viewer_receive(ws_viewer *v, const uint8_t *data, size_t bytes, size_t left, bool is_binary, bool is_last);

/* control.c */
/** GETSCHEMA: queue the answer. */
void ws_control_schema(ws_viewer *v, uint64_t ref, wire_span sid);

/* pump.c */
void ws_pump_fini(struct ws_bridge *b);
/** Send what the socket takes: control first, then data as far as the window is open. @return when data is due next, UINT64_MAX = nothing waits for time */
uint64_t ws_viewer_pump(ws_viewer *v);
bool ws_viewer_has_unsent(const ws_viewer *v);

#endif
