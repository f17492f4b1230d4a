/* start() fails after it has begun things: stop() and destroy() must follow, and no timer of the run may fire. */
#include "plugin_kit.h"

struct pc_inst {
	const struct pc_host *host;
	uint64_t times;
	pc_watch *timer;
};

static unsigned tries; /* of the process: one instance per test */

static int create(const struct pc_host *host, const pc_config *config, pc_inst **ret)
{
	*ret = calloc(1, sizeof **ret);
	if (!*ret) return PC_ENOMEM;
	(*ret)->host = host;
	(*ret)->times = (uint64_t)host->cfg_int(config, "times");
	return PC_OK;
}

static void on_timer(void *arg)
{
	pc_inst *inst = arg;
	inst->host->log(inst->host, PC_LOG_ERROR, "a timer of a failed start() fired");
}

static int start(pc_inst *inst)
{
	if (tries++ >= inst->times) return PC_OK;
	(void)inst->host->timer(inst->host, PC_MS, PC_MS, on_timer, inst, &inst->timer);
	return inst->host->fail(inst->host, PC_EBUSY, "the port is taken");
}

static void stop(pc_inst *inst)
{
	inst->host->log(inst->host, PC_LOG_INFO, "stopped");
}

static void destroy(pc_inst *inst)
{
	inst->host->log(inst->host, PC_LOG_INFO, "destroyed");
	free(inst);
}

/* clang-format off */
static const struct pc_option options[] = {
	{ "times", "1000000", "0", NULL, NULL, "failures before it works", PC_OPT_INT, 0 },
	PC_TEST_OPTIONS_END };
/* clang-format on */

const struct pc_plugin pagecast_plugin = {PC_TEST_HEAD, .options = options, .start = start, .stop = stop,
                                          PC_TEST_REST("failing_start")};
