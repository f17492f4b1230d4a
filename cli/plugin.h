/* plugin.h - the commands of `pagecast plugin`, each in a file of its own. */
#ifndef PC_CLI_PLUGIN_H
#define PC_CLI_PLUGIN_H
#include "cli.h"

/** Write a project of that name. @param folder  NULL: one of the plugin's name */
int cli_plugin_new(const char *name, const char *folder);

enum cli_plugin_form { CLI_PLUGIN_TABLE, CLI_PLUGIN_JSON, CLI_PLUGIN_MARKDOWN };
/** Print what a plugin's file says of it. Nothing of the plugin runs. */
int cli_plugin_info(const char *path, enum cli_plugin_form form, bool color);

/** Become the daemon that tries a plugin. @param rounds, config  NULL: not given. Returns only if that failed. */
int cli_plugin_test(const cli_args *args, const char *path, const char *rounds, const char *config, bool is_verbose);

#endif
