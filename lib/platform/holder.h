/* platform/holder.h - the processes that write an object which is not ours, as far as the system lets us see them. */
#ifndef PC_PLATFORM_HOLDER_H
#define PC_PLATFORM_HOLDER_H
#include "platform/map.h"

#define PC_HOLDERS_MAX 16u

/** A process that cannot be taken for another one with the same number. Starts zeroed. */
typedef struct pc_holder {
	intptr_t handle; /* of the platform half; 0 = not open */
	uint32_t pid;
	char name[24]; /* of the program, cut, NUL-ended */
} pc_holder;

/** What the system calls an object, whatever its name. */
typedef struct pc_holder_key {
	uint64_t device, file_id;
} pc_holder_key;
pc_holder_key pc_holder_key_of(const pc_object *object);

/**
 * Find them. Takes as long as the machine has processes: some ten milliseconds.
 * Without @p program: the processes, ours apart, that have the object mapped for writing, of those that we may look at (Linux; Windows
 * tells of none). With it: those whose program is called so, and that have the object open in any way, if we may look.
 * Linux: the name in /proc/PID/comm, or the last part of a path on the command line, which is where Wine has it; Windows:
 * the file name.
 * @param program  NULL: anyone
 * @return how many were found, at most PC_HOLDERS_MAX; each to be closed. [any thread]
 */
uint32_t pc_holders_find(const pc_holder_key *object, const char *program, pc_holder ret_holders[PC_HOLDERS_MAX]);
/** 1 if it has ended, however; 0 it runs. */
int pc_holder_has_ended(const pc_holder *holder);
/** Zeroes it; accepts a zeroed one. */
void pc_holder_close(pc_holder *holder);

#endif
