/* region/owner.c - creating, adopting and replacing a region's two objects.
 *
 * Order is everything here, because owners race and die at any line:
 *   - Whoever holds the owner lock of the object that stands under the control name decides. Without
 *     such an object, publishing one (which fails if the name is taken) is what makes the owner.
 *   - A new control object is locked before it is visible, and complete before its magic is stored.
 *   - A replacement is published before its predecessor is retired: a reader that reopens at the first
 *     sign finds the successor there.
 *   - Where both are replaced, the payload goes first. A reader that comes in between sees that the
 *     payload's file id is not the one in the control page, and tries again. An owner that dies in
 *     between leaves a payload that its successor takes for a foreign one: used, never unlinked.      */
#include "region/file.h"

#include "base/atomic.h"
#include "base/err.h"
#include "platform/clock.h"
#include "platform/process.h"
#include "region/bury.h"
#include "region/owner.h"
#include "region/payload.h"
#include "region/publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RACE_TRIES    64
#define RACE_PAUSE_NS UINT64_C(1000000)

struct pc_owner {
	char name[PC_NAME_BYTES];
	char control_name[PC_CONTROL_NAME_BYTES];
	pc_lock lock;
	pc_map control_map, payload_map;
	uint64_t control_file_id, payload_file_id;
	pc_served_file file;   /* path NULL: the payload is memory */
	uint32_t flags;        /* enum pc_region_flags */
	uint32_t buried_epoch; /* the dead writer after whom the dead values were put */
	uint32_t forks;
};

/* What is being built to take the place of what stands there. */
typedef struct building {
	pc_object control, payload; /* payload.handle 0: the standing one is kept */
	pc_map map;
	pc_lock lock;
	uint64_t payload_file_id;
} building;

static void building_close(building *b)
{
	pc_map_close(&b->map);
	pc_lock_release(&b->lock);
	pc_object_close(&b->control);
	pc_object_close(&b->payload);
}

/* Decide what happens to the payload, and allocate what is needed. Nothing becomes visible, but a foreign one may grow. */
static pc_status prepare_payload(pc_plan *plan, pc_standing *st, building *b, pc_err *err)
{
	uint64_t bytes = plan->id.payload_bytes;
	pc_status s;
	if (plan->id.flags & PC_REGION_ADOPTED) {
		plan->id.flags |= PC_REGION_FOREIGN;
		return PC_OK;
	}
	if (plan->path) {
		s = pc_file_prepare(plan, st, err);
		b->payload_file_id = st->payload_facts.file_id;
		plan->id.flags |= PC_REGION_FOREIGN;
		return s;
	}
	if (st->payload.handle && !st->is_free && (!st->is_ours || st->id.payload_bytes == bytes)) {
		b->payload_file_id = st->payload_facts.file_id;
		if (st->is_ours) return PC_OK;
		plan->id.flags |= PC_REGION_FOREIGN;
		if (st->payload_facts.bytes >= bytes) return PC_OK;
		if (!st->is_writable)
			return pc_err_set(err, PC_EPERM, "'%s' was created too small by user %u", plan->name,
			                  st->payload_facts.uid);
		s = pc_object_grow(&st->payload, bytes, err);
		if (s != PC_EUNSUPPORTED) return s;
		plan->id.flags &= ~(uint32_t)PC_REGION_FOREIGN; /* one of ours, beside it */
	}
	return pc_object_create(plan->name, bytes, &plan->access, &b->payload, err);
}

/* Slot 0 stands for tick 0 and holds what the payload holds. A legacy payload's first content is its observer's to find. */
static pc_status fill_first_tick(const pc_plan *plan, const pc_standing *st, building *b, pc_err *err)
{
	const pc_object *object = b->payload.handle ? &b->payload : &st->payload;
	if (!object->handle) return PC_OK; /* adopted: its observer finds the first content */
	pc_attached at = {.id = plan->id};
	int is_new = b->payload.handle != 0 || st->payload_facts.is_new;
	int has_slot = plan->id.slot_count && !(plan->id.flags & PC_REGION_LEGACY);
	size_t bytes = (size_t)plan->id.payload_bytes;
	pc_status s;
	if (is_new ? !plan->initial && !plan->has_roles : !has_slot) return PC_OK; /* zeroes in both; nothing to fill */
	s = pc_map_open(object, bytes, is_new ? PC_MAP_WRITABLE : 0, &at.payload_map, err);
	if (s != PC_OK) return s;
	at.payload = at.payload_map.base;
	if (plan->path) at.payload_file = *object; /* borrowed */
	if (is_new && plan->initial) s = pc_payload_fill(&at, plan->initial);
	if (is_new && s == PC_OK && plan->has_roles) s = pc_announce(&at, plan->schema_text);
	if (s == PC_OK && has_slot)
		s = pc_payload_load(&at, 0, (char *)b->map.base + plan->id.slot_offset + sizeof(pc_slot), bytes);
	pc_map_close(&at.payload_map);
	return s == PC_OK ? s : pc_err_set(err, s, "cannot read or write '%.200s'", plan->path);
}

static pc_status prepare_control(pc_plan *plan, const pc_standing *st, building *b, pc_err *err)
{
	pc_status s =
	        pc_object_create(plan->control_name, plan->id.object_bytes, &plan->control_access, &b->control, err);
	if (s == PC_OK) s = pc_lock_take(&b->control, plan->control_name, PC_LOCK_OFFSET_OWNER, &b->lock, err);
	if (s == PC_OK)
		s = pc_map_open(&b->control, plan->id.object_bytes, PC_MAP_WRITABLE | PC_MAP_NOT_INHERITED, &b->map,
		                err);
	if (s == PC_OK) s = fill_first_tick(plan, st, b, err);
	if (s != PC_OK) return s;
	if (b->payload.handle) b->payload_file_id = b->payload.file_id;
	plan->id.payload_file_id = b->payload_file_id;
	if (plan->id.schema_bytes)
		memcpy((char *)b->map.base + plan->id.schema_offset, plan->schema_text, plan->id.schema_bytes);
	if (plan->path) memcpy((char *)b->map.base + plan->id.path_offset, plan->path, plan->id.path_bytes);
	pc_identity_write(b->map.base, &plan->id, plan->configured);
	return PC_OK;
}

/* A lost race for a name is not an error but a reason to look again. */
static pc_status publish(pc_object *object, const char *name, int replace, pc_err *err)
{
	pc_status s = pc_object_publish(object, name, replace, err);
	return s == PC_EBUSY ? PC_ESTALE : s;
}

static pc_status publish_first(const pc_plan *plan, building *b, pc_err *err)
{
	pc_status s = publish(&b->control, plan->control_name, 0, err);
	if (s != PC_OK) return s;
	if (b->payload.handle) s = publish(&b->payload, plan->name, 0, err);
	if (s != PC_OK) {
		(void)pc_object_unlink(plan->control_name, b->control.file_id);
		return s;
	}
	pc_identity_publish(b->map.base);
	return PC_OK;
}

static pc_status publish_successor(const pc_plan *plan, pc_standing *st, building *b, pc_err *err)
{
	pc_status s = PC_OK;
	if (b->payload.handle) s = publish(&b->payload, plan->name, st->payload.handle != 0, err);
	if (s != PC_OK) return s;
	pc_identity_publish(b->map.base);
	s = publish(&b->control, plan->control_name, 1, err);
	if (s != PC_OK) return s;
	pc_standing_retire(st, plan->id.region_id);
	if ((plan->path || plan->id.flags & PC_REGION_ADOPTED) && st->is_valid && !(st->id.flags & PC_REGION_FOREIGN)) {
		/* It was memory of ours before. */
		(void)pc_object_unlink(plan->name, st->id.payload_file_id);
		pc_payload_forget(plan->name, st->id.payload_file_id);
	}
	return PC_OK;
}

static pc_status map_payload(pc_owner *o, const pc_object *payload, uint64_t bytes, pc_err *err)
{
	if (!payload->handle) return PC_OK; /* adopted */
	o->payload_file_id = payload->file_id;
	return pc_map_open(payload, bytes, PC_MAP_NOT_INHERITED, &o->payload_map, err);
}

/** @param old  owner that is being replaced, or NULL */
static pc_status build(pc_plan *plan, pc_standing *st, const pc_owner *old, pc_owner *o, pc_err *err)
{
	building b = {.payload_file_id = 0};
	pc_status s = prepare_payload(plan, st, &b, err);
	if (s == PC_OK && plan->path) s = pc_file_serve(plan, st, old ? &old->file : NULL, &o->file, err);
	if (s == PC_OK) s = prepare_control(plan, st, &b, err);
	if (s == PC_OK) s = map_payload(o, b.payload.handle ? &b.payload : &st->payload, plan->id.payload_bytes, err);
	if (s == PC_OK && st->is_ours && !b.payload.handle) s = pc_object_set_access(&st->payload, &plan->access, err);
	if (s == PC_OK) s = st->control.handle ? publish_successor(plan, st, &b, err) : publish_first(plan, &b, err);
	if (s == PC_OK) {
		o->control_map = b.map;
		o->lock = b.lock;
		o->control_file_id = b.control.file_id;
		o->flags = plan->id.flags;
		memset(&b.map, 0, sizeof b.map);
		memset(&b.lock, 0, sizeof b.lock);
	} else {
		pc_map_close(&o->payload_map);
		pc_file_let_go(&o->file);
	}
	building_close(&b);
	return s;
}

static pc_status apply_modes(const pc_plan *plan, pc_standing *st, pc_err *err)
{
	pc_status s = PC_OK;
	if (st->control_facts.mode != plan->control_access.mode)
		s = pc_object_set_access(&st->control, &plan->control_access, err);
	if (s == PC_OK && st->is_ours && st->payload_facts.mode != plan->access.mode)
		s = pc_object_set_access(&st->payload, &plan->access, err);
	return s;
}

static pc_status adopt(const pc_plan *plan, pc_standing *st, pc_owner *o, pc_err *err)
{
	pc_status s = plan->path ? pc_file_prepare(plan, st, err) : PC_OK;
	if (s == PC_OK && st->payload_facts.file_id != st->id.payload_file_id) s = PC_ESTALE;
	if (s == PC_OK && plan->path) s = pc_file_serve(plan, st, NULL, &o->file, err);
	if (s == PC_OK) s = map_payload(o, &st->payload, plan->id.payload_bytes, err);
	if (s == PC_OK) s = pc_standing_repair(st, plan, err);
	if (s == PC_OK) s = apply_modes(plan, st, err);
	if (s != PC_OK) {
		pc_map_close(&o->payload_map);
		pc_file_let_go(&o->file);
		return s;
	}
	o->control_map = st->map;
	o->lock = st->lock;
	o->control_file_id = st->control_facts.file_id;
	o->flags = st->id.flags;
	memset(&st->map, 0, sizeof st->map);
	memset(&st->lock, 0, sizeof st->lock);
	return PC_OK;
}

static pc_status open_once(pc_plan *plan, pc_owner *o, int *outcome, pc_err *err)
{
	pc_standing st;
	pc_status s = pc_standing_open(plan, 0, &st, err);
	if (s != PC_OK) return s;
	if (pc_standing_fits(&st, plan)) {
		*outcome = PC_OWNER_ADOPTED;
		s = adopt(plan, &st, o, err);
	} else {
		*outcome = st.control.handle ? PC_OWNER_REPLACED : PC_OWNER_CREATED;
		s = build(plan, &st, NULL, o, err);
	}
	pc_standing_close(&st);
	return s;
}

static pc_owner *owner_new(const pc_plan *plan)
{
	pc_owner *o = calloc(1, sizeof *o);
	if (!o) return NULL;
	memcpy(o->name, plan->name, sizeof o->name);
	memcpy(o->control_name, plan->control_name, sizeof o->control_name);
	o->forks = pc_process_forks();
	return o;
}

pc_status pc_owner_open(const pc_region_options *options, pc_owner **ret_owner, int *ret_outcome, pc_err *err)
{
	pc_plan plan;
	pc_owner *o;
	int outcome = 0;
	pc_status s = pc_plan_make(options, &plan, err);
	if (s != PC_OK) return s;
	o = owner_new(&plan);
	if (!o) return pc_err_set(err, PC_ENOMEM, "no memory for an owner");
	s = PC_ESTALE;
	for (int i = 0; i < RACE_TRIES && s == PC_ESTALE; i++) {
		if (i) pc_clock_sleep_ns(RACE_PAUSE_NS);
		plan.id.flags &= ~(uint32_t)PC_REGION_FOREIGN;
		s = open_once(&plan, o, &outcome, err);
	}
	if (s != PC_OK) {
		free(o);
		return s == PC_ESTALE ? pc_err_set(err, PC_EBUSY, "region '%s' changes hands all the time", plan.name)
		                      : s;
	}
	if (!(o->flags & PC_REGION_FOREIGN)) pc_payload_keep(o->name, o->payload_file_id);
	*ret_owner = o;
	if (ret_outcome) *ret_outcome = outcome;
	return PC_OK;
}

/* ---- replacing one's own ---------------------------------------------------------------------------- */

static void owner_free(pc_owner *o)
{
	pc_lock_release(&o->lock);
	pc_file_let_go(&o->file);
	pc_map_close(&o->control_map);
	pc_map_close(&o->payload_map);
	free(o);
}

/* A control page that lost its name cannot say that the payload is ours; we know it, and its content, too. */
static void recognise_payload(const pc_owner *old, pc_standing *st)
{
	if (st->is_valid || !st->payload.handle || old->flags & PC_REGION_FOREIGN) return;
	if (st->payload_facts.file_id != old->payload_file_id) return;
	st->is_ours = 1;
	st->id.payload_bytes = ((const pc_control *)old->control_map.base)->payload_bytes;
}

/* The old object is told last, also if its name was lost, and its lock is held until then. */
static pc_status replace_once(pc_plan *plan, const pc_owner *old, pc_owner *next, int *outcome, pc_err *err)
{
	pc_control *c = old->control_map.base;
	pc_object_facts facts;
	pc_standing st;
	pc_status s;
	if (!(old->flags & PC_REGION_FOREIGN) && pc_object_look(old->name, &facts) == PC_EABSENT)
		(void)pc_payload_restore(old->name, old->payload_file_id);
	s = pc_standing_open(plan, old->control_file_id, &st, err);
	if (s != PC_OK) return s;
	recognise_payload(old, &st);
	if (st.control_facts.file_id == old->control_file_id && pc_standing_fits(&st, plan) && !st.is_free) {
		*outcome = PC_OWNER_ADOPTED;
		s = plan->path ? pc_file_prepare(plan, &st, err) : PC_OK;
		if (s == PC_OK) s = apply_modes(plan, &st, err);
	} else {
		*outcome = PC_OWNER_REPLACED;
		s = build(plan, &st, old, next, err);
		if (s == PC_OK && pc_load_relaxed_u32(&c->state) != PC_STATE_RETIRED) {
			pc_store_relaxed_u64(&c->successor_region, plan->id.region_id);
			(void)pc_swap_u32(&c->state, PC_STATE_RETIRED);
			pc_notify(c);
		}
	}
	pc_standing_close(&st);
	return s;
}

pc_status pc_owner_replace(pc_owner **owner, const pc_region_options *options, int *ret_outcome, pc_err *err)
{
	pc_owner *old = *owner, *next;
	pc_plan plan;
	int outcome = 0;
	pc_status s = pc_plan_make(options, &plan, err);
	if (s != PC_OK) return s;
	if (old->forks != pc_process_forks()) return pc_err_set(err, PC_ESTALE, "the owner is another process");
	if (strcmp(plan.name, old->name) != 0)
		return pc_err_set(err, PC_EINVAL, "region '%s' cannot become '%s'", old->name, plan.name);
	next = owner_new(&plan);
	if (!next) return pc_err_set(err, PC_ENOMEM, "no memory for an owner");
	s = PC_ESTALE;
	for (int i = 0; i < RACE_TRIES && s == PC_ESTALE; i++) {
		if (i) pc_clock_sleep_ns(RACE_PAUSE_NS);
		plan.id.flags &= ~(uint32_t)PC_REGION_FOREIGN;
		s = replace_once(&plan, old, next, &outcome, err);
	}
	if (s == PC_ESTALE) s = pc_err_set(err, PC_EBUSY, "region '%s' changes hands all the time", plan.name);
	if (s == PC_OK && outcome == PC_OWNER_REPLACED) {
		if (!(next->flags & PC_REGION_FOREIGN)) pc_payload_keep(next->name, next->payload_file_id);
		pc_file_hand_over(&old->file, &next->file);
		*owner = next;
	} else {
		old = next;
	}
	owner_free(old);
	if (s == PC_OK && ret_outcome) *ret_outcome = outcome;
	return s;
}

/* ---- giving up ---------------------------------------------------------------------------------------- */

static void remove_names(pc_owner *o)
{
	if (!(o->flags & PC_REGION_FOREIGN)) {
		(void)pc_object_unlink(o->name, o->payload_file_id);
		pc_payload_forget(o->name, o->payload_file_id);
	}
	(void)pc_object_unlink(o->control_name, o->control_file_id);
}

int pc_owner_has_writer(const pc_owner *owner)
{
	return pc_lock_sees(&owner->lock, owner->control_name, owner->control_file_id, PC_LOCK_OFFSET_WRITER);
}

/* A writer that goes on in an object without a name must be told, or it would for ever. */
static int has_living_writer(const pc_owner *o)
{
	uint32_t state = pc_load_acquire_u32(&((const pc_control *)o->control_map.base)->state);
	return (state == PC_STATE_LIVE || state == PC_STATE_RECOVERING) && pc_owner_has_writer(o) == 1;
}

void pc_owner_close(pc_owner **owner, unsigned flags)
{
	pc_owner *o = owner ? *owner : NULL;
	if (!o) return;
	*owner = NULL;
	if (o->forks == pc_process_forks()) {
		pc_control *c = o->control_map.base;
		int keep = (flags & PC_OWNER_KEEP) != 0;
		int retire = (flags & PC_OWNER_RETIRE) != 0 || (!keep && has_living_writer(o));
		if (!keep) (void)pc_bury(o->name, o->control_file_id, PC_BURY_UNWRITTEN);
		if (!keep) remove_names(o);
		if (retire) {
			(void)pc_swap_u32(&c->state, PC_STATE_RETIRED);
			pc_notify(c);
		}
		owner_free(o);
	} else {
		pc_file_let_go(&o->file);
		free(o);
	}
}

/* Its lock may outlive a killed writer for a moment: then it is tried again, and so is all that failed. */
static void bury_once(pc_owner *o)
{
	const pc_control *c = o->control_map.base;
	uint32_t epoch = pc_load_acquire_u32(&c->epoch);
	if (o->buried_epoch == epoch || c->liveness_kind == PC_LIVENESS_NONE ||
	    !(pc_death_load(c->robust) & PC_FUTEX_OWNER_DIED))
		return;
	if (pc_bury(o->name, o->control_file_id, PC_BURY_DEAD) == PC_OK) o->buried_epoch = epoch;
}

pc_status pc_owner_tend(pc_owner *owner, int *ret_restored)
{
	pc_status s;
	if (ret_restored) *ret_restored = 0;
	if (owner->forks != pc_process_forks()) return PC_ESTALE;
	if (pc_object_is_named(owner->control_name, owner->control_file_id) != PC_OK) return PC_ESTALE;
	pc_death_write_down(owner->control_map.base, owner->control_name);
	bury_once(owner);
	if (owner->flags & PC_REGION_ADOPTED) return PC_OK;
	if (owner->file.path) return pc_file_tend(&owner->file, owner->name, ret_restored);
	s = pc_object_is_named(owner->name, owner->payload_file_id);
	if (s == PC_OK) return PC_OK;
	if (s != PC_EABSENT || owner->flags & PC_REGION_FOREIGN) return PC_ESTALE;
	if (pc_payload_restore(owner->name, owner->payload_file_id) != PC_OK) return PC_ESTALE;
	if (ret_restored) *ret_restored = 1;
	return PC_OK;
}

int pc_owner_is_beside(const pc_owner *owner, pc_err *ret_why)
{
	const pc_control *c = owner->control_map.base;
	pc_object_facts facts = {0};
	char size[64] = "";
	if (owner->file.path || owner->flags & PC_REGION_ADOPTED || !pc_object_is_beside(owner->payload_file_id))
		return 0;
	if (!ret_why) return 1;
	if (pc_object_look(owner->name, &facts) == PC_OK && facts.bytes)
		(void)snprintf(size, sizeof size, " of %llu bytes", (unsigned long long)facts.bytes);
	(void)pc_err_set(ret_why, PC_OK,
	                 "other programs hold '%s' as a section%s, where %llu are needed: programs without libpagecast "
	                 "see that one until all have closed it; start its owner before them",
	                 owner->name, size, (unsigned long long)c->payload_bytes);
	return 1;
}

int pc_owner_is_overwritten(const pc_owner *owner)
{
	return owner->forks == pc_process_forks() && pc_payload_is_overwritten(owner->name, owner->control_file_id);
}

const pc_control *pc_owner_control(const pc_owner *owner)
{
	return owner->control_map.base;
}

const void *pc_owner_payload(const pc_owner *owner)
{
	return owner->payload_map.base;
}
