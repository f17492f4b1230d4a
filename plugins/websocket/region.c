/* region.c - the table of regions, the log of its changes, and when each region is sampled. */
#include "bridge.h"

#include <stdlib.h>
#include <string.h>

/* ---- table ---- */

void ws_regions_init(ws_regions *r)
{
	*r = (ws_regions){0};
	ws_list_init(&r->log);
	ws_list_init(&r->watched);
	ws_list_init(&r->unused);
}

/* Place of the first region with a rid >= @p rid. */
static size_t place_of(const ws_regions *r, uint64_t rid)
{
	size_t low = 0, high = r->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (r->by_rid[middle]->rid < rid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

ws_region *ws_region_by_rid(const ws_regions *r, uint64_t rid)
{
	size_t place = place_of(r, rid);
	return place < r->count && r->by_rid[place]->rid == rid ? r->by_rid[place] : NULL;
}

static ws_region **bucket_of(const ws_regions *r, const char *name, size_t bytes)
{
	uint32_t hash = 2166136261u;
	for (size_t i = 0; i < bytes; i++) hash = (hash ^ (unsigned char)name[i]) * 16777619u;
	return (ws_region **)&r->by_name[hash % WS_NAME_BUCKETS];
}

ws_region *ws_region_by_name(const ws_regions *r, const char *name, size_t bytes)
{
	ws_region *region = *bucket_of(r, name, bytes);
	while (region && (strlen(region->info->name) != bytes || memcmp(region->info->name, name, bytes)))
		region = region->next_name;
	return region;
}

static void link_name(ws_regions *r, ws_region *region)
{
	ws_region **bucket = bucket_of(r, region->info->name, strlen(region->info->name));
	region->next_name = *bucket;
	*bucket = region;
}

static void unlink_name(ws_regions *r, ws_region *region)
{
	ws_region **at = bucket_of(r, region->info->name, strlen(region->info->name));
	while (*at && *at != region) at = &(*at)->next_name;
	if (*at) *at = region->next_name;
}

static int insert(ws_regions *r, ws_region *region)
{
	size_t place = place_of(r, region->rid);
	if (r->count == r->room) {
		size_t room = r->room ? 2 * r->room : 64;
		ws_region **by_rid = realloc(r->by_rid, room * sizeof(ws_region *));
		if (!by_rid) return -1;
		r->by_rid = by_rid;
		r->room = room;
	}
	memmove(r->by_rid + place + 1, r->by_rid + place, (r->count - place) * sizeof(ws_region *));
	r->by_rid[place] = region;
	r->count++;
	return 0;
}

static void take_out(ws_regions *r, const ws_region *region)
{
	size_t place = place_of(r, region->rid);
	memmove(r->by_rid + place, r->by_rid + place + 1, (r->count - place - 1) * sizeof(ws_region *));
	r->count--;
}

/* ---- the log of changes: what a viewer has not heard of is behind its place ---- */

static void note_change(ws_bridge *b, ws_region *region)
{
	region->changed_no = ++b->regions.change_no;
	ws_list_remove(&region->in_log);
	ws_list_add(&b->regions.log, &region->in_log);
	WS_EACH(link, &b->viewers) ws_viewer_wake(WS_OF(link, ws_viewer, in_viewers));
}

static void bury(ws_bridge *b, const ws_region *region)
{
	ws_regions *r = &b->regions;
	size_t name_bytes = strlen(region->info->name) + 1;
	char *name = malloc(name_bytes);
	if (name) memcpy(name, region->info->name, name_bytes);
	if (r->grave_count == r->grave_room || !name) {
		size_t room = r->grave_room ? 2 * r->grave_room : 64;
		ws_tombstone *graves = name ? realloc(r->graves, room * sizeof *graves) : NULL;
		if (!graves) { /* nobody would be told: viewers that start over see the truth */
			WS_EACH(link, &b->viewers) ws_viewer_out_of_memory(WS_OF(link, ws_viewer, in_viewers));
			free(name);
			return;
		}
		r->graves = graves;
		r->grave_room = room;
	}
	r->graves[r->grave_count++] = (ws_tombstone){region->rid, region->born_no, ++r->change_no, name};
	WS_EACH(link, &b->viewers) ws_viewer_wake(WS_OF(link, ws_viewer, in_viewers));
}

void ws_regions_prune(ws_bridge *b, uint64_t heard_by_all_no)
{
	ws_regions *r = &b->regions;
	size_t gone = 0;
	while (gone < r->grave_count && r->graves[gone].removed_no <= heard_by_all_no) free(r->graves[gone++].name);
	memmove(r->graves, r->graves + gone, (r->grave_count - gone) * sizeof *r->graves);
	r->grave_count -= gone;
}

/* ---- coming and going ---- */

static void on_due(ws_timer *timer)
{
	ws_region_rang(WS_OF(timer, ws_region, timer));
}

void ws_region_close_feed(ws_region *region)
{
	ws_list_remove(&region->in_unused);
	ws_feed_destroy(&region->feed);
}

/* Everything that belongs to one generation of a region. */
static void forget_generation(ws_region *region)
{
	ws_region_close_feed(region);
	pc_layout_destroy(&region->layout);
	region->layout_tried = false;
	region->seq_before = 0;
	memset(region->hz_points, 0, sizeof region->hz_points);
	region->stamp = (struct pc_stamp){
	        .liveness = PC_STARTING, .heartbeat_age_ns = UINT64_MAX, .writer = region->writer_name};
	region->writer_name[0] = '\0';
	region->stamped_ns = region->live_row_ns = 0;
}

static void take_source(ws_region *region, ws_source *source)
{
	const struct pc_host *host = region->bridge->host;
	region->source = source;
	region->info = host->info(source->handle);
	region->rid = region->info->id;
	region->gen = region->info->generation;
	source->region = region;
}

static void destroy(ws_region *region)
{
	ws_bridge *b = region->bridge;
	while (region->enrolled) ws_sub_destroy(region->subs[region->enrolled - 1]);
	free(region->subs);
	ws_timer_clear(&b->timers, &region->timer);
	ws_list_remove(&region->in_log);
	ws_list_remove(&region->in_watched);
	forget_generation(region);
	wire_buf_free(&region->live_row);
	if (region->source) region->source->region = NULL;
	free(region);
}

static void create(ws_bridge *b, ws_source *source)
{
	ws_region *region = calloc(1, sizeof *region);
	if (!region) return;
	region->bridge = b;
	region->timer.fire = on_due;
	take_source(region, source);
	forget_generation(region);
	if (region->rid <= b->regions.rid_max)
		region->seq_before = b->regions.seq_gone;
	else
		b->regions.rid_max = region->rid;
	ws_keep_claim(region);
	if (ws_timers_reserve(&b->timers, 2 + b->regions.count + 64) || insert(&b->regions, region)) {
		ws_log(b, PC_LOG_ERROR, "region %s is not shown: out of memory", region->info->name);
		destroy(region);
		return;
	}
	region->born_no = b->regions.change_no + 1;
	link_name(&b->regions, region);
	ws_region_look(region);
	note_change(b, region);
	WS_EACH(link, &b->viewers) ws_viewer_match(WS_OF(link, ws_viewer, in_viewers), region);
}

/* The same rid in a new generation: subscriptions stay, everything known of the bytes is void (PC-ANN-02). */
static void replace(ws_region *region, ws_source *source)
{
	ws_bridge *b = region->bridge;
	unlink_name(&b->regions, region);
	region->source->region = NULL;
	forget_generation(region);
	take_source(region, source);
	link_name(&b->regions, region);
	ws_region_look(region);
	note_change(b, region);
	for (uint32_t i = 0; i < region->enrolled; i++) region->subs[i]->base = 0;
	ws_region_settle(region, region->hz);
}

void ws_region_appear(ws_bridge *b, ws_source *source)
{
	ws_region *known = ws_region_by_rid(&b->regions, source->id);
	if (known)
		replace(known, source);
	else
		create(b, source);
	ws_metrics *m = &b->metrics;
	b->host->metric_set(m->regions, (int64_t)b->regions.count);
}

void ws_region_vanish(ws_bridge *b, ws_source *source)
{
	ws_region *region = source->region;
	uint64_t seq;
	if (!region) return;
	seq = region->feed ? region->feed->delta.seq : region->seq_before;
	if (seq > b->regions.seq_gone) b->regions.seq_gone = seq;
	unlink_name(&b->regions, region);
	take_out(&b->regions, region);
	bury(b, region);
	destroy(region);
	b->host->metric_set(b->metrics.regions, (int64_t)b->regions.count);
}

void ws_regions_fini(ws_bridge *b)
{
	ws_regions *r = &b->regions;
	while (r->count) destroy(r->by_rid[--r->count]);
	free(r->by_rid);
	while (r->grave_count) free(r->graves[--r->grave_count].name);
	free(r->graves);
	*r = (ws_regions){0};
}

const char *ws_region_remote_write(const ws_region *r)
{
	return PC_HAS(struct pc_region_info, r->info, remote_write) ? r->info->remote_write : "";
}

const pc_layout *ws_region_layout(ws_region *r)
{
	pc_err err;
	if (r->layout_tried || !r->info->schema[0]) return r->layout;
	r->layout_tried = true;
	if (pc_layout_parse(r->info->schema, strlen(r->info->schema), &r->layout, &err) == PC_OK) return r->layout;
	ws_log(r->bridge, PC_LOG_WARN, "region %s: its layout does not parse (%s); shown as raw bytes", r->info->name,
	       err.text);
	r->layout = NULL;
	return NULL;
}

/* ---- sampling ---- */

/* With thousands of viewers none of them is in the cache: each is asked for while those before it are dealt with. */
#define AHEAD 8u

static void owe_all(ws_region *r)
{
	for (uint32_t i = 0; i < r->enrolled; i++) {
		ws_sub *sub = r->subs[i];
		if (i + AHEAD < r->enrolled) ws_prefetch(r->subs[i + AHEAD]);
		if (i + AHEAD / 2 < r->enrolled) ws_prefetch(r->subs[i + AHEAD / 2]->viewer);
		if (!sub->live_only) ws_sub_owe_data(sub);
	}
}

static void sample(ws_region *r)
{
	ws_bridge *b = r->bridge;
	bool moved = false;
	int rc;
	ws_pace_spend(&r->pace, ws_period_ns(r->hz), b->now_ns);
	r->is_dirty = false;
	ws_source_listen(r->source);
	rc = ws_feed_sample(r, &moved);
	b->host->metric_add(b->metrics.samples, 1);
	if (rc == PC_EAGAIN ||
	    rc == PC_ENOMEM) { /* a writer that never lets go, or no memory: once more, a little later */
		r->is_dirty = true;
		ws_bridge_set_timer(b, &r->timer, b->now_ns + 2000000);
	}
	if (moved) owe_all(r);
}

void ws_region_rang(ws_region *r)
{
	uint64_t due;
	r->is_dirty = true;
	if (!r->feed || r->hz <= 0) return;
	due = ws_pace_due_ns(&r->pace, ws_period_ns(r->hz));
	if (due > r->bridge->now_ns)
		ws_bridge_set_timer(r->bridge, &r->timer, due);
	else
		sample(r);
}

int ws_region_open_feed(ws_region *r)
{
	if (r->feed) return 0;
	r->feed = ws_feed_create((size_t)r->info->payload_bytes, r->seq_before);
	return r->feed ? 0 : -1;
}

#define BELL_HZ 10.0 /* sampled this often a change is found as soon as by looking each tick */

/* Bells cost the host something for each commit: only while somebody wants data. */
static void rewire(ws_region *r)
{
	bool wanted = r->data_count > 0;
	/* A bell tells of liveness, too: with the next sample. */
	if (r->sub_count && !(wanted && r->hz >= BELL_HZ))
		ws_list_add(&r->bridge->regions.watched, &r->in_watched);
	else
		ws_list_remove(&r->in_watched);
	ws_list_remove(&r->in_unused);
	if (r->feed && !wanted) {
		r->feed->unused_since_ns = r->bridge->now_ns;
		ws_list_add(&r->bridge->regions.unused, &r->in_unused); /* so the list is in order of time */
	}
	if (wanted != r->source->wants_bell) ws_source_want_bell(r->source, wanted);
}

/* ---- who wants it ---- */

int ws_region_enrol(ws_region *r, ws_sub *sub)
{
	if (r->enrolled == r->subs_room) {
		uint32_t room = r->subs_room ? 2 * r->subs_room : 8;
		ws_sub **subs = realloc(r->subs, room * sizeof(ws_sub *));
		if (!subs) return -1;
		r->subs = subs;
		r->subs_room = room;
	}
	sub->region = r;
	sub->place = r->enrolled;
	r->subs[r->enrolled++] = sub;
	return 0;
}

/* The last one takes its place. */
void ws_region_dismiss(ws_sub *sub)
{
	ws_region *r = sub->region;
	ws_sub *last = r->subs[--r->enrolled];
	r->subs[sub->place] = last;
	last->place = sub->place;
}

/* ---- and how often: counted, so that one more or less of thousands does not look at the others ---- */

static void find_fastest(ws_region *r)
{
	r->hz = 0;
	r->hz_count = 0;
	for (uint32_t i = 0; i < r->enrolled; i++) {
		const ws_sub *sub = r->subs[i];
		if (!sub->is_counted || sub->served_hz < r->hz) continue;
		r->hz_count = sub->served_hz > r->hz ? 1 : r->hz_count + 1;
		r->hz = sub->served_hz;
	}
}

void ws_region_count(ws_sub *sub)
{
	ws_region *r = sub->region;
	sub->is_counted = true;
	sub->is_data = !sub->live_only;
	sub->served_hz = sub->is_data ? ws_sub_hz(sub) : 0;
	sub->period_ns = sub->served_hz > 0 ? ws_period_ns(sub->served_hz) : 0;
	r->sub_count++;
	r->data_count += sub->is_data;
	if (sub->served_hz < r->hz) return;
	r->hz_count = sub->served_hz > r->hz ? 1 : r->hz_count + 1;
	r->hz = sub->served_hz;
}

void ws_region_uncount(ws_sub *sub)
{
	ws_region *r = sub->region;
	if (!sub->is_counted) return;
	sub->is_counted = false;
	r->sub_count--;
	r->data_count -= sub->is_data;
	if (sub->served_hz == r->hz && !--r->hz_count && r->hz > 0) find_fastest(r);
}

void ws_region_settle(ws_region *r, double before_hz)
{
	rewire(r);
	if (!r->data_count) return;
	if (ws_region_open_feed(r)) {
		ws_log(r->bridge, PC_LOG_ERROR, "region %s: out of memory for its data", r->info->name);
		return;
	}
	if (r->hz > before_hz) r->pace = (ws_pace){0};
	/* What was committed while nobody listened; and the first snapshot of all. */
	if (r->is_dirty || before_hz <= 0 || !r->feed->delta.has_snapshot) ws_region_rang(r);
}
