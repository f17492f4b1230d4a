/* tools.c - commands of a command: which one is meant, and whether it takes what is given. */
#include "cli.h"

#include <string.h>

/* NULL with the reason on stderr. */
static const cli_tool *find(const cli_command *command, const cli_tool *tools, const char *name)
{
	cli_near near;
	cli_near_start(&near, name);
	for (const cli_tool *tool = tools; tool->name; tool++) {
		if (!strcmp(tool->name, name)) return tool;
		cli_near_add(&near, tool->name);
	}
	(void)cli_usage_error(command, "'%s' is not a command of %s", name, command->name);
	cli_near_print(&near);
	return NULL;
}

int cli_tools_run(const cli_command *command, const cli_tool *tools, const cli_args *args)
{
	const cli_tool *tool = find(command, tools, args->words[0]);
	if (!tool) return CLI_USAGE;
	if (args->word_count - 1 < tool->least)
		return cli_usage_error(command, "%s %s: something is missing", command->name, tool->name);
	if (args->word_count - 1 > tool->most)
		return cli_usage_error(command, "%s %s: do not know what to do with '%s'", command->name, tool->name,
		                       args->words[tool->most + 1]);
	for (int i = 0; command->options[i].name; i++)
		if (args->value[i] && !(tool->options >> i & 1u))
			return cli_usage_error(command, "%s %s does not take '--%s'", command->name, tool->name,
			                       command->options[i].name);
	return tool->run(args);
}
