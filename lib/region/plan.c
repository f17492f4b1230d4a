/* region/plan.c - see plan.h. */
#include "region/plan.h"

#include "base/err.h"
#include "base/hash.h"
#include "platform/lock.h"
#include "platform/random.h"

#include <string.h>

#define PAGE 4096u
#define LINE 64u

static uint64_t round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

static uint32_t or_default(uint32_t value, uint32_t otherwise)
{
	return value ? value : otherwise;
}

static int has_bits(const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bytes[i]) return 1;
	return 0;
}

/* Why four: docs/decisions/0010. */
static uint32_t auto_slots(const pc_region_options *o)
{
	if (o->payload_bytes < UINT64_C(64) << 20) return 4;
	return o->flags & PC_REGION_LEGACY ? 1 : 0;
}

static pc_status check_options(const pc_region_options *o, pc_err *err)
{
	if (!o || o->struct_size < sizeof *o)
		return pc_err_set(err, PC_EINVAL, "pc_region_options: struct_size is not set");
	if (o->flags & ~(uint32_t)(PC_REGION_LEGACY | PC_REGION_SYSTEM | PC_REGION_MIRROR | PC_REGION_ADOPTED))
		return pc_err_set(err, PC_EINVAL, "pc_region_options: unknown flags");
	if (o->flags & PC_REGION_ADOPTED && (!(o->flags & PC_REGION_LEGACY) || o->path || o->initial_payload))
		return pc_err_set(err, PC_EINVAL,
		                  "an adopted region is a legacy one, without path and initial_payload");
	if (!o->payload_bytes || o->payload_bytes > PC_PAYLOAD_BYTES_MAX)
		return pc_err_set(err, PC_EINVAL, "payload_bytes must be 1..2^40");
	if (!o->schema_text != !o->schema_bytes || o->schema_bytes > PC_LAYOUT_TEXT_MAX)
		return pc_err_set(err, PC_EINVAL, "schema_text and schema_bytes (up to %u) come together",
		                  PC_LAYOUT_TEXT_MAX);
	if (o->slot_count != PC_SLOTS_AUTO && o->slot_count > PC_SLOT_MAX)
		return pc_err_set(err, PC_EINVAL, "slot_count must be 0..%u or PC_SLOTS_AUTO", PC_SLOT_MAX);
	if (o->flags & PC_REGION_LEGACY && o->slot_count == 0)
		return pc_err_set(err, PC_EINVAL, "a legacy region needs a slot: its readers use nothing else");
	if (o->path && (!o->path[0] || strlen(o->path) >= PC_FILE_PATH_BYTES))
		return pc_err_set(err, PC_EINVAL, "a path must be 1..%u bytes long", PC_FILE_PATH_BYTES - 1);
	if (o->file_flags & ~(uint32_t)PC_FILE_SPARSE || (o->file_flags && !o->path))
		return pc_err_set(err, PC_EINVAL, "file_flags are unknown, or without a path");
	if (o->mode > 0777 || o->control_mode > 0777) return pc_err_set(err, PC_EINVAL, "a mode is not 0..0777");
	if (o->notify_min_us > PC_NOTIFY_MIN_US_MAX)
		return pc_err_set(err, PC_EINVAL, "notify_min_us must be 0..%u", PC_NOTIFY_MIN_US_MAX);
	if (o->heartbeat_ms > PC_PERIOD_MS_MAX || o->stale_after_ms > PC_PERIOD_MS_MAX ||
	    o->dead_after_ms > PC_PERIOD_MS_MAX || o->publish_hint_ms > PC_PERIOD_MS_MAX)
		return pc_err_set(err, PC_EINVAL, "a period is longer than a day");
	return PC_OK;
}

static void lay_out(pc_identity *id)
{
	uint64_t align = id->payload_bytes >= PAGE ? PAGE : LINE;
	id->schema_offset = id->schema_bytes ? PC_CONTROL_BYTES : 0;
	id->path_offset = id->path_bytes ? PC_CONTROL_BYTES + id->schema_bytes : 0;
	id->slot_offset = round_up(PC_CONTROL_BYTES + (uint64_t)id->schema_bytes + id->path_bytes, align);
	id->slot_stride = round_up(sizeof(pc_slot) + id->payload_bytes, align);
	id->object_bytes = id->slot_offset + id->slot_stride * id->slot_count;
}

pc_status pc_plan_make(const pc_region_options *options, pc_plan *ret_plan, pc_err *err)
{
	pc_plan p;
	pc_status s = check_options(options, err);
	memset(&p, 0, sizeof p);
	if (s == PC_OK) s = pc_object_name(options->name, p.name, err);
	if (s != PC_OK) return s;
	memcpy(p.configured, options->name, strlen(options->name) + 1);
	pc_name_control(p.name, p.control_name);
	p.id.payload_bytes = options->payload_bytes;
	p.id.flags = options->flags | (options->path ? PC_REGION_FILE : 0u);
	p.id.path_bytes = options->path ? (uint32_t)strlen(options->path) : 0;
	p.path = options->path;
	p.file_flags = options->file_flags;
	p.id.heartbeat_ms = or_default(options->heartbeat_ms, 100);
	p.id.stale_after_ms = or_default(options->stale_after_ms, 500);
	p.id.dead_after_ms = options->dead_after_ms;
	p.id.publish_hint_ms = options->publish_hint_ms;
	p.id.notify_min_us = or_default(options->notify_min_us, 1000);
	if (p.id.stale_after_ms < 2 * p.id.heartbeat_ms)
		return pc_err_set(err, PC_EINVAL, "region '%s': stale_after_ms %u is less than twice heartbeat_ms %u",
		                  p.name, p.id.stale_after_ms, p.id.heartbeat_ms);
	p.id.slot_count = options->slot_count == PC_SLOTS_AUTO ? auto_slots(options) : options->slot_count;
	p.schema_text = options->schema_text;
	p.initial = options->initial_payload;
	p.has_roles = options->schema_bytes && !(options->flags & PC_REGION_LEGACY);
	p.id.schema_bytes = options->schema_bytes;
	p.id.schema_kind = options->schema_bytes ? PC_SCHEMA_LAYOUT_TEXT : PC_SCHEMA_NONE;
	p.id.schema_id = options->schema_bytes ? pc_fnv1a64(options->schema_text, options->schema_bytes) : 0;
	p.id.liveness_kind = pc_liveness_kind_of_platform();
	p.id.liveness_offset = (uint32_t)offsetof(pc_control, robust) + pc_death_word_offset();
	memcpy(p.id.instance, options->instance, sizeof p.id.instance);
	if (!has_bits(p.id.instance, sizeof p.id.instance) &&
	    pc_random_bytes(p.id.instance, sizeof p.id.instance) != PC_OK)
		return pc_err_set(err, PC_EIO, "no random number for the instance");
	p.id.region_id = options->region_id;
	lay_out(&p.id);
	p.access.mode = or_default(options->mode, 0644);
	p.access.sddl = options->sddl;
	p.control_access.mode = or_default(options->control_mode, p.access.mode & ~022u);
	*ret_plan = p;
	return PC_OK;
}
