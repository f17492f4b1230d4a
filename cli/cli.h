/* cli.h - what every command of `pagecast` sees: its options, its exit codes, the table it stands in. */
#ifndef PC_CLI_H
#define PC_CLI_H
#include "base/err.h"

#include <pagecast/reader.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Exit codes; `pagecast help exit-codes` and docs/cli.md are made from this table. */
#define CLI_EXIT_TABLE(X)                                                                \
	X(CLI_OK, 0, "done; the answer is yes")                                          \
	X(CLI_FAILED, 1, "failed: no such region or field, not readable, refused")       \
	X(CLI_USAGE, 2, "the command line is wrong")                                     \
	X(CLI_NOT_LIVE, 3, "the writer or the daemon is not live, and the command asks") \
	X(CLI_TIMED_OUT, 4, "what was waited for did not come in time")                  \
	X(CLI_BUSY, 5, "somebody else is the region's writer")

enum cli_exit {
#define CLI_X(name, value, text) name = value,
	CLI_EXIT_TABLE(CLI_X)
#undef CLI_X
};

#define CLI_OPTIONS_MAX 12
#define CLI_TRUSTED_MAX 32
#define CLI_MANY_MAX    64

/** One option; `--name VALUE`, or a flag if value is NULL. A value that ends in "..." may be given again. */
typedef struct cli_option {
	char letter;      /* 0 = none */
	const char *name; /* without dashes; NULL ends a list */
	const char *value;
	const char *help;
} cli_option;

/** Options that every command takes besides its own. */
enum { CLI_GLOBAL_TRUST, CLI_GLOBAL_ANY_OWNER, CLI_GLOBAL_COLOR, CLI_GLOBAL_HELP, CLI_GLOBALS };
extern const cli_option cli_global_options[CLI_GLOBALS + 1];

/** The command line of one command, checked. Everything is borrowed from argv. */
typedef struct cli_args {
	const char *value[CLI_OPTIONS_MAX]; /* by place in the command's option list; "" for a flag; NULL = not given */
	const char *many[CLI_MANY_MAX];     /* all values of the command's option that may be given again */
	int many_count;
	char **words; /* what is not an option */
	int word_count;
	pc_reader_options trust; /* --trust, PAGECAST_TRUST, --any-owner; points into trusted_uids */
	uint32_t trusted_uids[CLI_TRUSTED_MAX];
	bool color; /* decided: terminal, NO_COLOR, --color */
	bool wants_help;
} cli_args;

typedef struct cli_command {
	const char *name, *group, *summary;
	const char *usage;    /* what stands behind "pagecast NAME" */
	const char *about;    /* paragraphs, lines of at most 78 characters */
	const char *examples; /* lines of "command\tcomment" */
	const cli_option *options;
	int least, most; /* words; most < 0: any number */
	int (*run)(const cli_args *args);
} cli_command;

extern const cli_command cli_list, cli_read, cli_watch, cli_dump, cli_write, cli_wait, cli_status, cli_reload,
        cli_check, cli_doctor_command, cli_top_command, cli_layout_command, cli_plugin_command, cli_help, cli_version,
        cli_record, cli_play, cli_export, cli_recording;
/** All commands in the order of the overview; ends at NULL. */
extern const cli_command *const cli_commands[];
/** NULL if there is none of that name. */
const cli_command *cli_command_find(const char *name);

/** The program, with its arguments in UTF-8. @return exit code */
int cli_main(int argc, char **argv);

/** Read what follows the command's name into *ret_args, which must not be copied. @return CLI_OK, or CLI_USAGE with the reason on stderr */
int cli_args_read(const cli_command *command, int argc, char **argv, cli_args *ret_args);

/** One line "pagecast: ..." on stderr, control characters escaped. */
void cli_error(const char *format, ...) PC_PRINTF(1, 2);
/** The same without the name in front, for what follows an error. */
void cli_hint(const char *format, ...) PC_PRINTF(1, 2);
/** After the reason, where a user is not trusted. */
#define CLI_TRUST_HINT "--trust USER believes that user, PAGECAST_TRUST=USER does for every command"
/** cli_error() and where to read more. @return CLI_USAGE */
int cli_usage_error(const cli_command *command, const char *format, ...) PC_PRINTF(2, 3);

/** Exit code for a status of libpagecast. */
int cli_exit_of(pc_status status);

/** "500ms", "2s", "1.5m", "1h", or "2" for seconds, to ns. @return false if it is none */
bool cli_parse_duration(const char *text, uint64_t *ret_ns);
/** A whole number. @return false if it is none */
bool cli_parse_count(const char *text, uint64_t *ret);

/* ---- help.c ------------------------------------------------------------------------------------------ */

void cli_help_overview(bool color);
void cli_help_command(const cli_command *command, bool color);
void cli_help_exit_codes(void);
/** All of it as docs/cli.md. */
void cli_help_markdown(void);

/* ---- tools.c ----------------------------------------------------------------------------------------- */

/** One of the commands of a command: `check` of `pagecast layout check`. */
typedef struct cli_tool {
	const char *name; /* NULL ends a list */
	int least, most;  /* words behind its name */
	unsigned options; /* a bit for each of the command's own that it takes */
	int (*run)(const cli_args *args);
} cli_tool;
/** Run the one that the first word names. @return what it does; CLI_USAGE with the reason on stderr */
int cli_tools_run(const cli_command *command, const cli_tool *tools, const cli_args *args);

/* ---- suggest.c --------------------------------------------------------------------------------------- */

#define CLI_NEAR 3
/** The nearest of some names: start, add them all, then print "did you mean" on stderr, or nothing if none is near. */
typedef struct cli_near {
	const char *wanted;
	unsigned distance[CLI_NEAR];
	char name[CLI_NEAR][128];
} cli_near;
void cli_near_start(cli_near *near, const char *wanted);
void cli_near_add(cli_near *near, const char *name);
void cli_near_print(const cli_near *near);

#endif
