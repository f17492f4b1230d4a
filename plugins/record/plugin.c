/* plugin.c - record: regions into files. docs/record.md is its manual, docs/recording.md the format.
 *
 * The loop opens and closes regions as they come and go. A thread of our own is told by their watches, reads the newest payload,
 * puts it into a chunk in memory, and writes the chunk when a second is over or a mebibyte is full. There is no queue: what is
 * committed while it writes is missed, and the next message says how many. If the disk is full the chunk stays, and nothing is read
 * until it could be written.                                                                                     */
#include "files.h"
#include "kit/host.h"
#include "kit/thread.h"
#include "recording/file.h"
#include "track.h"
#include "wire/glob.h"

#include <inttypes.h>
#include <pagecast/control.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S           UINT64_C(1000000000)
#define CHUNK_BYTES (1u << 20)
#define RETRY_NS    S
#define LATE_NS     (100 * UINT64_C(1000000)) /* a look that met a busy writer is tried again then, at the latest */

enum count { MESSAGES, MISSED, WRITTEN, FILES, REMOVED, PAUSED, COUNTS };

struct pc_inst {
	const struct pc_host *host;
	kit_lock *lock; /* tracks, and their regions */
	kit_bell *bell; /* wakes the thread */
	kit_thread *thread;
	record_track *tracks;
	pc_watch *table;
	char **patterns;
	uint32_t pattern_count;
	uint64_t gap_ns, chunk_ns;
	atomic_int is_stopping;
	pc_metric *counts[COUNTS];
	/* the thread's own */
	record_files files;
	uint64_t unix_ns, mono_ns; /* one moment on both clocks: log times run evenly from there */
	uint64_t chunk_since_ns, retry_ns;
	bool is_paused;
};

static uint64_t log_time(const pc_inst *inst)
{
	return inst->unix_ns + (inst->host->now_ns(inst->host) - inst->mono_ns);
}

/* ---- the thread: writing --------------------------------------------------------------------------------- */

static void pause_for(pc_inst *inst, pc_status s, const char *why)
{
	const struct pc_host *host = inst->host;
	char text[400];
	inst->retry_ns = host->now_ns(host) + RETRY_NS;
	if (inst->is_paused) return;
	inst->is_paused = true;
	host->metric_set(inst->counts[PAUSED], 1);
	(void)snprintf(text, sizeof text, "%.120s: %.200s; recording pauses, and is tried again every second",
	               inst->files.writer ? inst->files.path : inst->files.terms.folder, why);
	(void)host->fail(host, s, text);
}

static void go_on(pc_inst *inst)
{
	if (!inst->is_paused) return;
	inst->is_paused = false;
	inst->host->metric_set(inst->counts[PAUSED], 0);
	inst->host->log(inst->host, PC_LOG_INFO, "recording goes on");
	kit_lock_take(inst->lock);
	for (record_track *t = inst->tracks; t; t = t->next) {
		t->was_paused = true;
		atomic_store(&t->is_due, 1);
	}
	kit_lock_give(inst->lock);
}

static void count_bytes(pc_inst *inst, uint64_t before)
{
	if (inst->files.writer)
		inst->host->metric_add(inst->counts[WRITTEN], (int64_t)(rec_writer_bytes(inst->files.writer) - before));
}

static pc_status write_chunk(pc_inst *inst, pc_err *err)
{
	uint64_t before = inst->files.writer ? rec_writer_bytes(inst->files.writer) : 0;
	pc_status s = inst->files.writer ? rec_writer_flush(inst->files.writer, err) : PC_OK;
	count_bytes(inst, before);
	if (s == PC_ENOMEM) rec_writer_abandon(&inst->files.writer); /* the chunk is lost, and the next file says so */
	return s;
}

/* A file that has become too large or old ends, and the next one begins with every region as it is. */
static pc_status have_file(pc_inst *inst, pc_err *err)
{
	const struct pc_host *host = inst->host;
	uint64_t now = host->now_ns(host);
	pc_status s;
	if (record_files_is_due(&inst->files, now) && record_files_end(&inst->files, err) != PC_OK)
		(void)host->fail(host, PC_EIO,
		                 err->text); /* it stays without an end; whether there is room shows below */
	if (inst->files.writer) return PC_OK;
	uint64_t removed = inst->files.removed;
	s = record_files_open(&inst->files, now, err);
	host->metric_add(inst->counts[REMOVED], (int64_t)(inst->files.removed - removed));
	if (s != PC_OK) return s;
	host->metric_add(inst->counts[FILES], 1);
	kit_lock_take(inst->lock);
	for (record_track *t = inst->tracks; t; t = t->next) atomic_store(&t->is_due, 1);
	kit_lock_give(inst->lock);
	return PC_OK;
}

/* ---- the thread: looking --------------------------------------------------------------------------------- */

/* The loop closed its region: say so, and forget it. */
static void bury(pc_inst *inst, record_track **at)
{
	record_track *t = *at;
	(void)record_track_event(t, &inst->files, REC_STATE, PC_ABSENT, log_time(inst));
	*at = t->next;
	record_track_free(t);
}

static pc_status look_at(pc_inst *inst, record_track *t, pc_err *err)
{
	struct record_look look = {.log_ns = log_time(inst)};
	pc_status s = record_track_look(t, inst->host, &inst->files, &look, err);
	inst->host->metric_add(inst->counts[MESSAGES], look.messages);
	inst->host->metric_add(inst->counts[MISSED], (int64_t)look.missed);
	if (s == PC_EAGAIN) atomic_store(&t->is_due, 1);
	return s == PC_EAGAIN || s == PC_ESTALE ? PC_OK : s;
}

/* All regions that are due, or as many as fill a chunk. @return was it full? */
static bool look_at_all(pc_inst *inst)
{
	pc_err err = {""};
	pc_status s = PC_OK;
	bool is_full = false;
	kit_lock_take(inst->lock);
	for (record_track **at = &inst->tracks; *at && !is_full && s == PC_OK;) {
		record_track *t = *at;
		if (!t->region) {
			bury(inst, at);
			continue;
		}
		if (atomic_exchange(&t->is_due, 0)) s = look_at(inst, t, &err);
		is_full = rec_writer_pending(inst->files.writer) >= CHUNK_BYTES;
		at = &t->next;
	}
	kit_lock_give(inst->lock);
	if (s == PC_OK) return is_full;
	(void)inst->host->fail(inst->host, s, err.text[0] ? err.text : "out of memory");
	return true;
}

static void work(pc_inst *inst)
{
	const struct pc_host *host = inst->host;
	uint64_t now = host->now_ns(host);
	bool is_full = false;
	pc_err err = {""};
	pc_status s = PC_OK;
	if (inst->is_paused && now < inst->retry_ns) return;
	if (inst->is_paused) s = write_chunk(inst, &err);
	if (s == PC_OK) s = have_file(inst, &err);
	if (s == PC_OK) {
		go_on(inst);
		if (!rec_writer_pending(inst->files.writer)) inst->chunk_since_ns = now;
		is_full = look_at_all(inst);
		if (is_full || host->now_ns(host) - inst->chunk_since_ns >= inst->chunk_ns) s = write_chunk(inst, &err);
	}
	if (s != PC_OK) pause_for(inst, s, err.text);
	if (is_full) kit_bell_ring(inst->bell); /* there may be more */
}

static void end_files(pc_inst *inst)
{
	pc_err err = {""};
	if (!inst->is_paused && inst->files.writer) (void)look_at_all(inst);
	kit_lock_take(inst->lock);
	for (record_track *t = inst->tracks; t; t = t->next)
		(void)record_track_event(t, &inst->files, REC_ENDS, t->last_liveness, log_time(inst));
	kit_lock_give(inst->lock);
	if (record_files_end(&inst->files, &err) != PC_OK) (void)inst->host->fail(inst->host, PC_EIO, err.text);
}

static void run(void *arg)
{
	pc_inst *inst = arg;
	inst->mono_ns = inst->host->now_ns(inst->host);
	inst->unix_ns = rec_file_unix_ns();
	while (!atomic_load(&inst->is_stopping)) {
		work(inst);
		kit_bell_sleep(inst->bell, LATE_NS);
	}
	end_files(inst);
}

/* ---- the loop: regions come and go ----------------------------------------------------------------------- */

static bool is_wanted(const pc_inst *inst, const struct pc_region_info *info)
{
	size_t bytes = strlen(info->name);
	for (uint32_t i = 0; i < inst->pattern_count; i++) {
		const char *p = inst->patterns[i];
		/* the daemon's own regions are recorded if they are named, not because of a wildcard */
		if (info->flags & PC_REGION_SYSTEM && wire_glob_is_pattern(p, strlen(p))) continue;
		if (wire_glob_match(p, strlen(p), info->name, bytes)) return true;
	}
	return false;
}

/* On a thread of the host. */
static void on_change(void *arg, pc_region *region)
{
	record_track *t = arg;
	(void)region;
	if (!atomic_exchange(&t->is_due, 1)) kit_bell_ring(t->inst->bell);
}

static void add_region(pc_inst *inst, const struct pc_region_info *info)
{
	const struct pc_host *host = inst->host;
	record_track *t;
	char text[250];
	int s;
	if (info->payload_bytes > REC_PAYLOAD_MAX) {
		(void)snprintf(text, sizeof text,
		               "%s is not recorded: it has %" PRIu64 " bytes, a recording takes %u MiB", info->name,
		               info->payload_bytes, REC_PAYLOAD_MAX >> 20);
		host->log(host, PC_LOG_WARN, text);
		return;
	}
	t = record_track_create(inst, info);
	s = t ? host->open(host, info->name, PC_RD, &t->region) : PC_ENOMEM;
	if (s == PC_OK) s = host->watch(t->region, inst->gap_ns, on_change, t, &t->watch);
	if (s != PC_OK) {
		if (t) host->close(t->region);
		record_track_free(t);
		(void)snprintf(text, sizeof text, "%s is not recorded: it cannot be opened", info->name);
		(void)host->fail(host, s, text);
		return;
	}
	if (inst->gap_ns) pc_reader_close(&t->slots); /* fewer values is what was asked for */
	atomic_store(&t->is_due, 1);
	kit_lock_take(inst->lock);
	t->next = inst->tracks;
	inst->tracks = t;
	kit_lock_give(inst->lock);
	kit_bell_ring(inst->bell);
}

static void remove_region(pc_inst *inst, uint32_t id)
{
	for (record_track *t = inst->tracks; t; t = t->next) { /* the thread only takes out what has no region */
		if (t->id != id || !t->region) continue;
		inst->host->cancel(t->watch);
		kit_lock_take(inst->lock);
		inst->host->close(t->region);
		t->region = NULL;
		kit_lock_give(inst->lock);
		kit_bell_ring(inst->bell);
		return;
	}
}

static void on_table(void *arg, int event, const struct pc_region_info *info)
{
	pc_inst *inst = arg;
	if (!is_wanted(inst, info)) return;
	if (event != PC_REGION_ADDED) remove_region(inst, info->id);
	if (event != PC_REGION_REMOVED) add_region(inst, info);
}

/* ---- options --------------------------------------------------------------------------------------------- */

static int read_patterns(pc_inst *inst, const pc_config *config)
{
	const struct pc_host *host = inst->host;
	uint32_t n = 0;
	while (host->cfg_list(config, "regions", n)) n++;
	if (!n) return host->fail(host, PC_EINVAL, "regions: expected names or patterns such as rig.*, or ** for all");
	inst->patterns = calloc(n, sizeof *inst->patterns);
	if (!inst->patterns) return PC_ENOMEM;
	for (; inst->pattern_count < n; inst->pattern_count++) {
		char *copy = kit_copy(host->cfg_list(config, "regions", inst->pattern_count));
		if (!copy) return PC_ENOMEM;
		inst->patterns[inst->pattern_count] = copy;
	}
	return PC_OK;
}

static int read_files(pc_inst *inst, const pc_config *config)
{
	const struct pc_host *host = inst->host;
	struct record_files_terms *t = &inst->files.terms;
	const char *folder = host->cfg_string(config, "folder"), *stem = host->cfg_string(config, "name");
	if (strlen(folder) >= sizeof t->folder) return host->fail(host, PC_EINVAL, "folder: its path is too long");
	(void)snprintf(t->folder, sizeof t->folder, "%s", folder);
	(void)snprintf(t->stem, sizeof t->stem, "%s", stem ? stem : host->instance);
	if (strpbrk(t->stem, "/\\:"))
		return host->fail(host, PC_EINVAL, "name: expected the start of file names, without / \\ and :");
	t->file_bytes = (uint64_t)host->cfg_int(config, "file_size");
	t->file_ns = (uint64_t)host->cfg_int(config, "file_time");
	t->keep_bytes = (uint64_t)host->cfg_int(config, "keep");
	if (t->keep_bytes && t->keep_bytes < 2 * t->file_bytes)
		return host->fail(host, PC_EINVAL,
		                  "keep: expected 0, or at least twice file_size: one file is kept, one is written");
	return PC_OK;
}

static const struct kit_metric metrics[COUNTS] = {
        [MESSAGES] = {"messages", "", "values and events recorded", PC_COUNTER},
        [MISSED] = {"missed", "", "commits that went by unseen", PC_COUNTER},
        [WRITTEN] = {"written", "bytes", "compressed", PC_COUNTER},
        [FILES] = {"files", "", "begun", PC_COUNTER},
        [REMOVED] = {"removed", "", "files, because of 'keep'", PC_COUNTER},
        [PAUSED] = {"paused", "", "1: the disk does not take any more", PC_GAUGE},
};

/* ---- the plugin's life ----------------------------------------------------------------------------------- */

static int create(const struct pc_host *host, const pc_config *config, pc_inst **ret)
{
	pc_inst *inst = calloc(1, sizeof *inst);
	int s;
	if (!inst) return PC_ENOMEM;
	*ret = inst;
	inst->host = host;
	inst->lock = kit_lock_create();
	inst->bell = kit_bell_create();
	if (!inst->lock || !inst->bell) return PC_ENOMEM;
	inst->gap_ns = (uint64_t)host->cfg_int(config, "interval");
	inst->chunk_ns = (uint64_t)host->cfg_int(config, "chunk_time");
	s = kit_metrics(host, metrics, COUNTS, inst->counts);
	if (s == PC_OK) s = read_patterns(inst, config);
	return s == PC_OK ? read_files(inst, config) : s;
}

static int start(pc_inst *inst)
{
	const struct pc_host *host = inst->host;
	int s = host->watch_regions(host, on_table, inst, &inst->table);
	if (s != PC_OK) return s;
	inst->thread = kit_thread_start(run, inst, "record");
	return inst->thread ? PC_OK : host->fail(host, PC_ENOMEM, "a thread cannot be started");
}

static void stop(pc_inst *inst)
{
	atomic_store(&inst->is_stopping, 1);
	kit_bell_ring(inst->bell);
	kit_thread_join(&inst->thread);
	inst->host->cancel(inst->table);
	inst->table = NULL;
}

static void destroy(pc_inst *inst)
{
	for (record_track *t = inst->tracks, *next; t; t = next) {
		next = t->next;
		inst->host->close(t->region); /* ends its watch, too */
		record_track_free(t);
	}
	rec_writer_abandon(&inst->files.writer);
	for (uint32_t i = 0; i < inst->pattern_count; i++) free(inst->patterns[i]);
	free(inst->patterns);
	kit_bell_destroy(&inst->bell);
	kit_lock_destroy(&inst->lock);
	free(inst);
}

/* clang-format off */
static const struct pc_option options[] = {
	{"regions", "**", NULL, NULL, NULL, "names or patterns: * within a part of a name, ** across; the daemon's own only by name", PC_OPT_LIST, 0},
	{"folder", NULL, NULL, NULL, NULL, "of the files; must exist", PC_OPT_STRING, PC_OPT_REQUIRED},
	{"name", NULL, "1", "60", NULL, "start of the files' names; the instance's name if not given", PC_OPT_STRING, 0},
	{"interval", "0s", "0s", "1h", NULL, "between two looks at a region, at least; 0s: every commit, as far as it can be seen", PC_OPT_DURATION, 0},
	{"chunk_time", "1s", "10ms", "1m", NULL, "how much may be lost if the daemon is killed", PC_OPT_DURATION, 0},
	{"file_size", "256MiB", "64KiB", "1TiB", NULL, "a new file begins then,", PC_OPT_SIZE, 0},
	{"file_time", "1h", "1s", "240h", NULL, "or after so long", PC_OPT_DURATION, 0},
	{"keep", "2GiB", "0", "1024TiB", NULL, "of all files of that name together; the oldest are removed. 0: all are kept", PC_OPT_SIZE, 0},
	{NULL, NULL, NULL, NULL, NULL, NULL, 0, 0}};
/* clang-format on */

PC_EXPORT const struct pc_plugin pagecast_plugin = {PC_PLUGIN_MAGIC,
                                                    sizeof(struct pc_plugin),
                                                    PC_ABI(1, 0),
                                                    0,
                                                    "record",
                                                    "1.0.0",
                                                    "MIT",
                                                    "regions into files",
                                                    options,
                                                    create,
                                                    start,
                                                    NULL,
                                                    stop,
                                                    destroy};
