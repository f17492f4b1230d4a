/* trial/child.c - the process in which the plugin runs: one step after the other, each announced in the record. */
#include "bench.h"

#include "app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void begin_step(pcd_bench *bench, uint32_t step, const char *doing)
{
	bench->record->step = step;
	bench->record->service = 0;
	bench->record->progress++;
	(void)snprintf(bench->record->doing, sizeof bench->record->doing, "%.*s", (int)sizeof bench->record->doing - 1,
	               doing);
}

/* "build/wave.so" -> "build", "wave" */
static bool take_name(pcd_bench *bench, char folder[4096])
{
	const char *file = bench->options->file, *base = file;
	size_t suffix = strlen(PCD_PLUGIN_SUFFIX), bytes;
	for (const char *c = file; *c; c++)
		if (*c == '/' || *c == '\\') base = c + 1;
	bytes = strlen(base);
	if (bytes <= suffix || strcmp(base + bytes - suffix, PCD_PLUGIN_SUFFIX) != 0) return false;
	if (bytes - suffix >= sizeof bench->name || (size_t)(base - file) >= 4096) return false;
	memcpy(bench->name, base, bytes - suffix);
	(void)snprintf(folder, 4096, "%.*s", base == file ? 1 : (int)(base - file - 1), base == file ? "." : file);
	if (base - file == 1) (void)snprintf(folder, 4096, "/");
	return true;
}

/* The block of the configuration that names the plugin. */
static const pcd_node *find_block(const pcd_bench *bench)
{
	for (uint32_t i = 0; bench->config && i < bench->config->plugin_count; i++)
		if (!strcmp(bench->config->plugins[i].plugin, bench->name)) return bench->config->plugins[i].options;
	return NULL;
}

/* @return false: said on stderr */
static bool take_options(pcd_bench *bench)
{
	bench->set = pcd_trial_overlay(bench, find_block(bench), NULL, NULL);
	for (unsigned i = 0; i < bench->options->set_count && bench->set; i++) {
		const char *text = bench->options->sets[i], *equals = strchr(text, '=');
		char key[64];
		(void)snprintf(key, sizeof key, "%.*s", (int)(equals - text), text);
		bench->set = pcd_trial_overlay(bench, bench->set, key, equals + 1);
		if (bench->set) continue;
		(void)fprintf(stderr, "pagecastd: --set %s: %s\n", text, pcd_trial_reason(bench));
		return false;
	}
	return bench->set != NULL;
}

static bool load_config(pcd_bench *bench)
{
	if (!bench->options->config || pcd_config_load(bench->options->config, &bench->config, bench->diags) == PC_OK)
		return true;
	for (uint32_t i = 0; i < pcd_diags_count(bench->diags); i++)
		(void)fprintf(stderr, "%s\n", pcd_diags_get(bench->diags, i));
	return false;
}

/* @return false: there is nothing to go on with, said */
static bool load(pcd_bench *bench, const char *folder)
{
	const char *dirs[] = {folder, NULL};
	char why[PCD_WHY_BYTES];
	pc_config *options = NULL;
	begin_step(bench, PCD_STEP_LOAD, "while it was loaded");
	bench->plugins.dirs = dirs;
	if (pcd_plugin_load(&bench->plugins, bench->name, &bench->plugin, why) != PC_OK) {
		pcd_trial_add(bench, PCD_FAULT, "the daemon refuses it: %.400s", why);
		return false;
	}
	const struct pc_plugin *api = &bench->plugin->api;
	(void)snprintf(bench->record->what, sizeof bench->record->what, "%.31s %.40s, ABI %u.%u", api->id, api->version,
	               api->abi >> 16, api->abi & 0xffff);
	if (pcd_trial_check(bench, bench->set, &options) != PC_OK) {
		pcd_trial_add(bench, PCD_FAULT,
		              "its options are not right: %.300s: give them with --set KEY=VALUE or --config",
		              pcd_trial_reason(bench));
		return false;
	}
	pcd_options_destroy(&options);
	pcd_trial_add(bench, PCD_WELL, "it loads, and its descriptor is sound");
	return true;
}

/* @return false: behind this step there is nothing to be learnt */
static bool run_steps_before_values(pcd_bench *bench)
{
	unsigned from = bench->options->from;
	if (from <= PCD_STEP_TABLE) {
		begin_step(bench, PCD_STEP_TABLE, "while its options were checked");
		pcd_trial_check_table(bench);
	}
	if (from > PCD_STEP_ROUNDS) return true;
	begin_step(bench, PCD_STEP_ROUNDS, "in its first round");
	return pcd_trial_rounds(bench);
}

static void run_steps(pcd_bench *bench)
{
	const struct pc_option *option;
	char value[128], doing[224];
	unsigned from = bench->options->from;
	bool goes_on = run_steps_before_values(bench);
	for (uint32_t i = 0; goes_on && pcd_trial_value(bench, i, &option, value); i++) {
		pcd_node *set;
		if (i + PCD_STEP_VALUES < from) continue;
		(void)snprintf(doing, sizeof doing, " with %.60s = %.60s", option->key, value);
		begin_step(bench, PCD_STEP_VALUES + i, doing + 1);
		set = pcd_trial_overlay(bench, bench->set, option->key, value);
		if (set) pcd_trial_once(bench, set, doing);
	}
	pcd_trial_judge_costs(bench);
}

static int try_it(pcd_bench *bench)
{
	char folder[4096];
	if (!take_name(bench, folder)) {
		(void)fprintf(stderr, "pagecastd: expected a file NAME%s, found %s\n", PCD_PLUGIN_SUFFIX,
		              bench->options->file);
		return PCD_EXIT_USAGE;
	}
	if (!load_config(bench) || !take_options(bench)) return PCD_EXIT_USAGE;
	if (!load(bench, folder)) {
		bench->record->has_ended = 1;
		return PCD_EXIT_OK;
	}
	if (pcd_bench_open(bench) != PC_OK) return PCD_EXIT_FAILED;
	run_steps(bench);
	bench->record->step++;
	(void)snprintf(bench->record->doing, sizeof bench->record->doing, "after its last destroy()");
	pcd_bench_close(bench);
	bench->record->has_ended = 1;
	return PCD_EXIT_OK;
}

int pcd_trial_child(const pcd_trial_options *options)
{
	pcd_bench *bench = calloc(1, sizeof *bench);
	pc_map map = {NULL, 0};
	pc_err err = {""};
	if (!bench || pcd_record_open(options->record, &map, &err) != PC_OK || uv_mutex_init(&bench->lock)) {
		(void)fprintf(stderr, "pagecastd: %s\n", bench ? err.text : "out of memory");
		free(bench);
		return PCD_EXIT_FAILED;
	}
	bench->options = options;
	bench->record = map.base;
	bench->diags = pcd_diags_create();
	int result = try_it(bench);
	pcd_config_destroy(&bench->config);
	pcd_diags_destroy(&bench->diags);
	pc_arena_free(&bench->arena);
	pcd_plugins_fini(&bench->plugins);
	uv_mutex_destroy(&bench->lock);
	free(bench);
	return result;
}
