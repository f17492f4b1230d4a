/* daemon/app.c - see app.h: the life cycle, from the configuration to the last unlink.
 *
 * Up: configuration, plugin files, options; then directory (which makes the instance unique), status, regions; then
 * plugins: create() of all, start() of all. Down: the same backwards. A start that fails goes the same way down, so
 * that it leaves nothing in shared memory.                                                                         */
#include "app.h"

#include "base/err.h"
#include "notify.h"
#include "orphans.h"
#include "os.h"
#include "outlet.h"
#include "plugin_dirs.h"

#include "platform/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SELF            "daemon"
#define REFRESH_MS      20u /* changes within it are one update */
#define HOUSEKEEPING_MS 1000u
#define STATUS_REGIONS  3u

/* ---- keeping directory and status up to date ------------------------------------------------------------- */

static pcd_status_sources sources_of(const pcd_app *app)
{
	pcd_status_sources from = {&app->facts, &app->reload,   &app->env,
	                           &app->beats, app->instances, app->instance_count};
	return from;
}

void pcd_app_refresh(pcd_app *app)
{
	pcd_status_sources from = sources_of(app);
	pc_err err = {""};
	if (app->is_stopping || !app->directory.region || !app->status.plugins) return;
	if (pcd_directory_update(&app->directory, &app->facts, &err) != PC_OK)
		pcd_log_line(app->log, PC_LOG_ERROR, SELF, "directory: %s", err.text);
	if (pcd_status_update(&app->status, &from, &err) != PC_OK)
		pcd_log_line(app->log, PC_LOG_ERROR, SELF, "status: %s", err.text);
}

static void on_refresh(uv_timer_t *timer)
{
	pcd_app_refresh(timer->data);
}

void pcd_app_touch(pcd_app *app)
{
	if (!app->has_handles || app->is_stopping || uv_is_active((uv_handle_t *)&app->refresh)) return;
	(void)uv_timer_start(&app->refresh, on_refresh, REFRESH_MS, 0);
}

static void touch(void *app)
{
	pcd_app_touch(app);
}

static void on_look(uv_async_t *async)
{
	pcd_app *app = async->data;
	pcd_regions_bury(&app->regions);
	pcd_app_touch(app);
}

/* Any thread, the watchers' lock held; they are stopped before the handle is closed. */
static void look_again(void *arg)
{
	pcd_app *app = arg;
	if (!pc_load_acquire_u32(&app->is_stopping)) (void)uv_async_send(&app->on_look);
}

static void region_changed(void *arg, int event, const pcd_region *region, pcd_body *body)
{
	static const char *const words[] = {"?", "added", "removed", "changed"};
	pcd_app *app = arg;
	pcd_log_line(app->log, PC_LOG_DEBUG, SELF, "region '%s' %s: %llu bytes, generation %u", region->conf->key,
	             words[event], (unsigned long long)body->info.payload_bytes, body->info.generation);
	pcd_host_tell_regions(&app->env, event, body);
	pcd_app_touch(app);
}

/* ---- events of the loop ------------------------------------------------------------------------------------ */

/* Writers do not watch the table: one that lost its region is started anew. */
static void restart_losers(pcd_app *app)
{
	for (uint32_t i = 0; i < app->instance_count; i++) {
		pcd_instance *instance = app->instances[i];
		if (!instance->inst || !pcd_host_lost_region(instance)) continue;
		pcd_log_line(app->log, PC_LOG_WARN, SELF, "plugin '%s' restarts: a region that it writes was lost",
		             instance->name);
		pcd_instance_stop(instance);
		if (pcd_instance_create_run(instance) || pcd_instance_start_run(instance))
			pcd_instance_back_off(instance);
	}
}

static void on_second(uv_timer_t *timer)
{
	pcd_app *app = timer->data;
	pcd_log_flush(app->log);
	if (pcd_regions_tend(&app->regions)) restart_losers(app);
	pcd_app_refresh(app);
}

static void on_watchdog(uv_timer_t *timer)
{
	(void)timer;
	pcd_notify_watchdog();
}

static void on_stop(void *arg, const char *from)
{
	pcd_app *app = arg;
	pcd_log_line(app->log, PC_LOG_INFO, SELF, "%s: stopping", from);
	uv_stop(&app->loop);
}

static void on_hand_over(void *arg, const char *from)
{
	pcd_app *app = arg;
	pcd_log_line(app->log, PC_LOG_INFO, SELF, "%s: stopping; regions stay for the next start", from);
	app->keepsakes.hands_over = true;
	uv_stop(&app->loop);
}

static void on_reload(void *arg, const char *from)
{
	(void)from;
	pcd_app_reload(arg);
}

static void on_dump(void *arg, const char *from)
{
	pcd_app_dump(arg, from);
}

static pc_status open_handles(pcd_app *app)
{
	uint64_t watchdog_ms = pcd_notify_watchdog_ms();
	pc_err err = {""};
	pc_status s;
	if (uv_async_init(&app->loop, &app->on_look, on_look)) return PC_EIO;
	app->on_look.data = app;
	(void)uv_timer_init(&app->loop, &app->refresh);
	(void)uv_timer_init(&app->loop, &app->second);
	(void)uv_timer_init(&app->loop, &app->watchdog);
	app->refresh.data = app->second.data = app->watchdog.data = app;
	(void)uv_timer_start(&app->second, on_second, HOUSEKEEPING_MS, HOUSEKEEPING_MS);
	if (watchdog_ms) (void)uv_timer_start(&app->watchdog, on_watchdog, watchdog_ms, watchdog_ms);
	app->has_handles = true;
	s = pcd_signals_start(&app->loop, &(pcd_signals_fns){on_stop, on_hand_over, on_reload, on_dump}, app,
	                      &app->signals, &err);
	if (s != PC_OK) pcd_log_line(app->log, PC_LOG_ERROR, SELF, "%s", err.text);
	return s;
}

/* ---- up ------------------------------------------------------------------------------------------------------ */

void pcd_app_take_settings(pcd_app *app, int *log_file)
{
	const pcd_config *c = app->config;
	int format = app->options->log_format;
	pcd_log_set(app->log, format >= 0 ? (enum pcd_log_format)format : c->log_format,
	            app->options->log_level >= 0 ? app->options->log_level : c->log_level, *log_file);
	*log_file = PCD_LOG_NO_FILE;
	app->env.budget_ns = c->budget_ns;
	/* It cannot change, and threads of plugins may be reading it: a reload does not write it again. */
	if (!app->instance_name[0]) (void)snprintf(app->instance_name, sizeof app->instance_name, "%s", c->instance);
	app->env.daemon = app->instance_name;
	app->env.heartbeat_ms = app->facts.heartbeat_ms = c->heartbeat_ms;
	app->env.stale_after_ms = app->facts.stale_after_ms = c->stale_after_ms;
	app->facts.instance = app->instance_name;
	app->facts.config_path = app->options->config_path;
	app->facts.config_generation++;
}

static pc_status open_machinery(pcd_app *app)
{
	pc_status s;
	if (uv_loop_init(&app->loop)) return PC_EIO;
	app->has_loop = true;
	s = open_handles(app);
	if (s == PC_OK) s = pcd_watchers_init(&app->watchers, app->log, look_again, app);
	if (s == PC_OK) s = pcd_regions_init(&app->regions, &app->loop, app->log, &app->watchers, region_changed, app);
	if (s != PC_OK) return s;
	app->has_regions = true;
	app->env.loop = &app->loop;
	app->env.thread = uv_thread_self();
	app->env.log = app->log;
	app->env.regions = &app->regions;
	app->env.keepsakes = &app->keepsakes;
	app->env.watchers = &app->watchers;
	app->env.started_ns = uv_hrtime();
	app->env.changed = touch;
	app->env.changed_arg = app;
	app->facts.pid = (uint32_t)uv_os_getpid();
	app->facts.started_unix_ns = pc_clock_unix_ns();
	pcd_beats_start(&app->beats, &app->loop, &app->regions);
	return pcd_posts_start(&app->env.posts, &app->loop);
}

/* Before any region can get a number: one that the predecessor has used is not used again. */
static void recall(pcd_app *app)
{
	pcd_regions *t = &app->regions;
	uint32_t next_id =
	        pcd_keepsakes_recall(&app->keepsakes, app->log, app->directory.name, &app->directory.predecessor);
	if (next_id > t->next_id) t->next_id = next_id;
}

static pc_status open_regions(pcd_app *app)
{
	const pcd_config *c = app->config;
	pcd_status_sources from = sources_of(app);
	pc_err err = {""};
	pc_status s =
	        pcd_directory_open(&app->directory, &app->regions, &app->facts, c->region_count + STATUS_REGIONS, &err);
	if (s == PC_OK) s = pcd_status_open(&app->status, &app->regions, &from, &err);
	if (s != PC_OK) {
		pcd_log_line(app->log, PC_LOG_ERROR, SELF, "%s", err.text);
		return s;
	}
	recall(app);
	for (uint32_t i = 0; i < c->region_count; i++) {
		pc_status one = pcd_regions_add(&app->regions, c->regions + i, 0, NULL, &err);
		pcd_beats_now(&app->beats);
		if (one == PC_OK) continue;
		pcd_log_line(app->log, PC_LOG_ERROR, SELF, "%s:%u: region '%s': %s", c->regions[i].mark.file,
		             c->regions[i].mark.line, c->regions[i].key, err.text);
		s = one;
	}
	return s;
}

static pc_status make_instances(pcd_app *app, pcd_prepared *prepared)
{
	const pcd_config *c = app->config;
	app->instances = calloc(c->plugin_count + 1u, sizeof(pcd_instance *));
	if (!app->instances) return PC_ENOMEM;
	for (uint32_t i = 0; i < c->plugin_count; i++) {
		pcd_prepared_block *block = prepared->blocks + i;
		pcd_instance *instance = pcd_instance_create(&app->env, c->plugins + i, block->plugin, block->options);
		if (!instance) return PC_ENOMEM;
		block->options = NULL;
		app->instances[app->instance_count++] = instance;
		if (block->plugin) continue;
		pcd_instance_refused(instance, block->status, block->why);
		if (instance->required) return block->status;
	}
	return PC_OK;
}

/* A failure is the instance's own affair, unless it is required. */
static pc_status run_instances(pcd_app *app, int (*step)(pcd_instance *))
{
	for (uint32_t i = 0; i < app->instance_count; i++) {
		pcd_instance *instance = app->instances[i];
		if (!instance->plugin || instance->state == PCD_BACKOFF) continue;
		pcd_beats_now(&app->beats);
		pcd_notify_progress();
		if (!step(instance)) continue;
		if (instance->required) {
			pcd_log_line(app->log, PC_LOG_ERROR, SELF, "plugin '%s' is required", instance->name);
			return PC_EINVAL;
		}
		pcd_instance_back_off(instance);
	}
	pcd_beats_now(&app->beats);
	return PC_OK;
}

static void name_waiting_regions(const pcd_app *app)
{
	for (uint32_t i = 0; i < app->regions.count; i++) {
		const pcd_region *r = app->regions.items[i];
		if (!r->body)
			pcd_log_line(app->log, PC_LOG_ERROR, SELF,
			             "region '%s' waits for a layout that '%s' has not declared", r->conf->key,
			             r->conf->layout_from);
	}
}

/* One that failed may declare its regions at its next try. */
static bool is_awaited(const void *arg, const char *instance)
{
	const pcd_app *app = arg;
	for (uint32_t i = 0; i < app->instance_count; i++)
		if (!strcmp(app->instances[i]->name, instance)) return app->instances[i]->state == PCD_BACKOFF;
	return false;
}

static pc_status start(pcd_app *app, pcd_prepared *prepared)
{
	pc_status s = open_machinery(app);
	if (s != PC_OK) {
		pcd_log_line(app->log, PC_LOG_ERROR, SELF, "cannot start: %s", pc_status_text(s));
		return s;
	}
	s = open_regions(app);
	if (s == PC_OK) s = make_instances(app, prepared);
	if (s == PC_OK) s = run_instances(app, pcd_instance_create_run);
	if (s != PC_OK) return s;
	name_waiting_regions(app);
	pcd_orphans_retire(&app->regions, is_awaited, app);
	pcd_app_refresh(app);
	s = run_instances(app, pcd_instance_start_run);
	pcd_keepsakes_drop_others(&app->keepsakes, is_awaited, app);
	return s;
}

void pcd_app_summary(const pcd_app *app, char *text, size_t bytes)
{
	uint32_t running = 0;
	for (uint32_t i = 0; i < app->instance_count; i++) running += app->instances[i]->state == PCD_RUNNING;
	(void)snprintf(text, bytes, "instance '%s': %u regions, %u of %u plugins running", app->config->instance,
	               app->regions.count, running, app->instance_count);
}

/* ---- down ------------------------------------------------------------------------------------------------------ */

static void close_handles(pcd_app *app)
{
	uv_handle_t *handles[] = {(uv_handle_t *)&app->on_look, (uv_handle_t *)&app->refresh,
	                          (uv_handle_t *)&app->second, (uv_handle_t *)&app->watchdog};
	pcd_signals_end(&app->signals);
	if (!app->has_handles) return;
	for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++) uv_close(handles[i], NULL);
}

static void stop(pcd_app *app)
{
	pcd_signals_last(app->signals);
	while (app->instance_count) {
		pcd_beats_now(&app->beats);
		pcd_notify_progress();
		pcd_instance_destroy(&app->instances[--app->instance_count]);
	}
	free(app->instances);
	if (app->keepsakes.hands_over) {
		pcd_run run = {app->facts.started_unix_ns, app->facts.pid, 0};
		pcd_keepsakes_publish(&app->keepsakes, &run, app->regions.next_id);
	}
	pcd_keepsakes_fini(&app->keepsakes);
	pc_store_release_u32(&app->is_stopping, 1);
	if (app->watchers.log) pcd_watchers_stop(&app->watchers);
	if (app->has_regions) pcd_regions_fini(&app->regions, app->keepsakes.hands_over ? PC_OWNER_KEEP : 0);
	pcd_beats_stop(&app->beats);
	pcd_posts_stop(&app->env.posts);
	close_handles(app);
	if (app->has_loop) {
		(void)uv_run(&app->loop, UV_RUN_DEFAULT);
		PC_ASSERT(!uv_loop_close(&app->loop));
	}
	pcd_watchers_fini(&app->watchers);
}

/* ---- run -------------------------------------------------------------------------------------------------------- */

static int serve(pcd_app *app, pcd_prepared *prepared)
{
	char text[256];
	if (start(app, prepared) != PC_OK) {
		stop(app);
		return PCD_EXIT_FAILED;
	}
	/* Whoever waits for READY and then looks must not see "starting". */
	pcd_app_refresh(app);
	pcd_app_summary(app, text, sizeof text);
	pcd_log_line(app->log, PC_LOG_INFO, SELF, "pagecastd %s runs %s", pc_version(), text);
	pcd_notify_ready(text);
	(void)uv_run(&app->loop, UV_RUN_DEFAULT);
	pcd_notify_stopping();
	stop(app);
	pcd_log_line(app->log, PC_LOG_INFO, SELF, "stopped");
	return PCD_EXIT_OK;
}

/* Configuration, plugin files, options: what --check checks. */
static pc_status load(pcd_app *app, pcd_prepared *prepared, pcd_diags *diags)
{
	pc_status s = pcd_config_load_draft(app->options->config_path, &app->config, diags), prepared_status;
	if (!app->config) return s;
	app->plugin_dirs = pcd_plugin_dirs_create(app->config->plugin_path, app->options->plugin_dirs);
	if (!app->plugin_dirs) return PC_ENOMEM;
	app->plugins.dirs = (const char *const *)app->plugin_dirs;
	prepared_status = pcd_prepare(app->config, &app->plugins, prepared, diags);
	return s == PC_OK ? prepared_status : s;
}

static void unload(pcd_app *app, pcd_prepared *prepared, pcd_diags **diags)
{
	pcd_prepared_fini(prepared);
	pcd_plugins_fini(&app->plugins);
	pcd_plugin_dirs_destroy(&app->plugin_dirs);
	pcd_config_destroy(&app->config);
	pcd_log_destroy(&app->log);
	pcd_diags_destroy(diags);
	free(app);
}

/* Without a log: it is not known yet where the log is. */
static void say(const char *text)
{
	char line[PCD_LOG_LINE_MAX];
	int bytes = snprintf(line, sizeof line, "%.*s\n", (int)sizeof line - 2, text);
	if (bytes > 0) pcd_outlet_write(PC_LOG_ERROR, line, (size_t)bytes);
}

static int complain(pcd_diags *diags, pc_status s)
{
	for (uint32_t i = 0; i < pcd_diags_count(diags); i++) say(pcd_diags_get(diags, i));
	if (!pcd_diags_count(diags)) say(pc_status_text(s));
	return s == PC_ENOMEM ? PCD_EXIT_FAILED : PCD_EXIT_USAGE;
}

static pc_status open_log(pcd_app *app, int *ret_file, pcd_diags *diags)
{
	pc_err err = {""};
	pc_status s;
	app->log = pcd_log_create(app->config->log_format, app->config->log_level);
	if (!app->log) return PC_ENOMEM;
	s = pcd_log_file_open(app->config->log_file, ret_file, &err);
	if (s != PC_OK) pcd_diags_add(diags, NULL, "%s: %s", app->config->path, err.text);
	return s;
}

int pcd_app_run(const pcd_app_options *options)
{
	pcd_app *app = calloc(1, sizeof *app);
	pcd_diags *diags = pcd_diags_create();
	pcd_prepared prepared = {NULL, 0};
	pc_status s = PC_ENOMEM;
	int result, log_file = PCD_LOG_NO_FILE;
	if (!app || !diags) {
		free(app);
		return complain(diags, s);
	}
	app->options = options;
	s = load(app, &prepared, diags);
	if (s == PC_OK) s = open_log(app, &log_file, diags);
	if (s == PC_OK) {
		pcd_app_take_settings(app, &log_file);
		result = serve(app, &prepared);
	} else {
		result = complain(diags, s);
	}
	unload(app, &prepared, &diags);
	return result;
}

int pcd_app_check(const pcd_app_options *options)
{
	pcd_app *app = calloc(1, sizeof *app);
	pcd_diags *diags = pcd_diags_create();
	pcd_prepared prepared = {NULL, 0};
	pc_status s = PC_ENOMEM;
	int result;
	if (!app || !diags) {
		free(app);
		return complain(diags, s);
	}
	app->options = options;
	s = load(app, &prepared, diags);
	for (uint32_t i = 0; i < prepared.count; i++) {
		if (prepared.blocks[i].plugin) continue;
		pcd_prepared_complain(app->config->plugins + i, prepared.blocks + i, diags);
		s = PC_EINVAL;
	}
	if (s == PC_OK)
		(void)printf("config OK: %u regions, %u plugins\n", app->config->region_count,
		             app->config->plugin_count);
	result = s == PC_OK ? PCD_EXIT_OK : complain(diags, s);
	unload(app, &prepared, &diags);
	return result;
}
