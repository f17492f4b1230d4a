/* os_system.c - processors, load and memory, on Windows. */
#include "system.h"

#include <math.h>
#include <pagecast/status.h>
#include <psapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLASS_PROCESSORS 8 /* SystemProcessorPerformanceInformation */

/* Times in 100 ns; the kernel's holds the idle one, and what interrupts and deferred calls took. */
struct core_times {
	LARGE_INTEGER idle, kernel, user, deferred, interrupt;
	ULONG interrupt_count;
};

/* Windows 7 and newer: only this one reaches the processors beyond the first group of 64. */
typedef LONG(NTAPI *query_ex)(int class, void *in, ULONG in_bytes, void *to, ULONG bytes, ULONG *ret_bytes);

/* ---- errors and texts -------------------------------------------------------------------------------- */

int sysmon_win_fail(sysmon_os *os, const char *what, DWORD error)
{
	(void)snprintf(os->error, sizeof os->error, "%s: error %lu", what, (unsigned long)error);
	switch (error) {
	case ERROR_FILE_NOT_FOUND:
	case ERROR_PATH_NOT_FOUND:
	case ERROR_NOT_SUPPORTED:
	case ERROR_CALL_NOT_IMPLEMENTED: return PC_EABSENT;
	case ERROR_ACCESS_DENIED: return PC_EPERM;
	case ERROR_NOT_ENOUGH_MEMORY:
	case ERROR_OUTOFMEMORY: return PC_ENOMEM;
	default: return PC_EIO;
	}
}

int sysmon_win_fail_nt(sysmon_os *os, const char *what, LONG status)
{
	(void)snprintf(os->error, sizeof os->error, "%s: status 0x%08lx", what, (unsigned long)status);
	return PC_EIO;
}

void sysmon_win_text(char *dst, size_t dst_bytes, const wchar_t *text, size_t chars)
{
	char all[1024];
	int bytes = chars ? WideCharToMultiByte(CP_UTF8, 0, text, (int)(chars > 256 ? 256 : chars), all, sizeof all,
	                                        NULL, NULL)
	                  : 0;
	size_t used = bytes > 0 ? (size_t)bytes : 0;
	if (used >= dst_bytes)
		for (used = dst_bytes - 1; used && ((unsigned char)all[used] & 0xC0) == 0x80;) used--;
	memset(dst, 0, dst_bytes);
	memcpy(dst, all, used);
}

/* ---- life -------------------------------------------------------------------------------------------- */

int sysmon_os_open(const char *procfs, const char *sysfs, sysmon_os **ret_os)
{
	sysmon_os *os = calloc(1, sizeof *os);
	DWORD count = GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
	(void)procfs;
	(void)sysfs;
	if (!os) return PC_ENOMEM;
	os->core_count = count < 1 ? 1 : count > SYSMON_CORES_MAX ? SYSMON_CORES_MAX : count;
	os->cores = calloc(os->core_count, sizeof(struct core_times));
	os->core_interrupts = calloc(os->core_count, sizeof *os->core_interrupts);
	if (!os->cores || !os->core_interrupts) {
		sysmon_os_close(&os);
		return PC_ENOMEM;
	}
	*ret_os = os;
	return PC_OK;
}

void sysmon_os_close(sysmon_os **os_at)
{
	sysmon_os *os = *os_at;
	if (!os) return;
	free(os->cores);
	free(os->core_interrupts);
	free(os->processes);
	free(os);
	*os_at = NULL;
}

const char *sysmon_os_error(const sysmon_os *os)
{
	return os->error;
}

uint32_t sysmon_os_core_count(const sysmon_os *os)
{
	return os->core_count;
}

/* ---- processors -------------------------------------------------------------------------------------- */

static LONG query_group(USHORT group, void *to, ULONG bytes, ULONG *ret_bytes)
{
	FARPROC found = GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQuerySystemInformationEx");
	if (!found) return NtQuerySystemInformation(CLASS_PROCESSORS, to, bytes, ret_bytes);
	return ((query_ex)(void (*)(void))found)(CLASS_PROCESSORS, &group, sizeof group, to, bytes, ret_bytes);
}

/* All groups, one after the other; @return rows filled, or a negative pc_status */
static int read_cores(sysmon_os *os)
{
	struct core_times *cores = os->cores;
	WORD groups = GetActiveProcessorGroupCount();
	uint32_t count = 0;
	for (USHORT group = 0; group < groups && count < os->core_count; group++) {
		ULONG bytes = 0, room = (ULONG)((os->core_count - count) * sizeof *cores);
		LONG status = groups > 1 ? query_group(group, cores + count, room, &bytes)
		                         : NtQuerySystemInformation(CLASS_PROCESSORS, cores, room, &bytes);
		if (status < 0) return sysmon_win_fail_nt(os, "processor times", status);
		count += bytes / (ULONG)sizeof *cores;
	}
	return (int)count;
}

static uint64_t counted(LARGE_INTEGER t)
{
	return t.QuadPart > 0 ? (uint64_t)t.QuadPart : 0;
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static struct sysmon_cpu_times times_of(const struct core_times *c)
{
	uint64_t idle = counted(c->idle), irq = counted(c->interrupt), deferred = counted(c->deferred);
	return (struct sysmon_cpu_times){.user = counted(c->user),
	                                 .system = less(counted(c->kernel), idle + irq + deferred),
	                                 .idle = idle,
	                                 .irq = irq,
	                                 .softirq = deferred};
}

int sysmon_os_cpu(sysmon_os *os, struct sysmon_cpu_sample *sample)
{
	const struct core_times *cores = os->cores;
	int filled = read_cores(os);
	if (filled < 0) return filled;
	/* threads and forks are counted by no call that is cheap enough to be made ten times a second */
	sample->context_switches = sample->forks = 0;
	sample->running_count = sample->blocked_count = 0;
	sample->all = (struct sysmon_cpu_times){0};
	for (uint32_t i = 0; i < sample->core_capacity; i++) {
		struct sysmon_core_sample *core = &sample->core[i];
		core->online = i < (uint32_t)filled;
		if (!core->online) continue;
		core->times = times_of(&cores[i]);
		sample->all.user += core->times.user;
		sample->all.system += core->times.system;
		sample->all.idle += core->times.idle;
		sample->all.irq += core->times.irq;
		sample->all.softirq += core->times.softirq;
		os->interrupts += (uint32_t)(cores[i].interrupt_count - os->core_interrupts[i]);
		os->core_interrupts[i] = cores[i].interrupt_count;
	}
	sample->interrupts = os->interrupts;
	return PC_OK;
}

int sysmon_os_load(sysmon_os *os, float ret_load[3])
{
	(void)os;
	for (int i = 0; i < 3; i++) ret_load[i] = NAN; /* Windows keeps no such number */
	return PC_OK;
}

int sysmon_os_uptime(sysmon_os *os, double *ret_s)
{
	(void)os;
	*ret_s = (double)GetTickCount64() / 1000; /* counts while the machine sleeps, as on Linux */
	return PC_OK;
}

/* ---- memory ------------------------------------------------------------------------------------------ */

static BOOL CALLBACK add_page_file(LPVOID arg, PENUM_PAGE_FILE_INFORMATION file, LPCWSTR name)
{
	struct sysmon_memory *m = arg;
	(void)name;
	m->swap_total_bytes += file->TotalSize;
	m->swap_used_bytes += file->TotalInUse;
	return TRUE;
}

int sysmon_os_memory(sysmon_os *os, struct sysmon_memory *ret)
{
	MEMORYSTATUSEX status = {.dwLength = sizeof status};
	PERFORMANCE_INFORMATION more = {.cb = sizeof more};
	struct sysmon_memory m = {0};
	if (!GlobalMemoryStatusEx(&status)) return sysmon_win_fail(os, "GlobalMemoryStatusEx", GetLastError());
	m.total_bytes = status.ullTotalPhys;
	m.available_bytes = status.ullAvailPhys;
	m.used_bytes = less(m.total_bytes, m.available_bytes);
	if (GetPerformanceInfo(&more, sizeof more)) {
		m.cached_bytes = (uint64_t)more.SystemCache * more.PageSize;
		/* in pages, both of them */
		if (EnumPageFilesW(add_page_file, &m)) {
			m.swap_total_bytes *= more.PageSize;
			m.swap_used_bytes *= more.PageSize;
		}
	}
	/* the cache is what can be given up at once and what cannot: at least so much is not used for anything */
	m.free_bytes = less(m.available_bytes, m.cached_bytes);
	*ret = m;
	return PC_OK;
}
