/* region/observe.c - the observer of a legacy region: turns what foreign programs do to the payload into ticks. */
#include "region/sample.h"

#include "platform/clock.h"
#include "region/copy.h"

#define TORN_PATIENCE_NS UINT64_C(250000000)

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

/* Where the map says itself when it is whole, the next look will find it so: unless its writer died in the middle. */
static int is_worth_waiting(const pc_writer *w, enum pc_sample sample, uint64_t now_ns)
{
	return sample == PC_SAMPLE_TORN && w->drive.guard_count && now_ns - w->whole_ns < TORN_PATIENCE_NS;
}

pc_status pc_writer_observe(pc_writer *writer, int *ret_changed)
{
	enum pc_sample sample = PC_SAMPLE_NONE;
	uint64_t now;
	int changed;
	pc_status s;
	if (!writer->sample) return PC_EINVAL;
	s = pc_writer_check(writer);
	if (s != PC_OK) return s;
	now = pc_clock_mono_ns();
	if (!writer->whole_ns) writer->whole_ns = now;
	if (pc_evidence_begin(writer, now)) sample = pc_sample_take(writer);
	if (sample == PC_SAMPLE_SAME || sample == PC_SAMPLE_WHOLE) writer->whole_ns = now;
	changed = sample == PC_SAMPLE_WHOLE || (sample == PC_SAMPLE_TORN && !is_worth_waiting(writer, sample, now));
	if (changed) publish_sample(writer, now, sample == PC_SAMPLE_WHOLE ? 0 : PC_PAYLOAD_TORN);
	pc_evidence_take(writer, changed, now);
	pc_store_relaxed_u64(&writer->at.control->beat_unix_ns, pc_clock_unix_ns());
	pc_writer_touch(writer, now);
	if (changed || writer->wake_owed) pc_writer_wake(writer);
	if (ret_changed) *ret_changed = changed;
	return PC_OK;
}
