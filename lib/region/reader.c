/* region/reader.c - attaching as a reader, and what a reader can be asked. Reading is in read.c, waiting in wait.c. */
#include "region/reader.h"

#include "base/err.h"
#include "base/name.h"
#include "platform/clock.h"
#include "region/layout_of.h"

#include <stdlib.h>
#include <string.h>

#define PAUSE_FIRST_NS UINT64_C(500000)
#define PAUSE_LAST_NS  UINT64_C(20000000)

static pc_status read_options(pc_reader *r, const pc_reader_options *options, pc_err *err)
{
	size_t bytes;
	if (!options) return PC_OK;
	if (options->struct_size < sizeof *options || options->flags & ~(uint32_t)PC_READER_TRUST_ANY ||
	    (options->trusted_uid_count && !options->trusted_uids))
		return pc_err_set(err, PC_EINVAL, "pc_reader_options: struct_size is not set, or unknown flags");
	r->trust.any = options->flags & PC_READER_TRUST_ANY;
	if (!options->trusted_uid_count) return PC_OK;
	bytes = options->trusted_uid_count * sizeof *r->trusted_uids;
	r->trusted_uids = malloc(bytes);
	if (!r->trusted_uids) return pc_err_set(err, PC_ENOMEM, "no memory for a reader");
	memcpy(r->trusted_uids, options->trusted_uids, bytes);
	r->trust.uids = r->trusted_uids;
	r->trust.uid_count = options->trusted_uid_count;
	return PC_OK;
}

/* Forget what was read from another object, and start on this one. */
static void start_on(pc_reader *r, const pc_attached *at)
{
	const pc_identity *id = &at->id;
	pc_layout_drop(&r->layout);
	r->at = *at;
	r->last_tick = r->seen_tick = 0;
	r->payload_readable = !(id->flags & PC_REGION_LEGACY) && !at->payload_is_loose;
	r->terms.flags = id->flags;
	r->terms.liveness_kind = id->liveness_kind;
	r->terms.liveness_offset = id->liveness_offset;
	r->terms.stale_after_ms = id->stale_after_ms;
	r->terms.dead_after_ms = id->dead_after_ms;
	memset(&r->beat, 0, sizeof r->beat);
	r->seen_epoch = pc_load_acquire_u32(&at->control->epoch);
	r->seen_state = pc_load_acquire_u32(&at->control->state);
	r->seen_death = 0;
	r->notify = pc_load_acquire_u32(&at->control->notify);
	r->notify_since_ns = pc_clock_mono_ns();
}

static pc_status attach(const pc_reader *r, const char *name, pc_attached *ret_at, pc_err *err)
{
	pc_status s = pc_attach(name, 0, &r->trust, ret_at, err);
	if (s == PC_OK && ret_at->payload_is_loose && !ret_at->id.slot_count) {
		pc_detach(ret_at);
		s = pc_err_set(err, PC_EUNTRUSTED, "region '%s' has no slots, and others may truncate its payload",
		               name);
	}
	return s;
}

pc_status pc_reader_open(const char *name, const pc_reader_options *options, pc_reader **ret_reader, pc_err *err)
{
	char plain[PC_NAME_BYTES];
	pc_attached at;
	pc_reader *r;
	pc_status s = pc_object_name(name, plain, err);
	if (s != PC_OK) return s;
	r = calloc(1, sizeof *r);
	if (!r) return pc_err_set(err, PC_ENOMEM, "no memory for a reader");
	s = read_options(r, options, err);
	if (s == PC_OK) s = attach(r, plain, &at, err);
	if (s != PC_OK) {
		free(r->trusted_uids);
		free(r);
		return s;
	}
	start_on(r, &at);
	*ret_reader = r;
	return PC_OK;
}

pc_status pc_reader_open_wait(const char *name, const pc_reader_options *options, int timeout_ms,
                              pc_reader **ret_reader, pc_err *err)
{
	uint64_t start = pc_clock_mono_ns(), pause = PAUSE_FIRST_NS;
	uint64_t limit = timeout_ms < 0 ? UINT64_MAX : (uint64_t)timeout_ms * UINT64_C(1000000);
	for (;;) {
		pc_status s = pc_reader_open(name, options, ret_reader, err);
		uint64_t spent = pc_clock_mono_ns() - start;
		if (s != PC_EABSENT && s != PC_ENOTREADY) return s;
		if (spent >= limit) return PC_ETIMEDOUT;
		pc_clock_sleep_ns(pause < limit - spent ? pause : limit - spent);
		pause = pause * 2 < PAUSE_LAST_NS ? pause * 2 : PAUSE_LAST_NS;
	}
}

void pc_reader_close(pc_reader **reader)
{
	pc_reader *r = reader ? *reader : NULL;
	if (!r) return;
	*reader = NULL;
	pc_layout_drop(&r->layout);
	pc_detach(&r->at);
	free(r->trusted_uids);
	free(r);
}

void pc_reader_spare(pc_reader *reader)
{
	uint64_t file_id = reader->at.control_object.file_id;
	pc_object_close(&reader->at.control_object);
	reader->at.control_object.file_id = file_id; /* whether a reopen finds another */
}

pc_status pc_reader_reopen(pc_reader *reader, pc_err *err)
{
	pc_attached at, old = reader->at;
	pc_status s = attach(reader, old.name, &at, err);
	if (s != PC_OK) return s;
	if (at.control_object.file_id == old.control_object.file_id && at.payload_file_id == old.payload_file_id) {
		pc_detach(&at);
		return PC_OK;
	}
	start_on(reader, &at);
	pc_detach(&old);
	return PC_OK;
}

const char *pc_reader_name(const pc_reader *reader)
{
	const char *behind = strrchr(reader->at.name, '\\');
	return behind ? behind + 1 : reader->at.name;
}

const char *pc_reader_path(const pc_reader *reader)
{
	return reader->at.path;
}

uint64_t pc_reader_payload_bytes(const pc_reader *reader)
{
	return reader->at.id.payload_bytes;
}

uint64_t pc_reader_schema_id(const pc_reader *reader)
{
	return reader->at.id.schema_id;
}

const pc_control *pc_reader_control(const pc_reader *reader)
{
	return reader->at.control;
}

const void *pc_reader_payload(const pc_reader *reader)
{
	return reader->at.payload;
}
