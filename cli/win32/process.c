/* win32/process.c - see os.h: the daemon's process, and users. */
#include "os.h"

#include "win32/text.h"

#include <pagecast/control.h>

#include <aclapi.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

/* ---- reload ----------------------------------------------------------------------------------------------- */

/* Its creation time, as the control page has it; else the pid has been given to somebody else since, or is a lie. */
static pc_status check_process(uint32_t pid, uint64_t start, pc_err *err)
{
	FILETIME created, others[3];
	HANDLE process = pid ? OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid) : NULL;
	DWORD error = GetLastError();
	bool is_known = process && GetProcessTimes(process, &created, others, others + 1, others + 2);
	if (process) (void)CloseHandle(process);
	if (!process && error == ERROR_ACCESS_DENIED)
		return pc_err_set(err, PC_EPERM, "pid %u is a process that you may not ask", pid);
	if (!is_known) return pc_err_set(err, PC_EABSENT, "there is no process %u", pid);
	if (start && start != ((uint64_t)created.dwHighDateTime << 32 | created.dwLowDateTime))
		return pc_err_set(err, PC_EABSENT, "pid %u is not that daemon, or not any more", pid);
	return PC_OK;
}

/* The owner of a named object. LocalFree(*ret_descriptor). @return 0 or an error */
static DWORD owner_of(HANDLE object, PSID *ret_owner, PSECURITY_DESCRIPTOR *ret_descriptor)
{
	return GetSecurityInfo(object, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION, ret_owner, NULL, NULL, NULL,
	                       ret_descriptor);
}

static bool have_one_owner(HANDLE a, HANDLE b)
{
	PSECURITY_DESCRIPTOR of_a = NULL, of_b = NULL;
	PSID owner_a, owner_b;
	bool same = !owner_of(a, &owner_a, &of_a) && !owner_of(b, &owner_b, &of_b) && EqualSid(owner_a, owner_b);
	if (of_a) (void)LocalFree(of_a);
	if (of_b) (void)LocalFree(of_b);
	return same;
}

/* In this session, or in that of services, which is the machine's. NULL with GetLastError() */
static HANDLE open_event(uint32_t pid)
{
	static const wchar_t *const spaces[] = {L"Local", L"Global"};
	HANDLE event = NULL;
	for (int i = 0; i < 2 && !event; i++) {
		wchar_t name[64];
		(void)swprintf(name, sizeof name / sizeof *name, L"%ls\\pagecast-reload-%u", spaces[i], pid);
		event = OpenEventW(EVENT_MODIFY_STATE | READ_CONTROL, FALSE, name);
		if (!event && GetLastError() != ERROR_FILE_NOT_FOUND) return NULL;
	}
	return event;
}

static HANDLE open_control(const char *region)
{
	char name[PC_NAME_BYTES + sizeof PC_CONTROL_SUFFIX];
	(void)snprintf(name, sizeof name, "%s%s", region, PC_CONTROL_SUFFIX);
	wchar_t *wide = cli_wide(name);
	HANDLE section = wide ? OpenFileMappingW(FILE_MAP_READ | READ_CONTROL, FALSE, wide) : NULL;
	free(wide);
	return section;
}

pc_status cli_os_ask_reload(const char *region, uint32_t pid, uint64_t start, uint64_t pidns, pc_err *err)
{
	(void)pidns;
	pc_status s = check_process(pid, start, err);
	if (s != PC_OK) return s;
	HANDLE event = open_event(pid);
	if (!event) return cli_fail(err, GetLastError(), "cannot ask it");
	HANDLE section = open_control(region);
	if (!section || !have_one_owner(event, section))
		s = pc_err_set(err, PC_EPERM, "pid %u and the region '%s' are not of one owner", pid, region);
	else if (!SetEvent(event))
		s = cli_fail(err, GetLastError(), "cannot ask it");
	if (section) (void)CloseHandle(section);
	(void)CloseHandle(event);
	return s;
}

/* ---- users ------------------------------------------------------------------------------------------------ */

bool cli_os_user(const char *name, size_t bytes, uint32_t *ret_uid)
{
	char text[16], *end;
	if (!bytes || bytes >= sizeof text || name[0] < '0' || name[0] > '9') return false;
	memcpy(text, name, bytes);
	text[bytes] = 0;
	unsigned long long number = strtoull(text, &end, 10);
	if (*end || number > UINT32_MAX) return false;
	*ret_uid = (uint32_t)number;
	return true;
}
