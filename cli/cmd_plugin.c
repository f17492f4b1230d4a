/* cmd_plugin.c - `pagecast plugin`: what authors of plugins need. docs/plugin-guide.md */
#include "plugin.h"

#include <string.h>

enum { OPT_DIR, OPT_JSON, OPT_MARKDOWN, OPTS };
static const cli_option options[OPTS + 1] = {
        [OPT_DIR] = {'d', "dir", "DIR", "new: where; default: a folder of the plugin's name"},
        [OPT_JSON] = {'j', "json", NULL, "info: JSON"},
        [OPT_MARKDOWN] = {0, "markdown", NULL, "info: the options as a table for a manual"},
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

static const struct tool {
	const char *name;
	int least, most;  /* words behind its name */
	unsigned options; /* a bit for each that it takes */
	int (*run)(const cli_args *args);
} tools[] = {{"new", 1, 1, 1u << OPT_DIR, run_new}, {"info", 1, 1, 1u << OPT_JSON | 1u << OPT_MARKDOWN, run_info}};

static int run(const cli_args *args)
{
	const struct tool *tool = NULL;
	cli_near near;
	cli_near_start(&near, args->words[0]);
	for (size_t i = 0; i < sizeof tools / sizeof *tools; i++) {
		cli_near_add(&near, tools[i].name);
		if (!strcmp(tools[i].name, args->words[0])) tool = &tools[i];
	}
	if (!tool) {
		int result = cli_usage_error(&cli_plugin_command, "'%s' is not a command of plugin", args->words[0]);
		cli_near_print(&near);
		return result;
	}
	if (args->word_count - 1 < tool->least)
		return cli_usage_error(&cli_plugin_command, "plugin %s: something is missing", tool->name);
	if (args->word_count - 1 > tool->most)
		return cli_usage_error(&cli_plugin_command, "plugin %s: do not know what to do with '%s'", tool->name,
		                       args->words[tool->most + 1]);
	for (int i = 0; i < OPTS; i++)
		if (args->value[i] && !(tool->options >> i & 1u))
			return cli_usage_error(&cli_plugin_command, "plugin %s does not take '--%s'", tool->name,
			                       options[i].name);
	return tool->run(args);
}

const cli_command cli_plugin_command = {
        .name = "plugin",
        .group = "plugins",
        .summary = "for authors of plugins: begin one, look into one",
        .usage = "COMMAND ... [--dir DIR] [--json] [--markdown]",
        .about = "new NAME              a project that builds, with a test: CMake, one source, a configuration\n"
                 "info FILE             what a plugin says of itself: version, ABI, licence, every option\n"
                 "\n"
                 "A name is a letter or '_', then letters, digits, '_' and '-', at most 31. Nothing that is there is\n"
                 "overwritten. From nothing to a region on the dashboard: docs/plugin-guide.md.\n"
                 "\n"
                 "info reads the file and loads nothing: no code of the plugin runs. It reads plugins for Linux and "
                 "for\n"
                 "Windows on either. The exit code is 1 if the daemon would refuse the plugin, with the reason.\n",
        .examples = "pagecast plugin new wave\ta project in the folder wave\n"
                    "pagecast plugin new wave --dir src/wave-plugin\tin another one\n"
                    "pagecast plugin info build/wave.so\twhat is this?\n"
                    "pagecast plugin info wave.so --markdown > options.md\tfor its manual\n",
        .options = options,
        .least = 1,
        .most = -1,
        .run = run};
