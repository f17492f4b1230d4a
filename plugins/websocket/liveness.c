/* liveness.c - looking at regions: who writes, how fast, since when not. */
#include "bridge.h"

#include <stdio.h>
#include <string.h>

#define HZ_POINT_NS   UINT64_C(500000000)
#define LOOK_FRESH_NS UINT64_C(1000000)
#define LIVE_ROW_NS   UINT64_C(50000000)
#define LOOKS_MAX     2000u /* in one tick: a bound on the time it takes */
#define SWEEP_TICKS   10u   /* ticks to go once round the regions that nobody watches, if that is not too much */
#define SWEEP_ASKED   100u  /* for one tick: while HTTP asks for all of them */
#define SWEEP_UNASKED 20u   /* while nobody does: for the rate that is told to the first who will */
#define SWEEP_ALONE   200u  /* the same, in a tick of a second */

static void note_tick(ws_region *r, uint64_t tick, uint64_t now_ns)
{
	size_t last = WS_HZ_POINTS - 1;
	if (r->hz_points[last].at_ns && tick < r->hz_points[last].tick) memset(r->hz_points, 0, sizeof r->hz_points);
	if (r->hz_points[last].at_ns && now_ns - r->hz_points[last].at_ns < HZ_POINT_NS) return;
	memmove(r->hz_points, r->hz_points + 1, last * sizeof r->hz_points[0]);
	r->hz_points[last].tick = tick;
	r->hz_points[last].at_ns = now_ns;
}

float ws_region_write_hz(const ws_region *r)
{
	for (size_t i = 0; i < WS_HZ_POINTS; i++) {
		uint64_t from_ns = r->hz_points[i].at_ns;
		if (!from_ns || r->stamped_ns < from_ns + HZ_POINT_NS / 2) continue;
		return (float)((double)(r->stamp.tick - r->hz_points[i].tick) * 1e9 /
		               (double)(r->stamped_ns - from_ns));
	}
	return 0;
}

void ws_region_saw(ws_region *r, const struct pc_stamp *stamp)
{
	uint64_t now_ns = r->bridge->now_ns;
	bool changed = stamp->liveness != r->stamp.liveness || stamp->epoch != r->stamp.epoch;
	/* The name is borrowed from the handle until it is used again. */
	if (stamp->writer) (void)snprintf(r->writer_name, sizeof r->writer_name, "%s", stamp->writer);
	r->stamp = *stamp;
	r->stamp.writer = r->writer_name;
	r->stamped_ns = now_ns;
	note_tick(r, stamp->tick, now_ns);
	if (!changed) return;
	r->live_row_ns = 0;
	for (uint32_t i = 0; i < r->enrolled; i++) ws_sub_owe_live(r->subs[i]);
}

static void look(ws_region *r)
{
	struct pc_stamp stamp = {0};
	int rc = r->bridge->host->stamp(r->source->handle, &stamp);
	if (rc == PC_ESTALE) {
		stamp = r->stamp;
		stamp.liveness = PC_RETIRED;
	} else if (rc) {
		return;
	}
	ws_region_saw(r, &stamp);
}

void ws_region_look(ws_region *r)
{
	if (!r->stamped_ns || r->bridge->now_ns - r->stamped_ns > LOOK_FRESH_NS) look(r);
}

void ws_regions_look(ws_bridge *b, bool is_alone, bool is_asked)
{
	ws_regions *t = &b->regions;
	size_t others = is_alone ? t->count : t->count / SWEEP_TICKS + 1;
	size_t most = is_alone ? SWEEP_ALONE : is_asked ? SWEEP_ASKED : SWEEP_UNASKED;
	const ws_link *first = t->watched.next;
	for (unsigned n = 0; n < LOOKS_MAX && !ws_list_is_empty(&t->watched); n++) {
		ws_link *link = t->watched.next;
		if (n && link == first) break;
		ws_list_remove(link); /* to the end: the next tick goes on with the others */
		ws_list_add(&t->watched, link);
		look(WS_OF(link, ws_region, in_watched));
	}
	if (others > most) others = most;
	if (others > t->count) others = t->count;
	for (size_t n = 0; n < others; n++) {
		ws_region *r = t->by_rid[t->sweep++ % t->count];
		if (!r->sub_count) look(r);
	}
}

static uint64_t age_ms(uint64_t age_ns, uint64_t more_ns)
{
	if (age_ns == UINT64_MAX) return WIRE_NEVER;
	return (age_ns + more_ns) / 1000000;
}

void ws_region_live(ws_region *r, wire_live *ret)
{
	uint64_t since_ns = r->bridge->now_ns - r->stamped_ns;
	*ret = (wire_live){.rid = r->rid,
	                   .state = r->stamp.liveness,
	                   .hb_age_ms = r->stamp.epoch ? age_ms(r->stamp.heartbeat_age_ns, since_ns) : WIRE_NEVER,
	                   .write_age_ms = r->stamp.tick ? age_ms(r->stamp.write_age_ns, since_ns) : WIRE_NEVER,
	                   .epoch = r->stamp.epoch,
	                   .pid = r->stamp.writer_pid,
	                   .write_hz = ws_region_write_hz(r),
	                   .writer = r->writer_name};
}

void ws_region_why(const ws_region *r, uint32_t liveness, char ret[WS_WHY_BYTES])
{
	const struct pc_ext_why *ext = r->bridge->why;
	ret[0] = '\0';
	if (ext && r->info->flags & PC_REGION_ADOPTED) (void)ext->why(r->source->handle, liveness, ret, WS_WHY_BYTES);
}

/* The row as bytes, shared by every viewer that is told about the same time. */
const wire_buf *ws_region_live_row(ws_region *r)
{
	wire_live live;
	char why[WS_WHY_BYTES];
	if (r->live_row_ns && r->bridge->now_ns - r->live_row_ns < LIVE_ROW_NS) return &r->live_row;
	ws_region_look(r);
	ws_region_live(r, &live);
	ws_region_why(r, live.state, why);
	live.why = why;
	wire_buf_reset(&r->live_row);
	wire_put_live_row(&r->live_row, &live);
	r->live_row_ns = r->live_row.failed ? 0 : r->bridge->now_ns;
	return &r->live_row;
}

void ws_region_ann(const ws_region *r, wire_ann *ret)
{
	*ret = (wire_ann){.rid = r->rid,
	                  .gen = r->gen,
	                  .name = r->info->name,
	                  .size = r->info->payload_bytes,
	                  .schema_id = r->info->schema[0] ? r->info->schema_id : 0,
	                  .flags = r->info->flags,
	                  .state = r->stamp.liveness,
	                  .stale_ms = r->info->stale_after_ms,
	                  .hint_ms = r->info->publish_hint_ms,
	                  .kind = r->info->writer_kind,
	                  .doc = r->info->doc};
}
