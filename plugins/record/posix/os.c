/* posix/os.c - see os.h. */
#define _GNU_SOURCE
#include "../os.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

struct record_thread {
	pthread_t thread;
	void (*fn)(void *arg);
	void *arg;
};

struct record_sync {
	pthread_mutex_t lock, bell_lock;
	pthread_cond_t bell;
	bool is_rung;
};

static void *run(void *arg)
{
	const record_thread *t = arg;
	t->fn(t->arg);
	return NULL;
}

record_thread *record_thread_start(void (*fn)(void *arg), void *arg)
{
	record_thread *t = malloc(sizeof *t);
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
	if (!rc) {
		(void)pthread_setname_np(t->thread, "record");
		return t;
	}
	free(t);
	return NULL;
}

void record_thread_join(record_thread **thread)
{
	if (!*thread) return;
	(void)pthread_join((*thread)->thread, NULL);
	free(*thread);
	*thread = NULL;
}

record_sync *record_sync_create(void)
{
	record_sync *s = calloc(1, sizeof *s);
	pthread_condattr_t clock;
	if (!s) return NULL;
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_mutex_init(&s->bell_lock, NULL);
	(void)pthread_condattr_init(&clock);
	(void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&s->bell, &clock);
	(void)pthread_condattr_destroy(&clock);
	return s;
}

void record_sync_destroy(record_sync **sync)
{
	record_sync *s = *sync;
	if (!s) return;
	*sync = NULL;
	(void)pthread_cond_destroy(&s->bell);
	(void)pthread_mutex_destroy(&s->bell_lock);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

void record_lock(record_sync *sync)
{
	(void)pthread_mutex_lock(&sync->lock);
}

void record_unlock(record_sync *sync)
{
	(void)pthread_mutex_unlock(&sync->lock);
}

void record_ring(record_sync *sync)
{
	(void)pthread_mutex_lock(&sync->bell_lock);
	if (!sync->is_rung) (void)pthread_cond_signal(&sync->bell);
	sync->is_rung = true;
	(void)pthread_mutex_unlock(&sync->bell_lock);
}

void record_sleep(record_sync *sync, uint64_t ns)
{
	struct timespec until;
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	ns += (uint64_t)until.tv_nsec;
	until.tv_sec += (time_t)(ns / 1000000000u);
	until.tv_nsec = (long)(ns % 1000000000u);
	(void)pthread_mutex_lock(&sync->bell_lock);
	while (!sync->is_rung)
		if (pthread_cond_timedwait(&sync->bell, &sync->bell_lock, &until)) break;
	sync->is_rung = false;
	(void)pthread_mutex_unlock(&sync->bell_lock);
}
