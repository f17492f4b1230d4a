/* process_kit_win32.h - the Windows half of process_kit.h: a child is this program again, told which function to run. */
#ifndef PC_PROCESS_KIT_WIN32_H
#define PC_PROCESS_KIT_WIN32_H
#include <windows.h>

#include "platform/clock.h"
#include "region_kit.h"

#define KIT_CHILD "--kit-child"

typedef HANDLE kit_process;
typedef void kit_body(const char *name, uint64_t *cells);
#define KIT_KILLED 9 /* what kit_reap() says of one that was killed */

/* Words in a page shared with children made later; cell 0 is the child's "ready". The section has a name of this page alone. */
static HANDLE kit_cells_section;
static inline uint64_t *kit_cells(void)
{
	SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
	void *p;
	kit_cells_section = CreateFileMappingW(INVALID_HANDLE_VALUE, &inherited, PAGE_READWRITE, 0, 4096, NULL);
	p = MapViewOfFile(kit_cells_section, FILE_MAP_WRITE, 0, 0, 0);
	if (!p) PC_FAIL("cells: error %lu", (unsigned long)GetLastError());
	return p;
}

static inline void kit_sleep_ms(double ms)
{
	pc_clock_sleep_ns((uint64_t)(ms * 1e6));
}

static inline uint64_t kit_now_ns(void)
{
	return pc_clock_mono_ns();
}

/* Children die with us: they are in a job that ends when its last handle is closed. */
static inline HANDLE kit_job(void)
{
	static HANDLE job;
	JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
	if (job) return job;
	memset(&limits, 0, sizeof limits);
	limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
	job = CreateJobObjectW(NULL, NULL);
	(void)SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
	return job;
}

/* The body's place in this program, which is where it is in the child as well, wherever that was loaded. */
static inline uintptr_t kit_place_of(kit_body *body)
{
	return (uintptr_t)body - (uintptr_t)GetModuleHandleW(NULL);
}

/* Let others run. */
static inline void kit_yield(void)
{
	(void)SwitchToThread();
}

static inline kit_process kit_start(kit_body *body, const char *name, uint64_t *cells)
{
	char exe[MAX_PATH], command[2 * MAX_PATH];
	STARTUPINFOA startup = {.cb = sizeof startup};
	PROCESS_INFORMATION child;
	int tries = 5; /* Wine now and then has an internal error instead of a process */
	(void)cells;   /* the section is inherited */
	(void)GetModuleFileNameA(NULL, exe, sizeof exe);
	(void)snprintf(command, sizeof command, "\"%s\" " KIT_CHILD " %llx %llx %s", exe,
	               (unsigned long long)kit_place_of(body), (unsigned long long)(uintptr_t)kit_cells_section,
	               name ? name : "");
	while (!CreateProcessA(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &child))
		if (GetLastError() != ERROR_INTERNAL_ERROR || !--tries)
			PC_FAIL("spawn: error %lu", (unsigned long)GetLastError());
	(void)AssignProcessToJobObject(kit_job(), child.hProcess);
	(void)CloseHandle(child.hThread);
	return child.hProcess;
}

static inline int kit_has_ended(kit_process child)
{
	return WaitForSingleObject(child, 0) == WAIT_OBJECT_0;
}

/* What main() does with KIT_CHILD. */
static inline void kit_be_child(char **arguments, const char *name)
{
	kit_body *body = (kit_body *)((uintptr_t)GetModuleHandleW(NULL) + (uintptr_t)strtoull(arguments[0], NULL, 16));
	HANDLE section = (HANDLE)(uintptr_t)strtoull(arguments[1], NULL, 16);
	uint64_t *cells = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
	if (!cells) PC_FAIL("the child's cells: error %lu", (unsigned long)GetLastError());
	body(name, cells);
	exit(0);
}

static inline int kit_reap(kit_process child)
{
	DWORD code = 0;
	(void)WaitForSingleObject(child, INFINITE);
	(void)GetExitCodeProcess(child, &code);
	(void)CloseHandle(child);
	return (int)code;
}

static inline void kit_end(kit_process child)
{
	(void)TerminateProcess(child, KIT_KILLED);
}

#endif
