/* daemon/reload.h - between the two halves of a reload: what would change, and changing it.
 *
 * Nothing is changed before everything is known to be valid, and each change knows how to be undone, because the
 * system (no memory, a name that is taken) or a plugin (its port is in use) may still refuse.                     */
#ifndef PCD_RELOAD_H
#define PCD_RELOAD_H
#include "app.h"

enum pcd_region_step_kind { PCD_STEP_WITHDRAW, PCD_STEP_ADD, PCD_STEP_REPLACE };

typedef struct pcd_region_step {
	enum pcd_region_step_kind kind;
	pcd_region *region;                /* ADD: made by it */
	const pcd_region_conf *old, *next; /* NULL where there is none */
	void *values;                      /* REPLACE: what it held, to bring it back with; or NULL */
} pcd_region_step;

enum pcd_instance_step_kind { PCD_STEP_KEEP, PCD_STEP_RELOAD, PCD_STEP_RESTART, PCD_STEP_NEW };

/** One per plugin block of the new configuration. */
typedef struct pcd_instance_step {
	enum pcd_instance_step_kind kind;
	pcd_instance *instance; /* NEW: made by it */
	bool was_down;          /* it did not run before, so that it may go on not running */
	bool is_swapped;        /* new options are in force */
	bool is_stopped;        /* for RESTART */
} pcd_instance_step;

typedef struct pcd_reload {
	pcd_app *app;
	pcd_config *config;
	char **dirs;
	int log_file; /* opened again, PCD_LOG_NO_FILE once it is the log's */
	pcd_prepared prepared;
	pcd_diags *diags;
	pcd_region_step *regions; /* withdrawals first, then additions, then replacements */
	uint32_t region_count, region_done;
	pcd_instance_step *instances;
	pcd_instance **leaving; /* in the old configuration only, or with another plugin file */
	uint32_t leaving_count;
	char why[PCD_RELOAD_TEXT];
} pcd_reload;

/** Fill in config, prepared, regions, instances, leaving. @return PC_OK; PC_EINVAL, see diags; PC_ENOMEM; other results of reading */
pc_status pcd_reload_plan(pcd_reload *reload);
/** Do it; on failure undo it, `why` set. */
pc_status pcd_reload_apply(pcd_reload *reload);

#endif
