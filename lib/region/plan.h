/* region/plan.h - what an owner was asked for, checked and worked out. */
#ifndef PC_REGION_PLAN_H
#define PC_REGION_PLAN_H
#include "base/name.h"
#include "platform/map.h"
#include "region/identity.h"

#include <pagecast/writer.h>

typedef struct pc_plan {
	char name[PC_NAME_BYTES];       /* of the objects: pc_object_name() */
	char configured[PC_NAME_BYTES]; /* as people write it */
	char control_name[PC_CONTROL_NAME_BYTES];
	pc_identity id;          /* of the new control object; payload_file_id comes later */
	const char *schema_text; /* borrowed from the options */
	int has_roles;           /* 1: its layout may have fields that an owner fills in */
	const void *initial;     /* likewise; NULL = zeroes */
	const char *path;        /* likewise; NULL = memory */
	uint32_t file_flags;     /* enum pc_file_flags */
	pc_access access, control_access;
} pc_plan;

/** @return PC_OK; PC_EINVAL with the reason in err */
pc_status pc_plan_make(const pc_region_options *options, pc_plan *ret_plan, pc_err *err);

#endif
