/* daemon/pulse.c - the thread that acts when nothing happens: ends gaps, and notices silence.
 *
 * Regions of other programs are looked at every LOOK_NS; deaths and commits are the waiters' business, this is
 * for writers that hang. Regions that the daemon writes itself are alive as long as its loop beats, so they are
 * looked at only while it is late, and until they were seen well again.                                        */
#include "watch.h"

#define LOOK_NS  UINT64_C(100000000)
#define LATE_NS  UINT64_C(150000000) /* the loop should have beaten by then */
#define SLACK_NS UINT64_C(100000)    /* gaps that end this soon end now: one wake-up for many */
#define CHUNK    256u                /* looks between two moments in which others get the lock */

static void breathe(pcd_watchers *w)
{
	uv_mutex_unlock(&w->lock);
	uv_mutex_lock(&w->lock);
}

/* Returns 1 if a region of this daemon does not look well, so that the next round must look at them again. */
static int look_round(pcd_watchers *w, int own_too)
{
	int unwell = 0;
	for (uint32_t i = 0; i < w->body_count; i++) {
		pcd_body *body = w->bodies[i];
		if (body->in_process && !own_too) continue;
		pcd_watch_look(w, body, uv_hrtime());
		if (body->in_process && (body->liveness == PC_STALE || body->liveness == PC_UNREACHABLE)) unwell = 1;
		if (i % CHUNK == CHUNK - 1) breathe(w);
	}
	return unwell;
}

void pcd_pulse_run(void *watchers)
{
	pcd_watchers *w = watchers;
	uint64_t look_ns = uv_hrtime() + LOOK_NS;
	int unwell = 0;
	uv_mutex_lock(&w->lock);
	while (!w->stop) {
		uint64_t now = uv_hrtime(), due;
		if (now >= look_ns) {
			uint64_t beat = pc_load_acquire_u64(&w->loop_beat_ns);
			unwell = look_round(w, unwell || (now > beat && now - beat > LATE_NS));
			now = uv_hrtime();
			look_ns = now + LOOK_NS;
		}
		pcd_watch_end_gaps(w, now, SLACK_NS, &due);
		if (due > look_ns) due = look_ns;
		w->pulse_due_ns = due;
		if (due > now) (void)uv_cond_timedwait(&w->pulse_wake, &w->lock, due - now);
	}
	uv_mutex_unlock(&w->lock);
}
