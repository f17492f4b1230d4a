/* delta.h - the newest snapshot of a payload and, per unit of a few bytes, when it last changed (PC-FLOW-01).
 *
 * There is no history: the difference from ANY earlier state is the set of units that changed since. Late joining,
 * resuming, slow viewers and skipped updates are therefore one code path, and memory does not grow with viewers.
 * Marks are 32 bits wide, relative to an origin that moves once in 2^32 changes. */
#ifndef WS_DELTA_H
#define WS_DELTA_H
#include "wire/patch.h"

typedef struct ws_delta {
	size_t bytes;
	unsigned unit_shift; /* a unit is 1 << unit_shift bytes */
	size_t unit_count;
	uint8_t *now;        /* the snapshot, once has_snapshot */
	uint8_t *next;       /* room for the next one */
	uint32_t *marks;     /* per unit: seq - origin at its last change; 0 = at origin or before */
	uint64_t seq;        /* number of the snapshot */
	uint64_t origin;     /* what marks count from */
	uint64_t known_from; /* the earliest state from which the difference can be told */
	uint32_t mark_max;
	bool has_snapshot;
} ws_delta;

/**
 * @param seq_before  seq of the last state that was published under the same generation, 0 = none: states up to
 *                    that number are unknown
 * @return 0; -1 out of memory
 */
int ws_delta_init(ws_delta *d, size_t bytes, uint64_t seq_before);
void ws_delta_fini(ws_delta *d);
/** Where the next snapshot is to be read to. */
static inline uint8_t *ws_delta_room(ws_delta *d)
{
	return d->next;
}
/**
 * Take what was read: compare, mark, count.
 * @param must_count  count even if no byte changed
 * @return true if @c seq moved
 */
bool ws_delta_take(ws_delta *d, bool must_count);
/** True if the difference from @p base can be told. */
bool ws_delta_knows(const ws_delta *d, uint64_t base);
/**
 * Write the difference from @p base, which must be known, as a patch.
 * @return false if it would be @p limit_bytes or more; the buffer then holds a part of it
 */
bool ws_delta_patch(const ws_delta *d, uint64_t base, wire_buf *to, size_t limit_bytes);
/** True if any byte of [@p offset, @p offset + @p bytes) may have changed since @p base, which must be known. */
bool ws_delta_changed(const ws_delta *d, uint64_t base, uint64_t offset, uint64_t bytes);

#endif
