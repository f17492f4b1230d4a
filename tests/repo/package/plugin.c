/* The smallest plugin that loads: one instance without options, regions or threads. */
#include <pagecast/plugin.h>

#include <stdlib.h>

struct pc_inst {
	const struct pc_host *host;
};

static int create(const struct pc_host *host, const pc_config *config, pc_inst **ret)
{
	(void)config;
	*ret = (pc_inst *)calloc(1, sizeof **ret);
	if (!*ret) return -1;
	(*ret)->host = host;
	host->log(host, PC_LOG_INFO, "minimal plugin created");
	return 0;
}

static void destroy(pc_inst *inst)
{
	free(inst);
}

PC_EXPORT const struct pc_plugin pagecast_plugin = {
        .magic = PC_PLUGIN_MAGIC,
        .struct_size = sizeof(struct pc_plugin),
        .abi = PC_ABI(1, 0),
        .id = "minimal",
        .version = "1.0.0",
        .license = "MIT",
        .summary = "does nothing, and loads",
        .create = create,
        .destroy = destroy,
};
