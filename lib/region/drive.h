/* region/drive.h - the roles of a layout, kept by whoever commits, for programs that map the payload and look at nothing else.
 *
 * In a slot everything is written before the slot is published. In the payload the fields that say "a write is in progress"
 * change before its first other byte and after its last, so that is no plain copy. All values follow from the number of
 * the commit: nothing has to be remembered or recovered.                                                              */
#ifndef PC_REGION_DRIVE_H
#define PC_REGION_DRIVE_H
#include "region/publish.h"

#include <pagecast/layout.h>

#define PC_GUARDS_MAX 4u

/** A field at its place in the payload. */
typedef struct pc_mark {
	const pc_field *field;
	uint64_t offset;
} pc_mark;

typedef struct pc_drive {
	const pc_layout *layout;       /* borrowed; NULL: there are no roles, and all that follows is empty */
	pc_mark guards[PC_GUARDS_MAX]; /* seq_begin, seq_end, seq_odd, busy: those that are there, in order of offset */
	uint32_t guard_count;
	pc_mark *values;                /* fields with a signature or a dead_value */
	uint32_t value_count, has_dead; /* has_dead 1: some have a dead_value */
	unsigned char *element;         /* room for the largest of all these */
} pc_drive;

/** @param layout  borrowed until pc_drive_fini(); may be NULL. @return PC_OK; PC_ENOMEM */
pc_status pc_drive_init(pc_drive *drive, const pc_layout *layout);
/** Accepts a zeroed one. */
void pc_drive_fini(pc_drive *drive);

/** Put what stands in a payload before its first commit: signatures, used_bytes. @return as pc_payload_store() */
pc_status pc_drive_begin_life(const pc_drive *drive, const pc_attached *a);
/** The payload is about to change: say so in it. Without slots. */
void pc_drive_open(const pc_drive *drive, const pc_attached *a, uint64_t tick);
/** It did not change after all: @p tick is that of the commit before. */
void pc_drive_close(const pc_drive *drive, const pc_attached *a, uint64_t tick);
/**
 * Put the roles of a commit in place.
 * @param bytes  of the slot; NULL: of the payload, which pc_drive_open() opened, and is closed
 * @param dead   1: the last commit of a writer, dead values in place of signatures
 */
pc_status pc_drive_stamp(const pc_drive *drive, const pc_attached *a, unsigned char *bytes, const pc_stamp *stamp,
                         int dead);
/** Copy the finished bytes of a slot to the payload. @return as pc_payload_store() */
pc_status pc_drive_store(const pc_drive *drive, const pc_attached *a, const unsigned char *bytes, uint64_t tick);

#endif
