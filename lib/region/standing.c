/* region/standing.c - see standing.h. */
#include "region/standing.h"

#include "base/atomic.h"
#include "base/err.h"
#include "platform/process.h"
#include "region/publish.h"

#include <stdio.h>
#include <string.h>

#define IDENTITY_FLAGS (PC_REGION_LEGACY | PC_REGION_SYSTEM | PC_REGION_MIRROR | PC_REGION_FILE | PC_REGION_ADOPTED)

static pc_control *control_of(const pc_standing *st)
{
	return st->map.base;
}

static pc_status busy(const pc_standing *st, const pc_plan *plan, pc_err *err)
{
	char writer[64] = "nobody", instance[33] = "?";
	if (st->is_valid) {
		pc_describe_writer(control_of(st), writer, sizeof writer);
		for (int i = 0; i < 16; i++) (void)snprintf(instance + (size_t)i * 2, 3, "%02x", st->id.instance[i]);
	}
	return pc_err_set(err, PC_EBUSY, "region '%s' has an owner: instance %s, last written by %s", plan->name,
	                  instance, writer);
}

static pc_status other_user(const char *name, uint32_t uid, pc_err *err)
{
	return pc_err_set(err, PC_EPERM, "'%.200s' belongs to user %u", name, uid);
}

/* Somebody else's control object is no business of ours, not even root's: its user could rewrite it under us. */
static pc_status open_control(const pc_plan *plan, uint64_t own_control, pc_standing *st, pc_err *err)
{
	pc_status s = pc_object_open(plan->control_name, 1, &st->control, &st->control_facts, err);
	if (s == PC_EABSENT) return PC_OK;
	if (s == PC_EPERM && pc_object_look(plan->control_name, &st->control_facts) == PC_OK)
		return other_user(plan->control_name, st->control_facts.uid, err);
	if (s != PC_OK) return s;
	if (st->control_facts.uid != pc_process_uid())
		return other_user(plan->control_name, st->control_facts.uid, err);
	if (st->control_facts.bytes >= PC_CONTROL_BYTES) {
		s = pc_map_open(&st->control, st->control_facts.bytes, PC_MAP_WRITABLE | PC_MAP_NOT_INHERITED, &st->map,
		                err);
		if (s != PC_OK) return s;
		st->is_valid = pc_identity_read(control_of(st), st->map.bytes, &st->id, NULL) == PC_OK;
	}
	if (own_control && st->control_facts.file_id == own_control) return PC_OK;
	s = pc_lock_take(&st->control, plan->control_name, PC_LOCK_OFFSET_OWNER, &st->lock, err);
	if (s == PC_EBUSY) return busy(st, plan, err);
	if (s != PC_OK || !st->map.base) return s;
	/* Again under the lock: another owner may have published it since, or died just before it would have. */
	st->is_valid = pc_identity_read(control_of(st), st->map.bytes, &st->id, NULL) == PC_OK ||
	               pc_identity_finish(control_of(st), st->map.bytes, &st->id) == PC_OK;
	return s;
}

static pc_status open_as(const pc_plan *plan, int writable, pc_standing *st, pc_err *err)
{
	return pc_object_open_payload(plan->name, plan->path, st->is_valid ? st->id.payload_file_id : 0, writable,
	                              &st->payload, &st->payload_facts, err);
}

static pc_status open_payload(const pc_plan *plan, pc_standing *st, pc_err *err)
{
	pc_status s;
	if (plan->id.flags & PC_REGION_ADOPTED) return PC_OK;
	s = open_as(plan, 1, st, err);
	if (s == PC_EABSENT && !plan->path && st->is_valid && !(st->id.flags & PC_REGION_FOREIGN) &&
	    pc_payload_restore(plan->name, st->id.payload_file_id) == PC_OK)
		s = open_as(plan, 1, st, err);
	st->is_writable = s == PC_OK;
	if (s == PC_EPERM) s = open_as(plan, 0, st, err);
	if (s == PC_EABSENT) return PC_OK;
	if (s == PC_EPERM && !plan->path && pc_object_look(plan->name, &st->payload_facts) == PC_OK)
		return other_user(plan->name, st->payload_facts.uid, err);
	if (s != PC_OK) return s;
	/* Its owner could truncate it under us, and reading it then is a SIGBUS. */
	if (st->payload_facts.uid != pc_process_uid() && st->payload_facts.uid != 0)
		return other_user(plan->path ? plan->path : plan->name, st->payload_facts.uid, err);
	st->is_ours = st->is_valid && !plan->path && !(st->id.flags & PC_REGION_FOREIGN) &&
	              st->id.payload_file_id == st->payload_facts.file_id;
	st->is_free = st->is_ours && pc_object_is_beside(st->id.payload_file_id) &&
	              pc_object_is_named(plan->name, st->id.payload_file_id) == PC_ESTALE;
	return PC_OK;
}

pc_status pc_standing_open(const pc_plan *plan, uint64_t own_control, pc_standing *ret_standing, pc_err *err)
{
	pc_standing st = {.is_valid = 0};
	pc_status s = open_control(plan, own_control, &st, err);
	if (s == PC_OK) s = open_payload(plan, &st, err);
	if (s != PC_OK) {
		pc_standing_close(&st);
		return s;
	}
	*ret_standing = st;
	return PC_OK;
}

static int same_identity(const pc_identity *a, const pc_identity *b)
{
	return a->payload_bytes == b->payload_bytes && a->object_bytes == b->object_bytes &&
	       a->slot_offset == b->slot_offset && a->slot_stride == b->slot_stride && a->slot_count == b->slot_count &&
	       a->schema_id == b->schema_id && a->schema_bytes == b->schema_bytes &&
	       a->schema_offset == b->schema_offset && (a->flags & IDENTITY_FLAGS) == (b->flags & IDENTITY_FLAGS) &&
	       a->heartbeat_ms == b->heartbeat_ms && a->stale_after_ms == b->stale_after_ms &&
	       a->dead_after_ms == b->dead_after_ms && a->publish_hint_ms == b->publish_hint_ms &&
	       a->notify_min_us == b->notify_min_us && a->liveness_kind == b->liveness_kind &&
	       a->liveness_offset == b->liveness_offset && a->path_bytes == b->path_bytes &&
	       a->path_offset == b->path_offset;
}

int pc_standing_fits(const pc_standing *standing, const pc_plan *plan)
{
	const pc_identity *id = &standing->id;
	if (!standing->is_valid || !same_identity(id, &plan->id)) return 0;
	if (pc_load_acquire_u32(&control_of(standing)->state) == PC_STATE_RETIRED) return 0;
	if (id->schema_bytes &&
	    memcmp((const char *)standing->map.base + id->schema_offset, plan->schema_text, id->schema_bytes) != 0)
		return 0;
	if (id->path_bytes &&
	    memcmp((const char *)standing->map.base + id->path_offset, plan->path, id->path_bytes) != 0)
		return 0;
	if (id->flags & PC_REGION_ADOPTED) return 1;
	return standing->payload.handle && standing->payload_facts.file_id == id->payload_file_id &&
	       standing->payload_facts.bytes >= id->payload_bytes;
}

/* The writer lock is ours for the moment, so the writer that the state speaks of is gone. */
static pc_status repair_dead(const pc_standing *st, pc_err *err)
{
	pc_map payload = {0};
	pc_attached a = {.id = st->id, .control = control_of(st)};
	pc_status s;
	int legacy = (st->id.flags & PC_REGION_LEGACY) != 0;
	if (!legacy && !st->is_writable) return PC_OK;
	s = legacy ? PC_OK : pc_map_open(&st->payload, st->id.payload_bytes, PC_MAP_WRITABLE, &payload, err);
	if (s != PC_OK) return s;
	a.payload = payload.base;
	if (st->id.flags & PC_REGION_FILE) a.payload_file = st->payload; /* borrowed */
	pc_place_slots(&a);
	/* Marked before LIVE: the state of a dead writer is LIVE with the death in the word, and never less for a moment. */
	pc_death_mark(a.control->robust);
	(void)pc_recover(&a);
	(void)pc_state_set(a.control, PC_STATE_LIVE);
	pc_notify(a.control);
	pc_map_close(&payload);
	return PC_OK;
}

pc_status pc_standing_repair(const pc_standing *standing, const pc_plan *plan, pc_err *err)
{
	uint32_t state = pc_load_acquire_u32(&control_of(standing)->state);
	pc_lock lock = {0};
	pc_status s;
	if (state != PC_STATE_LIVE && state != PC_STATE_RECOVERING) return PC_OK;
	s = pc_lock_take(&standing->control, plan->control_name, PC_LOCK_OFFSET_WRITER, &lock, err);
	if (s == PC_EBUSY) return PC_OK; /* alive: seq, tick and state are its own */
	if (s != PC_OK) return s;
	state = pc_load_acquire_u32(&control_of(standing)->state);
	if (state == PC_STATE_LIVE || state == PC_STATE_RECOVERING) s = repair_dead(standing, err);
	pc_lock_release(&lock);
	return s;
}

void pc_death_write_down(pc_control *c, const char *control_name)
{
	const uint32_t *word = (const uint32_t *)(const void *)((const char *)c + c->liveness_offset);
	pc_object object = {0};
	pc_object_facts facts;
	pc_lock lock = {0};
	uint32_t before = pc_load_acquire_u32(word);
	if (c->liveness_kind != PC_LIVENESS_PROCESS || !before || before & PC_FUTEX_OWNER_DIED) return;
	if (!(pc_death_load(c->robust) & PC_FUTEX_OWNER_DIED)) return;
	/* With the role in our hand nobody else binds himself to the bytes meanwhile. */
	if (pc_object_open(control_name, 1, &object, &facts, NULL) == PC_OK &&
	    pc_lock_take(&object, control_name, PC_LOCK_OFFSET_WRITER, &lock, NULL) == PC_OK) {
		if (pc_load_acquire_u32(word) == before) {
			pc_death_mark(c->robust);
			pc_notify(c);
		}
		pc_lock_release(&lock);
	}
	pc_object_close(&object);
}

void pc_standing_retire(const pc_standing *standing, uint64_t successor_region)
{
	pc_control *c = control_of(standing);
	if (!standing->is_valid) return;
	pc_store_relaxed_u64(&c->successor_region, successor_region);
	(void)pc_swap_u32(&c->state, PC_STATE_RETIRED);
	pc_notify(c);
}

void pc_standing_close(pc_standing *standing)
{
	pc_map_close(&standing->map);
	pc_lock_release(&standing->lock);
	pc_object_close(&standing->control);
	pc_object_close(&standing->payload);
	memset(standing, 0, sizeof *standing);
}
