/* platform/win32/clock.c - see platform/clock.h.
 *
 * Unbiased interrupt time stands still while the machine sleeps, as CLOCK_MONOTONIC does: a laptop that wakes up does not find
 * every writer stale. Its precise form is newer than the coarse one, which ticks every 1 to 16 ms; where it is missing,
 * the performance counter is used, which goes on during sleep. */
#include "platform/clock.h"

#include "platform/win32/system.h"

#include <pagecast/control.h>

#define UNIT_NS          UINT64_C(100)
#define NS_PER_S         UINT64_C(1000000000)
#define UNITS_TO_1970    UINT64_C(116444736000000000)
#define HIGH_RESOLUTION  0x00000002u /* CREATE_WAITABLE_TIMER_HIGH_RESOLUTION, Windows 10 1803 */
#define SLEEP_ACCESS     (SYNCHRONIZE | TIMER_MODIFY_STATE)
#define LONGEST_SLEEP_NS (UINT64_C(3600) * NS_PER_S)

typedef VOID(WINAPI *unbiased_time)(PULONGLONG);

static unbiased_time precise_clock(void)
{
	union {
		FARPROC found;
		unbiased_time call;
	} f;
	HMODULE kernel = GetModuleHandleW(L"kernelbase.dll");
	f.found = kernel ? GetProcAddress(kernel, "QueryUnbiasedInterruptTimePrecise") : NULL;
	return f.call;
}

static uint64_t counter_ns(void)
{
	LARGE_INTEGER now, per_second;
	(void)QueryPerformanceCounter(&now);
	(void)QueryPerformanceFrequency(&per_second);
	return (uint64_t)(now.QuadPart / per_second.QuadPart) * NS_PER_S +
	       (uint64_t)(now.QuadPart % per_second.QuadPart) * NS_PER_S / (uint64_t)per_second.QuadPart;
}

uint64_t pc_clock_mono_ns(void)
{
	static uint32_t known; /* 1: `precise` has been looked for */
	static unbiased_time precise;
	ULONGLONG units;
	if (!pc_load_acquire_u32(&known)) {
		precise = precise_clock(); /* the same answer for every thread */
		pc_store_release_u32(&known, 1);
	}
	if (!precise) return counter_ns();
	precise(&units);
	return (uint64_t)units * UNIT_NS;
}

uint64_t pc_clock_unix_ns(void)
{
	FILETIME t;
	GetSystemTimePreciseAsFileTime(&t);
	return (((uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime) - UNITS_TO_1970) * UNIT_NS;
}

/* Sleep() rounds up to the tick of the machine; a timer of high resolution does not. */
static void sleep_once(uint64_t ns)
{
	LARGE_INTEGER due;
	HANDLE timer = CreateWaitableTimerExW(NULL, NULL, HIGH_RESOLUTION, SLEEP_ACCESS);
	due.QuadPart = -(LONGLONG)((ns + UNIT_NS - 1) / UNIT_NS);
	if (timer && SetWaitableTimer(timer, &due, 0, NULL, NULL, FALSE))
		(void)WaitForSingleObject(timer, INFINITE);
	else
		Sleep((DWORD)((ns + 999999) / 1000000));
	if (timer) (void)CloseHandle(timer);
}

void pc_clock_sleep_ns(uint64_t ns)
{
	for (; ns > LONGEST_SLEEP_NS; ns -= LONGEST_SLEEP_NS) sleep_once(LONGEST_SLEEP_NS);
	if (ns) sleep_once(ns);
}
