/* win32/thread.c - threads and locks, and the wall clock. */
#include "../os.h"
#include "text.h"

#include <process.h>
#include <stdlib.h>
#include <windows.h>

struct ws_thread {
	HANDLE thread;
	void (*fn)(void *arg);
	void *arg;
};

struct ws_lock {
	SRWLOCK lock;
};

static unsigned __stdcall run(void *arg)
{
	const ws_thread *t = arg;
	t->fn(t->arg);
	return 0;
}

/* For debuggers; Windows 10 and newer have it. */
static void set_name(HANDLE thread, const char *name)
{
	typedef HRESULT(WINAPI * describe)(HANDLE, PCWSTR);
	HMODULE kernel = GetModuleHandleW(L"kernel32.dll");
	FARPROC found = kernel ? GetProcAddress(kernel, "SetThreadDescription") : NULL;
	wchar_t wide[64];
	if (found && ws_wide(name, wide, 64)) (void)((describe)(void (*)(void))found)(thread, wide);
}

ws_thread *ws_thread_start(void (*fn)(void *arg), void *arg, const char *name)
{
	ws_thread *t = malloc(sizeof *t);
	if (!t) return NULL;
	t->fn = fn;
	t->arg = arg;
	t->thread = (HANDLE)_beginthreadex(NULL, 0, run, t, 0, NULL);
	if (t->thread) {
		set_name(t->thread, name);
		return t;
	}
	free(t);
	return NULL;
}

void ws_thread_join(ws_thread **thread)
{
	if (!*thread) return;
	(void)WaitForSingleObject((*thread)->thread, INFINITE);
	(void)CloseHandle((*thread)->thread);
	free(*thread);
	*thread = NULL;
}

unsigned ws_threads_max(void)
{
	return 1; /* there libwebsockets waits in poll(), and several of its contexts were never tried */
}

unsigned ws_cpu_count(void)
{
	return 1;
}

ws_lock *ws_lock_create(void)
{
	ws_lock *l = malloc(sizeof *l);
	if (l) InitializeSRWLock(&l->lock);
	return l;
}

void ws_lock_destroy(ws_lock **lock)
{
	free(*lock);
	*lock = NULL;
}

void ws_lock_take(ws_lock *lock)
{
	AcquireSRWLockExclusive(&lock->lock);
}

void ws_lock_give(ws_lock *lock)
{
	ReleaseSRWLockExclusive(&lock->lock);
}

uint64_t ws_unix_us(void)
{
	FILETIME t; /* 100 ns since 1601 */
	GetSystemTimePreciseAsFileTime(&t);
	return (((uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime) - UINT64_C(116444736000000000)) / 10;
}
