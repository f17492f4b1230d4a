/* main.c - `pagecast`: find the command, read its options, run it. main() itself is in posix/ and win32/. */
#include "os.h"
#include "out.h"

#include <string.h>

static int unknown_command(const char *name)
{
	cli_near near;
	cli_error("'%s' is not a command", name);
	cli_near_start(&near, name);
	for (const cli_command *const *c = cli_commands; *c; c++) cli_near_add(&near, (*c)->name);
	cli_near_print(&near);
	cli_hint("see 'pagecast help'");
	return CLI_USAGE;
}

/* What people type before they know any command. */
static const char *alias(const char *word)
{
	if (!strcmp(word, "--help") || !strcmp(word, "-h")) return "help";
	if (!strcmp(word, "--version") || !strcmp(word, "-V")) return "version";
	return word;
}

int cli_main(int argc, char **argv)
{
	cli_args args;
	cli_os_start();
	if (argc < 2) {
		cli_help_overview(cli_os_is_terminal(stdout));
		return cli_out_finish(CLI_USAGE);
	}
	const cli_command *command = cli_command_find(alias(argv[1]));
	if (!command) return unknown_command(argv[1]);
	int result = cli_args_read(command, argc - 2, argv + 2, &args);
	if (result) return result;
	if (args.wants_help)
		cli_help_command(command, args.color);
	else
		result = command->run(&args);
	return cli_out_finish(result);
}
