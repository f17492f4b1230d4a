/* daemon/plugin_dirs.h - where plugin files are looked for. */
#ifndef PCD_PLUGIN_DIRS_H
#define PCD_PLUGIN_DIRS_H

/**
 * In order: the configuration's `plugin_path`, the command line's --plugin-path, and pcd_os_plugin_dirs. Windows: `plugins` in
 * the program's own directory and no other, because anybody may make folders above it. Else: `../plugins` and
 * `../lib/pagecast/plugins` of that directory, and where the package was installed to. [any thread]
 * @param configured  NULL-ended, may be NULL; copied
 * @param given       likewise
 * @return NULL-ended, released with pcd_plugin_dirs_destroy(); NULL without memory
 */
char **pcd_plugin_dirs_create(const char *const *configured, const char *const *given);
/** Set to NULL; accepts NULL. */
void pcd_plugin_dirs_destroy(char ***dirs);

#endif
