/* plugin_kit.h - a whole plugin that does nothing, for plugins of which exactly one thing is wrong. */
#ifndef PC_TEST_PLUGIN_KIT_H
#define PC_TEST_PLUGIN_KIT_H
#include <pagecast/plugin.h>
#include <stdlib.h>
#include <string.h>

#define PC_MS UINT64_C(1000000)

/* clang-format off */
#define PC_TEST_OPTIONS_END { NULL, NULL, NULL, NULL, NULL, NULL, 0, 0 }

/* What a plugin that only has to load is made of: struct pc_inst, create and destroy. */
#define PC_TEST_DO_NOTHING                                                                                   \
	struct pc_inst { const struct pc_host *host; };                                                      \
	static int create(const struct pc_host *host, const pc_config *config, pc_inst **ret)                \
	{                                                                                                    \
		(void)config;                                                                                \
		*ret = calloc(1, sizeof **ret);                                                              \
		if (!*ret) return PC_ENOMEM;                                                                 \
		(*ret)->host = host;                                                                         \
		return PC_OK;                                                                                \
	}                                                                                                    \
	static void destroy(pc_inst *inst)                                                                   \
	{                                                                                                    \
		free(inst);                                                                                  \
	}

/* The head of a descriptor as it should be, and the rest of it. */
#define PC_TEST_HEAD \
	.magic = PC_PLUGIN_MAGIC, .struct_size = sizeof(struct pc_plugin), .abi = PC_ABI(PC_ABI_MAJOR, 0)
#define PC_TEST_REST(name)                                                                                   \
	.id = name, .version = "1.0.0", .license = "MIT", .summary = "a plugin for tests", .create = create, \
	.destroy = destroy
/* clang-format on */

#endif
