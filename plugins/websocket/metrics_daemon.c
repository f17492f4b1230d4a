/* metrics_daemon.c - the daemon's process and its plugins, as the status regions have them, so that every number is the one that
 * the command line shows. Who may not read those regions does not get them. See bridge.h. */
#include "bridge.h"
#include "exposition.h"

#include <pagecast/layout.h>
#include <stdlib.h>
#include <string.h>

#define READ_TRIES  3
#define STATUS_MAX  (UINT64_C(16) << 20)
#define PLUGINS_MAX 256u
#define METRICS_MAX 64u
#define PATH_BYTES  96u
#define TEXT_BYTES  160u /* char[32], whatever its bytes become in UTF-8 */

/* A status region, read once. */
typedef struct status {
	const pc_layout *layout;
	char *payload;
	uint64_t bytes;
} status;

static bool status_read(ws_bridge *b, const ws_access *access, const char *suffix, status *ret)
{
	char name[160];
	int rc = PC_EAGAIN;
	(void)snprintf(name, sizeof name, PC_DIRECTORY_PREFIX "%s%s", b->host->daemon, suffix);
	ws_region *r = ws_region_by_name(&b->regions, name, strlen(name));
	if (!r || !ws_access_reads(access, name) || r->info->payload_bytes > STATUS_MAX) return false;
	ret->bytes = r->info->payload_bytes;
	ret->layout = ws_region_layout(r);
	ret->payload = malloc((size_t)ret->bytes + 1);
	for (int i = 0; ret->payload && ret->layout && rc == PC_EAGAIN && i < READ_TRIES; i++)
		rc = b->host->read(r->source->handle, 0, ret->payload, ret->bytes, NULL);
	if (!rc) return true;
	free(ret->payload);
	return false;
}

/* The layout may grow and lose: what is not there has no sample. */
static bool value_at(const status *s, const char *path, char *text, size_t text_bytes, pc_value *ret)
{
	pc_part part;
	return pc_payload_find(s->layout, s->payload, s->bytes, path, &part, NULL) == PC_OK &&
	       pc_value_get(part.place.field, s->payload + part.place.offset, text, text_bytes, ret) == PC_OK;
}

static bool number_at(const status *s, const char *path, double *ret)
{
	pc_value v;
	if (!value_at(s, path, NULL, 0, &v)) return false;
	switch (v.kind) {
	case PC_VALUE_UINT: *ret = (double)v.as.u; return true;
	case PC_VALUE_INT:
	case PC_VALUE_BOOL: *ret = (double)v.as.i; return true;
	case PC_VALUE_REAL: *ret = v.as.r; return true;
	default: return false;
	}
}

static void text_at(const status *s, const char *path, char *dst, size_t bytes)
{
	pc_value v;
	dst[0] = 0;
	if (!value_at(s, path, dst, bytes, &v) || v.kind != PC_VALUE_TEXT) dst[0] = 0;
}

/* ---- the daemon -------------------------------------------------------------------------------------------------- */

typedef struct fact {
	const char *field;
	ws_family family;
	double scale;
} fact;

static const fact daemon_facts[] = {
        {"rss_bytes", {"process_resident_memory_bytes", "gauge", "bytes", "memory of the daemon"}, 1},
        {"cpu_ns", {"process_cpu_seconds", "counter", "seconds", "processor time of the daemon"}, 1e-9},
        {"open_files", {"process_open_fds", "gauge", NULL, "open files of the daemon, looked at every 10 s"}, 1},
        {"started_unix_ns", {"process_start_time_seconds", "gauge", "seconds", "since 1970"}, 1e-9},
        {"region_count", {"pagecast_daemon_regions", "gauge", NULL, "served, its own three included"}, 1},
        {"commits", {"pagecast_daemon_commits", "counter", NULL, "to regions that the daemon writes"}, 1},
        {"watch_calls", {"pagecast_daemon_watch_calls", "counter", NULL, "changes told to plugins"}, 1},
        {"budget_overruns",
         {"pagecast_daemon_budget_overruns", "counter", NULL, "callbacks that held the loop for too long"},
         1},
        {"log_errors", {"pagecast_daemon_log_errors", "counter", NULL, "messages of level error"}, 1},
        {"log_warnings", {"pagecast_daemon_log_warnings", "counter", NULL, "messages of level warn"}, 1},
        {"reload_count", {"pagecast_daemon_reloads", "counter", NULL, "reloads tried"}, 1},
        {"reload_status",
         {"pagecast_daemon_reload_status", "gauge", NULL, "0, or why the last reload changed nothing"},
         1},
        {"config_generation",
         {"pagecast_daemon_config_generation", "gauge", NULL, "configurations in force so far"},
         1},
        {"loop_late_max_ms",
         {"pagecast_daemon_loop_late_max_seconds", "gauge", "seconds", "longest delay of a round of heartbeats"},
         1e-3},
};

static void put_daemon(const ws_expo *e, const status *s)
{
	for (size_t i = 0; i < sizeof daemon_facts / sizeof daemon_facts[0]; i++) {
		const fact *f = &daemon_facts[i];
		double value;
		if (!number_at(s, f->field, &value)) continue;
		ws_expo_family(e, &f->family);
		ws_expo_sample(e, &f->family, NULL, value * f->scale);
	}
}

/* ---- plugins ----------------------------------------------------------------------------------------------------- */

static const fact plugin_facts[] = {
        {"state",
         {"pagecast_plugin_state", "gauge", NULL,
          "0 stopped, 1 starting, 2 running, 3 waiting to be tried again, 4 failed"},
         1},
        {"restarts", {"pagecast_plugin_restarts", "counter", NULL, "after failures"}, 1},
        {"errors", {"pagecast_plugin_errors", "counter", NULL, "reported so far"}, 1},
        {"error_unix_ns",
         {"pagecast_plugin_last_error_timestamp_seconds", "gauge", "seconds", "since 1970; 0 = never"},
         1e-9},
        {"calls", {"pagecast_plugin_calls", "counter", NULL, "callbacks on the loop"}, 1},
        {"callback_ns", {"pagecast_plugin_callback_seconds", "counter", "seconds", "in callbacks on the loop"}, 1e-9},
        {"longest_ms", {"pagecast_plugin_longest_callback_seconds", "gauge", "seconds", "so far"}, 1e-3},
        {"budget_overruns",
         {"pagecast_plugin_budget_overruns", "counter", NULL, "callbacks that held the loop for too long"},
         1},
};

static uint32_t plugin_count(const status *s)
{
	double count = 0;
	return number_at(s, "count", &count) && count > 0 ? count < PLUGINS_MAX ? (uint32_t)count : PLUGINS_MAX : 0;
}

static const char *field_of(uint32_t i, const char *field, char path[PATH_BYTES])
{
	(void)snprintf(path, PATH_BYTES, "plugins[%u].%s", i, field);
	return path;
}

static void put_plugins(const ws_expo *e, const status *s)
{
	uint32_t count = plugin_count(s);
	char path[PATH_BYTES], name[TEXT_BYTES];
	for (size_t k = 0; k < sizeof plugin_facts / sizeof plugin_facts[0]; k++) {
		const fact *f = &plugin_facts[k];
		ws_expo_family(e, &f->family);
		for (uint32_t i = 0; i < count; i++) {
			const char *labels[] = {"plugin", name, NULL};
			double value;
			text_at(s, field_of(i, "instance", path), name, sizeof name);
			if (number_at(s, field_of(i, f->field, path), &value))
				ws_expo_sample(e, &f->family, labels, value * f->scale);
		}
	}
}

/* What plugins count themselves, by name. */
static void put_own(const ws_expo *e, const status *s, const ws_family *f, double wanted_kind)
{
	uint32_t count = plugin_count(s);
	ws_expo_family(e, f);
	for (uint32_t i = 0; i < count; i++) {
		char path[PATH_BYTES], field[40], name[TEXT_BYTES], metric[TEXT_BYTES];
		double metrics = 0, kind, value;
		(void)number_at(s, field_of(i, "metric_count", path), &metrics);
		text_at(s, field_of(i, "instance", path), name, sizeof name);
		for (uint32_t k = 0; k < metrics && k < METRICS_MAX; k++) {
			const char *labels[] = {"plugin", name, "metric", metric, NULL};
			(void)snprintf(field, sizeof field, "metrics[%u].name", k);
			text_at(s, field_of(i, field, path), metric, sizeof metric);
			(void)snprintf(field, sizeof field, "metrics[%u].kind", k);
			if (!metric[0] || !number_at(s, field_of(i, field, path), &kind) || kind != wanted_kind)
				continue;
			(void)snprintf(field, sizeof field, "metrics[%u].value", k);
			if (number_at(s, field_of(i, field, path), &value)) ws_expo_sample(e, f, labels, value);
		}
	}
}

void ws_metrics_daemon(ws_bridge *b, const ws_access *access, const ws_expo *e)
{
	static const ws_family counted = {"pagecast_plugin_counted", "counter", NULL, "what plugins count themselves"};
	static const ws_family measured = {"pagecast_plugin_measured", "gauge", NULL,
	                                   "what plugins measure themselves"};
	status s;
	if (status_read(b, access, ".daemon", &s)) {
		put_daemon(e, &s);
		free(s.payload);
	}
	if (!status_read(b, access, ".plugins", &s)) return;
	put_plugins(e, &s);
	put_own(e, &s, &counted, PC_COUNTER);
	put_own(e, &s, &measured, PC_GAUGE);
	free(s.payload);
}
