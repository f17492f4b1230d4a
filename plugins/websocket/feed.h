/* feed.h - the data of one region on its way to viewers: snapshot, marks, and what was encoded from them.
 *
 * An update depends on (region, base, seq, encoding) only, so viewers that hold the same get the same bytes: the
 * cache makes the cost of a change independent of the number of viewers, but for one send() each. */
#ifndef WS_FEED_H
#define WS_FEED_H
#include "blob.h"
#include "delta.h"

#include <pagecast/plugin.h>

struct ws_region;

#define WS_CACHE_COUNT  16u
#define WS_CACHE_MAX_NS UINT64_C(50000000) /* ages inside an update are at most this wrong */

typedef struct ws_feed {
	ws_delta delta;
	uint64_t wseq, unix_ns; /* of the snapshot */
	uint64_t write_age_ns, sampled_ns;
	uint32_t payload_flags;
	bool has_gap;         /* commits lay between the snapshot and the one before */
	uint64_t *field_seqs; /* per top-level field: when its own bytes last changed; NULL until VAL is asked for */
	uint32_t field_count;
	struct {
		uint64_t base;
		unsigned encoding;
		ws_blob *blob;
	} cache[WS_CACHE_COUNT];
	unsigned cached;
	uint64_t unused_since_ns; /* if its region is in the list of those: since the last subscription for data went */
} ws_feed;

/** @return NULL if out of memory */
ws_feed *ws_feed_create(size_t bytes, uint64_t seq_before);
void ws_feed_destroy(ws_feed **feed);
/**
 * Read the region.
 * @return PC_OK with *ret_moved set if there is something new to send; PC_EAGAIN; PC_ESTALE
 */
int ws_feed_sample(struct ws_region *r, bool *ret_moved);
/**
 * The update from @p base (0 = nothing held) to the snapshot, sealed, with a reference for the caller.
 * @return NULL if out of memory
 */
ws_blob *ws_feed_update(struct ws_region *r, uint64_t base, unsigned encoding);
/** True if the update from @p base skips commits (PC-UPD-05 CONFLATED). */
bool ws_feed_conflates(const ws_feed *f, uint64_t base);

#endif
