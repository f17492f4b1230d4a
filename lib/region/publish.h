/* region/publish.h - the writing half of the sequence locks, and waking; used by writer, owner and recovery. */
#ifndef PC_REGION_PUBLISH_H
#define PC_REGION_PUBLISH_H
#include "region/attach.h"

/** What goes with the bytes of one commit. */
typedef struct pc_stamp {
	uint64_t tick, mono_ns, unix_ns;
	uint32_t payload_flags;
} pc_stamp;

/** Make a sequence number odd, before the first byte changes; odd already stays odd. */
static inline void pc_seq_open(uint64_t *seq)
{
	pc_store_relaxed_u64(seq, pc_load_relaxed_u64(seq) | 1);
	/* Without this fence a byte of the new payload may become visible before the odd number does. */
	pc_fence_release();
}
/** Make it even and new, after the last byte changed. */
static inline void pc_seq_close(uint64_t *seq)
{
	pc_store_release_u64(seq, (pc_load_relaxed_u64(seq) | 1) + 1);
}

/** Stamp and close an open slot; *its* bytes are in place. Does not touch `latest`. */
void pc_slot_finish(pc_slot *slot, const pc_stamp *stamp);
/** Stamp and close an open payload. */
void pc_payload_finish(pc_control *c, const pc_stamp *stamp);
/** Copy a complete slot to the payload. */
void pc_payload_from_slot(const pc_attached *a, const pc_slot *slot, uint32_t more_flags);
/** Copy the complete payload, with its stamp, to a slot. */
void pc_slot_from_payload(const pc_attached *a, pc_slot *slot, uint32_t more_flags);
/** Stamp of a complete slot, and of the payload. */
pc_stamp pc_stamp_of_slot(const pc_slot *slot);
pc_stamp pc_stamp_of_payload(const pc_control *c);

/** Change the notify word and wake every reader. */
void pc_notify(pc_control *c);
/** Go from any state but RETIRED, which is final, to @p state. @return 1; 0 the region is retired. */
int pc_state_set(pc_control *c, uint32_t state);

/**
 * Repair what a killed writer left: afterwards every slot and the payload are complete and none is older than the newest
 * complete commit. The caller holds the writer lock. A region without slots whose payload was cut short has nothing to
 * repair it from: its sequence number stays odd until the next commit, so that no reader takes it for whole.
 * @return tick of the newest complete commit
 */
uint64_t pc_recover(const pc_attached *a);

#endif
