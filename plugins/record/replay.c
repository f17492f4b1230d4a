/* replay.c - replay: a recording into regions. docs/record.md is its manual.
 *
 * A thread of our own reads the file and sleeps until a message is due; then it hands that one message to the loop, which commits
 * it, and goes on. So the disk never holds the loop, and nothing is queued.                                      */
#include "kit/host.h"
#include "kit/thread.h"
#include "recording/reader.h"

#include <pagecast/control.h>
#include <pagecast/plugin.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S            UINT64_C(1000000000)
#define SLICE_NS     (S / 10)
#define RETRY_NS     (5 * S)
#define TARGETS_MAX  256u
#define LOOK_FOR_MAX 65536u /* messages that are read to find the regions, before anything is played */

struct target {
	char from[REC_TOPIC_BYTES], to[REC_TOPIC_BYTES];
	pc_region *region;
	uint64_t payload_bytes;
	bool is_told; /* that it does not fit */
};

struct pc_inst {
	const struct pc_host *host;
	char *path;
	struct target *targets;
	uint32_t target_count;
	double speed;
	bool is_looping;
	kit_bell *bell;
	kit_thread *thread;
	atomic_int is_stopping, is_done;
	/* handed over: the thread waits for is_done */
	struct target *target;
	rec_message message;
	pc_metric *played, *rounds;
};

/* ---- the loop: committing -------------------------------------------------------------------------------- */

static bool is_doubtful(const rec_message *m)
{
	return m->event && m->event != REC_BEGINS && m->event != REC_ENDS && m->liveness != PC_LIVE &&
	       m->liveness != PC_LEGACY;
}

static void commit_flags(pc_inst *inst, struct target *t, uint32_t flags)
{
	inst->host->set_flags(t->region, PC_PAYLOAD_REPLAY | flags);
	if (inst->host->begin(t->region)) (void)inst->host->commit(t->region);
}

/* [loop] */
static void publish(void *arg)
{
	pc_inst *inst = arg;
	const rec_message *m = &inst->message;
	uint32_t kept = m->flags & (PC_PAYLOAD_SOURCE_STALE | PC_PAYLOAD_TORN);
	if (!m->event) {
		inst->host->set_flags(inst->target->region, PC_PAYLOAD_REPLAY | kept);
		if (inst->host->write(inst->target->region, 0, m->payload, m->payload_bytes) == PC_OK)
			inst->host->metric_add(inst->played, 1);
	} else if (is_doubtful(m)) {
		commit_flags(inst, inst->target, kept | PC_PAYLOAD_SOURCE_STALE);
	}
	atomic_store(&inst->is_done, 1);
	kit_bell_ring(inst->bell);
}

/* [loop] It is over: what stands there does not get any newer. */
static void say_end(void *arg)
{
	pc_inst *inst = arg;
	for (uint32_t i = 0; i < inst->target_count; i++)
		commit_flags(inst, inst->targets + i, PC_PAYLOAD_SOURCE_STALE);
	inst->host->log(inst->host, PC_LOG_INFO, "the recording is over");
}

/* ---- the thread: reading --------------------------------------------------------------------------------- */

/* @return false: stop */
static bool sleep_until(pc_inst *inst, uint64_t due_ns)
{
	for (;;) {
		uint64_t now = inst->host->now_ns(inst->host);
		if (atomic_load(&inst->is_stopping)) return false;
		if (now >= due_ns) return true;
		kit_bell_sleep(inst->bell, due_ns - now < SLICE_NS ? due_ns - now : SLICE_NS);
	}
}

static bool hand_over(pc_inst *inst, struct target *t, const rec_message *m)
{
	inst->target = t;
	inst->message = *m;
	atomic_store(&inst->is_done, 0);
	if (inst->host->post(inst->host, publish, inst) != PC_OK) return false;
	while (!atomic_load(&inst->is_done)) {
		if (atomic_load(&inst->is_stopping)) return false;
		kit_bell_sleep(inst->bell, SLICE_NS);
	}
	return true;
}

static struct target *target_of(pc_inst *inst, const rec_channel *channel)
{
	char text[300];
	for (uint32_t i = 0; i < inst->target_count; i++) {
		struct target *t = inst->targets + i;
		if (strcmp(t->from, channel->topic) != 0) continue;
		if (t->payload_bytes == channel->payload_bytes) return t;
		if (!t->is_told) {
			(void)snprintf(text, sizeof text,
			               "region %.100s has %llu bytes, the recorded %.100s %llu: not played", t->to,
			               (unsigned long long)t->payload_bytes, t->from,
			               (unsigned long long)channel->payload_bytes);
			(void)inst->host->fail(inst->host, PC_EINVAL, text);
		}
		t->is_told = true;
	}
	return NULL;
}

/* @return false: stop */
static bool play(pc_inst *inst, rec_reader *r, bool *ret_played)
{
	const rec_channel *channel;
	rec_message m;
	pc_err err = {""};
	pc_status s;
	uint64_t first_ns = 0, start_ns = 0, since;
	while ((s = rec_reader_next(r, &channel, &m, &err)) != PC_EABSENT) {
		struct target *t = s == PC_OK ? target_of(inst, channel) : NULL;
		if (s != PC_OK) (void)inst->host->fail(inst->host, s, err.text);
		if (s == PC_ENOMEM || s == PC_EIO) return true;
		if (!t) continue;
		if (!first_ns) {
			first_ns = m.log_ns;
			start_ns = inst->host->now_ns(inst->host);
		}
		since = m.log_ns > first_ns ? m.log_ns - first_ns : 0;
		if (!sleep_until(inst, start_ns + (uint64_t)((double)since / inst->speed))) return false;
		if (!hand_over(inst, t, &m)) return false;
		*ret_played = *ret_played || !m.event;
	}
	return true;
}

static void run(void *arg)
{
	pc_inst *inst = arg;
	const struct pc_host *host = inst->host;
	bool goes_on = true;
	while (goes_on) {
		rec_reader *r = NULL;
		pc_err err = {""};
		bool has_played = false;
		pc_status s = rec_reader_open(inst->path, &r, &err);
		if (s != PC_OK) (void)host->fail(host, s, err.text);
		goes_on = s != PC_OK || play(inst, r, &has_played);
		rec_reader_close(&r);
		if (!goes_on) return;
		host->metric_add(inst->rounds, s == PC_OK);
		if (s == PC_OK && !inst->is_looping) break;
		if (!has_played) goes_on = sleep_until(inst, host->now_ns(host) + RETRY_NS);
	}
	if (goes_on) (void)host->post(host, say_end, inst);
}

/* ---- options --------------------------------------------------------------------------------------------- */

static bool read_target(const char *text, struct target *ret)
{
	const char *equals = strchr(text, '=');
	size_t bytes = equals ? (size_t)(equals - text) : strlen(text);
	const char *to = equals ? equals + 1 : text;
	if (!bytes || bytes >= sizeof ret->from || !*to || strlen(to) >= sizeof ret->to) return false;
	memcpy(ret->from, text, bytes);
	ret->from[bytes] = '\0';
	(void)snprintf(ret->to, sizeof ret->to, "%s", to);
	return true;
}

static int read_targets(pc_inst *inst, const pc_config *config)
{
	const struct pc_host *host = inst->host;
	const char *text;
	char why[160];
	inst->targets = calloc(TARGETS_MAX, sizeof *inst->targets);
	if (!inst->targets) return PC_ENOMEM;
	while ((text = host->cfg_list(config, "regions", inst->target_count)) != NULL) {
		if (inst->target_count == TARGETS_MAX) return host->fail(host, PC_EINVAL, "regions: at most 256");
		if (!read_target(text, inst->targets + inst->target_count)) {
			(void)snprintf(why, sizeof why, "regions: expected NAME or RECORDED=NAME, found '%.80s'", text);
			return host->fail(host, PC_EINVAL, why);
		}
		inst->target_count++;
	}
	return inst->target_count ? PC_OK : host->fail(host, PC_EINVAL, "regions: expected NAME or RECORDED=NAME");
}

/* ---- regions --------------------------------------------------------------------------------------------- */

/* The channel of a region that the configuration does not describe, somewhere near the beginning of the file. */
static int find_channel(pc_inst *inst, rec_reader *r, const struct target *t, const rec_channel **ret)
{
	const rec_channel *channel;
	rec_message m;
	char why[300];
	pc_status s = PC_OK;
	rec_reader_rewind(r);
	for (uint32_t i = 0; i < LOOK_FOR_MAX && s != PC_EABSENT && s != PC_EIO && s != PC_ENOMEM; i++) {
		s = rec_reader_next(r, &channel, &m, NULL);
		if (s != PC_OK || strcmp(channel->topic, t->from) != 0) continue;
		*ret = channel;
		return PC_OK;
	}
	(void)snprintf(why, sizeof why, "%.120s: there is no region '%.100s' near its beginning", inst->path, t->from);
	return inst->host->fail(inst->host, PC_EABSENT, why);
}

static int declare(pc_inst *inst, rec_reader *r, const struct target *t)
{
	const struct pc_host *host = inst->host;
	struct pc_region_spec spec = {.struct_size = sizeof spec, .doc = "played from a recording"};
	const rec_channel *channel = NULL;
	char raw[64];
	int s = find_channel(inst, r, t, &channel);
	if (s != PC_OK) return s;
	(void)snprintf(raw, sizeof raw, "bytes u8[%llu]\n", (unsigned long long)channel->payload_bytes);
	spec.layout = channel->layout[0] ? channel->layout : raw;
	spec.publish_hint_ms = channel->publish_hint_ms;
	return host->declare(host, t->to, &spec);
}

static int open_targets(pc_inst *inst)
{
	const struct pc_host *host = inst->host;
	rec_reader *r = NULL;
	pc_err err = {""};
	int s = rec_reader_open(inst->path, &r, &err);
	if (s != PC_OK) return host->fail(host, s, err.text);
	for (uint32_t i = 0; i < inst->target_count && s == PC_OK; i++) {
		struct target *t = inst->targets + i;
		s = host->open(host, t->to, PC_WR, &t->region);
		if (s == PC_EABSENT) {
			s = declare(inst, r, t);
			if (s == PC_OK) s = host->open(host, t->to, PC_WR, &t->region);
		}
		if (s == PC_OK) t->payload_bytes = host->info(t->region)->payload_bytes;
	}
	rec_reader_close(&r);
	return s;
}

/* ---- the plugin's life ----------------------------------------------------------------------------------- */

static int create(const struct pc_host *host, const pc_config *config, pc_inst **ret)
{
	pc_inst *inst = calloc(1, sizeof *inst);
	int s;
	if (!inst) return PC_ENOMEM;
	*ret = inst;
	inst->host = host;
	inst->speed = host->cfg_real(config, "speed");
	inst->is_looping = host->cfg_int(config, "loop") != 0;
	inst->path = kit_copy(host->cfg_string(config, "file"));
	inst->bell = kit_bell_create();
	if (!inst->path || !inst->bell) return PC_ENOMEM;
	s = host->metric(host, "played", PC_COUNTER, "", "values committed", &inst->played);
	if (s == PC_OK) s = host->metric(host, "rounds", PC_COUNTER, "", "ends of the recording", &inst->rounds);
	if (s == PC_OK) s = read_targets(inst, config);
	return s == PC_OK ? open_targets(inst) : s;
}

static int start(pc_inst *inst)
{
	inst->thread = kit_thread_start(run, inst, "replay");
	return inst->thread ? PC_OK : inst->host->fail(inst->host, PC_ENOMEM, "a thread cannot be started");
}

static void stop(pc_inst *inst)
{
	atomic_store(&inst->is_stopping, 1);
	kit_bell_ring(inst->bell);
	kit_thread_join(&inst->thread);
}

static void destroy(pc_inst *inst)
{
	for (uint32_t i = 0; i < inst->target_count; i++) inst->host->close(inst->targets[i].region);
	kit_bell_destroy(&inst->bell);
	free(inst->targets);
	free(inst->path);
	free(inst);
}

/* clang-format off */
static const struct pc_option options[] = {
	{"file", NULL, "1", NULL, NULL, "the recording", PC_OPT_STRING, PC_OPT_REQUIRED},
	{"regions", NULL, NULL, NULL, NULL, "NAME or RECORDED=NAME; one that the configuration does not describe gets the recorded layout", PC_OPT_LIST, PC_OPT_REQUIRED},
	{"speed", "1", "0.001", "1000", NULL, "2 is twice as fast", PC_OPT_REAL, 0},
	{"loop", "true", NULL, NULL, NULL, "again and again; false: once, and then what stands there is old", PC_OPT_BOOL, 0},
	{NULL, NULL, NULL, NULL, NULL, NULL, 0, 0}};
/* clang-format on */

PC_EXPORT const struct pc_plugin pagecast_plugin = {PC_PLUGIN_MAGIC,
                                                    sizeof(struct pc_plugin),
                                                    PC_ABI(1, 0),
                                                    0,
                                                    "replay",
                                                    "1.0.0",
                                                    "MIT",
                                                    "a recording into regions",
                                                    options,
                                                    create,
                                                    start,
                                                    NULL,
                                                    stop,
                                                    destroy};
