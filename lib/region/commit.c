/* region/commit.c - begin, commit, abort, beat: what a writer does all day.
 *
 * K = 1: the slot always holds the newest payload, so begin() hands it out as it is. K > 1: begin()
 * copies the newest slot to the oldest, which is then the next. K = 0: begin() hands out the payload
 * itself, which readers cannot use until commit(), and which abort() cannot put back.              */
#include "region/writer.h"

#include "platform/clock.h"
#include "region/copy.h"
#include "region/payload.h"

#define WALL_CLOCK_NS UINT64_C(10000000)

/* Open the bytes of the next tick; @p fill: with the newest payload in them. */
static void *open_next(pc_writer *w, int fill)
{
	w->begun = 1;
	if (!w->at.id.slot_count) {
		w->slot = NULL;
		pc_seq_open(&w->at.control->seq);
		pc_drive_open(&w->drive, &w->at, w->tick + 1);
		return w->at.payload;
	}
	w->slot = pc_slot_of(&w->at, w->tick + 1);
	pc_seq_open(&w->slot->seq);
	if (fill && w->at.id.slot_count > 1)
		pc_copy_across(w->slot + 1, pc_slot_of(&w->at, w->tick) + 1, (size_t)w->at.id.payload_bytes);
	return w->slot + 1;
}

static void publish_slot(pc_writer *w, const pc_stamp *stamp)
{
	pc_slot_finish(w->slot, stamp);
	pc_store_release_u64(&w->at.control->latest, stamp->tick);
}

/* The wall clock is for display: it is read every 10 ms, and the monotonic one carries it in between. */
static pc_stamp next_stamp(pc_writer *w)
{
	pc_stamp stamp = {w->tick + 1, pc_clock_mono_ns(), 0, w->payload_flags};
	if (stamp.mono_ns - w->unix_read_ns > WALL_CLOCK_NS) {
		w->unix_read_ns = stamp.mono_ns;
		w->unix_minus_mono_ns = pc_clock_unix_ns() - stamp.mono_ns;
	}
	stamp.unix_ns = stamp.mono_ns + w->unix_minus_mono_ns;
	return stamp;
}

void pc_writer_wake(pc_writer *writer)
{
	uint64_t period = writer->at.id.notify_min_us * UINT64_C(1000);
	/* The clock is read AFTER the commit became visible: readers rely on it, see region/wait.c. */
	uint64_t now = pc_clock_mono_ns();
	writer->wake_owed = now - writer->last_wake_ns < period;
	if (writer->wake_owed) return;
	writer->last_wake_ns = now;
	pc_notify(writer->at.control);
}

void pc_writer_touch(pc_writer *writer, uint64_t now_ns)
{
	pc_control *c = writer->at.control;
	uint64_t gap = writer->last_beat_ns && now_ns > writer->last_beat_ns ? now_ns - writer->last_beat_ns : 0;
	if (gap > writer->late_max_ns) {
		writer->late_max_ns = gap;
		pc_store_relaxed_u64(&c->beat_late_max_ns, gap);
	}
	writer->last_beat_ns = now_ns;
	pc_store_relaxed_u64(&c->beat_mono_ns, now_ns);
	pc_store_release_u64(&c->beat_count, pc_load_relaxed_u64(&c->beat_count) + 1);
}

void *pc_writer_begin(pc_writer *writer)
{
	if (writer->begun || writer->sample || pc_writer_check(writer) != PC_OK) return NULL;
	return open_next(writer, 1);
}

/* Slots cannot fail. A file can, and says so with the torn flag until the next commit, which writes all of it again.
 * @param so_far  of a payload that was written before, without a slot */
static pc_status finish(pc_writer *w, pc_status so_far)
{
	pc_control *c = w->at.control;
	pc_stamp stamp = next_stamp(w);
	pc_status s = so_far;
	if (w->slot) {
		unsigned char *bytes = (unsigned char *)(w->slot + 1);
		(void)pc_drive_stamp(&w->drive, &w->at, bytes, &stamp, w->is_last);
		publish_slot(w, &stamp);
		pc_seq_open(&c->seq);
		s = pc_drive_store(&w->drive, &w->at, bytes, stamp.tick);
	} else if (s == PC_OK) {
		s = pc_drive_stamp(&w->drive, &w->at, NULL, &stamp, w->is_last);
	}
	if (s != PC_OK) stamp.payload_flags |= PC_PAYLOAD_TORN;
	pc_payload_finish(c, &stamp);
	w->payload_cut = 0;
	w->tick = stamp.tick;
	w->begun = 0;
	pc_store_relaxed_u64(&c->beat_unix_ns, stamp.unix_ns);
	pc_writer_touch(w, stamp.mono_ns);
	pc_writer_wake(w);
	return s;
}

pc_status pc_writer_commit(pc_writer *writer)
{
	pc_status s;
	if (!writer->begun) return PC_EINVAL;
	s = pc_writer_check(writer);
	if (s != PC_OK) {
		pc_writer_abort(writer);
		return s;
	}
	return finish(writer, PC_OK);
}

void pc_writer_abort(pc_writer *writer)
{
	const pc_attached *a = &writer->at;
	if (!writer->begun) return;
	writer->begun = 0;
	/* Stale: the bytes are a successor's, or nobody's, or not even mapped. */
	if (pc_writer_check(writer) != PC_OK) return;
	if (!writer->slot) {
		pc_drive_close(&writer->drive, a, writer->tick);
		if (!writer->payload_cut) pc_seq_close(&a->control->seq);
	} else if (a->id.slot_count == 1) {
		pc_slot_from_payload(a, writer->slot, 0);
	} else {
		/* Its old content is lost: closed under the newest tick, which is not its own, it counts for nothing. */
		pc_stamp stamp = pc_stamp_of_payload(a->control);
		pc_slot_finish(writer->slot, &stamp);
	}
}

pc_status pc_writer_say_dead(pc_writer *writer)
{
	if (!writer->drive.has_dead || writer->sample) return PC_OK;
	pc_writer_abort(writer);
	writer->is_last = 1;
	return pc_writer_begin(writer) ? pc_writer_commit(writer) : PC_ESTALE;
}

pc_status pc_writer_write(pc_writer *writer, uint64_t offset, const void *src, size_t bytes)
{
	uint64_t payload_bytes = writer->at.id.payload_bytes;
	pc_status s;
	if (writer->begun || writer->sample || offset > payload_bytes || bytes > payload_bytes - offset)
		return PC_EINVAL;
	s = pc_writer_check(writer);
	if (s != PC_OK) return s;
	(void)open_next(writer, bytes != payload_bytes);
	if (writer->slot)
		pc_copy_in((unsigned char *)(writer->slot + 1) + offset, src, bytes);
	else
		s = pc_payload_store(&writer->at, offset, src, bytes);
	return finish(writer, s);
}

pc_status pc_writer_beat(pc_writer *writer)
{
	pc_status s = pc_writer_check(writer);
	uint64_t now;
	if (s != PC_OK) return s;
	now = pc_clock_mono_ns();
	pc_store_relaxed_u64(&writer->at.control->beat_unix_ns, pc_clock_unix_ns());
	pc_writer_touch(writer, now);
	if (writer->wake_owed) pc_writer_wake(writer);
	return PC_OK;
}

void pc_writer_set_flags(pc_writer *writer, uint32_t payload_flags)
{
	writer->payload_flags = payload_flags & (PC_PAYLOAD_SOURCE_STALE | PC_PAYLOAD_TORN | PC_PAYLOAD_REPLAY);
}
