/* trial/bench.c - see bench.h: what of a daemon a trial needs. */
#include "bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BUDGET_NS      UINT64_C(20000000) /* as the configuration's default */
#define HEARTBEAT_MS   100u
#define STALE_AFTER_MS 1000u

void pcd_trial_add(pcd_bench *bench, enum pcd_finding_kind kind, const char *format, ...)
{
	char text[PCD_FINDING_BYTES];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ') *c = ' ';
	uv_mutex_lock(&bench->lock);
	pcd_record_add(bench->record, kind, text);
	uv_mutex_unlock(&bench->lock);
}

static void nothing_to_do(void *arg)
{
	(void)arg;
}

static void on_region(void *arg, int event, const pcd_region *region, pcd_body *body)
{
	pcd_bench *bench = arg;
	(void)region;
	pcd_host_tell_regions(&bench->env, event, body);
}

static pc_status open_regions(pcd_bench *bench)
{
	pc_err err = {""};
	pc_status s = PC_OK;
	for (uint32_t i = 0; bench->config && i < bench->config->region_count && s == PC_OK; i++)
		s = pcd_regions_add(&bench->regions, bench->config->regions + i, 0, NULL, &err);
	if (s != PC_OK) (void)fprintf(stderr, "pagecastd: %s: %s\n", bench->config->path, err.text);
	return s;
}

pc_status pcd_bench_open(pcd_bench *bench)
{
	pc_status s;
	bench->log = pcd_log_create(PCD_LOG_TEXT, bench->options->is_verbose ? PC_LOG_DEBUG : -1);
	if (!bench->log || uv_loop_init(&bench->loop) || uv_timer_init(&bench->loop, &bench->wake)) return PC_ENOMEM;
	s = pcd_watchers_init(&bench->watchers, bench->log, nothing_to_do, NULL);
	if (s == PC_OK)
		s = pcd_regions_init(&bench->regions, &bench->loop, bench->log, &bench->watchers, on_region, bench);
	if (s != PC_OK) return s;
	bench->env.loop = &bench->loop;
	bench->env.thread = uv_thread_self();
	bench->env.daemon = PCD_TRIAL_INSTANCE;
	bench->env.log = bench->log;
	bench->env.regions = &bench->regions;
	bench->env.watchers = &bench->watchers;
	bench->env.budget_ns = bench->config ? bench->config->budget_ns : BUDGET_NS;
	bench->env.heartbeat_ms = HEARTBEAT_MS;
	bench->env.stale_after_ms = STALE_AFTER_MS;
	bench->env.started_ns = uv_hrtime();
	bench->env.changed = nothing_to_do;
	pcd_trial_observe(bench);
	pcd_beats_start(&bench->beats, &bench->loop, &bench->regions);
	s = pcd_posts_start(&bench->env.posts, &bench->loop);
	return s == PC_OK ? open_regions(bench) : s;
}

void pcd_bench_close(pcd_bench *bench)
{
	pcd_watchers_stop(&bench->watchers);
	pcd_regions_fini(&bench->regions, 0);
	pcd_beats_stop(&bench->beats);
	pcd_posts_stop(&bench->env.posts);
	uv_close((uv_handle_t *)&bench->wake, NULL);
	(void)uv_run(&bench->loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&bench->loop);
	pcd_watchers_fini(&bench->watchers);
	pcd_log_destroy(&bench->log);
}
