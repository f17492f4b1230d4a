/* flow.h - how much data may be on its way to one viewer (PC-ACK-02).
 *
 * The window is small, because what lies in buffers grows old there, and the network's own buffers are too large and
 * do not see a slow browser. It is wider where the way is long: by what fits into one round trip at the rate at which
 * the viewer acknowledges. The round trip is the least ever seen, so that a queue on the way does not widen it. */
#ifndef WS_FLOW_H
#define WS_FLOW_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WS_WINDOW_MAX       64u                 /* messages on their way, however long that is */
#define WS_WINDOW_BYTES_MIN 65536u              /* the window in bytes is not made smaller than this */
#define WS_FLOW_QUEUE_NS    UINT64_C(100000000) /* of bytes that may wait besides what fits into a round trip */

/** Zero it to start. */
typedef struct ws_flow {
	uint64_t sent, acked; /* messages */
	uint64_t bytes;       /* of those not acknowledged */
	uint32_t rtt_us;      /* the least ever seen; 0 = none yet */
	/* the rate of acknowledgements, taken over a while each */
	uint64_t since_ns, since_acked, since_bytes;
	double hz, bytes_per_s; /* 0 = not known */
	struct {
		uint32_t bytes, sent_us;
	} ring[WS_WINDOW_MAX]; /* by number; at the end: the others are together in few lines of the cache */
} ws_flow;

/** The terms, as configured. */
typedef struct ws_window {
	uint32_t frames;
	uint64_t bytes;
} ws_window;

/** How many messages a viewer may take for one ACK: it must be under way before the window closes. */
uint32_t ws_window_ack(const ws_window *w);
/** The same in bytes. */
uint64_t ws_window_ack_bytes(const ws_window *w);
/** One more may be sent. */
bool ws_flow_is_open(const ws_flow *f, const ws_window *w);
/** One was sent. */
void ws_flow_sent(ws_flow *f, size_t bytes, uint64_t now_ns);
/** All up to @p frames have come, which are not more than were sent. */
void ws_flow_acked(ws_flow *f, uint64_t frames, uint64_t now_ns);

#endif
