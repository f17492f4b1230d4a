/* platform/win32/bell.c - see platform/bell.h. */
#include "platform/bell.h"

#include "base/err.h"
#include "platform/win32/security.h"
#include "platform/win32/system.h"

#include <string.h>

#define EVENT_QUERY_RIGHT 0x0001 /* EVENT_QUERY_STATE of the driver kit */

typedef LONG NTSTATUS;
typedef struct event_facts {
	LONG wakes_one; /* EVENT_TYPE: 0 NotificationEvent, 1 SynchronizationEvent */
	LONG is_set;
} event_facts;
NTSTATUS NTAPI NtQueryEvent(HANDLE event, int what, void *facts, ULONG bytes, ULONG *ret_bytes);

static pc_status judge(HANDLE event, const char *name, pc_err *err)
{
	event_facts facts;
	if (NtQueryEvent(event, 0, &facts, sizeof facts, NULL) < 0)
		return pc_err_set(err, PC_EIO, "event '%.63s' cannot be asked what it is", name);
	if (facts.wakes_one)
		return pc_err_set(err, PC_EBUSY,
		                  "event '%.63s' wakes one waiter only, and waiting for it would take that away", name);
	return PC_OK;
}

static pc_status take(HANDLE event, const char *name, pc_bell *ret_bell, pc_err *err)
{
	pc_status s = judge(event, name, err);
	if (s != PC_OK) {
		(void)CloseHandle(event);
		return s;
	}
	memset(ret_bell, 0, sizeof *ret_bell);
	ret_bell->handle = event;
	return PC_OK;
}

pc_status pc_bell_create(const char *name, const pc_access *access, pc_bell *ret_bell, pc_err *err)
{
	wchar_t wide[MAX_PATH];
	DWORD error, rights = access->mode & 0002   ? EVENT_ALL_ACCESS
	                      : access->mode & 0004 ? SYNCHRONIZE | EVENT_QUERY_RIGHT
	                                            : READ_CONTROL;
	SECURITY_ATTRIBUTES sa = {.nLength = sizeof sa};
	HANDLE event;
	pc_status s = access->sddl ? pc_security_of_access(access, &sa.lpSecurityDescriptor, err)
	                           : pc_security_for_others(rights, &sa.lpSecurityDescriptor);
	if (s != PC_OK) return s;
	if (!pc_win_wide(name, wide, MAX_PATH)) {
		(void)LocalFree(sa.lpSecurityDescriptor);
		return pc_err_set(err, PC_EINVAL, "event '%.63s' is not a name", name);
	}
	event = CreateEventW(&sa, TRUE, FALSE, wide);
	error = GetLastError();
	(void)LocalFree(sa.lpSecurityDescriptor);
	if (!event && error == ERROR_INVALID_HANDLE)
		return pc_err_set(err, PC_EBUSY, "event '%.63s': something else has that name", name);
	if (!event) return pc_win_create_failed(err, error, name);
	return take(event, name, ret_bell, err);
}

void pc_bell_ring(pc_bell *bell)
{
	(void)PulseEvent(bell->handle);
}

pc_status pc_bell_open(const char *name, pc_bell *ret_bell, pc_err *err)
{
	wchar_t wide[MAX_PATH];
	HANDLE event =
	        pc_win_wide(name, wide, MAX_PATH) ? OpenEventW(SYNCHRONIZE | EVENT_QUERY_RIGHT, FALSE, wide) : NULL;
	if (!event) return pc_win_fail(err, GetLastError(), "cannot open event", name);
	return take(event, name, ret_bell, err);
}

pc_status pc_bell_wait(pc_bell *bell, uint32_t timeout_ms)
{
	switch (WaitForSingleObject(bell->handle, timeout_ms)) {
	case WAIT_OBJECT_0: return PC_OK;
	case WAIT_TIMEOUT: return PC_ETIMEDOUT;
	default: return PC_EIO;
	}
}

int pc_bell_is_named(const pc_bell *bell)
{
	(void)bell;
	return 1;
}

void pc_bell_close(pc_bell *bell)
{
	if (bell->handle) (void)CloseHandle(bell->handle);
	memset(bell, 0, sizeof *bell);
}
