/* daemon/beat.c - see beat.h. */
#include "beat.h"

#define NS_PER_MS UINT64_C(1000000)

static void on_round(uv_timer_t *timer);

/* Beats what is due within half a round; returns the shortest period seen, in ms. */
static uint64_t beat_all(pcd_beats *b, uint64_t now)
{
	uint64_t shortest = PCD_BEAT_PERIOD_MAX_MS, half = b->period_ms * NS_PER_MS / 2;
	for (pcd_body *body = b->regions->written; body; body = body->written_next) {
		if (body->heartbeat_ns < shortest * NS_PER_MS) shortest = body->heartbeat_ns / NS_PER_MS;
		if (body->beat_due_ns > now + half) continue;
		body->beat_due_ns = now + body->heartbeat_ns;
		if (pc_writer_beat(body->writer) != PC_OK)
			pcd_log_line(b->regions->log, PC_LOG_ERROR, "daemon",
			             "region '%s' was retired by somebody else", body->info.name);
	}
	return shortest ? shortest : 1;
}

void pcd_beats_now(pcd_beats *beats)
{
	uint64_t now = uv_hrtime(), shortest, due = beats->last_ns + beats->period_ms * NS_PER_MS;
	if (now > due && now - due > beats->late_max_ns) beats->late_max_ns = now - due;
	beats->last_ns = now;
	pcd_watchers_beat(beats->regions->watchers, now);
	shortest = beat_all(beats, now);
	if (shortest == beats->period_ms) return;
	beats->period_ms = shortest;
	(void)uv_timer_start(&beats->timer, on_round, shortest, shortest);
}

static void on_round(uv_timer_t *timer)
{
	pcd_beats_now(timer->data);
}

void pcd_beats_start(pcd_beats *beats, uv_loop_t *loop, pcd_regions *regions)
{
	(void)uv_timer_init(loop, &beats->timer);
	beats->timer.data = beats;
	beats->regions = regions;
	beats->period_ms = PCD_BEAT_PERIOD_MAX_MS;
	beats->last_ns = uv_hrtime();
	(void)uv_timer_start(&beats->timer, on_round, beats->period_ms, beats->period_ms);
}

void pcd_beats_stop(pcd_beats *beats)
{
	if (!beats->regions) return;
	beats->regions = NULL;
	uv_close((uv_handle_t *)&beats->timer, NULL);
}
