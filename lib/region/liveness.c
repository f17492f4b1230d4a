/* region/liveness.c - a reader's view of the writer. The states are computed in <pagecast/control.h>. */
#include "region/liveness.h"

#include "platform/clock.h"
#include "platform/lock.h"
#include "region/reader.h"

#define LOOK_NS UINT64_C(1000000)

uint32_t pc_death_seen(const pc_control *c, uint32_t kind, uint32_t offset)
{
	switch (kind) {
	case PC_LIVENESS_NONE: return 0;
	case PC_LIVENESS_PROCESS: return pc_death_load(c->robust);
	default: return pc_load_acquire_u32((const uint32_t *)(const void *)((const char *)c + offset));
	}
}

pc_liveness pc_liveness_now(const pc_control *c, const pc_liveness_terms *t, pc_beat *b, uint64_t now_ns)
{
	pc_liveness found = pc_liveness_of(c, t, b, now_ns);
	uint32_t state;
	if (t->liveness_kind != PC_LIVENESS_PROCESS || found == PC_CLOSED || found == PC_RETIRED || found == PC_DEAD)
		return found;
	if (!(pc_death_load(c->robust) & PC_FUTEX_OWNER_DIED)) return found;
	state = pc_load_acquire_u32(&c->state);
	/* What ended may have said so first, or have been followed by another. */
	if (state != PC_STATE_LIVE && state != PC_STATE_RECOVERING) return pc_liveness_of(c, t, b, now_ns);
	return t->flags & PC_REGION_LEGACY ? PC_UNREACHABLE : PC_DEAD;
}

/*
 * The robust futex tells of a death at once, unless the list that the kernel walks was damaged, or the
 * writer died between taking the lock and arming the word. The lock is right even then, but asking for
 * it is a system call: it is asked only when the cheap answer is one that hides a death.
 */
int pc_liveness_may_hide_death(const pc_control *c, pc_liveness found)
{
	return found == PC_STALE || (found == PC_STARTING && pc_load_relaxed_u32(&c->state) == PC_STATE_RECOVERING);
}

static int has_no_holder(const pc_reader *r, pc_liveness found)
{
	return pc_liveness_may_hide_death(r->at.control, found) &&
	       pc_lock_is_held(&r->at.control_object, PC_LOCK_OFFSET_WRITER) == 0;
}

pc_liveness pc_reader_liveness(pc_reader *reader)
{
	const pc_control *c = reader->at.control;
	pc_liveness found = pc_liveness_now(c, &reader->terms, &reader->beat, pc_clock_mono_ns());
	if (!has_no_holder(reader, found)) return found;
	/* The writer may have closed, or another have started, since that first look. */
	found = pc_liveness_now(c, &reader->terms, &reader->beat, pc_clock_mono_ns());
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
