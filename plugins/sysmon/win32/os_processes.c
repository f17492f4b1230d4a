/* os_processes.c - all processes in one reading, on Windows: no handle to any of them, and so no right needed. */
#include "system.h"

#include <pagecast/status.h>
#include <stdlib.h>
#include <string.h>

#define CLASS_PROCESSES  5 /* SystemProcessInformation */
#define FIRST_BYTES      ((uint32_t)256 << 10)
#define MAX_BYTES        ((uint32_t)64 << 20)
#define STATUS_TOO_SMALL ((LONG)0xC0000004)
enum { THREAD_READY = 1, THREAD_RUNS = 2, THREAD_STANDS_BY = 3, THREAD_WAITS = 5, THREAD_DEFERRED = 7 };
#define WAIT_IS_SUSPENDED 5u

struct thread_facts {
	LARGE_INTEGER kernel, user, created;
	ULONG wait_time;
	void *start;
	HANDLE process, thread;
	LONG priority, base_priority;
	ULONG context_switches, state, wait_reason;
};

struct process_facts {
	ULONG next, thread_count;
	LARGE_INTEGER private_bytes;
	ULONG hard_faults, most_threads;
	ULONGLONG cycles;
	LARGE_INTEGER created, user, kernel;
	USHORT name_bytes, name_room;
	const wchar_t *name; /* within the reading */
	LONG priority;
	HANDLE pid, parent;
	ULONG handle_count, session;
	ULONG_PTR key;
	SIZE_T peak_virtual, virtual_bytes;
	ULONG faults;
	SIZE_T peak_working_set, working_set, rest[13];
	struct thread_facts threads[];
};

#if defined(_WIN64)
_Static_assert(offsetof(struct process_facts, name) == 64 && offsetof(struct process_facts, working_set) == 144 &&
                       offsetof(struct process_facts, threads) == 256 && sizeof(struct thread_facts) == 80,
               "the layout that ntdll fills");
#endif

int sysmon_os_processes_rewind(sysmon_os *os)
{
	ULONG bytes = 0;
	LONG status = STATUS_TOO_SMALL;
	os->processes_filled = os->processes_at = 0;
	while (status == STATUS_TOO_SMALL) {
		if (os->processes)
			status = NtQuerySystemInformation(CLASS_PROCESSES, os->processes, os->processes_bytes, &bytes);
		if (status != STATUS_TOO_SMALL) break;
		/* a quarter more than it wanted just now: processes start meanwhile */
		uint32_t larger = bytes > FIRST_BYTES ? (uint32_t)bytes + (uint32_t)bytes / 4 : FIRST_BYTES;
		if (larger <= os->processes_bytes) larger = os->processes_bytes * 2;
		if (larger > MAX_BYTES) return sysmon_win_fail(os, "the table of processes", ERROR_NOT_ENOUGH_MEMORY);
		free(os->processes);
		os->processes = malloc(larger);
		os->processes_bytes = os->processes ? larger : 0;
		if (!os->processes) return sysmon_win_fail(os, "the table of processes", ERROR_NOT_ENOUGH_MEMORY);
	}
	if (status < 0) return sysmon_win_fail_nt(os, "the table of processes", status);
	os->processes_filled = bytes;
	return PC_OK;
}

/* Running if a thread is or could be, stopped if all that wait are suspended. */
static uint8_t state_of(const struct process_facts *p, size_t room)
{
	uint32_t count = p->thread_count, waiting = 0, suspended = 0;
	if (count > (room - sizeof *p) / sizeof *p->threads) count = 0;
	for (uint32_t i = 0; i < count; i++) {
		switch (p->threads[i].state) {
		case THREAD_READY:
		case THREAD_RUNS:
		case THREAD_STANDS_BY:
		case THREAD_DEFERRED: return SYSMON_PROCESS_RUNNING;
		case THREAD_WAITS:
			waiting++;
			suspended += p->threads[i].wait_reason == WAIT_IS_SUSPENDED;
			break;
		default: break;
		}
	}
	if (!waiting) return SYSMON_PROCESS_UNKNOWN;
	return suspended == waiting ? SYSMON_PROCESS_STOPPED : SYSMON_PROCESS_SLEEPING;
}

static void fill(const struct process_facts *p, size_t room, struct sysmon_process_sample *ret)
{
	*ret = (struct sysmon_process_sample){.pid = (uint32_t)(ULONG_PTR)p->pid,
	                                      .state = state_of(p, room),
	                                      .thread_count = p->thread_count,
	                                      .start = (uint64_t)p->created.QuadPart,
	                                      .cpu_ns = (uint64_t)(p->user.QuadPart + p->kernel.QuadPart) * 100,
	                                      .rss_bytes = p->working_set};
	if (p->name) sysmon_win_text(ret->name, sizeof ret->name, p->name, p->name_bytes / sizeof(wchar_t));
}

int sysmon_os_processes_next(sysmon_os *os, struct sysmon_process_sample *ret)
{
	while (os->processes_filled - os->processes_at >= sizeof(struct process_facts)) {
		const struct process_facts *p = (const void *)((const char *)os->processes + os->processes_at);
		uint32_t left = os->processes_filled - os->processes_at;
		uint32_t room = p->next && p->next < left ? p->next : left;
		os->processes_at = p->next ? os->processes_at + room : os->processes_filled;
		if (!p->pid) continue; /* the idle process: its time is the time that nobody used */
		fill(p, room, ret);
		return 1;
	}
	return 0;
}
