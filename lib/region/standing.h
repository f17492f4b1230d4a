/* region/standing.h - what an owner finds under its region's two names, and whether it can go on with it. */
#ifndef PC_REGION_STANDING_H
#define PC_REGION_STANDING_H
#include "platform/lock.h"
#include "region/plan.h"

typedef struct pc_standing {
	pc_object control, payload; /* handle 0: there is none */
	pc_object_facts control_facts, payload_facts;
	pc_lock lock;         /* the owner's, on the control object */
	pc_map map;           /* of the control object, read-write; base NULL if it is too small to be one */
	pc_identity id;       /* if is_valid */
	uint32_t is_valid;    /* 1: a finished control page of this format */
	uint32_t is_writable; /* 1: the payload is open for writing */
	uint32_t is_ours;     /* 1: the payload is the one that the control page says an owner of ours created */
	uint32_t is_free;     /* 1: the payload stands beside its name, which nothing has any more */
} pc_standing;

/**
 * Open and lock what stands there.
 * @param own_control  file id of a control object whose owner lock the caller holds already; 0 none
 * @return PC_OK, also if there is nothing; PC_ESTALE it changed while we looked: look again; PC_EBUSY it has an owner;
 *         PC_EPERM it belongs to another user; PC_EUNTRUSTED not plain files; PC_ENOMEM; PC_EIO
 */
pc_status pc_standing_open(const pc_plan *plan, uint64_t own_control, pc_standing *ret_standing, pc_err *err);
/** 1 if the region can be adopted in place: the same in everything that its identity says. */
int pc_standing_fits(const pc_standing *standing, const pc_plan *plan);
/** If its writer died, repair what that left, and make sure that readers see it dead. Does nothing to a living one. */
pc_status pc_standing_repair(const pc_standing *standing, const pc_plan *plan, pc_err *err);
/** Where a page names its writer's process: if that has ended, write it down, for readers who look at the page alone. */
void pc_death_write_down(pc_control *c, const char *control_name);
/** Tell readers of the control object that it will not be served again. */
void pc_standing_retire(const pc_standing *standing, uint64_t successor_region);
void pc_standing_close(pc_standing *standing);

/** Give the payload called @p name, if it is @p file_id, its second, hidden name; the one of a predecessor goes. */
void pc_payload_keep(const char *name, uint64_t file_id);
/** Give it its first name back, if it has lost it. @return as pc_object_link() */
pc_status pc_payload_restore(const char *name, uint64_t file_id);
/** Remove the hidden name, if it stands for @p file_id. */
void pc_payload_forget(const char *name, uint64_t file_id);

#endif
