/* region/foreign.h - the map of another program, as the observer of an adopted region follows it. */
#ifndef PC_REGION_FOREIGN_H
#define PC_REGION_FOREIGN_H
#include "region/attach.h"

enum pc_foreign_state {
	PC_FOREIGN_NONE,    /* nothing is open, and nothing has the name */
	PC_FOREIGN_REFUSED, /* what has the name cannot be opened */
	PC_FOREIGN_SMALL,   /* it is open, and shorter than the region */
	PC_FOREIGN_READY
};

typedef struct pc_foreign {
	enum pc_foreign_state state;
	uint32_t is_named;  /* 1: what is open still has the name */
	uint32_t serial;    /* +1 whenever another object is taken */
	uint64_t bytes;     /* of what is open */
	uint64_t opened_ns; /* when it was opened last */
	pc_err refused;     /* why, for people */
} pc_foreign;

/**
 * See what the region's name stands for, and open it: payload_file of @p a, and where the system has no other way to read it
 * payload_map. What is open stays so while nothing else has the name, also without a name.
 */
void pc_foreign_follow(pc_attached *a, pc_foreign *source, uint64_t now_ns);
/** Close what is open. */
void pc_foreign_close(pc_attached *a, pc_foreign *source);

#endif
