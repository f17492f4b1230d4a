/* platform/win32/holder.c - see platform/holder.h. Who has a section open Windows does not tell; who is called so it does. */
#include "platform/holder.h"

#include "platform/win32/system.h"

#include <stdio.h>
#include <string.h>
#include <tlhelp32.h>

static int open_pid(DWORD pid, const char *program, pc_holder *ret)
{
	HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, pid);
	if (!process) return 0;
	memset(ret, 0, sizeof *ret);
	ret->handle = (intptr_t)process;
	ret->pid = pid;
	(void)snprintf(ret->name, sizeof ret->name, "%s", program);
	return 1;
}

pc_holder_key pc_holder_key_of(const pc_object *object)
{
	return (pc_holder_key){0, object->file_id};
}

uint32_t pc_holders_find(const pc_holder_key *object, const char *program, pc_holder ret_holders[PC_HOLDERS_MAX])
{
	wchar_t wanted[MAX_PATH];
	PROCESSENTRY32W entry = {.dwSize = sizeof entry};
	uint32_t count = 0;
	HANDLE all;
	(void)object;
	if (!program || !pc_win_wide(program, wanted, MAX_PATH)) return 0;
	all = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
	if (all == INVALID_HANDLE_VALUE) return 0;
	for (BOOL more = Process32FirstW(all, &entry); more && count < PC_HOLDERS_MAX;
	     more = Process32NextW(all, &entry))
		if (entry.th32ProcessID != GetCurrentProcessId() && !_wcsicmp(entry.szExeFile, wanted))
			count += (uint32_t)open_pid(entry.th32ProcessID, program, ret_holders + count);
	(void)CloseHandle(all);
	return count;
}

int pc_holder_has_ended(const pc_holder *holder)
{
	return WaitForSingleObject((HANDLE)holder->handle, 0) == WAIT_OBJECT_0;
}

void pc_holder_close(pc_holder *holder)
{
	if (holder->handle) (void)CloseHandle((HANDLE)holder->handle);
	memset(holder, 0, sizeof *holder);
}
