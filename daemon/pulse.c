/* daemon/pulse.c - the thread that acts when nothing happens: ends gaps, and notices silence.
 *
 * Regions that other programs write are looked at every LOOK_NS; deaths and commits are the waiters' business, this is
 * for writers that hang. Those that have no writer now can only get one, which a waiter hears of if anybody watches:
 * a share of them is looked at in each round. Regions that the daemon writes itself are alive as long as its loop
 * beats, so they are looked at only while it is late, and until they were seen well again.                     */
#include "watch.h"

#define LOOK_NS   UINT64_C(100000000)
#define LATE_NS   UINT64_C(150000000) /* the loop should have beaten by then */
#define SLACK_NS  UINT64_C(100000)    /* gaps that end this soon end now: one wake-up for many */
#define CHUNK     256u                /* looks between two moments in which others get the lock */
#define SHARES    10u                 /* rounds in which all that have no writer are looked at, */
#define SHARE_MAX 200u                /* if that is not too much for one */

static void breathe(pcd_watchers *w)
{
	uv_mutex_unlock(&w->lock);
	uv_mutex_lock(&w->lock);
}

static int look(pcd_watchers *w, pcd_body *body)
{
	pcd_watch_look(w, body, uv_hrtime());
	return body->in_process && (body->liveness == PC_STALE || body->liveness == PC_UNREACHABLE);
}

/* Returns 1 if a region of this daemon does not look well, so that the next round must look at them again. */
static int look_round(pcd_watchers *w, int own_too)
{
	uint32_t share = w->body_count / SHARES + 1;
	int unwell = 0;
	if (share > SHARE_MAX) share = SHARE_MAX;
	if (own_too) share = w->body_count;
	/* Downwards: one that loses its writer gives its place to the last, which was looked at. */
	for (uint32_t i = w->lively_count; i-- > 0;) {
		if (i < w->lively_count) (void)look(w, w->bodies[i]);
		if (i % CHUNK == 0) breathe(w);
	}
	for (uint32_t n = 0; n < share && w->lively_count < w->body_count; n++) {
		pcd_body *body;
		if (w->share_at < w->lively_count || w->share_at >= w->body_count) w->share_at = w->lively_count;
		body = w->bodies[w->share_at++];
		if (!body->in_process || own_too) unwell |= look(w, body);
		if (n % CHUNK == CHUNK - 1) breathe(w);
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
