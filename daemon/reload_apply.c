/* daemon/reload_apply.c - see reload.h: does what was planned, or undoes it.
 *
 * Order: reload() of plugins, the likeliest to refuse and the cheapest to undo; regions; instances that end; instances
 * that start. Nothing of a plugin runs between the middle two, so that a writer whose region was replaced is stopped
 * before it can notice. Regions that go leave their objects standing until nothing can fail any more.            */
#include "base/err.h"
#include "reload.h"

#include <stdio.h>
#include <string.h>

#define SELF "daemon"

static pc_status refuse(pcd_reload *r, pc_status s, const char *what, const char *name, const char *why)
{
	(void)snprintf(r->why, sizeof r->why, "%s '%.60s': %.170s", what, name, why);
	return s;
}

/* ---- regions ------------------------------------------------------------------------------------------------ */

static pc_status do_region(pcd_reload *r, pcd_region_step *step)
{
	pcd_regions *t = &r->app->regions;
	pc_err err = {""};
	pc_status s = PC_OK;
	switch (step->kind) {
	case PCD_STEP_WITHDRAW: pcd_region_withdraw(t, step->region); break;
	case PCD_STEP_ADD: s = pcd_regions_add(t, step->next, 0, &step->region, &err); break;
	case PCD_STEP_REPLACE:
		step->values = pcd_region_values(step->region);
		s = pcd_region_replace(t, step->region, step->next, &err);
		break;
	}
	return s == PC_OK ? s : refuse(r, s, "region", step->next->key, err.text);
}

static void undo_region(pcd_reload *r, pcd_region_step *step)
{
	pcd_regions *t = &r->app->regions;
	pc_err err = {""};
	pc_status s = PC_OK;
	switch (step->kind) {
	case PCD_STEP_WITHDRAW: s = pcd_region_restore(t, step->region, &err); break;
	case PCD_STEP_ADD: pcd_region_remove(t, step->region, PC_OWNER_RETIRE); break;
	case PCD_STEP_REPLACE: s = pcd_region_replace_back(t, step->region, step->old, step->values, &err); break;
	}
	if (s == PC_OK) return;
	pcd_log_line(r->app->log, PC_LOG_ERROR, SELF, "region '%s' could not be brought back: %s", step->old->key,
	             err.text);
	if (step->kind == PCD_STEP_WITHDRAW) pcd_region_discard(t, step->region);
}

static pc_status do_regions(pcd_reload *r)
{
	pc_status s = PC_OK;
	while (s == PC_OK && r->region_done < r->region_count) {
		s = do_region(r, r->regions + r->region_done);
		r->region_done += s == PC_OK;
		pcd_beats_now(&r->app->beats);
	}
	return s;
}

/* ---- plugins ------------------------------------------------------------------------------------------------ */

static int run(pcd_instance *instance)
{
	int result = pcd_instance_create_run(instance);
	return result ? result : pcd_instance_start_run(instance);
}

/* As it was, or at least trying to be. */
static void run_again(pcd_instance *instance)
{
	if (instance->plugin && run(instance)) pcd_instance_back_off(instance);
}

static pc_status refused_by(pcd_reload *r, pcd_instance *instance, int result)
{
	char text[sizeof instance->error];
	uint64_t at;
	(void)pcd_instance_last_error(instance, text, sizeof text, &at);
	return refuse(r, (pc_status)result, "plugin", instance->name, text);
}

static pc_status do_reloads(pcd_reload *r)
{
	for (uint32_t i = 0; i < r->config->plugin_count; i++) {
		pcd_instance_step *step = r->instances + i;
		int result;
		if (step->kind != PCD_STEP_RELOAD) continue;
		result = pcd_instance_reload(step->instance, &r->prepared.blocks[i].options);
		if (result) return refused_by(r, step->instance, result);
		step->is_swapped = true;
	}
	return PC_OK;
}

/* Writers do not watch the table: one that lost its region is started anew, and opens what there is then. */
static void find_losers(pcd_reload *r)
{
	for (uint32_t i = 0; i < r->config->plugin_count; i++) {
		pcd_instance_step *step = r->instances + i;
		if (step->kind != PCD_STEP_KEEP && step->kind != PCD_STEP_RELOAD) continue;
		if (step->instance->inst && pcd_host_lost_region(step->instance)) step->kind = PCD_STEP_RESTART;
	}
}

static void stop_instances(pcd_reload *r)
{
	for (uint32_t i = r->config->plugin_count; i-- > 0;) {
		pcd_instance_step *step = r->instances + i;
		if (step->kind != PCD_STEP_RESTART) continue;
		pcd_instance_stop(step->instance);
		step->is_stopped = true;
		pcd_beats_now(&r->app->beats);
	}
	for (uint32_t i = r->leaving_count; i-- > 0;) {
		pcd_instance_stop(r->leaving[i]);
		pcd_beats_now(&r->app->beats);
	}
}

static pc_status do_instance(pcd_reload *r, uint32_t i)
{
	pcd_instance_step *step = r->instances + i;
	pcd_prepared_block *block = r->prepared.blocks + i;
	int result;
	if (step->kind == PCD_STEP_NEW) {
		step->instance =
		        pcd_instance_create(&r->app->env, r->config->plugins + i, block->plugin, block->options);
		if (!step->instance) return refuse(r, PC_ENOMEM, "plugin", r->config->plugins[i].instance, "no memory");
		block->options = NULL;
	} else if (step->kind == PCD_STEP_RESTART) {
		if (!step->is_swapped) pcd_instance_swap_options(step->instance, &block->options);
		step->is_swapped = true;
	} else {
		return PC_OK;
	}
	result = run(step->instance);
	pcd_beats_now(&r->app->beats);
	if (!result) return PC_OK;
	if (!step->was_down) return refused_by(r, step->instance, result);
	pcd_instance_back_off(step->instance);
	return PC_OK;
}

static pc_status start_instances(pcd_reload *r)
{
	for (uint32_t i = 0; i < r->config->plugin_count; i++) {
		pc_status s = do_instance(r, i);
		if (s != PC_OK) return s;
	}
	return PC_OK;
}

/* ---- undoing ------------------------------------------------------------------------------------------------- */

static void stop_all_new(pcd_reload *r)
{
	for (uint32_t i = r->config->plugin_count; i-- > 0;) {
		pcd_instance_step *step = r->instances + i;
		if (step->kind == PCD_STEP_NEW) pcd_instance_destroy(&step->instance);
		if (step->is_stopped) pcd_instance_stop(step->instance);
	}
}

static void undo_options(pcd_reload *r)
{
	for (uint32_t i = 0; i < r->config->plugin_count; i++) {
		pcd_instance_step *step = r->instances + i;
		pc_config **options = &r->prepared.blocks[i].options;
		if (!step->is_swapped) continue;
		if (step->is_stopped || pcd_instance_reload(step->instance, options)) {
			pcd_instance_swap_options(step->instance, options);
			step->is_stopped = true; /* what reload() refused, a start takes */
		}
	}
}

/** @param stopped  plugins that were to end or to restart were stopped */
static void undo(pcd_reload *r, bool stopped)
{
	pcd_app *app = r->app;
	stop_all_new(r);
	while (r->region_done) undo_region(r, r->regions + --r->region_done);
	undo_options(r);
	/* In the old order, and also who lost a region on the way there and back. */
	for (uint32_t i = 0; i < app->instance_count; i++) {
		pcd_instance *instance = app->instances[i];
		bool again = instance->inst && pcd_host_lost_region(instance);
		for (uint32_t k = 0; k < r->config->plugin_count; k++)
			again |= r->instances[k].instance == instance && r->instances[k].is_stopped;
		for (uint32_t k = 0; k < r->leaving_count; k++) again |= stopped && r->leaving[k] == instance;
		if (!again) continue;
		pcd_instance_stop(instance);
		run_again(instance);
		pcd_beats_now(&app->beats);
	}
}

/* ---- for good ------------------------------------------------------------------------------------------------- */

static void end_regions(pcd_reload *r)
{
	static const char *const words[] = {"removed", "added", "replaced"};
	pcd_regions *t = &r->app->regions;
	for (uint32_t i = 0; i < r->region_count; i++) {
		pcd_region_step *step = r->regions + i;
		pcd_log_line(r->app->log, PC_LOG_INFO, SELF, "reload: region '%s' %s",
		             (step->next ? step->next : step->old)->key, words[step->kind]);
		if (step->kind == PCD_STEP_WITHDRAW) pcd_region_discard(t, step->region);
	}
	for (uint32_t i = 0; i < r->config->region_count; i++)
		pcd_region_rebind(t, pcd_regions_find(t, r->config->regions[i].key), r->config->regions + i);
}

static void drop_declared(pcd_reload *r, const char *instance)
{
	pcd_regions *t = &r->app->regions;
	for (uint32_t i = t->count; i-- > 0;) {
		pcd_region *region = t->items[i];
		if (region->own && region->declared_by && !strcmp(region->declared_by, instance))
			pcd_region_remove(t, region, PC_OWNER_RETIRE);
	}
}

static bool is_in_config(const pcd_reload *r, const char *instance)
{
	for (uint32_t i = 0; i < r->config->plugin_count; i++)
		if (!strcmp(r->config->plugins[i].instance, instance)) return true;
	return false;
}

static void end_instances(pcd_reload *r)
{
	static const char *const words[] = {"kept", "reloaded", "restarted", "added"};
	pcd_app *app = r->app;
	for (uint32_t i = 0; i < r->leaving_count; i++) {
		if (!is_in_config(r, r->leaving[i]->name)) {
			pcd_log_line(app->log, PC_LOG_INFO, SELF, "reload: plugin '%s' removed", r->leaving[i]->name);
			drop_declared(r, r->leaving[i]->name);
		}
		pcd_instance_destroy(&r->leaving[i]);
	}
	for (uint32_t i = 0; i < r->config->plugin_count; i++) {
		pcd_instance_step *step = r->instances + i;
		step->instance->required = r->config->plugins[i].required;
		if (step->kind != PCD_STEP_KEEP)
			pcd_log_line(app->log, PC_LOG_INFO, SELF, "reload: plugin '%s' %s", step->instance->name,
			             words[step->kind]);
	}
}

pc_status pcd_reload_apply(pcd_reload *r)
{
	bool stopped = false;
	pc_status s = do_reloads(r);
	if (s == PC_OK) s = do_regions(r);
	if (s == PC_OK) {
		find_losers(r);
		stop_instances(r);
		stopped = true;
		s = start_instances(r);
	}
	if (s != PC_OK) {
		undo(r, stopped);
		return s;
	}
	end_regions(r);
	end_instances(r);
	return PC_OK;
}
