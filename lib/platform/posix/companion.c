/* platform/posix/companion.c - see platform/companion.h. */
#define _GNU_SOURCE
#include "platform/companion.h"

#include "base/err.h"
#include "platform/process.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define WRITABLE_BY_OTHERS 0022u
#define MADE_BYTES         64u
#define MADE_OFFSET        56u
#define MADE_MAGIC         UINT64_C(0x0a0178756d436750) /* tells ours from one that a program made */

PC_STATIC_ASSERT(sizeof(pthread_mutex_t) <= MADE_OFFSET, "room for the mark");

static int is_trusted(uint32_t uid, uint32_t mode)
{
	return (uid == pc_process_uid() || uid == 0) && !(mode & WRITABLE_BY_OTHERS);
}

static pc_status untrusted(const char *name, pc_err *err)
{
	return pc_err_set(err, PC_EUNTRUSTED, "mutex '%s' may be written by others, who could cut it short", name);
}

/* Where the C library keeps it; without such a file sem_open() says what there is to say. */
static pc_status open_semaphore(const char *name, pc_companion *ret, pc_err *err)
{
	char path[300], full[260];
	struct stat st;
	sem_t *sem;
	(void)snprintf(path, sizeof path, "/dev/shm/sem.%.200s", name);
	(void)snprintf(full, sizeof full, "/%.200s", name);
	if (lstat(path, &st)) return PC_EABSENT;
	if (!S_ISREG(st.st_mode) || !is_trusted(st.st_uid, st.st_mode)) return untrusted(name, err);
	if (st.st_size < (off_t)sizeof *sem) return pc_err_set(err, PC_ECORRUPT, "mutex '%s' is none", name);
	sem = sem_open(full, 0);
	if (sem == SEM_FAILED) return pc_err_set(err, PC_EIO, "mutex '%s': %s", name, strerror(errno));
	ret->handle = sem;
	return PC_OK;
}

static pc_status open_robust(const char *name, pc_companion *ret, pc_err *err)
{
	pc_object object = {0};
	pc_object_facts facts;
	pc_status s = pc_object_open(name, 1, &object, &facts, err);
	if (s != PC_OK) return s;
	if (!is_trusted(facts.uid, facts.mode))
		s = untrusted(name, err);
	else if (facts.bytes < sizeof(pthread_mutex_t))
		s = pc_err_set(err, PC_ECORRUPT, "mutex '%s' is none", name);
	else
		s = pc_map_open(&object, sizeof(pthread_mutex_t), PC_MAP_WRITABLE | PC_MAP_NOT_INHERITED, &ret->map,
		                err);
	pc_object_close(&object);
	if (s == PC_OK) ret->handle = ret->map.base;
	return s;
}

pc_status pc_companion_open(const char *name, pc_companion *ret_companion, pc_err *err)
{
	pc_companion c = {0};
	char plain[PC_NAME_BYTES];
	pc_status s = pc_object_name(name, plain, err);
	if (s == PC_OK) s = open_semaphore(plain, &c, err);
	if (s == PC_EABSENT) s = open_robust(plain, &c, err);
	if (s == PC_OK) *ret_companion = c;
	return s;
}

/* Whole before it has its name: nobody finds a mutex that is none yet. */
static pc_status make_robust(const char *name, pc_err *err)
{
	static const uint64_t magic = MADE_MAGIC;
	static const pc_access own = {0600, NULL};
	pthread_mutexattr_t attr;
	pc_object object = {0};
	pc_map map = {0};
	pc_status s = pc_object_create(name, MADE_BYTES, &own, &object, err);
	if (s != PC_OK) return s;
	s = pc_map_open(&object, MADE_BYTES, PC_MAP_WRITABLE | PC_MAP_NOT_INHERITED, &map, err);
	if (s == PC_OK) {
		(void)pthread_mutexattr_init(&attr);
		(void)pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
		(void)pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
		if (pthread_mutex_init(map.base, &attr)) s = pc_err_set(err, PC_EIO, "mutex '%s' cannot be made", name);
		(void)pthread_mutexattr_destroy(&attr);
		memcpy((char *)map.base + MADE_OFFSET, &magic, sizeof magic);
	}
	pc_map_close(&map);
	if (s == PC_OK) s = pc_object_publish(&object, name, 0, err);
	pc_object_close(&object);
	return s;
}

static int is_ours(const char *name)
{
	pc_object object = {0};
	pc_object_facts facts;
	uint64_t magic = 0;
	if (pc_object_open(name, 0, &object, &facts, NULL) != PC_OK) return 0;
	if (pc_object_read(&object, MADE_OFFSET, &magic, sizeof magic) != PC_OK) magic = 0;
	pc_object_close(&object);
	return magic == MADE_MAGIC;
}

pc_status pc_companion_create(const char *name, const pc_access *access, pc_companion *ret_companion, pc_err *err)
{
	char plain[PC_NAME_BYTES];
	pc_status s = pc_object_name(name, plain, err);
	(void)access;
	if (s != PC_OK) return s;
	s = pc_companion_open(name, ret_companion, err);
	if (s == PC_EABSENT) {
		s = make_robust(plain, err);
		if (s == PC_OK || s == PC_EBUSY) s = pc_companion_open(name, ret_companion, err);
	}
	if (s == PC_OK && ret_companion->map.base && !is_ours(plain)) {
		pc_companion_close(ret_companion);
		s = PC_ECORRUPT;
	}
	if (s == PC_ECORRUPT) return pc_err_set(err, PC_EBUSY, "mutex '%s': something else has that name", name);
	if (s == PC_OK && ret_companion->map.base)
		(void)snprintf(ret_companion->made, sizeof ret_companion->made, "%s", plain);
	return s;
}

static pc_status status_of(pc_companion *companion, int error)
{
	if (!error) return PC_OK;
	if (error == EBUSY || error == ETIMEDOUT || error == EAGAIN || error == EINTR) return PC_EBUSY;
	if (error != EOWNERDEAD) return PC_EIO;
	(void)pthread_mutex_consistent(companion->handle);
	return PC_ESTALE;
}

pc_status pc_companion_wait(pc_companion *companion, uint32_t timeout_ms)
{
	struct timespec until;
	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	if (companion->map.base) return status_of(companion, pthread_mutex_timedlock(companion->handle, &until));
	return status_of(companion, sem_timedwait(companion->handle, &until) ? errno : 0);
}

pc_status pc_companion_try(pc_companion *companion)
{
	if (companion->map.base) return status_of(companion, pthread_mutex_trylock(companion->handle));
	return status_of(companion, sem_trywait(companion->handle) ? errno : 0);
}

void pc_companion_give(pc_companion *companion)
{
	if (companion->map.base)
		(void)pthread_mutex_unlock(companion->handle);
	else
		(void)sem_post(companion->handle);
}

void pc_companion_close(pc_companion *companion)
{
	pc_object_facts facts;
	if (companion->handle && !companion->map.base) (void)sem_close(companion->handle);
	pc_map_close(&companion->map);
	companion->handle = NULL;
	if (companion->made[0] && pc_object_look(companion->made, &facts) == PC_OK)
		(void)pc_object_unlink(companion->made, facts.file_id);
	companion->made[0] = 0;
}
