/* metrics.c - OpenMetrics text of the regions that a token may see (PC-HTTP-04). */
#include "bridge.h"

#include <pagecast/reader.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void put(wire_buf *to, const char *format, ...)
#if defined(__GNUC__)
        __attribute__((format(printf, 2, 3)))
#endif
        ;
static void put(wire_buf *to, const char *format, ...)
{
	char line[400];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(line, sizeof line, format, args);
	va_end(args);
	wire_buf_put(to, line, strlen(line));
}

/* As the value of a label: backslash, quote and newline are escaped. */
static void put_label(wire_buf *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' || *text == '"') wire_buf_put(to, "\\", 1);
		if (*text == '\n')
			wire_buf_put(to, "\\n", 2);
		else
			wire_buf_put(to, text, 1);
	}
}

typedef struct family {
	const char *name, *type, *unit, *help;
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
        {"pagecast_region_up", "gauge", NULL, "1 if the writer lives, or is a legacy program that is served", up},
        {"pagecast_region_state", "gauge", NULL, "liveness as a number, see docs/protocol.md PC-LIV-01", state},
        {"pagecast_region_commits", "counter", NULL, "commits of the writer", commits},
        {"pagecast_region_epoch", "gauge", NULL, "writers attached so far", epoch},
        {"pagecast_region_write_age_seconds", "gauge", "seconds", "since the last commit", write_age},
        {"pagecast_region_heartbeat_age_seconds", "gauge", "seconds", "since the heartbeat was seen to move",
         heartbeat_age},
        {"pagecast_region_conflated", "counter", NULL, "updates to viewers that skipped commits", conflated},
        {"pagecast_region_subscriptions", "gauge", NULL, "of viewers, for data or liveness", subscriptions},
        {"pagecast_region_size_bytes", "gauge", "bytes", "of the payload", size},
};

static void put_family(ws_bridge *b, const ws_access *access, const family *f, wire_buf *to)
{
	const char *suffix = strcmp(f->type, "counter") ? "" : "_total";
	put(to, "# TYPE %s %s\n", f->name, f->type);
	if (f->unit) put(to, "# UNIT %s %s\n", f->name, f->unit);
	put(to, "# HELP %s %s\n", f->name, f->help);
	for (size_t i = 0; i < b->regions.count; i++) {
		ws_region *r = b->regions.by_rid[i];
		wire_live live;
		double value = 0;
		if (!ws_access_reads(access, r->info->name)) continue;
		ws_region_look(r);
		ws_region_live(r, &live);
		if (!f->value(&live, r, &value)) continue;
		put(to, "%s%s{region=\"", f->name, suffix);
		put_label(to, r->info->name);
		put(to, "\"} %.17g\n", value);
	}
}

static void put_total(wire_buf *to, const char *name, const char *unit, const char *help, uint64_t value)
{
	put(to, "# TYPE pagecast_bridge_%s counter\n", name);
	if (unit) put(to, "# UNIT pagecast_bridge_%s %s\n", name, unit);
	put(to, "# HELP pagecast_bridge_%s %s\npagecast_bridge_%s_total %llu\n", name, help, name,
	    (unsigned long long)value);
}

void ws_api_metrics(ws_bridge *b, const ws_access *access, wire_buf *to)
{
	put(to,
	    "# TYPE pagecast_viewers gauge\n# HELP pagecast_viewers connected to this bridge\npagecast_viewers %u\n",
	    b->viewer_count);
	put_total(to, "sent_bytes", "bytes", "to viewers", b->totals.bytes);
	put_total(to, "sent_messages", NULL, "messages with data to viewers", b->totals.messages);
	put_total(to, "encoded", NULL, "updates encoded, each for all viewers that hold the same", b->totals.encoded);
	put_total(to, "conflated", NULL, "updates to viewers that skipped commits", b->totals.conflated);
	put_total(to, "held_viewer", NULL, "messages that waited for max_viewer_bytes_s", b->totals.held_viewer);
	put_total(to, "held_bridge", NULL, "messages that waited for max_bytes_s", b->totals.held_bridge);
	put(to, "# TYPE pagecast info\n# HELP pagecast the daemon\npagecast_info{instance=\"");
	put_label(to, b->host->daemon);
	put(to, "\",version=\"" PC_VERSION "\"} 1\n");
	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) put_family(b, access, &families[i], to);
	put(to, "# EOF\n");
}
