/* posix/thread.c - threads and locks, and the wall clock. */
#define _GNU_SOURCE
#include "../os.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

struct ws_thread {
	pthread_t thread;
	void (*fn)(void *arg);
	void *arg;
};

struct ws_lock {
	pthread_mutex_t mutex;
};

static void *run(void *arg)
{
	const ws_thread *t = arg;
	t->fn(t->arg);
	return NULL;
}

ws_thread *ws_thread_start(void (*fn)(void *arg), void *arg, const char *name)
{
	ws_thread *t = malloc(sizeof *t);
	sigset_t all, before;
	int rc;
	if (!t) return NULL;
	t->fn = fn;
	t->arg = arg;
	/* Signals are the daemon's: a thread of ours that took SIGTERM would leave its loop asleep. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&t->thread, NULL, run, t);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc) {
		free(t);
		return NULL;
	}
	(void)pthread_setname_np(t->thread, name);
	return t;
}

void ws_thread_join(ws_thread **thread)
{
	if (!*thread) return;
	(void)pthread_join((*thread)->thread, NULL);
	free(*thread);
	*thread = NULL;
}

unsigned ws_threads_max(void)
{
	return 16;
}

unsigned ws_cpu_count(void)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof set, &set)) return 1; /* more CPUs than it can name: nobody would mind 1 */
	return (unsigned)CPU_COUNT(&set);
}

ws_lock *ws_lock_create(void)
{
	ws_lock *l = malloc(sizeof *l);
	if (!l) return NULL;
	if (!pthread_mutex_init(&l->mutex, NULL)) return l;
	free(l);
	return NULL;
}

void ws_lock_destroy(ws_lock **lock)
{
	if (!*lock) return;
	(void)pthread_mutex_destroy(&(*lock)->mutex);
	free(*lock);
	*lock = NULL;
}

void ws_lock_take(ws_lock *lock)
{
	(void)pthread_mutex_lock(&lock->mutex);
}

void ws_lock_give(ws_lock *lock)
{
	(void)pthread_mutex_unlock(&lock->mutex);
}

uint64_t ws_unix_us(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}
