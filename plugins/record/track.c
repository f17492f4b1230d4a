/* track.c - see track.h. */
#include "track.h"

#include <pagecast/control.h>
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
	t->older = malloc((size_t)info->payload_bytes);
	if (!t->layout || !t->payload || !t->older) {
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
	if (pc_reader_open(info->object, NULL, &t->slots, NULL) == PC_OK &&
	    pc_reader_payload_bytes(t->slots) != info->payload_bytes)
		pc_reader_close(&t->slots);
	(void)snprintf(t->about.topic, sizeof t->about.topic, "%s", info->name);
	return t;
}

void record_track_free(record_track *t)
{
	if (!t) return;
	pc_reader_close(&t->slots);
	free(t->layout);
	free(t->payload);
	free(t->older);
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

/* @param payload  of REC_VALUE, else NULL */
static pc_status add(record_track *t, record_files *files, struct record_look *look, enum rec_event event,
                     const void *payload, uint64_t missed)
{
	rec_message m = message_of(look, event, missed);
	m.payload = payload;
	m.payload_bytes = payload ? t->about.payload_bytes : 0;
	look->messages++;
	if (missed != REC_UNKNOWN) look->missed += missed;
	return rec_writer_add(files->writer, t->channel, &m);
}

/* What came between the last message and the newest commit, as far as the region's slots still hold it. Moves t->last_tick. */
static pc_status add_history(record_track *t, record_files *files, struct record_look *look)
{
	struct record_look older = *look;
	uint64_t newest = look->stamp.tick, tick = t->last_tick + 1;
	pc_status s = PC_OK;
	if (!t->slots || !t->has_last || newest <= tick) return PC_OK;
	if (newest - tick > PC_SLOT_MAX) tick = newest - PC_SLOT_MAX;
	for (; tick < newest && s == PC_OK; tick++) {
		pc_snapshot_info info;
		if (pc_reader_history(t->slots, tick, t->older, (size_t)t->about.payload_bytes, &info) != PC_OK)
			continue;
		older.stamp.tick = tick;
		older.stamp.commit_unix_ns = info.commit_unix_ns;
		older.stamp.payload_flags = info.payload_flags;
		s = add(t, files, &older, REC_VALUE, t->older, tick - t->last_tick - 1);
		t->last_tick = tick;
	}
	look->messages = older.messages;
	look->missed = older.missed;
	return s;
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
	/* not across a change of writer or file, which is to be said first */
	if (!is_new_here && !t->was_paused && look->stamp.epoch == t->last_epoch) s = add_history(t, files, look);
	if (s != PC_OK) return s;
	missed = missed_since(t, look->stamp.tick);
	is_changed = !t->has_last || look->stamp.tick != t->last_tick;
	if (is_new_here) {
		s = rec_writer_channel(files->writer, &t->about, t->schema_id, &t->channel, err);
		if (s != PC_OK) return s;
		t->file_number = files->number;
		s = add(t, files, look, REC_BEGINS, NULL, missed);
		missed = 0;
	} else if (t->was_paused && missed) {
		s = add(t, files, look, REC_WAS_PAUSED, NULL, missed);
		missed = 0;
	} else if (look->stamp.epoch != t->last_epoch || look->stamp.liveness != t->last_liveness) {
		s = add(t, files, look, REC_STATE, NULL, missed);
		missed = 0;
	}
	if (s == PC_OK && look->stamp.tick && (is_changed || is_new_here))
		s = add(t, files, look, REC_VALUE, t->payload, missed);
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
	return add(t, files, &look, event, NULL, 0);
}
