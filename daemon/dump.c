/* dump.c - the state of everything, written into the log when somebody asks (SIGUSR1): one line each for the daemon, its plugins and
 * its regions, for who has no other way to look. Runs on the loop, and beats meanwhile. docs/operating.md has the members. */
#include "app.h"
#include "os.h"
#include "plugin_host.h"

#include "platform/clock.h"

#include <inttypes.h>
#include <pagecast/reader.h>
#include <stdio.h>
#include <string.h>

#define BEAT_EVERY 64u  /* lines: a log may be slow */
#define LONGEST    700u /* bytes of one text */
#define NS_PER_MS  UINT64_C(1000000)
#define TEXT_ROOM  8u /* what a character may need, and the end of the object */

/* Members of one JSON object, as far as they fit. */
struct members {
	char text[PCD_LOG_MEMBERS_MAX];
	size_t at;
};

static void add_key(struct members *m, const char *key)
{
	if (m->at && m->text[m->at - 1] != '{') m->text[m->at++] = ',';
	m->at += (size_t)snprintf(m->text + m->at, sizeof m->text - m->at, "\"%s\":", key);
}

static void open_event(struct members *m, const char *event)
{
	m->at = 0;
	m->at += (size_t)snprintf(m->text, sizeof m->text, "\"event\":\"%s\",\"state\":{", event);
}

/* A control character takes six bytes: numbers come first, and a long text does not drive out the others. */
static bool has_room(const struct members *m, size_t bytes)
{
	return m->at + bytes + 64 + TEXT_ROOM < sizeof m->text;
}

static void add_text(struct members *m, const char *key, const char *text)
{
	size_t most = m->at + LONGEST < sizeof m->text - 64 ? m->at + LONGEST : sizeof m->text - 64;
	if (!has_room(m, 64)) return;
	add_key(m, key);
	m->text[m->at++] = '"';
	m->at = pcd_log_json_text(m->text, m->at, most, text);
	m->text[m->at++] = '"';
}

static void add_u64(struct members *m, const char *key, uint64_t value)
{
	if (!has_room(m, 32)) return;
	add_key(m, key);
	m->at += (size_t)snprintf(m->text + m->at, sizeof m->text - m->at, "%" PRIu64, value);
}

static void add_ms(struct members *m, const char *key, uint64_t ns)
{
	if (!has_room(m, 32)) return;
	add_key(m, key);
	m->at += (size_t)snprintf(m->text + m->at, sizeof m->text - m->at, "%" PRIu64 ".%03u", ns / NS_PER_MS,
	                          (unsigned)(ns % NS_PER_MS / 1000));
}

static const char *close_event(struct members *m)
{
	m->text[m->at++] = '}';
	m->text[m->at] = 0;
	return m->text;
}

/* ---- the daemon --------------------------------------------------------------------------------------------------- */

static void dump_daemon(pcd_app *app, const char *from)
{
	struct members m;
	size_t rss = 0;
	uint64_t overruns, uptime = uv_hrtime() - app->env.started_ns;
	uint64_t calls = pcd_watchers_calls(&app->watchers, &overruns);
	(void)uv_resident_set_memory(&rss);
	open_event(&m, "daemon");
	add_text(&m, "instance", app->instance_name);
	add_text(&m, "version", pc_version());
	add_text(&m, "asked_by", from);
	add_u64(&m, "pid", app->facts.pid);
	add_ms(&m, "uptime_ms", uptime);
	add_u64(&m, "config_generation", app->facts.config_generation);
	add_u64(&m, "reload_count", app->facts.reload_count);
	add_u64(&m, "regions", app->regions.count);
	add_u64(&m, "plugins", app->instance_count);
	add_u64(&m, "commits", app->regions.commits);
	add_u64(&m, "watch_calls", calls);
	add_u64(&m, "budget_overruns", overruns + app->env.overruns);
	add_ms(&m, "loop_late_max_ms", app->beats.late_max_ns);
	add_u64(&m, "rss_bytes", rss);
	add_u64(&m, "open_files", pcd_os_open_files());
	add_text(&m, "config_path", app->options->config_path);
	add_text(&m, "reload_text", app->reload.text);
	pcd_log_report(app->log, close_event(&m),
	               "state, asked by %s: instance '%s', pid %u, up %" PRIu64
	               " s, configuration %s (generation %u), %u reloads, %u regions, %u "
	               "plugins, %" PRIu64 " commits, loop at most %.1f ms late, %zu KiB of memory",
	               from, app->instance_name, app->facts.pid, uptime / (1000 * NS_PER_MS), app->options->config_path,
	               app->facts.config_generation, app->facts.reload_count, app->regions.count, app->instance_count,
	               app->regions.commits, (double)app->beats.late_max_ns / 1e6, rss / 1024);
}

/* ---- plugins ------------------------------------------------------------------------------------------------------ */

static void dump_plugin(pcd_app *app, pcd_instance *p)
{
	struct members m;
	char error[224];
	uint64_t error_ns;
	uint32_t regions = 0;
	(void)pcd_instance_last_error(p, error, sizeof error, &error_ns);
	for (const pc_region *r = p->regions; r; r = r->next) regions++;
	open_event(&m, "plugin");
	add_text(&m, "instance", p->name);
	add_text(&m, "plugin", p->plugin_name);
	add_text(&m, "state", pcd_instance_state_name(p->state));
	add_u64(&m, "restarts", p->restarts);
	add_u64(&m, "calls", p->calls);
	add_ms(&m, "callback_ms", p->callback_ns);
	add_ms(&m, "longest_ms", p->longest_ns);
	add_u64(&m, "budget_overruns", p->overruns);
	add_u64(&m, "regions", regions);
	add_u64(&m, "errors", pcd_instance_errors(p));
	add_text(&m, "error", error);
	pcd_log_report(app->log, close_event(&m),
	               "state of plugin '%s' (%s): %s, %" PRIu64
	               " calls, %.1f ms in them, the longest %.1f ms, %u restarts, %u regions open%s%s",
	               p->name, p->plugin_name, pcd_instance_state_name(p->state), p->calls,
	               (double)p->callback_ns / 1e6, (double)p->longest_ns / 1e6, p->restarts, regions,
	               error[0] ? ", last error: " : "", error);
}

/* ---- regions ------------------------------------------------------------------------------------------------------ */

static void dump_region(pcd_app *app, const pcd_region *r)
{
	const pcd_body *body = r->body;
	const pc_control *c = body ? body->control : NULL;
	struct members m;
	char writer[sizeof c->writer_name + 1] = "";
	uint64_t tick = 0, commit_ns = 0, now = pc_clock_mono_ns(), age_ns;
	uint32_t pid = 0;
	const char *state = "waiting for a layout";
	if (c) {
		memcpy(writer, c->writer_name, sizeof c->writer_name);
		tick = pc_load_relaxed_u64(&c->tick);
		commit_ns = pc_load_relaxed_u64(&c->commit_mono_ns);
		pid = pc_load_relaxed_u32(&c->writer_pid);
		state = pc_liveness_name(
		        pcd_body_look(r->body, c, now, pc_load_acquire_u64(&app->watchers.loop_beat_ns), NULL));
	}
	age_ns = commit_ns && now > commit_ns ? now - commit_ns : 0;
	open_event(&m, "region");
	add_text(&m, "name", r->conf->key);
	add_text(&m, "object", r->conf->object);
	add_u64(&m, "id", r->id);
	add_u64(&m, "generation", r->generation);
	add_text(&m, "state", state);
	add_text(&m, "writer", writer);
	add_u64(&m, "pid", pid);
	add_u64(&m, "tick", tick);
	if (tick) add_ms(&m, "age_ms", age_ns);
	add_u64(&m, "bytes", body ? body->info.payload_bytes : 0);
	add_u64(&m, "flags", r->flags);
	pcd_log_report(app->log, close_event(&m),
	               "state of region '%s' (%s): %s, tick %" PRIu64 ", %.1f s old, %" PRIu64
	               " bytes, writer %s (pid %u)",
	               r->conf->key, r->conf->object, state, tick, (double)age_ns / 1e9,
	               body ? body->info.payload_bytes : 0, writer, pid);
}

void pcd_app_dump(pcd_app *app, const char *from)
{
	uint32_t lines = 0;
	struct members m;
	if (app->is_stopping) return;
	dump_daemon(app, from);
	for (uint32_t i = 0; i < app->instance_count; i++) dump_plugin(app, app->instances[i]);
	for (uint32_t i = 0; i < app->regions.count; i++) {
		dump_region(app, app->regions.items[i]);
		if (++lines % BEAT_EVERY == 0) pcd_beats_now(&app->beats);
	}
	open_event(&m, "end");
	add_u64(&m, "regions", app->regions.count);
	pcd_log_report(app->log, close_event(&m), "state: that was all, %u regions", app->regions.count);
}
