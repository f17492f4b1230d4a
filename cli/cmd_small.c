/* cmd_small.c - `pagecast check`, `help` and `version`: a few lines each. */
#include "os.h"
#include "out.h"

#include <stdio.h>
#include <string.h>

static const cli_option no_options[] = {{0, NULL, NULL, NULL}};

/* ---- check --------------------------------------------------------------------------------------------- */

static int run_check(const cli_args *args)
{
	pc_err err = {""};
	char program[] = "pagecastd", option[] = "--check";
	char *argv[] = {program, option, args->words[0], NULL};
	(void)cli_flush();
	cli_os_become(program, argv, &err);
	cli_error("cannot run pagecastd: %s", err.text);
	return CLI_FAILED;
}

const cli_command cli_check = {
        .name = "check",
        .group = "the daemon",
        .summary = "is this configuration right?",
        .usage = "FILE",
        .about = "Runs pagecastd --check FILE, the program beside this one or else of your PATH. It reads\n"
                 "the file and the option tables of the plugins, and touches nothing. Every error is\n"
                 "reported as file:line:column with what was expected.\n",
        .examples = "pagecast check /etc/pagecast/pagecast.yaml && pagecast reload\treload if it is right\n",
        .options = no_options,
        .least = 1,
        .most = 1,
        .run = run_check};

/* ---- help ---------------------------------------------------------------------------------------------- */

enum { OPT_MARKDOWN, OPTS };
static const cli_option help_options[OPTS + 1] = {
        [OPT_MARKDOWN] = {0, "markdown", NULL, "all of it, as docs/cli.md"}, [OPTS] = {0, NULL, NULL, NULL}};

static int run_help(const cli_args *args)
{
	cli_near near;
	if (args->value[OPT_MARKDOWN]) {
		cli_help_markdown();
		return CLI_OK;
	}
	if (!args->word_count) {
		cli_help_overview(args->color);
		return CLI_OK;
	}
	if (!strcmp(args->words[0], "exit-codes")) {
		cli_help_exit_codes();
		return CLI_OK;
	}
	const cli_command *command = cli_command_find(args->words[0]);
	if (command) {
		cli_help_command(command, args->color);
		return CLI_OK;
	}
	cli_error("there is no help on '%s'", args->words[0]);
	cli_near_start(&near, args->words[0]);
	for (const cli_command *const *c = cli_commands; *c; c++) cli_near_add(&near, (*c)->name);
	cli_near_add(&near, "exit-codes");
	cli_near_print(&near);
	return CLI_USAGE;
}

const cli_command cli_help = {.name = "help",
                              .group = "more",
                              .summary = "this, or all about one command",
                              .usage = "[COMMAND | exit-codes]",
                              .about = "The same as pagecast COMMAND --help.\n",
                              .examples = "pagecast help read\twhat read can do\n",
                              .options = help_options,
                              .least = 0,
                              .most = 1,
                              .run = run_help};

/* ---- version ------------------------------------------------------------------------------------------- */

static int run_version(const cli_args *args)
{
	(void)args;
	(void)printf("pagecast %s\n", PC_VERSION);
	/* linked statically they are the same; a shared library may be another */
	if (strcmp(PC_VERSION, pc_version()) != 0) (void)printf("libpagecast %s\n", pc_version());
	return CLI_OK;
}

const cli_command cli_version = {.name = "version",
                                 .group = "more",
                                 .summary = "which version this is",
                                 .usage = "",
                                 .about = "Prints the version of the program, and of the library if that is another.\n",
                                 .examples = "",
                                 .options = no_options,
                                 .least = 0,
                                 .most = 0,
                                 .run = run_version};
