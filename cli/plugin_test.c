/* plugin_test.c - `pagecast plugin test`: the daemon tries the plugin, with the host that will run it. */
#include "os.h"
#include "out.h"
#include "plugin.h"

#define WORDS_MAX (2 * CLI_MANY_MAX + 10)

int cli_plugin_test(const cli_args *args, const char *path, const char *rounds, const char *config, bool is_verbose)
{
	const char *words[WORDS_MAX] = {"pagecastd", "--try-plugin", path};
	char *argv[WORDS_MAX];
	pc_err err = {""};
	int count = 3;
	if (rounds) {
		words[count++] = "--rounds";
		words[count++] = rounds;
	}
	if (config) {
		words[count++] = "--config";
		words[count++] = config;
	}
	if (is_verbose) words[count++] = "--verbose";
	for (int i = 0; i < args->many_count; i++) {
		words[count++] = "--set";
		words[count++] = args->many[i];
	}
	for (int i = 0; i <= count; i++) argv[i] = (char *)(uintptr_t)words[i]; /* exec() does not write there */
	(void)cli_flush();
	cli_os_become("pagecastd", argv, &err);
	cli_error("cannot run pagecastd: %s", err.text);
	return CLI_FAILED;
}
