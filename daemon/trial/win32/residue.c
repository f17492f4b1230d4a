/* trial/win32/residue.c - see residue.h. */
#include "daemon/trial/residue.h"

#include <malloc.h>
#include <windows.h>

#include <tlhelp32.h>

uint32_t pcd_residue_threads(void)
{
	HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
	THREADENTRY32 entry = {.dwSize = sizeof entry};
	uint32_t count = 0;
	DWORD self = GetCurrentProcessId();
	if (all == INVALID_HANDLE_VALUE) return 0;
	for (BOOL more = Thread32First(all, &entry); more; more = Thread32Next(all, &entry))
		count += entry.th32OwnerProcessID == self;
	(void)CloseHandle(all);
	return count;
}

uint32_t pcd_residue_descriptors(void)
{
	DWORD count = 0;
	return GetProcessHandleCount(GetCurrentProcess(), &count) ? count : 0;
}

uint64_t pcd_residue_heap_bytes(void)
{
	HANDLE heap = (HANDLE)_get_heap_handle();
	PROCESS_HEAP_ENTRY entry = {.lpData = NULL};
	uint64_t bytes = 0;
	if (!heap || !HeapLock(heap)) return 0;
	while (HeapWalk(heap, &entry))
		if (entry.wFlags & PROCESS_HEAP_ENTRY_BUSY) bytes += entry.cbData;
	(void)HeapUnlock(heap);
	return bytes;
}

uint64_t pcd_residue_waited_ns(void)
{
	return 0;
}
