/* metrics.c - OpenMetrics text of the regions that a token may see (PC-HTTP-04). */
#include "bridge.h"
#include "exposition.h"

#include <pagecast/reader.h>
#include <stdio.h>
#include <string.h>

typedef struct family {
	ws_family family;
	/** The value of one region; false: it has none now. */
	bool (*value)(const wire_live *live, const ws_region *r, double *ret);
} family;

static bool up(const wire_live *live, const ws_region *r, double *ret)
{
	(void)r;
	*ret = live->state == PC_LIVE || live->state == PC_LEGACY;
	return true;
}
static bool state(const wire_live *live, const ws_region *r, double *ret)
{
	(void)r;
	*ret = live->state;
	return true;
}
static bool commits(const wire_live *live, const ws_region *r, double *ret)
{
	(void)live;
	*ret = (double)r->stamp.tick;
	return true;
}
static bool epoch(const wire_live *live, const ws_region *r, double *ret)
{
	(void)r;
	*ret = live->epoch;
	return true;
}
static bool write_age(const wire_live *live, const ws_region *r, double *ret)
{
	(void)r;
	*ret = (double)live->write_age_ms / 1000;
	return live->write_age_ms != WIRE_NEVER;
}
static bool heartbeat_age(const wire_live *live, const ws_region *r, double *ret)
{
	(void)r;
	*ret = (double)live->hb_age_ms / 1000;
	return live->hb_age_ms != WIRE_NEVER;
}
static bool conflated(const wire_live *live, const ws_region *r, double *ret)
{
	(void)live;
	*ret = (double)r->conflated;
	return true;
}
static bool subscriptions(const wire_live *live, const ws_region *r, double *ret)
{
	(void)live;
	*ret = r->sub_count;
	return true;
}
static bool size(const wire_live *live, const ws_region *r, double *ret)
{
	(void)live;
	*ret = (double)r->info->payload_bytes;
	return true;
}

static const family families[] = {
        {{"pagecast_region_up", "gauge", NULL, "1 if the writer lives, or is a legacy program that is served"}, up},
        {{"pagecast_region_state", "gauge", NULL, "liveness as a number, see docs/protocol.md PC-LIV-01"}, state},
        {{"pagecast_region_commits", "counter", NULL, "commits of the writer"}, commits},
        {{"pagecast_region_epoch", "gauge", NULL, "writers attached so far"}, epoch},
        {{"pagecast_region_write_age_seconds", "gauge", "seconds", "since the last commit"}, write_age},
        {{"pagecast_region_heartbeat_age_seconds", "gauge", "seconds", "since the heartbeat was seen to move"},
         heartbeat_age},
        {{"pagecast_region_conflated", "counter", NULL, "updates to viewers that skipped commits"}, conflated},
        {{"pagecast_region_subscriptions", "gauge", NULL, "of viewers, for data or liveness"}, subscriptions},
        {{"pagecast_region_size_bytes", "gauge", "bytes", "of the payload"}, size},
};

static void put_family(ws_bridge *b, const ws_access *access, const family *f, const ws_expo *e)
{
	ws_expo_family(e, &f->family);
	for (size_t i = 0; i < b->regions.count; i++) {
		ws_region *r = b->regions.by_rid[i];
		const char *labels[] = {"region", r->info->name, NULL};
		wire_live live;
		double value = 0;
		if (!ws_access_reads(access, r->info->name)) continue;
		ws_region_look(r);
		ws_region_live(r, &live);
		if (f->value(&live, r, &value)) ws_expo_sample(e, &f->family, labels, value);
	}
}

static void put_threads(ws_bridge *b, const ws_expo *e)
{
	static const ws_family each = {"pagecast_bridge_thread_connections", "gauge", NULL, "served by each thread"};
	ws_expo_single(e, "pagecast_bridge_threads", "gauge", NULL, "that serve viewers", b->worker_count);
	ws_expo_family(e, &each);
	for (unsigned i = 0; i < b->worker_count; i++) {
		char no[12];
		const char *labels[] = {"thread", no, NULL};
		(void)snprintf(no, sizeof no, "%u", i + 1);
		ws_expo_sample(e, &each, labels, b->workers[i].connection_count);
	}
}

static void put_totals(ws_bridge *b, const ws_expo *e)
{
	const struct {
		ws_family family;
		uint64_t value;
	} all[] = {
	        {{"pagecast_bridge_sent_bytes", "counter", "bytes", "to viewers"}, b->totals.bytes},
	        {{"pagecast_bridge_sent_messages", "counter", NULL, "messages with data to viewers"},
	         b->totals.messages},
	        {{"pagecast_bridge_encoded", "counter", NULL,
	          "updates encoded, each for all viewers that hold the same"},
	         b->totals.encoded},
	        {{"pagecast_bridge_conflated", "counter", NULL, "updates to viewers that skipped commits"},
	         b->totals.conflated},
	        {{"pagecast_bridge_held_viewer", "counter", NULL, "messages that waited for max_viewer_bytes_s"},
	         b->totals.held_viewer},
	        {{"pagecast_bridge_held_bridge", "counter", NULL, "messages that waited for max_bytes_s"},
	         b->totals.held_bridge},
	};
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		ws_expo_family(e, &all[i].family);
		ws_expo_sample(e, &all[i].family, NULL, (double)all[i].value);
	}
}

void ws_api_metrics(ws_bridge *b, const ws_access *access, bool is_plain, wire_buf *to)
{
	static const ws_family info = {"pagecast", "info", NULL, "the daemon"};
	const char *labels[] = {"instance", b->host->daemon, "version", PC_VERSION, NULL};
	ws_expo e = {to, is_plain};
	ws_expo_family(&e, &info);
	ws_expo_sample(&e, &info, labels, 1);
	ws_expo_single(&e, "pagecast_viewers", "gauge", NULL, "connected to this bridge", (double)b->viewer_count);
	put_threads(b, &e);
	put_totals(b, &e);
	ws_metrics_daemon(b, access, &e);
	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) put_family(b, access, &families[i], &e);
	ws_expo_end(&e);
}
