/* limiter.h - counts wrong tokens by address (PC-GATE-06). */
#ifndef WS_LIMITER_H
#define WS_LIMITER_H
#include <stdbool.h>
#include <stdint.h>

#define WS_LIMITER_FAILURES  10u
#define WS_LIMITER_WINDOW_NS UINT64_C(60000000000)
#define WS_LIMITER_ADDRESSES 256u
#define WS_PEER_BYTES        48u /* text of an IPv6 address */

/** Zero it to start. When every place is taken the address whose minute ends first makes room. */
typedef struct ws_limiter {
	struct ws_limiter_entry {
		char peer[WS_PEER_BYTES];
		uint64_t until_ns; /* 0 = free */
		uint32_t failures;
	} entries[WS_LIMITER_ADDRESSES];
} ws_limiter;

/** True while no attempt from @p peer is to be looked at. */
bool ws_limiter_blocks(ws_limiter *l, const char *peer, uint64_t now_ns);
/** A wrong token came from @p peer. @return true if this one was the last that is allowed */
bool ws_limiter_failed(ws_limiter *l, const char *peer, uint64_t now_ns);

#endif
