/* Returns from a callback between begin() and commit(): the change must be lost and reported, not published half. */
#include "plugin_kit.h"

struct pc_inst {
	const struct pc_host *host;
	pc_region *region;
	pc_watch *timer;
	uint32_t rounds;
};

static int create(const struct pc_host *host, const pc_config *config, pc_inst **ret)
{
	struct pc_region_spec spec = {.struct_size = sizeof spec, .layout = "value u32\nhalf u32\n", .doc = ""};
	const char *region = host->cfg_string(config, "region");
	int s;
	*ret = calloc(1, sizeof **ret);
	if (!*ret) return PC_ENOMEM;
	(*ret)->host = host;
	s = host->declare(host, region, &spec);
	return s ? s : host->open(host, region, PC_WR, &(*ret)->region);
}

static void on_timer(void *arg)
{
	pc_inst *inst = arg;
	uint32_t *p = inst->host->begin(inst->region);
	if (!p) {
		inst->host->log(inst->host, PC_LOG_ERROR, "begin() gave nothing after an open one");
		return;
	}
	p[0] = ++inst->rounds;
	if (inst->rounds % 2) {
		p[1] = 0xBAD;
		return;
	}
	(void)inst->host->commit(inst->region);
}

static int start(pc_inst *inst)
{
	return inst->host->timer(inst->host, 20 * PC_MS, 20 * PC_MS, on_timer, inst, &inst->timer);
}

static void destroy(pc_inst *inst)
{
	free(inst);
}

/* clang-format off */
static const struct pc_option options[] = {
	{ "region", "left_open", NULL, NULL, NULL, "a region that it declares", PC_OPT_REGION, 0 },
	PC_TEST_OPTIONS_END };
/* clang-format on */

const struct pc_plugin pagecast_plugin = {PC_TEST_HEAD, .options = options, .start = start, PC_TEST_REST("left_open")};
