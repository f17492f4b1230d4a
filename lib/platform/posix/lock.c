/* platform/posix/lock.c - OFD locks for roles, a robust mutex for death; see platform/lock.h. */
#define _GNU_SOURCE
#include "platform/lock.h"

#include "base/atomic.h"
#include "base/err.h"
#include "platform/posix/fork.h"
#include "platform/posix/object.h"
#include "platform/process.h"
#include "platform/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(sizeof(pthread_mutex_t) <= PC_DEATH_BYTES, "a mutex fits into its place in the control page");
_Static_assert(FUTEX_OWNER_DIED == PC_FUTEX_OWNER_DIED, "the bit that readers look for is the kernel's");

/* The lock word is the first field of glibc's and musl's mutex (musl: the second, see pc_death_word_offset). */
#if defined(__GLIBC__)
#define WORD_OFFSET 0u
_Static_assert(offsetof(pthread_mutex_t, __data.__lock) == WORD_OFFSET, "the futex word of a mutex");
#else
#define WORD_OFFSET 4u /* musl: __u.__i[0] is the type, __u.__vi[1] the lock */
#endif

static struct flock byte_at(uint64_t offset, short type)
{
	struct flock range;
	memset(&range, 0, sizeof range);
	range.l_type = type;
	range.l_whence = SEEK_SET;
	range.l_start = (off_t)offset;
	range.l_len = 1;
	return range;
}

/* PC_OK if @p path names the file that @p fd has open, and that is the one the caller means. */
static pc_status still_named(int fd, const char *path, uint64_t file_id)
{
	struct stat opened, named;
	if (fstat(fd, &opened)) return PC_EIO;
	if ((uint64_t)opened.st_ino != file_id) return PC_ESTALE;
	if (lstat(path, &named)) return errno == ENOENT ? PC_ESTALE : PC_EIO;
	return named.st_ino == opened.st_ino && named.st_dev == opened.st_dev ? PC_OK : PC_ESTALE;
}

pc_status pc_lock_take(const pc_object *object, const char *name, uint64_t offset, pc_lock *ret_lock, pc_err *err)
{
	char path[PC_PATH_BYTES];
	struct flock range = byte_at(offset, F_WRLCK);
	int fd;
	pc_status s = pc_object_path_of(object, name, path, err);
	if (s != PC_OK) return s;
	fd = open(path, O_RDWR | (object->is_unpublished ? 0 : O_NOFOLLOW) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		s = errno == ENOENT ? PC_ESTALE : errno == EACCES || errno == EPERM ? PC_EPERM : PC_EIO;
		return pc_err_set(err, s, "cannot open %s to lock it: %s", path, strerror(errno));
	}
	s = pc_fork_watch_fd(fd);
	if (s != PC_OK) {
		(void)close(fd);
		return s;
	}
	if (fcntl(fd, F_OFD_SETLK, &range)) {
		s = errno == EAGAIN || errno == EACCES ? PC_EBUSY : PC_EIO;
		(void)pc_err_set(err, s, "cannot lock %s: %s", path, strerror(errno));
	} else {
		s = object->is_unpublished ? PC_OK : still_named(fd, path, object->file_id);
		if (s != PC_OK) (void)pc_err_set(err, s, "%s is another object now", path);
	}
	if (s != PC_OK) {
		pc_fork_close_fd(fd);
		return s;
	}
	ret_lock->handle = fd + 1;
	ret_lock->forks = pc_process_forks();
	return PC_OK;
}

pc_status pc_lock_take_file(const pc_object *file, pc_lock *ret_lock, pc_err *err)
{
	char path[PC_PATH_BYTES];
	pc_status s;
	int fd;
	/* A description of its own: the lock of one that is mapped would last as long as the mapping. */
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", pc_object_fd(file));
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) return pc_object_fail(err, "cannot open the payload's file once more, by", path);
	s = pc_fork_watch_fd(fd);
	if (s != PC_OK) {
		(void)close(fd);
		return s;
	}
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		s = errno == EWOULDBLOCK ? PC_EBUSY : PC_EIO;
		(void)pc_err_set(err, s, "cannot lock the payload's file: %s",
		                 s == PC_EBUSY ? "it is the payload of another region" : strerror(errno));
		pc_fork_close_fd(fd);
		return s;
	}
	ret_lock->handle = fd + 1;
	ret_lock->forks = pc_process_forks();
	return PC_OK;
}

void pc_lock_release(pc_lock *lock)
{
	if (lock->handle && lock->forks == pc_process_forks()) pc_fork_close_fd((int)lock->handle - 1);
	lock->handle = 0;
}

/* By another open file description than @p fd stands for. */
static int is_held(int fd, uint64_t offset)
{
	/* Asking for a read lock: one that a mere reader of the file has taken does not stand in its way. */
	struct flock range = byte_at(offset, F_RDLCK);
	if (fcntl(fd, F_OFD_GETLK, &range)) return -1;
	return range.l_type == F_WRLCK;
}

int pc_lock_is_held(const pc_object *object, uint64_t offset)
{
	return object->handle ? is_held(pc_object_fd(object), offset) : -1;
}

int pc_lock_sees(const pc_lock *own, const char *name, uint64_t file_id, uint64_t offset)
{
	(void)name, (void)file_id; /* the descriptor says which */
	return own->handle && own->forks == pc_process_forks() ? is_held((int)own->handle - 1, offset) : -1;
}

static uint32_t *word_of(void *bytes)
{
	return (uint32_t *)(void *)((unsigned char *)bytes + WORD_OFFSET);
}

uint32_t pc_liveness_kind_of_platform(void)
{
	return PC_LIVENESS_ROBUST_FUTEX;
}

uint32_t pc_death_word_offset(void)
{
	return WORD_OFFSET;
}

pc_status pc_death_arm(void *bytes, pc_err *err)
{
	pthread_mutex_t *mutex = bytes;
	pthread_mutexattr_t attr;
	int error = pthread_mutexattr_init(&attr);
	if (error) return pc_err_set(err, PC_EIO, "cannot make a mutex: %s", strerror(error));
	memset(bytes, 0, PC_DEATH_BYTES);
	error = pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	if (!error) error = pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	if (!error) error = pthread_mutex_init(mutex, &attr);
	if (!error) error = pthread_mutex_lock(mutex);
	(void)pthread_mutexattr_destroy(&attr);
	if (error) return pc_err_set(err, PC_EIO, "cannot lock a robust mutex: %s", strerror(error));
	/* The kernel wakes sleepers at death only if somebody is known to sleep; readers cannot write that here. */
	(void)pc_or_u32(word_of(bytes), FUTEX_WAITERS);
	return PC_OK;
}

int pc_death_disarm(void *bytes)
{
	uint32_t word = pc_load_acquire_u32(word_of(bytes));
	uint32_t tid = word & FUTEX_TID_MASK;
	if (tid == (uint32_t)syscall(SYS_gettid)) return pthread_mutex_unlock(bytes) == 0;
	/* Not ours. A dead thread's list is gone with it; a living one's would be left pointing into nothing. */
	return tid == 0 || (word & FUTEX_OWNER_DIED) != 0;
}

uint32_t pc_death_load(const void *bytes)
{
	return pc_load_acquire_u32((const uint32_t *)(const void *)((const unsigned char *)bytes + WORD_OFFSET));
}

void pc_death_mark(void *bytes)
{
	(void)pc_or_u32(word_of(bytes), PC_FUTEX_OWNER_DIED);
	pc_wake_all(word_of(bytes));
}
