/* region/observe.c - the observer of a legacy region: turns what foreign programs do to the payload into ticks. */
#include "region/writer.h"

#include "platform/clock.h"
#include "region/copy.h"

#define SAMPLE_TRIES 4

/* Copy the payload until two looks in a row agree. @return 1; 0 it changed under every look. */
static int take_sample(pc_writer *w)
{
	size_t bytes = (size_t)w->at.id.payload_bytes;
	for (int i = 0; i < SAMPLE_TRIES; i++) {
		pc_copy_out(w->sample, w->at.payload, bytes);
		/* Orders the two looks; foreign writers give us no sequence number to go by. */
		pc_fence_acquire();
		if (!pc_copy_differs(w->at.payload, w->sample, bytes)) return 1;
	}
	return 0;
}

/* 1 if the newest slot is whole and holds what the payload holds. */
static int nothing_new(const pc_writer *w)
{
	const pc_slot *newest = pc_slot_of(&w->at, w->tick);
	if (newest->seq & 1 || newest->payload_flags & PC_PAYLOAD_TORN) return 0;
	return !pc_copy_differs(w->at.payload, newest + 1, (size_t)w->at.id.payload_bytes);
}

static void publish_sample(pc_writer *w, uint64_t now_ns, uint32_t more_flags)
{
	pc_control *c = w->at.control;
	pc_stamp stamp = {w->tick + 1, now_ns, pc_clock_unix_ns(), w->payload_flags | more_flags};
	pc_slot *slot = pc_slot_of(&w->at, stamp.tick);
	pc_seq_open(&slot->seq);
	pc_copy_in(slot + 1, w->sample, (size_t)w->at.id.payload_bytes);
	pc_slot_finish(slot, &stamp);
	pc_store_release_u64(&c->latest, stamp.tick);
	/* The hot line's tick and times speak of the newest slot here: nobody reads a legacy payload by them. */
	pc_store_relaxed_u64(&c->commit_mono_ns, stamp.mono_ns);
	pc_store_relaxed_u64(&c->commit_unix_ns, stamp.unix_ns);
	pc_store_relaxed_u32(&c->payload_flags, stamp.payload_flags);
	pc_store_release_u64(&c->tick, stamp.tick);
	w->tick = stamp.tick;
}

pc_status pc_writer_observe(pc_writer *writer, int *ret_changed)
{
	pc_status s;
	uint64_t now;
	int changed;
	if (!writer->sample) return PC_EINVAL;
	s = pc_writer_check(writer);
	if (s != PC_OK) return s;
	now = pc_clock_mono_ns();
	changed = !nothing_new(writer);
	if (changed) publish_sample(writer, now, take_sample(writer) ? 0 : PC_PAYLOAD_TORN);
	pc_store_relaxed_u64(&writer->at.control->beat_unix_ns, pc_clock_unix_ns());
	pc_writer_touch(writer, now);
	if (changed || writer->wake_owed) pc_writer_wake(writer);
	if (ret_changed) *ret_changed = changed;
	return PC_OK;
}
