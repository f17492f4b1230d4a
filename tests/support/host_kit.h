/* host_kit.h - a host for one plugin under test: regions in plain memory, a clock that stands still, timers fired by hand.
 *
 * Everything is in `h`, so that a case can set the clock, refuse a timer or look into a region. Include it in one file
 * that is linked with the plugin's sources.                                                                          */
#ifndef PC_HOST_KIT_H
#define PC_HOST_KIT_H
#include <pagecast/control.h>
#include <pagecast/layout.h>
#include <pagecast/plugin.h>
#include <stdbool.h>

#include "test.h"

#define MAX 16

struct pc_region {
	struct pc_region_info info;
	char name[64];
	char *committed, *working;
	bool is_open, has_begun;
	uint32_t flags, committed_flags;
	uint64_t commits;
};
struct pc_watch {
	pc_task_fn *fn;
	void *arg;
	uint64_t first_ns, every_ns;
	bool is_on;
};
struct pc_metric {
	char name[32];
	int64_t value;
};
struct pc_config {
	struct {
		char key[32], value[256];
	} set[MAX];
	int count;
};

static struct {
	struct pc_host host;
	struct pc_region regions[MAX];
	struct pc_watch watches[64];
	struct pc_metric metrics[MAX];
	struct {
		pc_task_fn *fn;
		void *arg;
	} posted[MAX];
	int posted_count, timers_refused_from, timer_calls;
	uint64_t now_ns, clock_step_ns;
	char log[4096];
	bool is_stopped;
} h;

static void host_log(const struct pc_host *host, int level, const char *message)
{
	size_t used = strlen(h.log);
	(void)host;
	(void)snprintf(h.log + used, sizeof h.log - used, "%d %s\n", level, message);
}
static int host_fail(const struct pc_host *host, int status, const char *message)
{
	host_log(host, PC_LOG_ERROR, message);
	return status;
}
static int host_metric(const struct pc_host *host, const char *name, int kind, const char *unit, const char *help,
                       pc_metric **ret)
{
	int i = 0;
	(void)host, (void)kind, (void)unit, (void)help;
	while (h.metrics[i].name[0] && strcmp(h.metrics[i].name, name) != 0) i++;
	(void)snprintf(h.metrics[i].name, sizeof h.metrics[i].name, "%s", name);
	*ret = &h.metrics[i];
	return PC_OK;
}
static void host_metric_add(pc_metric *metric, int64_t n)
{
	metric->value += n;
}

static const struct pc_option *option_of(const char *key)
{
	for (const struct pc_option *o = pagecast_plugin.options; o->key; o++)
		if (!strcmp(o->key, key)) return o;
	PC_FAIL("option %s is not in the table", key);
}
static const char *host_cfg_string(const pc_config *config, const char *key)
{
	for (int i = 0; i < config->count; i++)
		if (!strcmp(config->set[i].key, key)) return config->set[i].value;
	return option_of(key)->def;
}
static int64_t host_cfg_int(const pc_config *config, const char *key)
{
	const char *text = host_cfg_string(config, key);
	char *end;
	if (!text) return 0;
	long long n = strtoll(text, &end, 10);
	if (option_of(key)->type != PC_OPT_DURATION) return n;
	return n * (!strcmp(end, "ms") ? 1000000LL : !strcmp(end, "s") ? 1000000000LL : 60000000000LL);
}

static int host_post(const struct pc_host *host, pc_task_fn *fn, void *arg)
{
	(void)host;
	if (h.is_stopped) return PC_ESTALE;
	CHECK(h.posted_count < MAX);
	h.posted[h.posted_count].fn = fn;
	h.posted[h.posted_count++].arg = arg;
	return PC_OK;
}
static int host_timer(const struct pc_host *host, uint64_t first_ns, uint64_t every_ns, pc_task_fn *fn, void *arg,
                      pc_watch **ret)
{
	int i = 0;
	(void)host;
	if (h.timer_calls++ >= h.timers_refused_from) return PC_ENOMEM;
	while (h.watches[i].is_on) i++;
	h.watches[i] =
	        (struct pc_watch){.fn = fn, .arg = arg, .first_ns = first_ns, .every_ns = every_ns, .is_on = true};
	*ret = &h.watches[i];
	return PC_OK;
}
static void host_cancel(pc_watch *watch)
{
	if (watch) watch->is_on = false;
}
static uint64_t host_now_ns(const struct pc_host *host)
{
	(void)host;
	return h.now_ns += h.clock_step_ns;
}

static struct pc_region *region(const char *name)
{
	for (int i = 0; i < MAX; i++)
		if (!strcmp(h.regions[i].name, name)) return &h.regions[i];
	return NULL;
}
static int host_declare(const struct pc_host *host, const char *name, const struct pc_region_spec *spec)
{
	pc_layout *layout;
	pc_err err;
	int i = 0;
	(void)host;
	CHECK_INT(spec->struct_size, sizeof *spec);
	if (region(name)) return PC_EBUSY;
	CHECK_OK(pc_layout_parse(spec->layout, strlen(spec->layout), &layout, &err), &err);
	while (h.regions[i].name[0]) i++;
	struct pc_region *r = &h.regions[i];
	(void)snprintf(r->name, sizeof r->name, "%s", name);
	r->info.name = r->name;
	r->info.payload_bytes = pc_layout_bytes(layout);
	r->info.publish_hint_ms = spec->publish_hint_ms;
	r->committed = calloc(1, r->info.payload_bytes);
	r->working = calloc(1, r->info.payload_bytes);
	pc_layout_destroy(&layout);
	return PC_OK;
}
static int host_open(const struct pc_host *host, const char *name, int mode, pc_region **ret)
{
	(void)host;
	CHECK_INT(mode, PC_WR);
	if (!(*ret = region(name))) return PC_EABSENT;
	(*ret)->is_open = true;
	return PC_OK;
}
static void host_close(pc_region *r)
{
	if (r) r->is_open = false;
}
static const struct pc_region_info *host_info(const pc_region *r)
{
	return &r->info;
}
static void *host_begin(pc_region *r)
{
	CHECK(r->is_open && !r->has_begun);
	r->has_begun = true;
	memcpy(r->working, r->committed, r->info.payload_bytes);
	return r->working;
}
static int host_commit(pc_region *r)
{
	CHECK(r->has_begun);
	r->has_begun = false;
	r->commits++;
	r->committed_flags = r->flags;
	memcpy(r->committed, r->working, r->info.payload_bytes);
	return PC_OK;
}
static void host_abort(pc_region *r)
{
	CHECK(r->has_begun);
	r->has_begun = false;
}
static void host_set_flags(pc_region *r, uint32_t flags)
{
	r->flags = flags;
}

static void host_up(void)
{
	h.now_ns = 1000000000;
	h.timers_refused_from = 1000;
	h.host = (struct pc_host){.struct_size = sizeof h.host,
	                          .abi = PC_ABI(PC_ABI_MAJOR, PC_ABI_MINOR),
	                          .instance = "sysmon",
	                          .daemon = "test",
	                          .log = host_log,
	                          .fail = host_fail,
	                          .metric = host_metric,
	                          .metric_add = host_metric_add,
	                          .cfg_int = host_cfg_int,
	                          .cfg_string = host_cfg_string,
	                          .post = host_post,
	                          .timer = host_timer,
	                          .cancel = host_cancel,
	                          .now_ns = host_now_ns,
	                          .declare = host_declare,
	                          .open = host_open,
	                          .close = host_close,
	                          .info = host_info,
	                          .begin = host_begin,
	                          .commit = host_commit,
	                          .abort = host_abort,
	                          .set_flags = host_set_flags};
}

static void set(pc_config *config, const char *key, const char *value)
{
	CHECK(config->count < MAX);
	(void)snprintf(config->set[config->count].key, sizeof config->set[0].key, "%s", key);
	(void)snprintf(config->set[config->count++].value, sizeof config->set[0].value, "%s", value);
}

/* Every timer once, then what they posted, until nothing more is posted. */
static void fire(void)
{
	for (int i = 0; i < 64; i++)
		if (h.watches[i].is_on) h.watches[i].fn(h.watches[i].arg);
	for (int i = 0; i < h.posted_count; i++) h.posted[i].fn(h.posted[i].arg);
	h.posted_count = 0;
	for (int i = 0; i < MAX; i++) CHECK(!h.regions[i].has_begun); /* nothing is kept across callbacks */
}

static int64_t metric(const char *name)
{
	for (int i = 0; i < MAX; i++)
		if (!strcmp(h.metrics[i].name, name)) return h.metrics[i].value;
	PC_FAIL("no metric %s", name);
}

static int timer_count(void)
{
	int count = 0;
	for (int i = 0; i < 64; i++) count += h.watches[i].is_on;
	return count;
}

static pc_inst *up(pc_config *config)
{
	pc_inst *inst = NULL;
	host_up();
	CHECK_INT(pagecast_plugin.create(&h.host, config, &inst), PC_OK);
	CHECK_INT(pagecast_plugin.start(inst), PC_OK);
	return inst;
}

static void down(pc_inst *inst)
{
	h.is_stopped = true;
	pagecast_plugin.stop(inst);
	CHECK_INT(timer_count(), 0);
	pagecast_plugin.destroy(inst);
	for (int i = 0; i < MAX; i++) {
		CHECK(!h.regions[i].is_open);
		free(h.regions[i].committed);
		free(h.regions[i].working);
	}
}

#endif
