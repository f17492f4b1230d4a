/* platform/lock.h - two facts that the kernel keeps for us: who holds a role, and whether a thread ended.
 *
 * A role lock is exclusive, never waits, and ends with the process. A death word lies in shared memory;
 * the kernel sets PC_FUTEX_OWNER_DIED in it, and wakes one sleeper, when the thread that armed it ends. */
#ifndef PC_PLATFORM_LOCK_H
#define PC_PLATFORM_LOCK_H
#include "platform/map.h"

/* ---- role lock ---------------------------------------------------------------------------------- */
typedef struct pc_lock {
	intptr_t handle; /* of the platform half; 0 = not held */
	uint32_t forks;  /* pc_process_forks() when it was taken: a child's copy is nothing */
} pc_lock;

/**
 * Take the lock byte at @p offset of an object, and make sure that the object is still the one its name stands for:
 * a lock on an object that was replaced in between is worth nothing. A forked child does not hold it.
 * Linux: OFD write lock on an open file description of its own.
 *
 * @param object  opened read-write, or created and not yet published (then the second check is moot)
 * @param name    its name
 * @return PC_OK; PC_EBUSY somebody, also this process, holds it; PC_ESTALE the name stands for another object now, or none:
 *         open it again; PC_EPERM; PC_EIO
 */
pc_status pc_lock_take(const pc_object *object, const char *name, uint64_t offset, pc_lock *ret_lock, pc_err *err);
/**
 * Claim the file of an opened payload for one owner, whatever its regions are called.
 * Linux: flock() on a description of its own, which does not meet the locks of programs that use the file. Windows: LockFileEx()
 * on a handle of its own, for a byte beyond any file's end.
 * @return PC_OK; PC_EBUSY; PC_EPERM; PC_ENOMEM; PC_EIO
 */
pc_status pc_lock_take_file(const pc_object *file, pc_lock *ret_lock, pc_err *err);
/** Give it back; accepts a zeroed lock. */
void pc_lock_release(pc_lock *lock);
/** 1 if somebody holds the lock exclusively, 0 if nobody, -1 unknown, also of a closed object. A read-only object is enough. */
int pc_lock_is_held(const pc_object *object, uint64_t offset);
/**
 * The same, asked by who holds another lock of the object, without opening that once more. What is held by @p own itself is
 * not seen. [any thread, not while @p own is released]
 * @param own      of a lock byte of the object, not of a file
 * @param name     of the object, by which Windows knows its locks
 * @param file_id  of the object, likewise
 * @return as pc_lock_is_held(); -1 also if @p own is not held, or was inherited by fork()
 */
int pc_lock_sees(const pc_lock *own, const char *name, uint64_t file_id, uint64_t offset);

/* ---- death word --------------------------------------------------------------------------------- */
#define PC_DEATH_BYTES 64u

/** enum pc_liveness_kind of the control pages that are made here. */
uint32_t pc_liveness_kind_of_platform(void);
/** Offset of the word inside the PC_DEATH_BYTES that pc_death_arm() is given. */
uint32_t pc_death_word_offset(void);
/** Initialise the bytes anew and bind them to the calling thread. The caller holds the role lock, so nobody else has. @return PC_OK; PC_EIO */
pc_status pc_death_arm(void *bytes, pc_err *err);
/**
 * Unbind, before the bytes are unmapped.
 * @return 1 done, or the binding had ended before; 0 another living thread is bound: the bytes must stay mapped for ever
 */
int pc_death_disarm(void *bytes);
/**
 * The word, with PC_FUTEX_OWNER_DIED if the thread or process that is bound to the bytes is known to have ended. 0: nobody is
 * bound. Linux: one load, the kernel has said so. Windows: the word, else the process that the bytes name, which is
 * opened at the first call and asked from then on. What it returns is what pc_wait_any() compares such a word with.
 * @param bytes  in a mapping by pc_map_open(), read-only is enough
 */
uint32_t pc_death_load(const void *bytes);
/** Say on behalf of a writer known to be gone that it died, and wake the sleepers. The caller holds the role lock. */
void pc_death_mark(void *bytes);

#endif
