/* daemon/status.c - see status.h. */
#include "status.h"

#include "base/err.h"
#include "os.h"
#include "plugin_host.h"
#include "system_region.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY       16u
#define PERIOD_MS      1000u
#define NS_PER_S       UINT64_C(1000000000)
#define FILES_EVERY_NS (10 * NS_PER_S)

/* ---- payloads, and what the outside knows of them -------------------------------------------------------- */

struct daemon_payload {
	char instance[32], version[16];
	uint32_t pid, config_generation;
	uint64_t started_unix_ns, uptime_s;
	uint32_t reload_count;
	int32_t reload_status;
	uint64_t reload_unix_ns;
	char reload_text[PCD_RELOAD_TEXT], config_path[256];
	uint32_t region_count, plugin_count, plugin_running_count, plugin_failed_count;
	uint64_t commits, watch_calls, budget_overruns, log_errors, log_warnings;
	double loop_late_max_ms;
	uint32_t beside_count;
	char beside_text[260];
	uint64_t rss_bytes, cpu_ns, open_files;
};

static const char daemon_layout[] = "instance char[32]\n"
                                    "version char[16]\n"
                                    "pid u32\n"
                                    "config_generation u32 doc=\"configurations in force so far\"\n"
                                    "started_unix_ns u64 unit=\"ns\"\n"
                                    "uptime_s u64 unit=\"s\"\n"
                                    "reload_count u32 doc=\"reloads tried\"\n"
                                    "reload_status i32 doc=\"0, or why the last reload changed nothing\"\n"
                                    "reload_unix_ns u64 unit=\"ns\" doc=\"when the last reload was tried\"\n"
                                    "reload_text char[256] doc=\"what the last reload did\"\n"
                                    "config_path char[256]\n"
                                    "region_count u32\n"
                                    "plugin_count u32\n"
                                    "plugin_running_count u32\n"
                                    "plugin_failed_count u32 doc=\"failed, or waiting to be tried again\"\n"
                                    "commits u64 doc=\"to regions that the daemon writes\"\n"
                                    "watch_calls u64 doc=\"changes told to plugins\"\n"
                                    "budget_overruns u64 doc=\"plugin callbacks that held the loop for too long\"\n"
                                    "log_errors u64\n"
                                    "log_warnings u64\n"
                                    "loop_late_max_ms f64 unit=\"ms\" doc=\"longest delay of a round of heartbeats\"\n"
                                    "beside_count u32 doc=\"regions whose name other programs hold (Windows)\"\n"
                                    "beside_text char[260] doc=\"what is known of the first of them\"\n"
                                    "rss_bytes u64 unit=\"B\" doc=\"memory of the process\"\n"
                                    "cpu_ns u64 unit=\"ns\" doc=\"processor time of the process so far\"\n"
                                    "open_files u64 doc=\"of the process, looked at now and then; 0 unknown\"\n";

struct metric_payload {
	char name[32], unit[16];
	int64_t value;
	uint32_t kind, reserved;
};

struct plugin_payload {
	char instance[32], plugin[32], version[16];
	uint32_t state, restarts, required, regions;
	uint64_t running_s, calls, budget_overruns;
	double longest_ms;
	int32_t error_status;
	uint32_t metric_count;
	uint64_t error_unix_ns, callback_ns, errors;
	char error[224];
	struct metric_payload metrics[PCD_METRICS_SHOWN];
};

struct plugins_header {
	uint32_t count, reserved;
};

static const char plugins_layout[] = "count u32 doc=\"rows in use, from the first\"\n"
                                     "@8 plugins struct[%u] {\n"
                                     "instance char[32]\n"
                                     "plugin char[32] doc=\"its file\"\n"
                                     "version char[16]\n"
                                     "state enum32 labels=\"0:stopped,1:starting,2:running,3:backoff,4:failed\"\n"
                                     "restarts u32 doc=\"after failures\"\n"
                                     "required u32\n"
                                     "regions u32 doc=\"open\"\n"
                                     "running_s u64 unit=\"s\"\n"
                                     "calls u64\n"
                                     "budget_overruns u64\n"
                                     "longest_ms f64 unit=\"ms\" doc=\"longest callback\"\n"
                                     "error_status i32 doc=\"of the last error\"\n"
                                     "metric_count u32\n"
                                     "error_unix_ns u64 unit=\"ns\" doc=\"when; 0 = never\"\n"
                                     "callback_ns u64 unit=\"ns\" doc=\"in all callbacks so far\"\n"
                                     "errors u64 doc=\"reported so far\"\n"
                                     "error char[224] doc=\"the last error\"\n"
                                     "metrics struct[%u] {\n"
                                     "name char[32]\n"
                                     "unit char[16]\n"
                                     "value i64\n"
                                     "kind enum32 labels=\"0:counter,1:gauge\"\n"
                                     "@60 reserved u32\n"
                                     "}\n"
                                     "}\n";

/* ---- filling ------------------------------------------------------------------------------------------------ */

static void put(char *dst, size_t bytes, const char *text)
{
	size_t length = strlen(text);
	if (length > bytes - 1) length = bytes - 1;
	memcpy(dst, text, length);
	memset(dst + length, 0, bytes - length);
}

static void fill_beside(struct daemon_payload *p, const pcd_regions *regions)
{
	for (uint32_t i = 0; regions->beside_count && i < regions->count; i++) {
		const pcd_region *r = regions->items[i];
		pc_err why = {""};
		if (!r->body || !r->is_beside || p->beside_count++) continue;
		if (pc_owner_is_beside(r->body->owner, &why)) put(p->beside_text, sizeof p->beside_text, why.text);
	}
}

static uint64_t ns_of(uv_timeval_t t)
{
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_usec * 1000u;
}

/* Counting open files takes as long as there are many. */
static uint64_t open_files(uint64_t now_ns)
{
	static uint64_t looked_ns, files;
	if (looked_ns && now_ns - looked_ns < FILES_EVERY_NS) return files;
	looked_ns = now_ns;
	files = pcd_os_open_files();
	return files;
}

static void fill_process(struct daemon_payload *p, uint64_t now_ns)
{
	size_t rss = 0;
	uv_rusage_t usage;
	if (!uv_resident_set_memory(&rss)) p->rss_bytes = rss;
	if (!uv_getrusage(&usage)) p->cpu_ns = ns_of(usage.ru_utime) + ns_of(usage.ru_stime);
	p->open_files = open_files(now_ns);
}

static void fill_daemon(struct daemon_payload *p, const pcd_status_sources *from)
{
	const pcd_env *env = from->env;
	uint64_t now_ns = uv_hrtime();
	memset(p, 0, sizeof *p);
	put(p->instance, sizeof p->instance, from->facts->instance);
	put(p->version, sizeof p->version, pc_version());
	p->pid = from->facts->pid;
	p->config_generation = from->facts->config_generation;
	p->started_unix_ns = from->facts->started_unix_ns;
	p->uptime_s = (now_ns - env->started_ns) / NS_PER_S;
	p->reload_count = from->facts->reload_count;
	p->reload_status = from->facts->reload_status;
	p->reload_unix_ns = from->reload->unix_ns;
	put(p->reload_text, sizeof p->reload_text, from->reload->text);
	put(p->config_path, sizeof p->config_path, from->facts->config_path);
	p->region_count = env->regions->count;
	p->plugin_count = from->instance_count;
	for (uint32_t i = 0; i < from->instance_count; i++) {
		enum pcd_instance_state state = from->instances[i]->state;
		p->plugin_running_count += state == PCD_RUNNING;
		p->plugin_failed_count += state == PCD_FAILED || state == PCD_BACKOFF;
	}
	p->commits = env->regions->commits;
	p->watch_calls = pcd_watchers_calls(env->watchers, &p->budget_overruns);
	p->budget_overruns += env->overruns;
	p->log_errors = pcd_log_count(env->log, PC_LOG_ERROR);
	p->log_warnings = pcd_log_count(env->log, PC_LOG_WARN);
	p->loop_late_max_ms = (double)from->beats->late_max_ns / 1e6;
	fill_beside(p, env->regions);
	fill_process(p, now_ns);
}

static void fill_metrics(struct plugin_payload *p, const pcd_instance *instance)
{
	uint32_t n = 0;
	p->metric_count = instance->metric_count;
	for (const pc_metric *m = instance->metrics; m && n < PCD_METRICS_SHOWN; m = m->next, n++) {
		put(p->metrics[n].name, sizeof p->metrics[n].name, m->name);
		put(p->metrics[n].unit, sizeof p->metrics[n].unit, m->unit);
		p->metrics[n].value = pcd_atomic_get(&m->value);
		p->metrics[n].kind = (uint32_t)m->kind;
	}
}

static void fill_plugin(struct plugin_payload *p, pcd_instance *instance)
{
	char error[sizeof p->error];
	put(p->instance, sizeof p->instance, instance->name);
	put(p->plugin, sizeof p->plugin, instance->plugin_name);
	if (instance->plugin) put(p->version, sizeof p->version, instance->plugin->api.version);
	p->state = (uint32_t)instance->state;
	p->restarts = instance->restarts;
	p->required = instance->required;
	p->regions = instance->region_count;
	if (instance->running_since_ns) p->running_s = (uv_hrtime() - instance->running_since_ns) / NS_PER_S;
	p->calls = instance->calls;
	p->budget_overruns = instance->overruns;
	p->errors = pcd_instance_errors(instance);
	p->callback_ns = instance->callback_ns;
	p->longest_ms = (double)instance->longest_ns / 1e6;
	p->error_status = pcd_instance_last_error(instance, error, sizeof error, &p->error_unix_ns);
	put(p->error, sizeof p->error, error);
	fill_metrics(p, instance);
}

/* ---- the regions ---------------------------------------------------------------------------------------------- */

static void describe(const pcd_status_sources *from, pcd_system_region *what)
{
	what->heartbeat_ms = from->facts->heartbeat_ms;
	what->stale_after_ms = from->facts->stale_after_ms;
	what->publish_hint_ms = PERIOD_MS;
}

static pc_status serve_plugins(pcd_status *status, const pcd_status_sources *from, uint32_t capacity, pc_err *err)
{
	char layout[sizeof plugins_layout + 32];
	pcd_system_region what = {.name = status->plugins_name, .doc = "plugin instances of this daemon"};
	pc_status s;
	describe(from, &what);
	(void)snprintf(layout, sizeof layout, plugins_layout, capacity, PCD_METRICS_SHOWN);
	what.layout = layout;
	what.payload_bytes = sizeof(struct plugins_header) + (uint64_t)capacity * sizeof(struct plugin_payload);
	s = pcd_system_region_open(status->regions, &what, &status->plugins, err);
	if (s == PC_OK) status->capacity = capacity;
	return s;
}

static uint32_t capacity_for(uint32_t capacity, uint32_t count)
{
	while (capacity < count) capacity *= 2;
	return capacity;
}

pc_status pcd_status_open(pcd_status *status, pcd_regions *regions, const pcd_status_sources *from, pc_err *err)
{
	pcd_system_region what = {.name = status->daemon_name, .doc = "this daemon", .layout = daemon_layout};
	pc_status s;
	status->regions = regions;
	(void)snprintf(status->daemon_name, sizeof status->daemon_name, "%s%s.daemon", PC_DIRECTORY_PREFIX,
	               from->facts->instance);
	(void)snprintf(status->plugins_name, sizeof status->plugins_name, "%s%s.plugins", PC_DIRECTORY_PREFIX,
	               from->facts->instance);
	describe(from, &what);
	what.payload_bytes = sizeof(struct daemon_payload);
	s = pcd_system_region_open(regions, &what, &status->daemon, err);
	return s == PC_OK ? serve_plugins(status, from, capacity_for(CAPACITY, from->instance_count), err) : s;
}

static pc_status update_plugins(pcd_status *status, const pcd_status_sources *from, pc_err *err)
{
	uint32_t capacity = capacity_for(status->capacity, from->instance_count);
	size_t bytes = sizeof(struct plugins_header) + capacity * sizeof(struct plugin_payload);
	pc_status s = PC_OK;
	struct plugins_header *header;
	struct plugin_payload *rows;
	if (capacity != status->capacity) s = serve_plugins(status, from, capacity, err);
	if (s != PC_OK) return s;
	header = calloc(1, bytes);
	if (!header) return pc_err_set(err, PC_ENOMEM, "no memory for the status");
	rows = (struct plugin_payload *)(void *)(header + 1);
	header->count = from->instance_count;
	for (uint32_t i = 0; i < from->instance_count; i++) fill_plugin(rows + i, from->instances[i]);
	pcd_system_region_write(status->regions, status->plugins, header, bytes);
	free(header);
	return PC_OK;
}

pc_status pcd_status_update(pcd_status *status, const pcd_status_sources *from, pc_err *err)
{
	struct daemon_payload payload;
	if (!status->plugins) return PC_OK;
	fill_daemon(&payload, from);
	pcd_system_region_write(status->regions, status->daemon, &payload, sizeof payload);
	return update_plugins(status, from, err);
}
