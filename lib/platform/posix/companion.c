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

#define WRITABLE_BY_OTHERS 0022u

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
	pc_status s = open_semaphore(name, &c, err);
	if (s == PC_EABSENT) s = open_robust(name, &c, err);
	if (s == PC_OK) *ret_companion = c;
	return s;
}

pc_status pc_companion_try(pc_companion *companion)
{
	int error;
	if (!companion->map.base) {
		if (!sem_trywait(companion->handle)) return PC_OK;
		return errno == EAGAIN || errno == EINTR ? PC_EBUSY : PC_EIO;
	}
	error = pthread_mutex_trylock(companion->handle);
	if (!error) return PC_OK;
	if (error == EBUSY) return PC_EBUSY;
	if (error != EOWNERDEAD) return PC_EIO;
	(void)pthread_mutex_consistent(companion->handle);
	return PC_ESTALE;
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
	if (companion->handle && !companion->map.base) (void)sem_close(companion->handle);
	pc_map_close(&companion->map);
	companion->handle = NULL;
}
