/* daemon/prepare.c - see prepare.h. */
#include "prepare.h"

#include <stdlib.h>

pc_status pcd_prepare(const pcd_config *config, pcd_plugins *plugins, pcd_prepared *ret_prepared, pcd_diags *diags)
{
	pc_status result = PC_OK;
	ret_prepared->count = 0;
	ret_prepared->blocks = calloc(config->plugin_count + 1u, sizeof *ret_prepared->blocks);
	if (!ret_prepared->blocks) return PC_ENOMEM;
	ret_prepared->count = config->plugin_count;
	for (uint32_t i = 0; i < config->plugin_count; i++) {
		pcd_prepared_block *block = ret_prepared->blocks + i;
		const pcd_plugin_conf *conf = config->plugins + i;
		pc_status s;
		block->status = pcd_plugin_load(plugins, conf->plugin, &block->plugin, block->why);
		if (block->status != PC_OK) continue;
		s = pcd_options_check(conf, block->plugin->api.options, &block->options, diags);
		if (s != PC_OK && result != PC_ENOMEM) result = s;
	}
	return result;
}

void pcd_prepared_fini(pcd_prepared *prepared)
{
	for (uint32_t i = 0; i < prepared->count; i++) pcd_options_destroy(&prepared->blocks[i].options);
	free(prepared->blocks);
	prepared->blocks = NULL;
	prepared->count = 0;
}

void pcd_prepared_complain(const pcd_plugin_conf *conf, const pcd_prepared_block *block, pcd_diags *diags)
{
	pcd_diags_add(diags, &conf->mark, "plugin %s: %s", conf->instance, block->why);
}
