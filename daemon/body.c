/* daemon/body.c - see body.h. */
#include "body.h"

#include "base/err.h"
#include "guard.h"
#include "region/liveness.h"
#include "region/owner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- initial values --------------------------------------------------------------------------------- */

static pc_status put_initial(const pc_layout *layout, const pcd_initial *initial, unsigned char *payload, pc_err *err)
{
	pc_err reason = {""};
	pc_ref ref;
	pc_status s = pc_layout_find(layout, initial->path, &ref, &reason);
	if (s == PC_OK && ref.field->type == PC_TYPE_STRUCT)
		s = pc_err_set(&reason, PC_EINVAL, "is a struct: name its fields");
	for (uint64_t i = 0; s == PC_OK && i < ref.count; i++)
		s = pc_value_set(ref.field, payload + ref.offset + i * ref.field->stride_bytes, initial->value,
		                 &reason);
	if (s == PC_OK) return PC_OK;
	return pc_err_set(err, s, "initial value '%.60s': %.150s", initial->path, reason.text);
}

/* The payload as a new region starts, or NULL for zeroes. */
static pc_status initial_payload(const pcd_body_spec *spec, unsigned char **ret_payload, pc_err *err)
{
	const pcd_region_conf *conf = spec->conf;
	unsigned char *payload;
	pc_status s = PC_OK;
	*ret_payload = NULL;
	if (!conf->initial_count) return PC_OK;
	if (!spec->layout) return pc_err_set(err, PC_EINVAL, "initial values need a layout");
	payload = calloc(1, (size_t)spec->payload_bytes);
	if (!payload) return pc_err_set(err, PC_ENOMEM, "no memory for the initial values");
	for (uint32_t i = 0; s == PC_OK && i < conf->initial_count; i++)
		s = put_initial(spec->layout, conf->initial + i, payload, err);
	if (s == PC_OK)
		*ret_payload = payload;
	else
		free(payload);
	return s;
}

/* ---- life ------------------------------------------------------------------------------------------- */

static char *put_string(char **at, const char *text)
{
	size_t bytes = strlen(text) + 1;
	char *start = *at;
	memcpy(start, text, bytes);
	*at += bytes;
	return start;
}

static pc_status fill_info(pcd_body *b, const pcd_body_spec *spec)
{
	const pcd_region_conf *conf = spec->conf;
	const char *schema = spec->layout ? pc_layout_text(spec->layout, NULL) : "";
	char *at = malloc(strlen(conf->key) + strlen(conf->object) + strlen(schema) + strlen(conf->doc) +
	                  strlen(conf->remote_write ? conf->remote_write : "") + 5);
	if (!at) return PC_ENOMEM;
	b->strings = at;
	b->info.struct_size = sizeof b->info;
	b->info.id = spec->id;
	b->info.generation = spec->generation;
	b->info.flags = spec->flags;
	b->info.name = put_string(&at, conf->key);
	b->info.object = put_string(&at, conf->object);
	b->info.schema = put_string(&at, schema);
	b->info.doc = put_string(&at, conf->doc);
	b->info.remote_write = put_string(&at, conf->remote_write ? conf->remote_write : "");
	b->info.schema_id = spec->layout ? pc_layout_id(spec->layout) : 0;
	b->info.payload_bytes = spec->payload_bytes;
	b->info.stale_after_ms = conf->stale_after_ms;
	b->info.publish_hint_ms = conf->publish_hint_ms;
	b->info.writer_kind = conf->writer_kind;
	return PC_OK;
}

/* Returns when no look uses the one before. */
static void ask(pcd_body *b, const pc_owner *owner)
{
	uv_mutex_lock(&b->look_lock);
	b->asked = owner;
	uv_mutex_unlock(&b->look_lock);
}

/* With a predecessor of ours, its owner is what becomes the new one; on failure it stays where it was. */
static pc_status open_owner(pcd_body *b, const pcd_body_spec *spec, pcd_body *old, int *ret_outcome, pc_err *err)
{
	const pcd_region_conf *conf = spec->conf;
	pc_region_options o = {.struct_size = sizeof o, .flags = spec->flags, .name = conf->object};
	size_t schema_bytes = 0;
	unsigned char *initial = NULL;
	pc_status s = spec->values ? PC_OK : initial_payload(spec, &initial, err);
	if (s != PC_OK) return s;
	o.payload_bytes = spec->payload_bytes;
	o.schema_text = spec->layout ? pc_layout_text(spec->layout, &schema_bytes) : NULL;
	o.schema_bytes = (uint32_t)schema_bytes;
	o.slot_count = conf->slot_count;
	o.mode = conf->mode;
	o.sddl = conf->sddl;
	o.path = conf->path;
	o.file_flags = conf->path && conf->sparse ? PC_FILE_SPARSE : 0;
	o.heartbeat_ms = conf->heartbeat_ms;
	o.stale_after_ms = conf->stale_after_ms;
	o.publish_hint_ms = conf->publish_hint_ms;
	o.notify_min_us = conf->notify_min_us;
	o.region_id = spec->id;
	o.initial_payload = spec->values ? spec->values : initial;
	memcpy(o.instance, spec->run, sizeof o.instance);
	if (!old) {
		s = pc_owner_open(&o, &b->owner, ret_outcome, err);
	} else {
		ask(old, NULL);
		s = pc_owner_replace(&old->owner, &o, ret_outcome, err);
		if (s == PC_OK) {
			b->owner = old->owner;
			old->owner = NULL;
		} else {
			ask(old, old->owner);
		}
	}
	free(initial);
	return s;
}

static void body_free(pcd_body *b)
{
	uv_mutex_destroy(&b->look_lock);
	free(b->strings);
	free(b);
}

pc_status pcd_body_open(const pcd_body_spec *spec, pcd_body *old, pcd_body **ret_body, int *ret_outcome, pc_err *err)
{
	pcd_body *b = calloc(1, sizeof *b);
	pc_status s;
	if (!b) return pc_err_set(err, PC_ENOMEM, "no memory for a region");
	if (uv_mutex_init(&b->look_lock)) {
		free(b);
		return pc_err_set(err, PC_ENOMEM, "no mutex for a region");
	}
	s = fill_info(b, spec);
	if (s == PC_OK) s = open_owner(b, spec, old, ret_outcome, err);
	if (s != PC_OK) {
		body_free(b);
		return s;
	}
	b->asked = b->owner;
	b->control = pc_owner_control(b->owner);
	b->terms.flags = b->control->flags;
	b->terms.liveness_kind = b->control->liveness_kind;
	b->terms.liveness_offset = b->control->liveness_offset;
	b->terms.stale_after_ms = b->control->stale_after_ms;
	b->terms.dead_after_ms = b->control->dead_after_ms;
	b->heartbeat_ns = b->control->heartbeat_ms * UINT64_C(1000000);
	b->in_process = spec->conf->writer_kind != PC_WRITER_EXTERNAL;
	b->liveness = PC_STARTING;
	b->refs = 1;
	*ret_body = b;
	return PC_OK;
}

void pcd_body_end_writer(pcd_body *body)
{
	if (body->writer) {
		if (body->written_next) body->written_next->written_at = body->written_at;
		*body->written_at = body->written_next;
	}
	pc_writer_close(&body->writer);
}

void pcd_body_leave(pcd_body *body, unsigned flags)
{
	pc_store_release_u32(&body->gone, 1);
	pcd_body_end_writer(body);
	pcd_guard_destroy(&body->guard);
	body->control = NULL;
	ask(body, NULL);
	pc_owner_close(&body->owner, flags);
}

void pcd_body_hold(pcd_body *body)
{
	body->refs++;
}

void pcd_body_drop(pcd_body *body)
{
	if (!body || --body->refs) return;
	PC_ASSERT(!body->owner && !body->watches);
	body_free(body);
}

/* What the cheap answer may hide the lock tells, as it does to any reader. */
static int has_no_writer(const pcd_body *body, const pc_control *control, pc_liveness found)
{
	return body->asked && pc_liveness_may_hide_death(control, found) && pc_owner_has_writer(body->asked) == 0;
}

static pc_liveness look(pcd_body *body, const pc_control *control, uint64_t now_ns)
{
	pc_liveness found = pc_liveness_now(control, &body->terms, &body->beat, now_ns);
	if (!has_no_writer(body, control, found)) return found;
	/* It may have closed, or another have come, since that first look. */
	found = pc_liveness_now(control, &body->terms, &body->beat, now_ns);
	if (!has_no_writer(body, control, found)) return found;
	return body->terms.flags & PC_REGION_LEGACY ? PC_UNREACHABLE : PC_DEAD;
}

pc_liveness pcd_body_look(pcd_body *body, const pc_control *control, uint64_t now_ns, uint64_t loop_beat_ns,
                          uint64_t *ret_beat_age_ns)
{
	pc_liveness liveness;
	uint64_t count = pc_load_acquire_u64(&control->beat_count);
	uv_mutex_lock(&body->look_lock);
	if (body->in_process && (count != body->beat.count || !body->beat.looked_ns)) {
		/* We know when this heartbeat moved better than by having looked. */
		body->beat.count = count;
		body->beat.changed_ns = loop_beat_ns < now_ns ? loop_beat_ns : now_ns;
		body->beat.looked_ns = now_ns;
		body->beat.grace = 0;
	}
	liveness = look(body, control, now_ns);
	if (ret_beat_age_ns) {
		*ret_beat_age_ns = now_ns > body->beat.changed_ns ? now_ns - body->beat.changed_ns : 0;
		if (!body->beat.changed_ns) *ret_beat_age_ns = UINT64_MAX; /* never seen to move */
	}
	uv_mutex_unlock(&body->look_lock);
	return liveness;
}
