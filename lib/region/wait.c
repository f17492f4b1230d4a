/* region/wait.c - sleeping until a region changes.
 *
 * Why no commit is slept through, although a writer skips the wake when its last one was less than
 * notify_min_us (M) ago. A reader loads the notify word at time R, finds nothing new, sleeps on that
 * value for M plus a slack, looks again, and only then sleeps for as long as it likes on the same value.
 *   - A commit that wakes changes the word: whether before R (the sleep ends at once), or after.
 *   - A commit that skips does so because of a wake at some L, with D - L < M, where the writer read its
 *     clock at D, after the commit had become visible at V <= D.
 *     L after R: that wake changed the word after R, and ends the sleep.
 *     L before R: V <= D < L + M <= R + M, so the look at R + M + slack sees the commit.
 * The slack covers a store that leaves the core after the clock was read. The writer's next heartbeat
 * makes up for the skipped wake as well, for those who wait in simpler ways.                         */
#include "platform/wait.h"
#include "platform/clock.h"
#include "platform/lock.h"
#include "region/liveness.h"
#include "region/reader.h"

#define NS_PER_MS UINT64_C(1000000)
#define CAP_NS    INT64_C(1000000000) /* a sleeper looks at the lock this often: see look_at_lock() */

static uint64_t newest_tick(const pc_reader *r)
{
	return pc_load_acquire_u64(r->at.slots ? &r->at.control->latest : &r->at.control->tick);
}

static const uint32_t *death_word(const pc_reader *r)
{
	return (const uint32_t *)(const void *)((const char *)r->at.control + r->terms.liveness_offset);
}

static uint32_t death_seen(const pc_reader *r)
{
	return pc_death_seen(r->at.control, r->terms.liveness_kind, r->terms.liveness_offset);
}

static uint32_t look_for_state(pc_reader *r)
{
	uint32_t state = pc_load_acquire_u32(&r->at.control->state);
	uint32_t epoch = pc_load_acquire_u32(&r->at.control->epoch);
	/* Recovering is a step on the way to an attach, which is what will be told. */
	if (state == PC_STATE_RECOVERING || (state == r->seen_state && epoch == r->seen_epoch)) return 0;
	r->seen_state = state;
	r->seen_epoch = epoch;
	return PC_WAIT_STATE;
}

static uint32_t tell_death(pc_reader *r, uint32_t epoch)
{
	if (r->seen_death == epoch + 1) return 0;
	r->seen_death = epoch + 1;
	return PC_WAIT_DEAD;
}

static uint32_t look_for_death(pc_reader *r)
{
	uint32_t state = pc_load_acquire_u32(&r->at.control->state);
	uint32_t epoch = pc_load_acquire_u32(&r->at.control->epoch);
	uint32_t told;
	if (!(death_seen(r) & PC_FUTEX_OWNER_DIED)) return 0;
	if (state == PC_STATE_CLOSED || state == PC_STATE_RETIRED) return 0;
	told = tell_death(r, epoch);
	/* The kernel woke one sleeper, us perhaps: the others are ours to wake. */
	if (told) pc_wake_all(death_word(r));
	return told;
}

/* Two things can keep a death from a sleeper: that the one sleeper whom the kernel woke was killed before it woke the
 * others, and that the kernel's list was damaged. Both are rare, and cost a second. */
static uint32_t look_at_lock(pc_reader *r)
{
	uint32_t epoch = pc_load_acquire_u32(&r->at.control->epoch);
	if (pc_lock_is_held(&r->at.control_object, PC_LOCK_OFFSET_WRITER) != 0) return 0;
	/* A writer says CLOSED before it lets go, and counts the epoch up before it says LIVE. */
	if (pc_load_acquire_u32(&r->at.control->state) != PC_STATE_LIVE) return 0;
	if (pc_load_acquire_u32(&r->at.control->epoch) != epoch) return 0;
	return tell_death(r, epoch);
}

static uint32_t look(pc_reader *r)
{
	uint32_t events = look_for_state(r);
	uint64_t tick = newest_tick(r);
	if (r->seen_tick < r->last_tick) r->seen_tick = r->last_tick; /* what a read returned is no news */
	if (tick > r->seen_tick) {
		r->seen_tick = tick;
		events |= PC_WAIT_DATA;
	}
	if (r->terms.liveness_kind != PC_LIVENESS_NONE) events |= look_for_death(r);
	return events;
}

/* What to sleep on: loaded before looking, so that a change after the look ends the sleep at once. */
static uint32_t load_words(pc_reader *r, pc_wait_word words[2])
{
	words[0].word = &r->at.control->notify;
	words[0].expected = pc_load_acquire_u32(words[0].word);
	if (words[0].expected != r->notify) {
		r->notify = words[0].expected;
		r->notify_since_ns = pc_clock_mono_ns(); /* R, or a little later: never earlier */
	}
	if (r->terms.liveness_kind == PC_LIVENESS_NONE) return 1;
	words[1].word = death_word(r);
	words[1].expected = death_seen(r);
	return 2;
}

/* The longest sleep that cannot miss a commit; see the top of the file. */
static int64_t safe_sleep_ns(const pc_reader *r, uint64_t now_ns, uint64_t left_ns)
{
	uint64_t slice = r->at.id.notify_min_us * UINT64_C(1000) + PC_WAIT_SLACK_NS;
	uint64_t known = now_ns > r->notify_since_ns ? now_ns - r->notify_since_ns : 0;
	if (known < slice && slice - known < left_ns) left_ns = slice - known;
	return left_ns > (uint64_t)CAP_NS ? CAP_NS : (int64_t)left_ns;
}

pc_status pc_reader_wait(pc_reader *reader, int timeout_ms, uint32_t *ret_events)
{
	uint64_t start = pc_clock_mono_ns(), now = start;
	uint64_t limit = timeout_ms < 0 ? UINT64_MAX : (uint64_t)timeout_ms * NS_PER_MS;
	int64_t sleep_ns = 0;
	for (;;) {
		pc_wait_word words[2];
		uint32_t count = load_words(reader, words);
		uint32_t events = look(reader);
		if (sleep_ns == CAP_NS) events |= look_at_lock(reader);
		if (events) {
			*ret_events = events;
			return PC_OK;
		}
		if (now - start >= limit) return PC_ETIMEDOUT;
		sleep_ns = safe_sleep_ns(reader, now, limit - (now - start));
		(void)pc_wait_any(words, count, sleep_ns);
		now = pc_clock_mono_ns();
	}
}
