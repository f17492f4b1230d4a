/* win32/thread.c - see thread.h. */
#include "../thread.h"

#include <process.h>
#include <stdlib.h>
#include <windows.h>

struct kit_thread {
	HANDLE thread;
	void (*fn)(void *arg);
	void *arg;
};

struct kit_lock {
	SRWLOCK lock;
};

struct kit_bell {
	HANDLE event; /* resets itself */
};

static unsigned __stdcall run(void *arg)
{
	const kit_thread *t = arg;
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
	if (found && MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, 64))
		(void)((describe)(void (*)(void))found)(thread, wide);
}

kit_thread *kit_thread_start(void (*fn)(void *arg), void *arg, const char *name)
{
	kit_thread *t = malloc(sizeof *t);
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

void kit_thread_join(kit_thread **thread)
{
	if (!*thread) return;
	(void)WaitForSingleObject((*thread)->thread, INFINITE);
	(void)CloseHandle((*thread)->thread);
	free(*thread);
	*thread = NULL;
}

kit_lock *kit_lock_create(void)
{
	kit_lock *l = malloc(sizeof *l);
	if (l) InitializeSRWLock(&l->lock);
	return l;
}

void kit_lock_destroy(kit_lock **lock)
{
	free(*lock);
	*lock = NULL;
}

void kit_lock_take(kit_lock *lock)
{
	AcquireSRWLockExclusive(&lock->lock);
}

void kit_lock_give(kit_lock *lock)
{
	ReleaseSRWLockExclusive(&lock->lock);
}

kit_bell *kit_bell_create(void)
{
	kit_bell *b = malloc(sizeof *b);
	if (!b) return NULL;
	b->event = CreateEventW(NULL, FALSE, FALSE, NULL);
	if (b->event) return b;
	free(b);
	return NULL;
}

void kit_bell_destroy(kit_bell **bell)
{
	if (!*bell) return;
	(void)CloseHandle((*bell)->event);
	free(*bell);
	*bell = NULL;
}

void kit_bell_ring(kit_bell *bell)
{
	(void)SetEvent(bell->event);
}

void kit_bell_sleep(kit_bell *bell, uint64_t ns)
{
	(void)WaitForSingleObject(bell->event, (DWORD)(ns / 1000000u + 1));
}
