/* create() fails: with or without an instance that destroy() must then end, with or without words of its own; or it
 * says that all is well and gives nothing back. After `times` failures it works.                                  */
#include "plugin_kit.h"

#include <stdio.h>

struct pc_inst {
	const struct pc_host *host;
	pc_region *region;
	uint32_t value;
};

enum { HOW_WITHOUT = 0, HOW_WITH = 1, HOW_SILENT = 2, HOW_NOTHING = 3 };
static unsigned tries; /* of the process: one instance per test */

static int create(const struct pc_host *host, const pc_config *config, pc_inst **ret)
{
	int64_t how = host->cfg_int(config, "how");
	struct pc_region_spec spec = {
	        .struct_size = sizeof spec, .layout = "value u32\n", .doc = "made by a failing create()"};
	pc_inst *inst;
	if (how == HOW_NOTHING) return PC_OK;
	if (how == HOW_WITHOUT && tries++ < (uint64_t)host->cfg_int(config, "times"))
		return host->fail(host, PC_EIO, "the device is not there");
	if (how == HOW_SILENT) return PC_EPERM;
	inst = calloc(1, sizeof *inst);
	if (!inst) return PC_ENOMEM;
	inst->host = host;
	inst->value = (uint32_t)host->cfg_int(config, "value");
	*ret = inst;
	/* What it has by then must go again. */
	(void)host->declare(host, host->cfg_string(config, "region"), &spec);
	(void)host->open(host, host->cfg_string(config, "region"), PC_WR, &inst->region);
	if (how == HOW_WITH && tries++ < (uint64_t)host->cfg_int(config, "times"))
		return host->fail(host, PC_EIO, "the device went away half-way");
	host->log(host, PC_LOG_INFO, "created at last");
	return PC_OK;
}

static int start(pc_inst *inst)
{
	return inst->value ? inst->host->write(inst->region, 0, &inst->value, sizeof inst->value) : PC_OK;
}

static void destroy(pc_inst *inst)
{
	inst->host->log(inst->host, PC_LOG_INFO, "destroyed");
	free(inst);
}

/* clang-format off */
static const struct pc_option options[] = {
	{ "how", "without", "without|with|silent|nothing", NULL, NULL, "how create() fails", PC_OPT_ENUM, 0 },
	{ "times", "1000000", "0", NULL, NULL, "failures before it works", PC_OPT_INT, 0 },
	{ "region", "failing", NULL, NULL, NULL, "a region that it declares", PC_OPT_REGION, 0 },
	{ "value", "0", "0", "1000000", NULL, "to be written by start(), 0: nothing", PC_OPT_INT, 0 },
	PC_TEST_OPTIONS_END };
/* clang-format on */

const struct pc_plugin pagecast_plugin = {PC_TEST_HEAD, .options = options, .start = start,
                                          PC_TEST_REST("failing_create")};
