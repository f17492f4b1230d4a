/* daemon/main.c - pagecastd: options, one call. main() itself is in posix/ and win32/. */
#include "main.h"

#include "app.h"
#include "describe.h"
#include "facts.h"
#include "plugin_dirs.h"
#include "trial/trial.h"

#include <pagecast/status.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIRS_MAX 16u

static const char usage[] =
        "usage: pagecastd [options] CONFIG\n"
        "\n"
        "Owns the shared-memory regions that CONFIG describes, and runs its plugins.\n"
        "\n"
        "  --check             say what is wrong with CONFIG and its plugins' options, and end; touches nothing\n"
        "  --facts             what CONFIG wants of this machine, for `pagecast doctor`, and end; touches nothing\n"
        "  --layouts FILE      every layout of a configuration or layout file as canonical text, and end\n"
        "  --plugin-path DIR   look for plugins there, too, after CONFIG's plugin_path; may be given again\n"
        "  --log FORMAT        text or json, whatever CONFIG says\n"
        "  --log-level LEVEL   error, warn, info or debug, whatever CONFIG says\n"
        "  --help-config       every key of CONFIG\n"
        "  --help-plugin NAME  every option of a plugin\n"
        "  --try-plugin FILE   run a plugin many times over and say what is wrong with it, as `pagecast plugin test` "
        "does\n"
        "  --version           this program's version\n"
        "  --help              this text\n"
        "\n"
        "%s"
        "Exit status: 0 fine, 1 it could not run, 2 wrong usage or a wrong CONFIG.\n";

struct arguments {
	pcd_app_options app;
	const char *dirs[DIRS_MAX + 1];
	const char *plugin;  /* of --help-plugin */
	const char *layouts; /* the file of --layouts */
	pcd_trial_options trial;
	unsigned dir_count;
	bool check, facts;
};

static int wrong(const char *what, const char *argument)
{
	(void)fprintf(stderr, "pagecastd: %s%s%s\nTry 'pagecastd --help'.\n", what, argument ? ": " : "",
	              argument ? argument : "");
	return PCD_EXIT_USAGE;
}

static int help_plugin(const struct arguments *a)
{
	char **dirs = pcd_plugin_dirs_create(NULL, a->dirs), *text = NULL, why[PCD_WHY_BYTES];
	pcd_plugins plugins = {NULL, (const char *const *)dirs};
	const pcd_plugin *plugin;
	int result = PCD_EXIT_FAILED;
	if (dirs && pcd_plugin_load(&plugins, a->plugin, &plugin, why) != PC_OK) {
		(void)fprintf(stderr, "pagecastd: %s\n", why);
		result = PCD_EXIT_USAGE;
	} else if (dirs) {
		text = pcd_options_reference(plugin->api.options);
	}
	if (text) {
		(void)printf("%s %s - %s\n\n%s", plugin->api.id, plugin->api.version, plugin->api.summary, text);
		result = PCD_EXIT_OK;
	}
	free(text);
	pcd_plugins_fini(&plugins);
	pcd_plugin_dirs_destroy(&dirs);
	return result;
}

/* The value of option @p name, in "--name value" or "--name=value"; NULL if arg is another option, "" if it has none. */
static const char *value_of(const char *name, int argc, char **argv, int *at)
{
	size_t length = strlen(name);
	const char *arg = argv[*at];
	if (strncmp(arg, name, length) != 0) return NULL;
	if (arg[length] == '=') return arg + length + 1;
	if (arg[length]) return NULL;
	return *at + 1 < argc ? argv[++*at] : "";
}

/* Those of --try-plugin; the last two are for its child. @return as take_value() */
static int take_trial_value(struct arguments *a, int argc, char **argv, int *at)
{
	const char *value;
	if ((value = value_of("--try-plugin", argc, argv, at)) != NULL) {
		a->trial.file = value;
		return *value ? 0 : wrong("a file is missing after", "--try-plugin");
	}
	if ((value = value_of("--set", argc, argv, at)) != NULL) {
		if (!strchr(value, '=') || *value == '=') return wrong("expected --set KEY=VALUE, found", value);
		if (a->trial.set_count == PCD_TRIAL_SETS_MAX) return wrong("too many --set", NULL);
		a->trial.sets[a->trial.set_count++] = value;
		return 0;
	}
	if ((value = value_of("--rounds", argc, argv, at)) != NULL) {
		char *end;
		unsigned long rounds = strtoul(value, &end, 10);
		if (*end || rounds < 2 || rounds > 1000000) return wrong("expected 2 to 1000000 rounds, found", value);
		a->trial.rounds = (unsigned)rounds;
		return 0;
	}
	if ((value = value_of("--config", argc, argv, at)) != NULL) {
		a->trial.config = value;
		return 0;
	}
	if ((value = value_of("--trial-record", argc, argv, at)) != NULL) {
		a->trial.record = value;
		return 0;
	}
	if ((value = value_of("--trial-from", argc, argv, at)) != NULL) {
		a->trial.from = (unsigned)strtoul(value, NULL, 10);
		return 0;
	}
	return -1;
}

/* Options with a value. @return -1 if it is none of them, else 0 or an exit status */
static int take_value(struct arguments *a, int argc, char **argv, int *at)
{
	const char *arg = argv[*at], *value;
	if ((value = value_of("--plugin-path", argc, argv, at)) != NULL) {
		if (!*value) return wrong("a directory is missing after", arg);
		if (a->dir_count == DIRS_MAX) return wrong("too many plugin paths", NULL);
		a->dirs[a->dir_count++] = value;
		return 0;
	}
	if ((value = value_of("--log-level", argc, argv, at)) != NULL) {
		a->app.log_level = pcd_log_level_of(value);
		return a->app.log_level < 0 ? wrong("expected error, warn, info or debug, found", value) : 0;
	}
	if ((value = value_of("--log", argc, argv, at)) != NULL) {
		a->app.log_format = !strcmp(value, "text") ? PCD_LOG_TEXT : !strcmp(value, "json") ? PCD_LOG_JSON : -1;
		return a->app.log_format < 0 ? wrong("expected text or json, found", value) : 0;
	}
	if ((value = value_of("--layouts", argc, argv, at)) != NULL) {
		a->layouts = value;
		return *value ? 0 : wrong("a file is missing after", arg);
	}
	if ((value = value_of("--help-plugin", argc, argv, at)) != NULL) {
		a->plugin = value;
		return *value ? 0 : wrong("a plugin's name is missing after", arg);
	}
	return take_trial_value(a, argc, argv, at);
}

/* Options that say something and end. @return true if this was one */
static bool say(const char *arg)
{
	if (!strcmp(arg, "--help") || !strcmp(arg, "-h"))
		(void)printf(usage, pcd_usage_of_system);
	else if (!strcmp(arg, "--version"))
		(void)printf("pagecastd %s\n", pc_version());
	else if (!strcmp(arg, "--help-config"))
		(void)fputs(pcd_config_reference(), stdout);
	else
		return false;
	return true;
}

int pcd_main(int argc, char **argv)
{
	struct arguments a = {.app = {.log_level = -1, .log_format = -1}, .trial = {.rounds = PCD_TRIAL_ROUNDS}};
	bool operands_only = false;
	for (int i = 1; i < argc; i++) {
		int result = operands_only || argv[i][0] != '-' ? -1 : take_value(&a, argc, argv, &i);
		if (result > 0) return result;
		if (!result) continue;
		if (!operands_only && argv[i][0] == '-') {
			if (say(argv[i])) return PCD_EXIT_OK;
			if (!strcmp(argv[i], "--"))
				operands_only = true;
			else if (!strcmp(argv[i], "--check"))
				a.check = true;
			else if (!strcmp(argv[i], "--facts"))
				a.facts = true;
			else if (!strcmp(argv[i], "--verbose"))
				a.trial.is_verbose = 1;
			else
				return wrong("unknown option", argv[i]);
		} else if (a.app.config_path) {
			return wrong("one configuration at a time, found also", argv[i]);
		} else {
			a.app.config_path = argv[i];
		}
	}
	a.app.plugin_dirs = a.dirs;
	if (a.plugin) return help_plugin(&a);
	if (!a.trial.file &&
	    (a.trial.config || a.trial.set_count || a.trial.is_verbose || a.trial.rounds != PCD_TRIAL_ROUNDS))
		return wrong("--set, --rounds, --config and --verbose are for --try-plugin", NULL);
	if (a.trial.file) return a.trial.record ? pcd_trial_child(&a.trial) : pcd_trial_run(&a.trial);
	if (a.layouts) return pcd_describe_layouts(a.layouts);
	if (!a.app.config_path) return wrong("a configuration is missing", NULL);
	if (a.facts) return pcd_facts_print(&a.app);
	return a.check ? pcd_app_check(&a.app) : pcd_app_run(&a.app);
}
