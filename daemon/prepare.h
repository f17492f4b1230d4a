/* daemon/prepare.h - a configuration's plugin blocks, each with its file judged and its options checked.
 *
 * What --check, the start and a reload have in common. Runs no plugin code. [loop thread]                */
#ifndef PCD_PREPARE_H
#define PCD_PREPARE_H
#include "config/config.h"
#include "plugin_load.h"

typedef struct pcd_prepared_block {
	const pcd_plugin *plugin; /* NULL: refused, see status and why */
	pc_config *options;       /* NULL if refused */
	pc_status status;
	char why[PCD_WHY_BYTES];
} pcd_prepared_block;

/** One entry per plugin block of the configuration, in its order. */
typedef struct pcd_prepared {
	pcd_prepared_block *blocks;
	uint32_t count;
} pcd_prepared;

/**
 * @param diags  receives what is wrong with options; refused files are in the blocks only
 * @return PC_OK; PC_EINVAL some options are wrong; PC_ENOMEM. Released with pcd_prepared_fini() in any case.
 */
pc_status pcd_prepare(const pcd_config *config, pcd_plugins *plugins, pcd_prepared *ret_prepared, pcd_diags *diags);
/** Also frees options that nobody took (set to NULL). */
void pcd_prepared_fini(pcd_prepared *prepared);
/** One diag for a block whose file was refused. */
void pcd_prepared_complain(const pcd_plugin_conf *conf, const pcd_prepared_block *block, pcd_diags *diags);

#endif
