/* daemon/plugin_load.h - finding, opening and judging plugin files.
 *
 * A file is opened once however many instances use it, and never closed again: a thread, a destructor or a
 * library of its own may outlive its last instance. Judging reads the descriptor only, head first, so that
 * nothing of a foreign or newer plugin is believed before its version is known.             [loop thread] */
#ifndef PCD_PLUGIN_LOAD_H
#define PCD_PLUGIN_LOAD_H
#include "descriptor/judge.h"

#include <pagecast/plugin.h>
#include <pagecast/status.h>

#define PCD_WHY_BYTES PC_WHY_BYTES

typedef struct pcd_plugin {
	struct pcd_plugin *next;
	char *name; /* as in the config, e.g. "websocket" */
	char *path;
	struct pc_plugin api; /* copy of its descriptor; what an older plugin does not have is zero */
} pcd_plugin;

/** The files that are open. Zero it to start. */
typedef struct pcd_plugins {
	pcd_plugin *first;
	const char *const *dirs; /* searched in this order; NULL-ended, borrowed */
} pcd_plugins;

/**
 * Find NAME.so (NAME.dll) in the directories, open and judge it; opened before: the same again.
 * @param ret_plugin  borrowed; lives as long as @p plugins
 * @param why         on failure one sentence for a person, with the file's path
 * @return PC_OK; PC_EABSENT no such file; PC_EIO the system cannot load it; PC_EINVAL not a plugin, or a broken one;
 *         PC_EVERSION built for another ABI; PC_ENOMEM
 */
pc_status pcd_plugin_load(pcd_plugins *plugins, const char *name, const pcd_plugin **ret_plugin,
                          char why[PCD_WHY_BYTES]);
/** Forget the files; what they mapped stays until the process ends. */
void pcd_plugins_fini(pcd_plugins *plugins);

#endif
