/* platform/companion.h - the named mutex by which programs guard a map of theirs. Never waited for: taken if it is free. */
#ifndef PC_PLATFORM_COMPANION_H
#define PC_PLATFORM_COMPANION_H
#include "platform/map.h"

/** Starts zeroed. Belongs to the thread that takes it. */
typedef struct pc_companion {
	void *handle; /* of the platform half; NULL = not open */
	pc_map map;
} pc_companion;

/**
 * Open what exists. Linux: the semaphore /NAME of sem_open(3), or else a robust, process-shared pthread_mutex_t at the start of the
 * shared object NAME; one that others than oneself and root may write is refused, since they may cut it short under us.
 * Windows: the mutex NAME.
 * @return PC_OK; PC_EABSENT; PC_EPERM; PC_EUNTRUSTED; PC_ECORRUPT it is none; PC_EIO
 */
pc_status pc_companion_open(const char *name, pc_companion *ret_companion, pc_err *err);
/** @return PC_OK; PC_EBUSY another has it; PC_ESTALE it is ours, and who had it before died with it (not known of a semaphore); PC_EIO */
pc_status pc_companion_try(pc_companion *companion);
void pc_companion_give(pc_companion *companion);
/** Zeroes it; accepts a zeroed one. */
void pc_companion_close(pc_companion *companion);

#endif
