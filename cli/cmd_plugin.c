/* cmd_plugin.c - `pagecast plugin`: what authors of plugins need. docs/plugin-guide.md */
#include "plugin.h"

enum { OPT_DIR, OPT_JSON, OPT_MARKDOWN, OPT_SET, OPT_ROUNDS, OPT_CONFIG, OPT_VERBOSE, OPTS };
static const cli_option options[OPTS + 1] = {
        [OPT_DIR] = {'d', "dir", "DIR", "new: where; default: a folder of the plugin's name"},
        [OPT_JSON] = {'j', "json", NULL, "info: JSON"},
        [OPT_MARKDOWN] = {0, "markdown", NULL, "info: the options as a table for a manual"},
        [OPT_SET] = {'s', "set", "KEY=VALUE...", "test: an option of the plugin; may be given again"},
        [OPT_ROUNDS] = {'n', "rounds", "N", "test: how many lives, at least 2; default: 1000"},
        [OPT_CONFIG] = {'c', "config", "FILE", "test: a configuration with its regions, and its options"},
        [OPT_VERBOSE] = {'v', "verbose", NULL, "test: show what it logs"},
        [OPTS] = {0, NULL, NULL, NULL}};

static int run_new(const cli_args *args)
{
	return cli_plugin_new(args->words[1], args->value[OPT_DIR]);
}

static int run_info(const cli_args *args)
{
	enum cli_plugin_form form = args->value[OPT_JSON] ? CLI_PLUGIN_JSON : CLI_PLUGIN_TABLE;
	if (args->value[OPT_MARKDOWN] && form == CLI_PLUGIN_JSON)
		return cli_usage_error(&cli_plugin_command, "plugin info: --json or --markdown, not both");
	return cli_plugin_info(args->words[1], args->value[OPT_MARKDOWN] ? CLI_PLUGIN_MARKDOWN : form, args->color);
}

static int run_test(const cli_args *args)
{
	return cli_plugin_test(args, args->words[1], args->value[OPT_ROUNDS], args->value[OPT_CONFIG],
	                       args->value[OPT_VERBOSE] != NULL);
}

static const cli_tool tools[] = {
        {"new", 1, 1, 1u << OPT_DIR, run_new},
        {"info", 1, 1, 1u << OPT_JSON | 1u << OPT_MARKDOWN, run_info},
        {"test", 1, 1, 1u << OPT_SET | 1u << OPT_ROUNDS | 1u << OPT_CONFIG | 1u << OPT_VERBOSE, run_test},
        {0}};

static int run(const cli_args *args)
{
	return cli_tools_run(&cli_plugin_command, tools, args);
}

const cli_command cli_plugin_command = {
        .name = "plugin",
        .group = "plugins",
        .summary = "for authors of plugins: begin one, look into one, try one",
        .usage = "COMMAND ... [--dir DIR] [--json] [--markdown] [--set KEY=VALUE]...",
        .about = "new NAME              a project that builds, with a test: CMake, one source, a configuration\n"
                 "info FILE             what a plugin says of itself: version, ABI, licence, every option\n"
                 "test FILE             is it fit to run? What it leaves behind, how it takes wrong options, crashes\n"
                 "\n"
                 "A name is a letter or '_', then letters, digits, '_' and '-', at most 31. Nothing that is\n"
                 "there is overwritten. From nothing to a region on the dashboard: docs/plugin-tutorial.md.\n"
                 "\n"
                 "info reads the file and loads nothing: no code of the plugin runs. It reads plugins for Linux\n"
                 "and for Windows on either. The exit code is 1 if the daemon would refuse the plugin, with the\n"
                 "reason.\n"
                 "\n"
                 "test runs it in a process of its own, with the host that pagecastd has: create, start, timers\n"
                 "that do not wait, reload, stop, destroy, again and again; then once with each limit of each\n"
                 "option. It says in one line each what stays behind (threads, descriptors, memory, regions), what\n"
                 "takes too long, what is called from the wrong thread, and where it crashes or hangs, with the\n"
                 "last host call. The exit code is 1 if there is such a FAULT; a note is no fault.\n",
        .examples = "pagecast plugin new wave\ta project in the folder wave\n"
                    "pagecast plugin new wave --dir src/wave-plugin\tin another one\n"
                    "pagecast plugin info build/wave.so\twhat is this?\n"
                    "pagecast plugin info wave.so --markdown > options.md\tfor its manual\n"
                    "pagecast plugin test build/wave.so --set step=2\tis it fit to run?\n",
        .options = options,
        .least = 1,
        .most = -1,
        .run = run};
