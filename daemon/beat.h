/* daemon/beat.h - the heartbeat of every region that the daemon writes: one timer of the loop. [loop thread] */
#ifndef PCD_BEAT_H
#define PCD_BEAT_H
#include "regions.h"

#define PCD_BEAT_PERIOD_MAX_MS 100u /* rounds are no rarer, whatever regions ask for: they show that the loop turns */

typedef struct pcd_beats {
	uv_timer_t timer;
	pcd_regions *regions;
	uint64_t period_ms, last_ns;
	uint64_t late_max_ns; /* longest delay of a round so far */
} pcd_beats;

/** The timer lives until pcd_beats_stop(). */
void pcd_beats_start(pcd_beats *beats, uv_loop_t *loop, pcd_regions *regions);
/** One round out of turn, for the loop's owner during long work. */
void pcd_beats_now(pcd_beats *beats);
void pcd_beats_stop(pcd_beats *beats);

#endif
