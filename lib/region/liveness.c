/* region/liveness.c - a reader's view of the writer. The states are computed in <pagecast/control.h>. */
#include "platform/clock.h"
#include "platform/lock.h"
#include "region/reader.h"

#define LOOK_NS UINT64_C(1000000)

/*
 * The robust futex tells of a death at once, unless the list that the kernel walks was damaged, or the
 * writer died between taking the lock and arming the word. The lock is right even then, but asking for
 * it is a system call: it is asked only when the cheap answer is one that hides a death.
 */
static int has_no_holder(const pc_reader *r, pc_liveness found)
{
	int starting = found == PC_STARTING && pc_load_relaxed_u32(&r->at.control->state) == PC_STATE_RECOVERING;
	if (found != PC_STALE && !starting) return 0;
	return pc_lock_is_held(&r->at.control_object, PC_LOCK_OFFSET_WRITER) == 0;
}

pc_liveness pc_reader_liveness(pc_reader *reader)
{
	const pc_control *c = reader->at.control;
	pc_liveness found = pc_liveness_of(c, &reader->terms, &reader->beat, pc_clock_mono_ns());
	if (!has_no_holder(reader, found)) return found;
	/* The writer may have closed, or another have started, since that first look. */
	found = pc_liveness_of(c, &reader->terms, &reader->beat, pc_clock_mono_ns());
	if (!has_no_holder(reader, found)) return found;
	return reader->terms.flags & PC_REGION_LEGACY ? PC_UNREACHABLE : PC_DEAD;
}

pc_liveness pc_reader_liveness_settled(pc_reader *reader)
{
	uint64_t first = pc_load_acquire_u64(&reader->at.control->beat_count);
	pc_liveness found = pc_reader_liveness(reader);
	/* Ends by itself: a heartbeat that does not move becomes PC_STALE after stale_after_ms. */
	while ((found == PC_LIVE || found == PC_LEGACY) &&
	       pc_load_acquire_u64(&reader->at.control->beat_count) == first) {
		pc_clock_sleep_ns(LOOK_NS);
		found = pc_reader_liveness(reader);
	}
	return found;
}

const char *pc_liveness_name(pc_liveness liveness)
{
	switch (liveness) {
	case PC_ABSENT: return "absent";
	case PC_STARTING: return "starting";
	case PC_LIVE: return "live";
	case PC_STALE: return "stale";
	case PC_DEAD: return "dead";
	case PC_CLOSED: return "closed";
	case PC_RETIRED: return "retired";
	case PC_LEGACY: return "legacy";
	case PC_UNREACHABLE: return "unreachable";
	}
	return "unknown";
}
