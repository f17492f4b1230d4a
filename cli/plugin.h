/* plugin.h - the commands of `pagecast plugin`, each in a file of its own. */
#ifndef PC_CLI_PLUGIN_H
#define PC_CLI_PLUGIN_H
#include "cli.h"

/** Write a project of that name. @param folder  NULL: one of the plugin's name */
int cli_plugin_new(const char *name, const char *folder);

#endif
