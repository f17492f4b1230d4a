/* commands.c - the table of commands, in the order of the overview; each is defined in its own file. */
#include "cli.h"

#include <string.h>

const cli_command *const cli_commands[] = {&cli_list,           &cli_read,   &cli_watch,          &cli_dump,
                                           &cli_write,          &cli_wait,   &cli_status,         &cli_reload,
                                           &cli_top_command,    &cli_check,  &cli_doctor_command, &cli_layout_command,
                                           &cli_plugin_command, &cli_record, &cli_play,           &cli_export,
                                           &cli_recording,      &cli_help,   &cli_version,        NULL};

const cli_command *cli_command_find(const char *name)
{
	for (const cli_command *const *c = cli_commands; *c; c++)
		if (!strcmp((*c)->name, name)) return *c;
	return NULL;
}
