/* plugin.c - sysmon: this machine as regions. Also the tutorial: read this file to learn how a plugin is made.
 * SPDX-License-Identifier: MIT
 *
 * A plugin is a shared object with ONE exported symbol, the struct at the end of this file. It imports nothing
 * from the daemon: whatever it needs arrives through `struct pc_host`, so this file compiles with nothing but
 *
 *     cc -shared -fPIC -I<include> plugin.c ... -o sysmon.so
 *
 * Life of an instance (one per block of the config, each with its own `pc_inst`):
 *
 *     create()   options are checked already; declare the regions, open them, allocate. No timers, no I/O.
 *     start()    the regions exist now: begin to work.
 *     reload()   the config changed, but only in options marked PC_OPT_RELOAD.
 *     stop()     end what start() began.
 *     destroy()  free everything. Also called if create() failed half way.
 *
 * All of it runs on the daemon's loop thread, one callback at a time, so nothing here needs a lock, and nothing
 * here may wait: a callback that takes long delays every other plugin. What reading the machine means is in the
 * section files (memory.c is the shortest) and, per operating system, behind os.h.                             */
#include <pagecast/control.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sysmon.h"

/* ---- options --------------------------------------------------------------------------------------------------
 *
 * The daemon checks the user's block against this table before any of our code runs: unknown keys, wrong types and
 * values out of range never get here, and `--check` and the reference manual come from it too. So say everything:
 * the default, the range, and in one sentence what it does.
 *
 * PC_OPT_RELOAD stands only where reload() below really applies a change. Everything else makes the daemon stop this
 * instance and create a new one, which is right for whatever changes the shape of a region.                    */
/* clang-format off */
#define REGION_DOC(what) "region for " what "; off: none"
#define INTERVAL(key, def, doc) {key, def, "10ms", "1h", NULL, doc, PC_OPT_DURATION, PC_OPT_RELOAD}
#define ROWS(key, doc) {key, "16", "1", "256", NULL, doc, PC_OPT_INT, 0}
static const struct pc_option options[] = {
	INTERVAL("interval", "100ms", "time between two samples, unless a region has its own"),
	{"cpu", "sysmon.cpu", NULL, NULL, NULL, REGION_DOC("processor time and load"), PC_OPT_REGION, 0},
	INTERVAL("cpu_interval", NULL, "time between two samples of the processors"),
	{"memory", "sysmon.memory", NULL, NULL, NULL, REGION_DOC("memory and swap"), PC_OPT_REGION, 0},
	INTERVAL("memory_interval", NULL, "time between two samples of memory"),
	{"disks", "sysmon.disks", NULL, NULL, NULL, REGION_DOC("disks and file systems"), PC_OPT_REGION, 0},
	INTERVAL("disks_interval", NULL, "time between two samples of the disks"),
	{"network", "sysmon.network", NULL, NULL, NULL, REGION_DOC("network interfaces"), PC_OPT_REGION, 0},
	INTERVAL("network_interval", NULL, "time between two samples of the network"),
	{"processes", "sysmon.processes", NULL, NULL, NULL, REGION_DOC("the busiest processes"), PC_OPT_REGION, 0},
	INTERVAL("processes_interval", "1s", "time between two scans of all processes"),
	{"host", "sysmon.host", NULL, NULL, NULL, REGION_DOC("what does not change: names, sizes, start time"), PC_OPT_REGION, 0},
	INTERVAL("host_interval", "1m", "time between two looks at the machine's names"),
	ROWS("disks_max", "rows for disks"),
	ROWS("filesystems_max", "rows for file systems"),
	ROWS("interfaces_max", "rows for network interfaces"),
	ROWS("processes_max", "rows for processes"),
	{"procfs", "/proc", "1", "199", NULL, "where proc(5) is mounted, e.g. /host/proc in a container", PC_OPT_STRING, 0},
	{"sysfs", "/sys", "1", "199", NULL, "where sysfs(5) is mounted", PC_OPT_STRING, 0},
	{NULL, NULL, NULL, NULL, NULL, NULL, 0, 0} /* key NULL ends the table */
};
/* clang-format on */

/* ---- state ------------------------------------------------------------------------------------------------------
 *
 * Everything that changes lives in `struct pc_inst`. No file statics: the same plugin may be loaded once and run
 * twice, e.g. to look at two containers.                                                                          */
#define SECTIONS 6u
static const struct sysmon_section *const sections[SECTIONS] = {&sysmon_cpu_section,       &sysmon_memory_section,
                                                                &sysmon_disks_section,     &sysmon_network_section,
                                                                &sysmon_processes_section, &sysmon_host_section};

/* One region and what feeds it. */
struct feed {
	const struct sysmon_section *section;
	struct pc_inst *inst; /* the way back: callbacks get only one pointer */
	void *state;          /* the section's; NULL: this region is switched off */
	pc_region *region;
	pc_watch *timer;
	uint64_t every_ns;
	bool is_stale;  /* the last commit said SOURCE_STALE */
	bool is_posted; /* a continuation is under way */
};

struct pc_inst {
	const struct pc_host *host;
	struct sysmon_env env;
	struct feed feeds[SECTIONS];
	pc_metric *samples, *source_errors, *sample_ns;
	bool is_stopped;
};

static void tick(void *arg);

/* ---- sampling --------------------------------------------------------------------------------------------------- */

static void tick_again(void *arg)
{
	struct feed *feed = arg;
	feed->is_posted = false;
	tick(feed);
}

/* The data has two ways to be old, and viewers see both. If WE hang or die, the heartbeat stops: the daemon sees to
 * that. If we are fine but the kernel does not answer (no /proc in a container), only we can know; the flag says it. */
static void note_outcome(struct feed *feed, enum sysmon_outcome outcome)
{
	const struct pc_host *host = feed->inst->host;
	bool is_stale = outcome != SYSMON_FULL;
	char message[400];
	if (is_stale) host->metric_add(feed->inst->source_errors, 1);
	if (is_stale == feed->is_stale) return; /* a log line per change, not ten a second */
	feed->is_stale = is_stale;
	host->set_flags(feed->region, is_stale ? PC_PAYLOAD_SOURCE_STALE : 0);
	(void)snprintf(message, sizeof message, "%s: %s", host->info(feed->region)->name,
	               is_stale ? sysmon_os_error(feed->inst->env.os) : "every source answers again");
	host->log(host, is_stale ? PC_LOG_WARN : PC_LOG_INFO, message);
}

static void tick(void *arg)
{
	struct feed *feed = arg;
	const struct pc_host *host = feed->inst->host;
	if (feed->inst->is_stopped) return; /* a continuation posted before stop() may still arrive */

	/* begin() lends us the memory in which the next version is built. It holds the newest values, so a section writes
	 * only what it knows better, and readers see nothing of it until commit(). It returns NULL if the region cannot be
	 * written now; the next tick tries again. */
	void *payload = host->begin(feed->region);
	if (!payload) return;
	uint64_t start_ns = host->now_ns(host);
	bool was_stale = feed->is_stale;
	enum sysmon_outcome outcome = feed->section->sample(feed->state, payload);
	host->metric_add(feed->inst->sample_ns, (int64_t)(host->now_ns(host) - start_ns));

	/* More than fits into one callback: let the others run, go on after them. What begin() lent must not be kept across
	 * callbacks, so it goes back unpublished. */
	if (outcome == SYSMON_AGAIN) {
		host->abort(feed->region);
		if (!feed->is_posted) feed->is_posted = host->post(host, tick_again, feed) == PC_OK;
		return;
	}
	note_outcome(feed, outcome);
	/* Nothing new: publish once, so that the flag is seen, and then let the age of the data grow. It is the truth. */
	if (outcome == SYSMON_NOTHING && was_stale) {
		host->abort(feed->region);
		return;
	}
	if (host->commit(feed->region) == PC_OK) host->metric_add(feed->inst->samples, 1);
}

/* ---- create and destroy ------------------------------------------------------------------------------------------ */

/* An interval of its own, or the one for all: an option without default that the user left out reads as 0. */
static uint64_t interval_ns(const struct pc_host *host, const pc_config *config, const struct sysmon_section *section)
{
	int64_t own = host->cfg_int(config, section->interval_option);
	return (uint64_t)(own > 0 ? own : host->cfg_int(config, "interval"));
}

static bool is_off(const char *region)
{
	return !region || !*region || !strcmp(region, "off");
}

/* The texts come from the table in status.h: pc_status_text() is in libpagecast, which a plugin does not link. */
static const char *status_text(int status)
{
	switch (status) {
#define PC_X(name, value, text) \
	case value: return text;
		PC_STATUS_TABLE(PC_X)
#undef PC_X
	default: return "unknown status";
	}
}

static int fail(const struct pc_host *host, int status, const char *region, const char *what)
{
	char message[300];
	(void)snprintf(message, sizeof message, "%s: %s: %s", region, what, status_text(status));
	/* keeps the text as this instance's last error, where `pagecast status` shows it, and hands the status back */
	return host->fail(host, status, message);
}

static int feed_create(struct feed *feed, const pc_config *config)
{
	const struct sysmon_section *section = feed->section;
	const struct pc_host *host = feed->inst->host;
	const char *region = host->cfg_string(config, section->region_option);
	char layout[4096];
	int status;
	if (is_off(region)) return PC_OK;
	feed->every_ns = interval_ns(host, config, section);
	if ((status = section->open(&feed->inst->env, &feed->state)))
		return fail(host, status, region, "cannot prepare");

	/* The layout is text, one field a line. We compute no offset: the daemon does, by the rules of a C compiler, and
	 * payload.h has the same structs for C. */
	int layout_bytes = section->layout(feed->state, layout, sizeof layout);
	if (layout_bytes < 0 || (size_t)layout_bytes >= sizeof layout)
		return fail(host, PC_EINVAL, region, "layout text too long");
	struct pc_region_spec spec = {.struct_size = sizeof spec, /* tells a newer daemon which fields we know */
	                              .publish_hint_ms = (uint32_t)(feed->every_ns / 1000000),
	                              .layout = layout,
	                              .doc = section->doc};
	if ((status = host->declare(host, region, &spec))) return fail(host, status, region, "cannot declare");
	if ((status = host->open(host, region, PC_WR, &feed->region))) return fail(host, status, region, "cannot open");

	/* A config may describe the region itself, and then its word counts. We are about to cast, so look twice. */
	if (host->info(feed->region)->payload_bytes != section->payload_bytes(feed->state))
		return fail(host, PC_EINVAL, region, "has another size in the config than sysmon writes");
	return PC_OK;
}

static int create(const struct pc_host *host, const pc_config *config, pc_inst **ret)
{
	pc_inst *inst = calloc(1, sizeof *inst);
	int status;
	if (!inst) return PC_ENOMEM;
	*ret = inst; /* from here on destroy() is called whatever happens, so that a failure just returns */
	inst->host = host;
	inst->env.host = host;
	inst->env.disks_max = (uint32_t)host->cfg_int(config, "disks_max");
	inst->env.filesystems_max = (uint32_t)host->cfg_int(config, "filesystems_max");
	inst->env.interfaces_max = (uint32_t)host->cfg_int(config, "interfaces_max");
	inst->env.processes_max = (uint32_t)host->cfg_int(config, "processes_max");
	if ((status = sysmon_os_open(host->cfg_string(config, "procfs"), host->cfg_string(config, "sysfs"),
	                             &inst->env.os)))
		return status;

	/* Numbers for whoever operates the daemon. The names are ours alone: the daemon adds the instance. */
	if ((status = host->metric(host, "samples", PC_COUNTER, "1", "samples published", &inst->samples)) ||
	    (status = host->metric(host, "source_errors", PC_COUNTER, "1", "samples in which a source did not answer",
	                           &inst->source_errors)) ||
	    (status = host->metric(host, "sample_ns", PC_COUNTER, "ns", "time spent sampling", &inst->sample_ns)))
		return status;

	for (size_t i = 0; i < SECTIONS; i++) {
		struct feed *feed = &inst->feeds[i];
		feed->section = sections[i];
		feed->inst = inst;
		if ((status = feed_create(feed, config))) return status;
	}
	return PC_OK;
}

static void destroy(pc_inst *inst)
{
	for (size_t i = 0; i < SECTIONS; i++) {
		struct feed *feed = &inst->feeds[i];
		if (!feed->section) continue;    /* create() did not get that far */
		inst->host->close(feed->region); /* NULL is fine */
		feed->section->close(feed->state);
	}
	sysmon_os_close(&inst->env.os);
	free(inst);
}

/* ---- start, reload, stop ------------------------------------------------------------------------------------------- */

static int start(pc_inst *inst)
{
	for (size_t i = 0; i < SECTIONS; i++) {
		struct feed *feed = &inst->feeds[i];
		if (!feed->region) continue;
		/* first at once: a viewer that opens the page now should not wait a minute for sysmon.host */
		int status = inst->host->timer(inst->host, 0, feed->every_ns, tick, feed, &feed->timer);
		if (status) return status; /* stop() is called also now, and cancels the timers that did start */
	}
	return PC_OK;
}

/* All or nothing: first get everything that may fail, then change over, where nothing can. */
static int reload(pc_inst *inst, const pc_config *config)
{
	const struct pc_host *host = inst->host;
	uint64_t every_ns[SECTIONS];
	pc_watch *fresh[SECTIONS] = {NULL};
	int status = PC_OK;
	for (size_t i = 0; i < SECTIONS && !status; i++) {
		struct feed *feed = &inst->feeds[i];
		every_ns[i] = interval_ns(host, config, feed->section);
		if (!feed->region || every_ns[i] == feed->every_ns) continue;
		status = host->timer(host, every_ns[i], every_ns[i], tick, feed, &fresh[i]);
	}
	if (status) {
		for (size_t i = 0; i < SECTIONS; i++) host->cancel(fresh[i]);
		return host->fail(host, status, "cannot start timers with the new intervals");
	}
	for (size_t i = 0; i < SECTIONS; i++) {
		if (!fresh[i]) continue;
		host->cancel(inst->feeds[i].timer);
		inst->feeds[i].timer = fresh[i];
		inst->feeds[i].every_ns = every_ns[i];
	}
	return PC_OK;
}

static void stop(pc_inst *inst)
{
	inst->is_stopped = true;
	for (size_t i = 0; i < SECTIONS; i++) {
		inst->host->cancel(inst->feeds[i].timer); /* no callback after this returns */
		inst->feeds[i].timer = NULL;
	}
}

/* ---- the one exported symbol ---------------------------------------------------------------------------------------
 *
 * Plain data, so that the daemon can read id, version and options without running any of our code. `abi` is the
 * LOWEST version that has what we use: every daemon of that major with at least that minor loads us.               */
const struct pc_plugin pagecast_plugin = {.magic = PC_PLUGIN_MAGIC,
                                          .struct_size = sizeof(struct pc_plugin),
                                          .abi = PC_ABI(1, 0),
                                          .id = "sysmon",
                                          .version = "0.1.0",
                                          .license = "MIT",
                                          .summary = "processors, memory, disks, network and processes of this machine",
                                          .options = options,
                                          .create = create,
                                          .start = start,
                                          .reload = reload,
                                          .stop = stop,
                                          .destroy = destroy};
