/* daemon/reload.c - SIGHUP, or what stands for it: the configuration is read again, and what changed is applied, or nothing is. */
#include "reload.h"

#include "base/err.h"
#include "notify.h"
#include "platform/clock.h"
#include "plugin_dirs.h"

#include <stdio.h>
#include <stdlib.h>

#define SELF "daemon"

/* The new configuration is the one. Everything that pointed into the old one does not any more. */
static pc_status adopt(pcd_reload *r)
{
	pcd_app *app = r->app;
	pcd_config *old = app->config;
	char **old_dirs = app->plugin_dirs;
	for (uint32_t i = 0; i < r->config->plugin_count; i++) app->instances[i] = r->instances[i].instance;
	app->instance_count = r->config->plugin_count;
	app->config = r->config;
	app->plugin_dirs = r->dirs;
	app->plugins.dirs = (const char *const *)app->plugin_dirs;
	r->config = old;
	r->dirs = old_dirs;
	pcd_app_take_settings(app, &r->log_file);
	return PC_OK;
}

static pc_status make_room(pcd_reload *r)
{
	uint32_t count = r->config->plugin_count;
	pcd_instance **more;
	if (count <= r->app->instance_count) return PC_OK;
	more = realloc(r->app->instances, (count + 1u) * sizeof *more);
	if (!more) return PC_ENOMEM;
	r->app->instances = more;
	return PC_OK;
}

static void count_changes(const pcd_reload *r, char *text, size_t bytes)
{
	uint32_t regions[3] = {0, 0, 0}, instances[4] = {0, 0, 0, 0};
	for (uint32_t i = 0; i < r->region_count; i++) regions[r->regions[i].kind]++;
	for (uint32_t i = 0; i < r->config->plugin_count; i++) instances[r->instances[i].kind]++;
	(void)snprintf(
	        text, bytes,
	        "regions: %u added, %u removed, %u replaced; plugins: %u added, %u removed, %u reloaded, %u restarted",
	        regions[PCD_STEP_ADD], regions[PCD_STEP_WITHDRAW], regions[PCD_STEP_REPLACE], instances[PCD_STEP_NEW],
	        r->leaving_count, instances[PCD_STEP_RELOAD], instances[PCD_STEP_RESTART]);
}

static pc_status plan_and_apply(pcd_reload *r, char *text, size_t bytes)
{
	pc_status s;
	r->diags = pcd_diags_create();
	s = r->diags ? pcd_reload_plan(r) : PC_ENOMEM;
	if (s == PC_OK) s = make_room(r);
	if (s == PC_OK) s = pcd_reload_apply(r);
	if (s == PC_OK) {
		count_changes(r, text, bytes);
		return adopt(r);
	}
	if (r->why[0])
		(void)snprintf(text, bytes, "%s", r->why);
	else
		(void)snprintf(text, bytes, "%s",
		               r->diags && pcd_diags_count(r->diags) ? pcd_diags_get(r->diags, 0) : pc_status_text(s));
	return s;
}

static void release(pcd_reload *r)
{
	pcd_prepared_fini(&r->prepared);
	pcd_plugin_dirs_destroy(&r->dirs);
	pcd_config_destroy(&r->config);
	pcd_diags_destroy(&r->diags);
	pcd_log_file_close(&r->log_file);
	for (uint32_t i = 0; i < r->region_count; i++) free(r->regions[i].values);
	free(r->regions);
	free(r->instances);
	free(r->leaving);
}

void pcd_app_reload(pcd_app *app)
{
	pcd_reload r = {.app = app, .log_file = PCD_LOG_NO_FILE};
	char text[PCD_RELOAD_TEXT] = "";
	pc_status s;
	pcd_notify_reloading();
	pcd_log_forget(app->log); /* who tries again wants an answer again */
	s = plan_and_apply(&r, text, sizeof text);
	app->facts.reload_count++;
	app->facts.reload_status = s;
	app->reload.unix_ns = pc_clock_unix_ns();
	(void)snprintf(app->reload.text, sizeof app->reload.text, "%s", text);
	if (s == PC_OK) {
		pcd_log_line(app->log, PC_LOG_INFO, SELF, "reload: %s", text);
	} else {
		for (uint32_t i = 0; r.diags && i < pcd_diags_count(r.diags); i++)
			pcd_log_line(app->log, PC_LOG_ERROR, SELF, "%s", pcd_diags_get(r.diags, i));
		pcd_log_line(app->log, PC_LOG_ERROR, SELF, "reload refused, the old configuration stays: %s", text);
	}
	release(&r);
	pcd_app_refresh(app);
	pcd_app_summary(app, text, sizeof text);
	pcd_notify_ready(text);
}
