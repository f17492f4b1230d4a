/* A timer that holds the loop for longer than a callback may. */
#include "plugin_kit.h"

struct pc_inst {
	const struct pc_host *host;
	uint64_t hold_ns, every_ns;
	pc_watch *timer;
};

static int create(const struct pc_host *host, const pc_config *config, pc_inst **ret)
{
	*ret = calloc(1, sizeof **ret);
	if (!*ret) return PC_ENOMEM;
	(*ret)->host = host;
	(*ret)->hold_ns = (uint64_t)host->cfg_int(config, "hold");
	(*ret)->every_ns = (uint64_t)host->cfg_int(config, "every");
	return PC_OK;
}

static void on_timer(void *arg)
{
	pc_inst *inst = arg;
	uint64_t end = inst->host->now_ns(inst->host) + inst->hold_ns;
	while (inst->host->now_ns(inst->host) < end) continue;
}

static int start(pc_inst *inst)
{
	return inst->host->timer(inst->host, inst->every_ns, inst->every_ns, on_timer, inst, &inst->timer);
}

static void destroy(pc_inst *inst)
{
	free(inst);
}

/* clang-format off */
static const struct pc_option options[] = {
	{ "hold", "60ms", "0", "10s", NULL, "time spent in each callback", PC_OPT_DURATION, 0 },
	{ "every", "200ms", "1ms", "1h", NULL, "time between callbacks", PC_OPT_DURATION, 0 },
	PC_TEST_OPTIONS_END };
/* clang-format on */

const struct pc_plugin pagecast_plugin = {PC_TEST_HEAD, .options = options, .start = start, PC_TEST_REST("slow")};
