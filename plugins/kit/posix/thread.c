/* posix/thread.c - see thread.h. */
#define _GNU_SOURCE
#include "../thread.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

struct kit_thread {
	pthread_t thread;
	void (*fn)(void *arg);
	void *arg;
};

struct kit_lock {
	pthread_mutex_t mutex;
};

struct kit_bell {
	pthread_mutex_t lock;
	pthread_cond_t rung;
	bool is_rung;
};

static void *run(void *arg)
{
	const kit_thread *t = arg;
	t->fn(t->arg);
	return NULL;
}

kit_thread *kit_thread_start(void (*fn)(void *arg), void *arg, const char *name)
{
	kit_thread *t = malloc(sizeof *t);
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

void kit_thread_join(kit_thread **thread)
{
	if (!*thread) return;
	(void)pthread_join((*thread)->thread, NULL);
	free(*thread);
	*thread = NULL;
}

kit_lock *kit_lock_create(void)
{
	kit_lock *l = malloc(sizeof *l);
	if (!l) return NULL;
	if (!pthread_mutex_init(&l->mutex, NULL)) return l;
	free(l);
	return NULL;
}

void kit_lock_destroy(kit_lock **lock)
{
	if (!*lock) return;
	(void)pthread_mutex_destroy(&(*lock)->mutex);
	free(*lock);
	*lock = NULL;
}

void kit_lock_take(kit_lock *lock)
{
	(void)pthread_mutex_lock(&lock->mutex);
}

void kit_lock_give(kit_lock *lock)
{
	(void)pthread_mutex_unlock(&lock->mutex);
}

kit_bell *kit_bell_create(void)
{
	kit_bell *b = calloc(1, sizeof *b);
	pthread_condattr_t clock;
	if (!b) return NULL;
	(void)pthread_mutex_init(&b->lock, NULL);
	(void)pthread_condattr_init(&clock);
	(void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&b->rung, &clock);
	(void)pthread_condattr_destroy(&clock);
	return b;
}

void kit_bell_destroy(kit_bell **bell)
{
	if (!*bell) return;
	(void)pthread_cond_destroy(&(*bell)->rung);
	(void)pthread_mutex_destroy(&(*bell)->lock);
	free(*bell);
	*bell = NULL;
}

void kit_bell_ring(kit_bell *bell)
{
	(void)pthread_mutex_lock(&bell->lock);
	if (!bell->is_rung) (void)pthread_cond_signal(&bell->rung);
	bell->is_rung = true;
	(void)pthread_mutex_unlock(&bell->lock);
}

void kit_bell_sleep(kit_bell *bell, uint64_t ns)
{
	struct timespec until;
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	ns += (uint64_t)until.tv_nsec;
	until.tv_sec += (time_t)(ns / 1000000000u);
	until.tv_nsec = (long)(ns % 1000000000u);
	(void)pthread_mutex_lock(&bell->lock);
	while (!bell->is_rung)
		if (pthread_cond_timedwait(&bell->rung, &bell->lock, &until)) break;
	bell->is_rung = false;
	(void)pthread_mutex_unlock(&bell->lock);
}
