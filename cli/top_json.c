/* top_json.c - the same as JSON, for scripts. See top.h. */
#include "os.h"
#include "top.h"

#include <stdlib.h>
#include <string.h>

static void key_u64(cli_json *j, const char *key, uint64_t value)
{
	cli_json_key(j, key);
	cli_json_u64(j, value);
}

static void key_f64(cli_json *j, const char *key, double value)
{
	cli_json_key(j, key);
	cli_json_f64(j, value);
}

static void key_z(cli_json *j, const char *key, const char *value)
{
	cli_json_key(j, key);
	cli_json_z(j, value);
}

static void plugin(cli_json *j, const top_plugin *p)
{
	cli_json_open(j, '{');
	key_z(j, "instance", p->instance);
	key_z(j, "plugin", p->file);
	key_z(j, "state", p->state);
	key_u64(j, "restarts", p->restarts);
	key_u64(j, "calls", p->calls);
	key_f64(j, "calls_per_s", p->calls_hz);
	key_f64(j, "callback_s", (double)p->callback_ns / 1e9);
	key_f64(j, "callback_share", p->share);
	key_f64(j, "longest_ms", p->longest_ms);
	key_u64(j, "budget_overruns", p->overruns);
	key_u64(j, "viewers", p->viewers);
	key_z(j, "error", p->error);
	cli_json_close(j, '}');
}

static void a_daemon(cli_json *j, const top_daemon *d)
{
	cli_json_open(j, '{');
	key_z(j, "instance", d->instance);
	key_z(j, "state", pc_liveness_name(d->liveness));
	key_u64(j, "pid", d->pid);
	key_u64(j, "regions", d->regions);
	key_u64(j, "uptime_s", d->uptime_s);
	key_u64(j, "rss_bytes", d->rss_bytes);
	key_f64(j, "cpu_s", (double)d->cpu_ns / 1e9);
	key_f64(j, "cpu_share", d->cpu_share);
	key_u64(j, "open_files", d->open_files);
	key_f64(j, "late_max_ms", d->late_max_ms);
	cli_json_key(j, "plugins");
	cli_json_open(j, '[');
	for (uint32_t i = 0; i < d->plugin_count; i++) plugin(j, &d->plugins[i]);
	cli_json_close(j, ']');
	cli_json_close(j, '}');
}

static void region(cli_json *j, const top_region *r)
{
	cli_json_open(j, '{');
	key_z(j, "name", r->key);
	cli_json_key(j, "instance");
	if (r->instance)
		cli_json_z(j, r->instance);
	else
		cli_json_null(j);
	key_z(j, "kind", cli_kind_of(r->row->region));
	cli_json_key(j, "rate_hz");
	if (r->has_rate)
		cli_json_f64(j, r->rate_hz);
	else
		cli_json_null(j);
	if (r->row->reader) {
		key_u64(j, "bytes", pc_reader_payload_bytes(r->row->reader));
		cli_view_json(j, r->row->reader, &r->row->info, r->row->liveness);
	} else {
		key_z(j, "state", cli_closed_word(r->row->status));
	}
	cli_json_close(j, '}');
}

void cli_top_json(cli_json *j, const cli_top *t, const top_view *view)
{
	uint32_t count = 0, *order = cli_top_order(t, view, &count);
	j->text.failed = j->text.failed || !order;
	cli_json_open(j, '{');
	key_u64(j, "unix_ms", cli_os_unix_ns() / 1000000);
	key_f64(j, "interval_s", t->elapsed_s);
	cli_json_key(j, "daemons");
	cli_json_open(j, '[');
	for (uint32_t i = 0; i < t->daemon_count; i++) a_daemon(j, &t->daemons[i]);
	cli_json_close(j, ']');
	cli_json_key(j, "regions");
	cli_json_open(j, '[');
	for (uint32_t i = 0; order && i < count; i++) region(j, &t->regions[order[i]]);
	cli_json_close(j, ']');
	cli_json_close(j, '}');
	pc_strbuf_puts(&j->text, "\n");
	free(order);
}
