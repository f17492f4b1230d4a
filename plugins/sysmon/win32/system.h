/* system.h - what the files of the Windows half share. */
#ifndef SYSMON_WIN32_SYSTEM_H
#define SYSMON_WIN32_SYSTEM_H
#include "../os.h"

#include <wchar.h>
#include <winsock2.h> /* before windows.h */

#include <windows.h>

struct sysmon_os {
	uint32_t core_count;
	void *cores; /* what the system filled last, core_count rows */
	uint32_t *core_interrupts;
	uint64_t interrupts;       /* of all cores; the system counts each in 32 bits */
	void *processes;           /* one reading of all, walked by next() */
	uint32_t processes_bytes;  /* room there */
	uint32_t processes_filled; /* of it */
	uint32_t processes_at;
	char error[320];
};

/** Remember "WHAT: reason" for an error of the system, and return the pc_status that stands for it. */
int sysmon_win_fail(sysmon_os *os, const char *what, DWORD error);
/** The same for an NTSTATUS. */
int sysmon_win_fail_nt(sysmon_os *os, const char *what, LONG status);
/** UTF-16 of @p chars characters to UTF-8, cut at a whole character and padded with zeroes. */
void sysmon_win_text(char *dst, size_t dst_bytes, const wchar_t *text, size_t chars);

/* ntdll; documented in winternl.h, whose structs leave out what everybody reads: ours are in the .c files. */
LONG NTAPI NtQuerySystemInformation(int class, void *to, ULONG bytes, ULONG *ret_bytes);

#endif
