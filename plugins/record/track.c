/* track.c - see track.h. */
#include "track.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

record_track *record_track_create(pc_inst *inst, const struct pc_region_info *info)
{
	record_track *t = calloc(1, sizeof *t);
	size_t bytes = strlen(info->schema) + 1;
	if (!t) return NULL;
	t->layout = malloc(bytes);
	t->payload = malloc((size_t)info->payload_bytes);
	if (!t->layout || !t->payload) {
		record_track_free(t);
		return NULL;
	}
	memcpy(t->layout, info->schema, bytes);
	t->inst = inst;
	t->id = info->id;
	t->generation = info->generation;
	t->schema_id = info->schema_id;
	t->about = (rec_channel){.layout = t->layout,
	                         .payload_bytes = info->payload_bytes,
	                         .stale_after_ms = info->stale_after_ms,
	                         .publish_hint_ms = info->publish_hint_ms};
	(void)snprintf(t->about.topic, sizeof t->about.topic, "%s", info->name);
	return t;
}

void record_track_free(record_track *t)
{
	if (!t) return;
	free(t->layout);
	free(t->payload);
	free(t);
}

static rec_message message_of(const struct record_look *look, enum rec_event event, uint64_t missed)
{
	return (rec_message){.log_ns = look->log_ns,
	                     .commit_unix_ns = look->stamp.commit_unix_ns,
	                     .tick = look->stamp.tick,
	                     .missed = missed,
	                     .epoch = look->stamp.epoch,
	                     .flags = (uint16_t)look->stamp.payload_flags,
	                     .liveness = (uint8_t)look->stamp.liveness,
	                     .event = (uint8_t)event};
}

static pc_status add(record_track *t, record_files *files, struct record_look *look, enum rec_event event,
                     uint64_t missed)
{
	rec_message m = message_of(look, event, missed);
	if (event == REC_VALUE) {
		m.payload = t->payload;
		m.payload_bytes = t->about.payload_bytes;
	}
	look->messages++;
	if (missed != REC_UNKNOWN) look->missed += missed;
	return rec_writer_add(files->writer, t->channel, &m);
}

/* Commits between the last message and what is there now. */
static uint64_t missed_since(const record_track *t, uint64_t tick)
{
	if (!t->has_last || tick < t->last_tick) return REC_UNKNOWN;
	return tick > t->last_tick ? tick - t->last_tick - 1 : 0;
}

pc_status record_track_look(record_track *t, const struct pc_host *host, record_files *files, struct record_look *look,
                            pc_err *err)
{
	bool is_new_here = t->file_number != files->number, is_changed;
	uint64_t missed;
	pc_status s = (pc_status)host->read(t->region, 0, t->payload, t->about.payload_bytes, &look->stamp);
	if (s != PC_OK) return s;
	missed = missed_since(t, look->stamp.tick);
	is_changed = !t->has_last || look->stamp.tick != t->last_tick;
	if (is_new_here) {
		s = rec_writer_channel(files->writer, &t->about, t->schema_id, &t->channel, err);
		if (s != PC_OK) return s;
		t->file_number = files->number;
		s = add(t, files, look, REC_BEGINS, missed);
		missed = 0;
	} else if (t->was_paused && missed) {
		s = add(t, files, look, REC_WAS_PAUSED, missed);
		missed = 0;
	} else if (look->stamp.epoch != t->last_epoch || look->stamp.liveness != t->last_liveness) {
		s = add(t, files, look, REC_STATE, missed);
		missed = 0;
	}
	if (s == PC_OK && look->stamp.tick && (is_changed || is_new_here)) s = add(t, files, look, REC_VALUE, missed);
	t->has_last = true;
	t->was_paused = false;
	t->last_tick = look->stamp.tick;
	t->last_epoch = look->stamp.epoch;
	t->last_liveness = look->stamp.liveness;
	return s;
}

pc_status record_track_event(record_track *t, record_files *files, enum rec_event event, uint32_t liveness,
                             uint64_t log_ns)
{
	struct record_look look = {.log_ns = log_ns};
	if (!files->writer || t->file_number != files->number) return PC_OK;
	look.stamp.tick = t->last_tick;
	look.stamp.epoch = t->last_epoch;
	look.stamp.liveness = liveness;
	return add(t, files, &look, event, 0);
}
