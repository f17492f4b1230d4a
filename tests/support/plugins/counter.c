/* A well-behaved writer of one region of its own: counts, takes a new interval without a restart, may refuse a reload. */
#include "plugin_kit.h"

#include <stdio.h>

struct payload {
	uint64_t ticks, born_ns;
	uint32_t interval_ms, reloads;
	/* then `pad` bytes, which change with every tick */
};

struct pc_inst {
	const struct pc_host *host;
	pc_region *region;
	pc_watch *timer;
	struct payload now;
	uint64_t interval_ns, step, pad_bytes;
};

static void on_timer(void *arg)
{
	pc_inst *inst = arg;
	unsigned char *p = inst->host->begin(inst->region);
	if (!p) {
		inst->host->log(inst->host, PC_LOG_ERROR, "begin() gave nothing");
		return;
	}
	inst->now.ticks += inst->step;
	memcpy(p, &inst->now, sizeof inst->now);
	memset(p + sizeof inst->now, (int)(inst->now.ticks & 0xff), (size_t)inst->pad_bytes);
	if (inst->host->commit(inst->region)) inst->host->log(inst->host, PC_LOG_ERROR, "commit() failed");
}

static int arm(pc_inst *inst)
{
	inst->host->cancel(inst->timer);
	inst->timer = NULL;
	inst->now.interval_ms = (uint32_t)(inst->interval_ns / PC_MS);
	return inst->host->timer(inst->host, inst->interval_ns, inst->interval_ns, on_timer, inst, &inst->timer);
}

static int declare(pc_inst *inst, const char *region)
{
	char layout[160];
	struct pc_region_spec spec = {.struct_size = sizeof spec, .layout = layout, .doc = "counts"};
	int used = snprintf(layout, sizeof layout,
	                    "ticks u64\nborn_ns u64 unit=\"ns\"\ninterval_ms u32 unit=\"ms\"\nreloads u32\n");
	if (inst->pad_bytes)
		(void)snprintf(layout + used, sizeof layout - (size_t)used, "pad u8[%llu]\n",
		               (unsigned long long)inst->pad_bytes);
	spec.publish_hint_ms = (uint32_t)(inst->interval_ns / PC_MS);
	return inst->host->declare(inst->host, region, &spec);
}

static int create(const struct pc_host *host, const pc_config *config, pc_inst **ret)
{
	pc_inst *inst = calloc(1, sizeof *inst);
	const char *region = host->cfg_string(config, "region");
	int s;
	if (!inst) return PC_ENOMEM;
	*ret = inst;
	inst->host = host;
	inst->interval_ns = (uint64_t)host->cfg_int(config, "interval");
	inst->step = (uint64_t)host->cfg_int(config, "step");
	inst->pad_bytes = (uint64_t)host->cfg_int(config, "pad");
	inst->now.born_ns = host->now_ns(host);
	s = declare(inst, region);
	return s ? s : host->open(host, region, PC_WR, &inst->region);
}

static int start(pc_inst *inst)
{
	return arm(inst);
}

static int reload(pc_inst *inst, const pc_config *config)
{
	if (inst->host->cfg_int(config, "veto")) return inst->host->fail(inst->host, PC_EINVAL, "vetoed");
	inst->interval_ns = (uint64_t)inst->host->cfg_int(config, "interval");
	inst->now.reloads++;
	return arm(inst);
}

static void stop(pc_inst *inst)
{
	inst->host->cancel(inst->timer);
}

static void destroy(pc_inst *inst)
{
	inst->host->close(inst->region);
	free(inst);
}

/* clang-format off */
static const struct pc_option options[] = {
	{ "region", "counter", NULL, NULL, NULL, "region that it declares", PC_OPT_REGION, 0 },
	{ "interval", "50ms", "1ms", "1h", "ns", "time between commits", PC_OPT_DURATION, PC_OPT_RELOAD },
	{ "step", "1", "1", "1000", NULL, "added per commit", PC_OPT_INT, 0 },
	{ "pad", "0", "0", "64MiB", "B", "bytes behind the numbers", PC_OPT_SIZE, 0 },
	{ "veto", "false", NULL, NULL, NULL, "refuse to be reloaded", PC_OPT_BOOL, PC_OPT_RELOAD },
	{ "password", NULL, NULL, NULL, NULL, "never shown", PC_OPT_STRING, PC_OPT_RELOAD | PC_OPT_SECRET },
	PC_TEST_OPTIONS_END };
/* clang-format on */

const struct pc_plugin pagecast_plugin = {PC_TEST_HEAD,     .options = options, .start = start,
                                          .reload = reload, .stop = stop,       PC_TEST_REST("counter")};
