/* region/observe.c - the observer of a legacy region: turns what foreign programs do to the payload into ticks. */
#include "region/writer.h"

#include "platform/clock.h"
#include "region/copy.h"
#include "region/payload.h"

#define SAMPLE_TRIES 4

enum sample { SAMPLE_WHOLE, SAMPLE_TORN, SAMPLE_NONE };

/* Copy the payload until two looks in a row agree. There is none while somebody has its file shortened, to write it anew. */
static enum sample take_sample(pc_writer *w)
{
	for (int i = 0; i < SAMPLE_TRIES; i++) {
		if (pc_payload_load(&w->at, 0, w->sample, (size_t)w->at.id.payload_bytes) != PC_OK) return SAMPLE_NONE;
		/* Orders the two looks; foreign writers give us no sequence number to go by. */
		pc_fence_acquire();
		if (!pc_payload_differs(&w->at, w->sample)) return SAMPLE_WHOLE;
	}
	return SAMPLE_TORN;
}

/* 1 if the newest slot is whole and holds what the payload holds. */
static int nothing_new(const pc_writer *w)
{
	const pc_slot *newest = pc_slot_of(&w->at, w->tick);
	if (newest->seq & 1 || newest->payload_flags & PC_PAYLOAD_TORN) return 0;
	return !pc_payload_differs(&w->at, newest + 1);
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
	enum sample sample = SAMPLE_NONE;
	int changed;
	if (!writer->sample) return PC_EINVAL;
	s = pc_writer_check(writer);
	if (s != PC_OK) return s;
	now = pc_clock_mono_ns();
	if (!nothing_new(writer)) sample = take_sample(writer);
	changed = sample != SAMPLE_NONE;
	if (changed) publish_sample(writer, now, sample == SAMPLE_WHOLE ? 0 : PC_PAYLOAD_TORN);
	pc_store_relaxed_u64(&writer->at.control->beat_unix_ns, pc_clock_unix_ns());
	pc_writer_touch(writer, now);
	if (changed || writer->wake_owed) pc_writer_wake(writer);
	if (ret_changed) *ret_changed = changed;
	return PC_OK;
}
