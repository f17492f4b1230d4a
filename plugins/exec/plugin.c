/* plugin.c - exec: a program's standard output becomes a region. docs/exec.md is its manual.
 *
 * The program's thread (os.h) announces chunks; the loop takes whole messages out of them and commits each. A message that is
 * wrong is counted, told now and then, and changes nothing. When the program ends, the region is flagged source-stale, and the
 * program is started again after 1, 2, 4 ... 60 s; one that ran for a minute starts over at 1 s.                      */
#include "feed.h"
#include "kit/host.h"
#include "os.h"

#include <pagecast/control.h>
#include <pagecast/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S           UINT64_C(1000000000)
#define BACK_OFF_S  60u
#define RAN_WELL_NS (60 * S)
#define HELD_MAX    (1u << 20) /* of one message that has not ended */
#define MS          1000000

enum count { MESSAGES, REFUSED, STARTS, COUNTS };

struct pc_inst {
	const struct pc_host *host;
	pc_region *region;
	pc_layout *layout;
	exec_child *child;
	pc_watch *again; /* the timer until the next start */
	enum exec_format format;
	unsigned grace_ms, back_off_s;
	uint64_t started_ns;
	kit_complaints refused;
	char *held; /* the start of a message whose end is still to come */
	size_t held_bytes;
	char *argv[EXEC_ARGS_MAX + 1];
	char *folder;
	pc_metric *counts[COUNTS];
	bool is_told_stale;
};

/* ---- messages -------------------------------------------------------------------------------------------- */

static void refuse(pc_inst *inst, const char *why)
{
	inst->host->metric_add(inst->counts[REFUSED], 1);
	kit_complain(inst->host, &inst->refused, "refused", "message(s)", why);
}

static void take_message(pc_inst *inst, const char *message, size_t bytes)
{
	const struct pc_host *host = inst->host;
	unsigned char *payload = host->begin(inst->region);
	unsigned count = 0;
	pc_err err = {""};
	if (!payload) return; /* the region was replaced: this instance is about to be restarted */
	if (exec_feed_apply(inst->format, inst->layout, message, bytes, payload, &count, &err) != PC_OK) {
		host->abort(inst->region);
		refuse(inst, err.text);
		return;
	}
	if (!count) {
		host->abort(inst->region);
		return;
	}
	host->set_flags(inst->region, 0);
	inst->is_told_stale = false;
	if (host->commit(inst->region) == PC_OK) host->metric_add(inst->counts[MESSAGES], 1);
}

/* Put behind what is held, and take what is whole. */
static void take_output(pc_inst *inst, const char *data, size_t bytes)
{
	size_t used = 0, one;
	char *more = realloc(inst->held, inst->held_bytes + bytes);
	pc_status s = PC_OK;
	if (!more) {
		refuse(inst, "no memory");
		return;
	}
	inst->held = more;
	memcpy(more + inst->held_bytes, data, bytes);
	inst->held_bytes += bytes;
	while (used < inst->held_bytes &&
	       (s = exec_feed_next(inst->format, inst->held + used, inst->held_bytes - used, &one)) == PC_OK) {
		take_message(inst, inst->held + used, one);
		used += one;
	}
	inst->held_bytes -= used;
	memmove(inst->held, inst->held + used, inst->held_bytes);
	if (s != PC_EINVAL && inst->held_bytes <= HELD_MAX) return;
	/* Nobody knows where the next message begins. In text the next line break does. */
	refuse(inst, s == PC_EINVAL ? "not a msgpack map" : "a message of more than 1 MiB");
	inst->held_bytes = 0;
}

static void log_lines(pc_inst *inst, const char *data, size_t bytes)
{
	while (bytes) {
		const char *end = memchr(data, '\n', bytes);
		size_t length = end ? (size_t)(end - data) : bytes;
		char line[512];
		(void)snprintf(line, sizeof line, "%.*s", (int)(length < sizeof line ? length : sizeof line - 1), data);
		if (length) inst->host->log(inst->host, PC_LOG_INFO, line);
		length += end ? 1 : 0;
		data += length;
		bytes -= length;
	}
}

/* ---- the program's life ---------------------------------------------------------------------------------- */

static void start_program(void *arg);

static void start_later(pc_inst *inst, int status, const char *why)
{
	const struct pc_host *host = inst->host;
	char text[400];
	(void)snprintf(text, sizeof text, "%s: %s; starting again in %u s", inst->argv[0], why, inst->back_off_s);
	(void)host->fail(host, status, text);
	if (!inst->is_told_stale) inst->is_told_stale = kit_source_is_stale(host, inst->region);
	host->cancel(inst->again);
	inst->again = NULL;
	(void)host->timer(host, inst->back_off_s * S, 0, start_program, inst, &inst->again);
	inst->back_off_s = inst->back_off_s * 2 > BACK_OFF_S ? BACK_OFF_S : inst->back_off_s * 2;
}

/* [loop] */
static void take_chunk(void *arg)
{
	pc_inst *inst = arg;
	const exec_chunk *chunk;
	char why[128];
	if (!inst->child) return;
	chunk = exec_child_chunk(inst->child);
	if (chunk->kind == EXEC_OUTPUT) take_output(inst, chunk->data, chunk->bytes);
	if (chunk->kind == EXEC_ERRORS) log_lines(inst, chunk->data, chunk->bytes);
	if (chunk->kind != EXEC_END) {
		exec_child_next(inst->child);
		return;
	}
	(void)snprintf(why, sizeof why, "%.*s", (int)(chunk->bytes < 100 ? chunk->bytes : 100), chunk->data);
	exec_child_stop(&inst->child, 0);
	if (inst->host->now_ns(inst->host) - inst->started_ns > RAN_WELL_NS) inst->back_off_s = 1;
	start_later(inst, PC_EIO, why);
}

/* [any] */
static bool announce(void *arg)
{
	pc_inst *inst = arg;
	return inst->host->post(inst->host, take_chunk, inst) == PC_OK;
}

static void start_program(void *arg)
{
	pc_inst *inst = arg;
	const struct pc_host *host = inst->host;
	pc_err err = {""};
	pc_status s;
	inst->held_bytes = 0;
	inst->started_ns = host->now_ns(host);
	s = exec_child_start((const char *const *)inst->argv, inst->folder, announce, inst, &inst->child, &err);
	if (s != PC_OK) {
		start_later(inst, s, err.text);
		return;
	}
	host->metric_add(inst->counts[STARTS], 1);
}

/* ---- the plugin's life ----------------------------------------------------------------------------------- */

static int read_command(pc_inst *inst, const pc_config *config)
{
	const struct pc_host *host = inst->host;
	uint32_t n = 0;
	const char *word;
	while ((word = host->cfg_list(config, "command", n)) != NULL) {
		if (n == EXEC_ARGS_MAX) return host->fail(host, PC_EINVAL, "command: more than 64 words");
		inst->argv[n++] = kit_copy(word);
		if (!inst->argv[n - 1]) return PC_ENOMEM;
	}
	if (!n || !inst->argv[0][0])
		return host->fail(host, PC_EINVAL, "command: expected a program and its arguments");
	word = host->cfg_string(config, "folder");
	if (word && !(inst->folder = kit_copy(word))) return PC_ENOMEM;
	return PC_OK;
}

static int open_region(pc_inst *inst, const pc_config *config)
{
	const struct pc_host *host = inst->host;
	const char *name = host->cfg_string(config, "region"), *layout = host->cfg_string(config, "layout"), *text;
	struct pc_region_spec spec = {
	        .struct_size = sizeof spec, .layout = layout, .doc = host->cfg_string(config, "doc")};
	pc_err err = {""};
	int s = layout ? host->declare(host, name, &spec) : PC_OK;
	if (s == PC_OK) s = host->open(host, name, PC_WR, &inst->region);
	if (s != PC_OK) return s;
	text = host->info(inst->region)->schema;
	if (!*text)
		return host->fail(host, PC_EINVAL,
		                  "the region has no layout: give it one, or give this plugin 'layout'");
	s = pc_layout_parse(text, strlen(text), &inst->layout, &err);
	return s == PC_OK ? s : host->fail(host, s, err.text);
}

static const struct kit_metric metrics[COUNTS] = {
        [MESSAGES] = {"messages", "", "commits made from the program's messages", PC_COUNTER},
        [REFUSED] = {"refused", "", "messages that were wrong", PC_COUNTER},
        [STARTS] = {"starts", "", "times that the program was started", PC_COUNTER},
};

static int create(const struct pc_host *host, const pc_config *config, pc_inst **ret)
{
	pc_inst *inst = calloc(1, sizeof *inst);
	int s;
	if (!inst) return PC_ENOMEM;
	*ret = inst;
	inst->host = host;
	inst->back_off_s = 1;
	inst->format = (enum exec_format)host->cfg_int(config, "format");
	inst->grace_ms = (unsigned)(host->cfg_int(config, "grace") / MS);
	s = read_command(inst, config);
	if (s == PC_OK) s = kit_metrics(host, metrics, COUNTS, inst->counts);
	return s == PC_OK ? open_region(inst, config) : s;
}

static int start(pc_inst *inst)
{
	start_program(inst);
	return PC_OK;
}

static void stop(pc_inst *inst)
{
	inst->host->cancel(inst->again);
	inst->again = NULL;
	exec_child_stop(&inst->child, inst->grace_ms);
}

static void destroy(pc_inst *inst)
{
	inst->host->close(inst->region);
	pc_layout_destroy(&inst->layout);
	for (unsigned i = 0; inst->argv[i]; i++) free(inst->argv[i]);
	free(inst->folder);
	free(inst->held);
	free(inst);
}

/* clang-format off */
static const struct pc_option options[] = {
	{"command", NULL, NULL, NULL, NULL, "the program, sought along PATH, and its arguments; no shell", PC_OPT_LIST, PC_OPT_REQUIRED},
	{"region", NULL, NULL, NULL, NULL, "the region to write", PC_OPT_REGION, PC_OPT_REQUIRED},
	{"layout", NULL, NULL, NULL, NULL, "layout text of a region that the configuration does not describe", PC_OPT_STRING, 0},
	{"doc", NULL, NULL, NULL, NULL, "one sentence about such a region", PC_OPT_STRING, 0},
	{"format", "lines", "lines|msgpack", NULL, NULL, "what it writes: lines of path=value, or msgpack maps", PC_OPT_ENUM, 0},
	{"folder", NULL, NULL, NULL, NULL, "where it starts; the daemon's own folder if not given", PC_OPT_STRING, 0},
	{"grace", "300ms", "0s", "30s", NULL, "time to end by itself when it is stopped", PC_OPT_DURATION, 0},
	{NULL, NULL, NULL, NULL, NULL, NULL, 0, 0}};
/* clang-format on */

PC_EXPORT const struct pc_plugin pagecast_plugin = {PC_PLUGIN_MAGIC,
                                                    sizeof(struct pc_plugin),
                                                    PC_ABI(1, 0),
                                                    0,
                                                    "exec",
                                                    "1.0.0",
                                                    "MIT",
                                                    "a program's output as a region",
                                                    options,
                                                    create,
                                                    start,
                                                    NULL,
                                                    stop,
                                                    destroy};
