/* platform/companion.h - the named mutex by which programs guard a map. */
#ifndef PC_PLATFORM_COMPANION_H
#define PC_PLATFORM_COMPANION_H
#include "platform/map.h"

/** Starts zeroed. Belongs to the thread that takes it. */
typedef struct pc_companion {
	void *handle; /* of the platform half; NULL = not open */
	pc_map map;
	char made[PC_NAME_BYTES]; /* Linux: the name that goes when it is closed, "" if it is another's */
} pc_companion;

/**
 * Open what exists. Linux: the semaphore /NAME of sem_open(3), or else a robust, process-shared pthread_mutex_t at the start of the
 * shared object NAME; one that others than oneself and root may write is refused, since they may cut it short under us.
 * A prefix such as Local\ is dropped on Linux. Windows: the mutex NAME.
 * @return PC_OK; PC_EABSENT; PC_EPERM; PC_EUNTRUSTED; PC_ECORRUPT it is none; PC_EIO
 */
pc_status pc_companion_open(const char *name, pc_companion *ret_companion, pc_err *err);
/**
 * Create one, or open what has the name (Linux: a semaphore, or one of ours, left by a kill). Linux: the robust kind, for programs of the same user alone, whatever @p access says: who may
 * write it may cut it short under everybody. Windows: a mutex that those may take who may read the region.
 * @return as pc_companion_open(); PC_ENOSPC; PC_EINVAL not a name, or not an SDDL text; PC_EBUSY something that is no mutex has the name
 */
pc_status pc_companion_create(const char *name, const pc_access *access, pc_companion *ret_companion, pc_err *err);
/** Wait for it. @return as pc_companion_try() */
pc_status pc_companion_wait(pc_companion *companion, uint32_t timeout_ms);
/** @return PC_OK; PC_EBUSY another has it; PC_ESTALE it is ours, and who had it before died with it (not known of a semaphore); PC_EIO */
pc_status pc_companion_try(pc_companion *companion);
void pc_companion_give(pc_companion *companion);
/** Zeroes it; accepts a zeroed one. What was created goes (Windows: with its last handle). */
void pc_companion_close(pc_companion *companion);

#endif
