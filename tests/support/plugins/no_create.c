/* A mandatory function is missing. */
#include "plugin_kit.h"

static void destroy(pc_inst *inst)
{
	free(inst);
}

const struct pc_plugin pagecast_plugin = {
        PC_TEST_HEAD,      .id = "no_create", .version = "1.0.0", .license = "MIT", .summary = "a plugin for tests",
        .destroy = destroy};
