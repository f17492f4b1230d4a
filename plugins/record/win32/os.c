/* win32/os.c - see os.h. */
#include "../os.h"

#include <process.h>
#include <stdlib.h>
#include <windows.h>

struct record_thread {
	HANDLE thread;
	void (*fn)(void *arg);
	void *arg;
};

struct record_sync {
	SRWLOCK lock;
	HANDLE bell; /* an event that resets itself */
};

static unsigned __stdcall run(void *arg)
{
	const record_thread *t = arg;
	t->fn(t->arg);
	return 0;
}

record_thread *record_thread_start(void (*fn)(void *arg), void *arg)
{
	record_thread *t = malloc(sizeof *t);
	if (!t) return NULL;
	t->fn = fn;
	t->arg = arg;
	t->thread = (HANDLE)_beginthreadex(NULL, 0, run, t, 0, NULL);
	if (t->thread) return t;
	free(t);
	return NULL;
}

void record_thread_join(record_thread **thread)
{
	if (!*thread) return;
	(void)WaitForSingleObject((*thread)->thread, INFINITE);
	(void)CloseHandle((*thread)->thread);
	free(*thread);
	*thread = NULL;
}

record_sync *record_sync_create(void)
{
	record_sync *s = malloc(sizeof *s);
	if (!s) return NULL;
	InitializeSRWLock(&s->lock);
	s->bell = CreateEventW(NULL, FALSE, FALSE, NULL);
	if (s->bell) return s;
	free(s);
	return NULL;
}

void record_sync_destroy(record_sync **sync)
{
	if (!*sync) return;
	(void)CloseHandle((*sync)->bell);
	free(*sync);
	*sync = NULL;
}

void record_lock(record_sync *sync)
{
	AcquireSRWLockExclusive(&sync->lock);
}

void record_unlock(record_sync *sync)
{
	ReleaseSRWLockExclusive(&sync->lock);
}

void record_ring(record_sync *sync)
{
	(void)SetEvent(sync->bell);
}

void record_sleep(record_sync *sync, uint64_t ns)
{
	(void)WaitForSingleObject(sync->bell, (DWORD)(ns / 1000000u + 1));
}
