/* daemon/reload_plan.c - see reload.h: reads the configuration again and finds what it changes. Touches nothing. */
#include "plugin_dirs.h"
#include "reload.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

/* ---- regions ---------------------------------------------------------------------------------------------- */

static void add_step(pcd_reload *r, enum pcd_region_step_kind kind, pcd_region *region, const pcd_region_conf *next)
{
	pcd_region_step *step = r->regions + r->region_count++;
	step->kind = kind;
	step->region = region;
	step->old = region ? region->conf : NULL;
	step->next = next;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Only how a legacy region is looked at, which nobody else knows, and what goes with its map. */
static bool same_but_sampling(const pcd_region_conf *a, const pcd_region_conf *b)
{
	pcd_region_conf c = *a;
	c.sample_ns = b->sample_ns;
	c.period_ms = b->period_ms;
	c.process = b->process;
	c.mutex = b->mutex;
	c.event = b->event;
	return pcd_region_conf_equal(&c, b);
}

enum fate { SAME, ANEW, OTHER_TERMS };

/* Another object or another origin of the layout is another region under the same key. */
static enum fate fate_of(const pcd_region *region, const pcd_region_conf *next)
{
	if (region->own) return ANEW;
	if (same_but_sampling(region->conf, next)) return SAME;
	if (!same_text(region->conf->object, next->object) || !same_text(region->conf->layout_from, next->layout_from))
		return ANEW;
	return OTHER_TERMS;
}

static const pcd_region_conf *conf_of(const pcd_config *config, const char *key)
{
	for (uint32_t i = 0; i < config->region_count; i++)
		if (!strcmp(config->regions[i].key, key)) return config->regions + i;
	return NULL;
}

static pc_status plan_regions(pcd_reload *r)
{
	const pcd_regions *t = &r->app->regions;
	const pcd_config *c = r->config;
	r->regions = calloc(t->count + 2u * c->region_count + 1u, sizeof *r->regions);
	if (!r->regions) return PC_ENOMEM;
	for (uint32_t i = t->count; i-- > 0;) {
		pcd_region *region = t->items[i];
		const pcd_region_conf *next = conf_of(c, region->conf->key);
		if (next && region->flags & PC_REGION_SYSTEM)
			pcd_diags_add(r->diags, &next->mark, "region %s: the daemon itself has a region of that name",
			              next->key);
		if (next ? fate_of(region, next) == ANEW : !region->own) add_step(r, PCD_STEP_WITHDRAW, region, NULL);
	}
	for (uint32_t i = 0; i < c->region_count; i++) {
		pcd_region *region = pcd_regions_find(t, c->regions[i].key);
		if (!region || fate_of(region, c->regions + i) == ANEW) add_step(r, PCD_STEP_ADD, NULL, c->regions + i);
	}
	for (uint32_t i = 0; i < c->region_count; i++) {
		pcd_region *region = pcd_regions_find(t, c->regions[i].key);
		if (region && fate_of(region, c->regions + i) == OTHER_TERMS)
			add_step(r, PCD_STEP_REPLACE, region, c->regions + i);
	}
	return PC_OK;
}

/* ---- plugins ---------------------------------------------------------------------------------------------- */

static pcd_instance *instance_of(const pcd_app *app, const char *name)
{
	for (uint32_t i = 0; i < app->instance_count; i++)
		if (!strcmp(app->instances[i]->name, name)) return app->instances[i];
	return NULL;
}

static void plan_block(pcd_reload *r, const pcd_plugin_conf *conf, const pcd_prepared_block *block,
                       pcd_instance_step *step)
{
	pcd_instance *instance = instance_of(r->app, conf->instance);
	bool is_same_file = instance && !strcmp(instance->plugin_name, conf->plugin);
	step->kind = PCD_STEP_NEW;
	if (!block->plugin) {
		/* It could not be used before and cannot be used now: no reason to refuse everything else. */
		if (is_same_file && !instance->plugin) {
			step->kind = PCD_STEP_KEEP;
			step->instance = instance;
		} else {
			pcd_prepared_complain(conf, block, r->diags);
		}
		return;
	}
	if (!is_same_file || !instance->plugin || !block->options) return;
	step->instance = instance;
	step->was_down = instance->state != PCD_RUNNING;
	switch (pcd_options_compare(instance->options, block->options, block->plugin->api.options)) {
	case PCD_OPTIONS_SAME: step->kind = PCD_STEP_KEEP; break;
	case PCD_OPTIONS_RELOAD:
		/* Without a reload() its marks mean nothing. */
		step->kind = step->was_down || !block->plugin->api.reload ? PCD_STEP_RESTART : PCD_STEP_RELOAD;
		break;
	case PCD_OPTIONS_RESTART: step->kind = PCD_STEP_RESTART; break;
	}
}

static pcd_instance_step *step_of(pcd_reload *r, const char *name)
{
	for (uint32_t i = 0; i < r->config->plugin_count; i++)
		if (!strcmp(r->config->plugins[i].instance, name)) return r->instances + i;
	return NULL;
}

/* Who declared a region that goes, or is to declare one that comes, has to do it again. */
static void restart_declarers(pcd_reload *r)
{
	for (uint32_t i = 0; i < r->region_count; i++) {
		const pcd_region_step *step = r->regions + i;
		const char *who = step->region ? step->region->declared_by : step->next->layout_from;
		pcd_instance_step *instance = who ? step_of(r, who) : NULL;
		if (!instance || !instance->instance || !instance->instance->plugin) continue;
		if (instance->kind == PCD_STEP_KEEP || instance->kind == PCD_STEP_RELOAD)
			instance->kind = PCD_STEP_RESTART;
	}
}

static pc_status plan_instances(pcd_reload *r)
{
	const pcd_config *c = r->config;
	pcd_app *app = r->app;
	r->instances = calloc(c->plugin_count + 1u, sizeof *r->instances);
	r->leaving = calloc(app->instance_count + 1u, sizeof(pcd_instance *));
	if (!r->instances || !r->leaving) return PC_ENOMEM;
	for (uint32_t i = 0; i < c->plugin_count; i++)
		plan_block(r, c->plugins + i, r->prepared.blocks + i, r->instances + i);
	for (uint32_t i = 0; i < app->instance_count; i++) {
		const pcd_instance_step *step = step_of(r, app->instances[i]->name);
		if (!step || step->instance != app->instances[i]) r->leaving[r->leaving_count++] = app->instances[i];
	}
	restart_declarers(r);
	return PC_OK;
}

/* ---- all ---------------------------------------------------------------------------------------------------- */

pc_status pcd_reload_plan(pcd_reload *r)
{
	pcd_app *app = r->app;
	pc_err err = {""};
	pc_status loaded = pcd_config_load_draft(app->options->config_path, &r->config, r->diags), s;
	if (!r->config) return loaded;
	if (loaded == PC_OK && strcmp(r->config->instance, app->instance_name) != 0)
		pcd_diags_add(r->diags, NULL, "%s: instance '%s' cannot become '%s' while it runs", r->config->path,
		              app->instance_name, r->config->instance);
	r->dirs = pcd_plugin_dirs_create(r->config->plugin_path, app->options->plugin_dirs);
	if (!r->dirs) return PC_ENOMEM;
	app->plugins.dirs = (const char *const *)r->dirs;
	s = pcd_prepare(r->config, &app->plugins, &r->prepared, r->diags);
	app->plugins.dirs = (const char *const *)app->plugin_dirs;
	if (loaded != PC_OK || s == PC_ENOMEM) return loaded != PC_OK ? loaded : s;
	if (pcd_log_file_open(r->config->log_file, &r->log_file, &err) != PC_OK)
		pcd_diags_add(r->diags, NULL, "%s: %s", r->config->path, err.text);
	s = plan_regions(r);
	if (s == PC_OK) s = plan_instances(r);
	if (s != PC_OK) return s;
	return pcd_diags_count(r->diags) ? PC_EINVAL : PC_OK;
}
