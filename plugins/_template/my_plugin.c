/* my_plugin.c - a plugin for pagecastd: one region with a level that rises, again and again.
 *
 * It is whole and does what plugins do, on few lines: options, a region with a layout, a timer, a reload. Put your
 * own source of data where tick() is. All of it runs on the daemon's one loop thread: no locks, and no waiting.   */
#include <pagecast/plugin.h>
#include <stdlib.h>

/* What stands in shared memory, and the same as text for everybody who reads it. */
struct payload {
	double seconds;
	double level;
	uint64_t count;
};
static const char layout[] = "seconds f64 unit=\"s\"\n"
                             "level f64 unit=\"%\" min=0 max=100\n"
                             "count u64\n";

/* Everything that changes: one of these per block of the configuration. No static variables. */
struct pc_inst {
	const struct pc_host *host;
	pc_region *region;
	pc_watch *timer;
	pc_metric *wraps; /* shown by `pagecast status` */
	uint64_t interval_ns, started_ns;
	double step;
};

/* key, default, min, max, unit, doc, type, flags. The daemon checks the configuration against this table, before any
 * code of ours runs. PC_OPT_RELOAD stands where reload() below takes a change; any other change is a new start.    */
static const struct pc_option options[] = {
        {"region", "my_plugin", NULL, NULL, NULL, "the region to write", PC_OPT_REGION, 0},
        {"interval", "100ms", "1ms", "1h", NULL, "time between two values", PC_OPT_DURATION, 0},
        {"step", "0.5", "0", "100", "%", "by how much the level rises each time", PC_OPT_REAL, PC_OPT_RELOAD},
        {NULL, NULL, NULL, NULL, NULL, NULL, 0, 0} /* the end */
};

static void tick(void *arg)
{
	struct pc_inst *inst = arg;
	const struct pc_host *host = inst->host;
	struct payload *payload = host->begin(inst->region); /* holds the newest values, and is ours to change */
	if (!payload) return;                                /* the region is gone: a new start is on its way */
	payload->seconds = (double)(host->now_ns(host) - inst->started_ns) / 1e9;
	payload->level += inst->step;
	if (payload->level > 100) {
		payload->level = 0;
		host->metric_add(inst->wraps, 1);
	}
	payload->count++;
	host->commit(inst->region); /* readers see all of it change at once */
}

/* Options marked PC_OPT_RELOAD have changed: take all of them, or none and return a status. */
static int reload(struct pc_inst *inst, const pc_config *config)
{
	inst->step = inst->host->cfg_real(config, "step");
	return PC_OK;
}

/* Declare and open regions, allocate. Timers, sockets and threads are for start(). */
static int create(const struct pc_host *host, const pc_config *config, struct pc_inst **ret)
{
	struct pc_region_spec spec = {0};
	const char *name = host->cfg_string(config, "region");
	struct pc_inst *inst = calloc(1, sizeof *inst);
	int status;
	if (!inst) return PC_ENOMEM;
	*ret = inst; /* from here on destroy() is called, also if we fail */
	inst->host = host;
	inst->interval_ns = (uint64_t)host->cfg_int(config, "interval");
	(void)reload(inst, config);
	spec.struct_size = sizeof spec;
	spec.layout = layout;
	spec.doc = "what my_plugin measures";
	spec.publish_hint_ms = (uint32_t)(inst->interval_ns / 1000000);
	status = host->declare(host, name, &spec);
	if (status == PC_OK) status = host->open(host, name, PC_WR, &inst->region);
	if (status == PC_OK)
		status = host->metric(host, "wraps", PC_COUNTER, "1", "levels that began anew", &inst->wraps);
	return status; /* not PC_OK: the daemon says why, and tries again later */
}

/* The region is there for everybody: begin. */
static int start(struct pc_inst *inst)
{
	const struct pc_host *host = inst->host;
	inst->started_ns = host->now_ns(host);
	return host->timer(host, 0, inst->interval_ns, tick, inst, &inst->timer);
}

/* End what start() began; join your threads, close your sockets. */
static void stop(struct pc_inst *inst)
{
	inst->host->cancel(inst->timer);
	inst->timer = NULL;
}

static void destroy(struct pc_inst *inst)
{
	inst->host->close(inst->region);
	free(inst);
}

/* The one thing that this file exports. */
PC_EXPORT const struct pc_plugin pagecast_plugin = {PC_PLUGIN_MAGIC,
                                                    sizeof(struct pc_plugin),
                                                    PC_ABI(1, 0), /* the lowest ABI that it needs */
                                                    0,
                                                    "my_plugin",
                                                    "0.1.0",
                                                    "MIT",
                                                    "a level that rises, to begin with",
                                                    options,
                                                    create,
                                                    start,
                                                    reload,
                                                    stop,
                                                    destroy};
