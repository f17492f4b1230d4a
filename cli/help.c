/* help.c - every word of help, from the command table: the overview, one command, exit codes, and docs/cli.md. */
#include "out.h"

#include <string.h>

static const struct {
	int code;
	const char *text;
} exit_codes[] = {
#define CLI_X(name, value, text) {value, text},
        CLI_EXIT_TABLE(CLI_X)
#undef CLI_X
};
#define EXIT_CODES (sizeof exit_codes / sizeof *exit_codes)

static const char environment[] =
        "PAGECAST_SHM_DIR   folder of the shared-memory objects, in place of /dev/shm (not on Windows)\n"
        "PAGECAST_TRUST     users to trust, as --trust: where the daemon has a user of its own\n"
        "NO_COLOR           if not empty: no colours\n";

void cli_help_overview(bool color)
{
	const char *bold = cli_style(color, CLI_BOLD), *plain = cli_style(color, CLI_PLAIN), *group = "";
	(void)printf("usage: pagecast <command> [<options>]\n\n"
	             "Shared-memory regions that say whether their writer is alive.\n");
	for (const cli_command *const *c = cli_commands; *c; c++) {
		if (strcmp(group, (*c)->group) != 0) (void)printf("\n%s%s%s\n", bold, (*c)->group, plain);
		group = (*c)->group;
		(void)printf("   %-10s %s\n", (*c)->name, (*c)->summary);
	}
	(void)printf("\n'pagecast help <command>' explains a command, with examples.\n"
	             "'pagecast help exit-codes' lists what the exit codes mean.\n");
}

/* Lines of "command\tcomment". */
static void put_examples(const char *examples, const char *indent)
{
	for (const char *at = examples; *at;) {
		const char *tab = strchr(at, '\t'), *end = strchr(at, '\n');
		(void)printf("%s%.*s\n%s    %.*s\n", indent, (int)(end - tab - 1), tab + 1, indent, (int)(tab - at),
		             at);
		at = end + 1;
	}
}

static void put_option(const cli_option *o)
{
	char left[64];
	int used = o->letter ? snprintf(left, sizeof left, "-%c, ", o->letter) : snprintf(left, sizeof left, "    ");
	(void)snprintf(left + used, sizeof left - (size_t)used, o->value ? "--%s %s" : "--%s", o->name, o->value);
	/* long help goes on below itself */
	const char *text = o->help;
	for (const char *lead = left;; lead = "") {
		const char *end = strchr(text, '\n');
		(void)printf("   %-22s %.*s\n", lead, end ? (int)(end - text) : (int)strlen(text), text);
		if (!end) break;
		text = end + 1;
	}
}

static void put_options(const cli_command *command)
{
	for (const cli_option *o = command->options; o && o->name; o++) put_option(o);
	for (const cli_option *o = cli_global_options; o->name; o++) put_option(o);
}

static void put_indented(const char *text, const char *indent)
{
	for (const char *at = text; *at;) {
		const char *end = strchr(at, '\n');
		size_t bytes = end ? (size_t)(end - at) : strlen(at);
		(void)printf("%s%.*s\n", bytes ? indent : "", (int)bytes, at);
		at += bytes + (end != NULL);
	}
}

void cli_help_command(const cli_command *command, bool color)
{
	const char *bold = cli_style(color, CLI_BOLD), *plain = cli_style(color, CLI_PLAIN);
	(void)printf("pagecast %s - %s\n\n%susage%s\n   pagecast %s%s%s\n\n", command->name, command->summary, bold,
	             plain, command->name, *command->usage ? " " : "", command->usage);
	put_indented(command->about, "");
	(void)printf("\n%soptions%s\n", bold, plain);
	put_options(command);
	if (*command->examples) {
		(void)printf("\n%sexamples%s\n", bold, plain);
		put_examples(command->examples, "   ");
	}
}

void cli_help_exit_codes(void)
{
	(void)printf("exit codes\n");
	for (size_t i = 0; i < EXIT_CODES; i++) (void)printf("   %d  %s\n", exit_codes[i].code, exit_codes[i].text);
	(void)printf("\nenvironment\n");
	put_indented(environment, "   ");
}

void cli_help_markdown(void)
{
	(void)printf("# The command line\n\n"
	             "This page is the program's own help, written by `pagecast help --markdown`.\n\n"
	             "```\n");
	cli_help_overview(false);
	(void)printf("```\n\n## Exit codes\n\n```\n");
	cli_help_exit_codes();
	(void)printf("```\n");
	for (const cli_command *const *c = cli_commands; *c; c++) {
		(void)printf("\n## %s\n\n```\n", (*c)->name);
		cli_help_command(*c, false);
		(void)printf("```\n");
	}
}
