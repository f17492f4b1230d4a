/* region/publish.c - see publish.h. */
#include "region/publish.h"

#include "base/atomic.h"
#include "platform/wait.h"
#include "region/payload.h"

void pc_slot_finish(pc_slot *slot, const pc_stamp *stamp)
{
	pc_store_relaxed_u64(&slot->tick, stamp->tick);
	pc_store_relaxed_u64(&slot->commit_mono_ns, stamp->mono_ns);
	pc_store_relaxed_u64(&slot->commit_unix_ns, stamp->unix_ns);
	pc_store_relaxed_u32(&slot->payload_flags, stamp->payload_flags);
	pc_seq_close(&slot->seq);
}

void pc_payload_finish(pc_control *c, const pc_stamp *stamp)
{
	pc_store_relaxed_u64(&c->tick, stamp->tick);
	pc_store_relaxed_u64(&c->commit_mono_ns, stamp->mono_ns);
	pc_store_relaxed_u64(&c->commit_unix_ns, stamp->unix_ns);
	pc_store_relaxed_u32(&c->payload_flags, stamp->payload_flags);
	pc_seq_close(&c->seq);
}

pc_stamp pc_stamp_of_slot(const pc_slot *slot)
{
	pc_stamp stamp = {pc_load_relaxed_u64(&slot->tick), pc_load_relaxed_u64(&slot->commit_mono_ns),
	                  pc_load_relaxed_u64(&slot->commit_unix_ns), pc_load_relaxed_u32(&slot->payload_flags)};
	return stamp;
}

pc_stamp pc_stamp_of_payload(const pc_control *c)
{
	pc_stamp stamp = {pc_load_relaxed_u64(&c->tick), pc_load_relaxed_u64(&c->commit_mono_ns),
	                  pc_load_relaxed_u64(&c->commit_unix_ns), pc_load_relaxed_u32(&c->payload_flags)};
	return stamp;
}

void pc_payload_from_slot(const pc_attached *a, const pc_slot *slot, uint32_t more_flags)
{
	pc_stamp stamp = pc_stamp_of_slot(slot);
	stamp.payload_flags |= more_flags;
	pc_seq_open(&a->control->seq);
	if (pc_payload_store(a, 0, slot + 1, (size_t)a->id.payload_bytes) != PC_OK)
		stamp.payload_flags |= PC_PAYLOAD_TORN;
	pc_payload_finish(a->control, &stamp);
}

void pc_slot_from_payload(const pc_attached *a, pc_slot *slot, uint32_t more_flags)
{
	pc_stamp stamp = pc_stamp_of_payload(a->control);
	stamp.payload_flags |= more_flags;
	pc_seq_open(&slot->seq);
	if (pc_payload_load(a, 0, slot + 1, (size_t)a->id.payload_bytes) != PC_OK)
		stamp.payload_flags |= PC_PAYLOAD_TORN;
	pc_slot_finish(slot, &stamp);
}

void pc_notify(pc_control *c)
{
	(void)pc_add_u32(&c->notify, 1);
	pc_wake_all(&c->notify);
}

int pc_state_set(pc_control *c, uint32_t state)
{
	for (;;) {
		uint32_t now = pc_load_acquire_u32(&c->state);
		if (now == PC_STATE_RETIRED) return 0;
		if (pc_cas_u32(&c->state, now, state)) return 1;
	}
}
