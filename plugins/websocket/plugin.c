/* plugin.c - the websocket bridge as a plugin: descriptor, options, start and stop. */
#include "bridge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pc_inst {
	const struct pc_host *host;
	ws_options *options; /* until start() hands them to the bridge */
	ws_bridge *bridge;
};

static int fail(const struct pc_host *host, pc_status st, const pc_err *err)
{
	return host->fail(host, st, err->text[0] ? err->text : pc_status_text(st));
}

/* ---- metrics ---- */

static int add_metrics(const struct pc_host *host, ws_metrics *m)
{
	const struct {
		const char *name, *unit, *help;
		int kind;
		pc_metric **to;
	} all[] = {
	        {"viewers", "", "viewers connected", PC_GAUGE, &m->viewers},
	        {"regions", "", "regions that viewers can see", PC_GAUGE, &m->regions},
	        {"threads", "", "threads that serve viewers", PC_GAUGE, &m->threads},
	        {"sent_bytes", "bytes", "sent to viewers", PC_COUNTER, &m->sent_bytes},
	        {"sent_messages", "", "messages with data sent to viewers", PC_COUNTER, &m->sent_messages},
	        {"encoded", "", "updates encoded, each for all viewers that hold the same", PC_COUNTER, &m->encoded},
	        {"held_viewer", "", "messages that waited for max_viewer_bytes_s", PC_COUNTER, &m->held_viewer},
	        {"held_bridge", "", "messages that waited for max_bytes_s", PC_COUNTER, &m->held_bridge},
	        {"conflated", "", "updates that skipped commits", PC_COUNTER, &m->conflated},
	        {"samples", "", "times that a region was read for viewers", PC_COUNTER, &m->samples},
	        {"closed_slow", "", "viewers closed because they were too slow or silent", PC_COUNTER, &m->closed_slow},
	        {"malformed", "", "viewers closed because of a malformed message", PC_COUNTER, &m->malformed},
	        {"sets", "", "values set by viewers", PC_COUNTER, &m->sets},
	        {"sets_refused", "", "SETs refused", PC_COUNTER, &m->sets_refused},
	        {"refused_host", "", "requests refused for their Host", PC_COUNTER, &m->refused[WS_REFUSED_HOST]},
	        {"refused_origin", "", "requests refused for their Origin", PC_COUNTER, &m->refused[WS_REFUSED_ORIGIN]},
	        {"refused_protocol", "", "upgrades refused for path or subprotocol", PC_COUNTER,
	         &m->refused[WS_REFUSED_PROTOCOL]},
	        {"refused_token", "", "token missing or wrong", PC_COUNTER, &m->refused[WS_REFUSED_TOKEN]},
	        {"refused_abuse", "", "attempts after too many wrong tokens", PC_COUNTER,
	         &m->refused[WS_REFUSED_ABUSE]},
	        {"refused_full", "", "connections beyond max_viewers", PC_COUNTER, &m->refused[WS_REFUSED_FULL]},
	};
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		int rc = host->metric(host, all[i].name, all[i].kind, all[i].unit, all[i].help, all[i].to);
		if (rc) return rc;
	}
	return PC_OK;
}

/* ---- life ---- */

static int create(const struct pc_host *host, const pc_config *config, pc_inst **ret)
{
	pc_inst *inst = calloc(1, sizeof *inst);
	pc_err err = {{0}};
	pc_status st;
	if (!inst) return fail(host, PC_ENOMEM, &err);
	*ret = inst;
	inst->host = host;
	inst->bridge = calloc(1, sizeof *inst->bridge);
	if (!inst->bridge) return fail(host, PC_ENOMEM, &err);
	inst->bridge->host = host;
	inst->bridge->listener = inst->bridge->spare = WS_NO_SOCKET;
	st = ws_options_create(host, config, &inst->options, &err);
	if (st != PC_OK) return fail(host, st, &err);
	return add_metrics(host, &inst->bridge->metrics);
}

static void say_where(const ws_bridge *b)
{
	const char *open = b->bound.is_v6 ? "[" : "", *close = b->bound.is_v6 ? "]" : "";
	const char *scheme = b->options->tls_cert[0] ? "https" : "http";
	const ws_tokens *t = &b->options->tokens;
	const char *token =
	        t->count == 1 && t->items[0]->is_bare ? t->items[0]->secret : NULL; /* rights are for their owners */
	if (token)
		ws_log(b, PC_LOG_INFO, "dashboard: %s://%s%s%s:%u/#t=%s", scheme, open, b->bound.text, close,
		       (unsigned)b->bound.port, token);
	else
		ws_log(b, PC_LOG_INFO, "dashboard: %s://%s%s%s:%u/", scheme, open, b->bound.text, close,
		       (unsigned)b->bound.port);
	if (b->worker_count > 1) ws_log(b, PC_LOG_INFO, "%u threads serve viewers", b->worker_count);
	if (!b->options->use_token)
		ws_log(b, PC_LOG_WARN, "auth: none: every program and every user of this machine may see all regions");
	if (!b->bound.is_loopback && !b->options->tls_cert[0])
		ws_log(b, PC_LOG_WARN, "insecure_lan: data and token go unencrypted through the network");
}

static int start(pc_inst *inst)
{
	const struct pc_host *host = inst->host;
	ws_bridge *b = inst->bridge;
	pc_err err = {{0}};
	pc_status st = ws_options_load(host, inst->options, &err);
	int rc;
	if (st != PC_OK) return fail(host, st, &err);
	if (ws_sources_init(&b->sources, host, ws_bridge_wake, b)) return fail(host, PC_ENOMEM, &err);
	b->sources.bell_gap_ns = 250000000 / inst->options->max_hz;
	b->options = inst->options;
	inst->options = NULL;
	st = ws_bridge_start(b, &err);
	if (st != PC_OK) return fail(host, st, &err);
	say_where(b);
	rc = ws_sources_start(&b->sources);
	return rc ? host->fail(host, rc, "the table of regions cannot be watched") : PC_OK;
}

static int reload(pc_inst *inst, const pc_config *config)
{
	ws_options *fresh = NULL;
	pc_err err = {{0}};
	pc_status st = ws_options_create(inst->host, config, &fresh, &err);
	if (st == PC_OK) st = ws_options_load(inst->host, fresh, &err);
	if (st != PC_OK) {
		ws_options_destroy(&fresh);
		return fail(inst->host, st, &err);
	}
	inst->bridge->sources.bell_gap_ns = 250000000 / fresh->max_hz;
	fresh = atomic_exchange(&inst->bridge->new_options, fresh);
	ws_options_destroy(&fresh); /* an earlier reload that the thread has not seen yet */
	ws_bridge_wake(inst->bridge);
	return PC_OK;
}

static void stop(pc_inst *inst)
{
	if (!inst->bridge->sources.lock) return; /* start() did not come that far */
	ws_sources_stop(&inst->bridge->sources);
	ws_bridge_stop(inst->bridge);
}

static void destroy(pc_inst *inst)
{
	if (inst->bridge) {
		ws_sources_fini(&inst->bridge->sources);
		ws_options_destroy(&inst->bridge->options);
		free(inst->bridge);
	}
	ws_options_destroy(&inst->options);
	free(inst);
}

const struct pc_plugin pagecast_plugin = {
        .magic = PC_PLUGIN_MAGIC,
        .struct_size = sizeof(struct pc_plugin),
        .abi = PC_ABI(1, 1), /* PC_OPT_FILE in the table */
        .id = "websocket",
        .version = PC_VERSION,
        .license = "MIT",
        .summary = "regions for browsers and programs over WebSocket, with a dashboard",
        .options = ws_option_table,
        .create = create,
        .start = start,
        .reload = reload,
        .stop = stop,
        .destroy = destroy,
};
