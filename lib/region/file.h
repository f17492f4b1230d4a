/* region/file.h - what an owner does differently where the payload is a file of the user's. */
#ifndef PC_REGION_FILE_H
#define PC_REGION_FILE_H
#include "region/standing.h"

/**
 * Make the file of @p plan the standing payload: created if it was absent, large enough, without holes unless they are
 * wanted, and checked to be ours. One that may only be read is taken as it is if it is large enough.
 * @return as pc_owner_open(); PC_EABSENT there is no such folder; PC_EUNSUPPORTED a network file system
 */
pc_status pc_file_prepare(const pc_plan *plan, pc_standing *st, pc_err *err);

/** The file of a region that is being served. */
typedef struct pc_served_file {
	char *path; /* NULL: the payload is no file */
	uint64_t file_id, bytes;
	uint32_t flags; /* enum pc_file_flags */
	pc_lock lock;   /* nobody else's payload */
} pc_served_file;

/**
 * Remember the prepared file, and claim it.
 * @param before  file that the same owner serves now, or NULL: its lock is good for the same file
 * @return PC_OK; PC_EBUSY another region has it; PC_ENOMEM; PC_EIO
 */
pc_status pc_file_serve(const pc_plan *plan, const pc_standing *st, const pc_served_file *before, pc_served_file *file,
                        pc_err *err);
/** Does its path still lead to it, and is it as long as it has to be? One that was shortened is lengthened. @return as pc_owner_tend() */
pc_status pc_file_tend(const pc_served_file *file, const char *name, int *ret_restored);
/** Pass the lock on, if both are the same file. */
void pc_file_hand_over(pc_served_file *from, pc_served_file *to);
void pc_file_let_go(pc_served_file *file);

#endif
