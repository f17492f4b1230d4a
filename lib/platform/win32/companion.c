/* platform/win32/companion.c - see platform/companion.h. */
#include "platform/companion.h"

#include "base/err.h"
#include "platform/win32/security.h"
#include "platform/win32/system.h"

#include <string.h>

pc_status pc_companion_open(const char *name, pc_companion *ret_companion, pc_err *err)
{
	wchar_t wide[MAX_PATH];
	HANDLE mutex =
	        pc_win_wide(name, wide, MAX_PATH) ? OpenMutexW(SYNCHRONIZE | MUTEX_MODIFY_STATE, FALSE, wide) : NULL;
	if (!mutex) return pc_win_fail(err, GetLastError(), "cannot open mutex", name);
	memset(ret_companion, 0, sizeof *ret_companion);
	ret_companion->handle = mutex;
	return PC_OK;
}

/* Who may read the region may take it for a copy; who may anything with the one, with the other, too. */
pc_status pc_companion_create(const char *name, const pc_access *access, pc_companion *ret_companion, pc_err *err)
{
	wchar_t wide[MAX_PATH];
	DWORD rights = access->mode & 0002   ? MUTEX_ALL_ACCESS
	               : access->mode & 0004 ? SYNCHRONIZE | MUTEX_MODIFY_STATE
	                                     : READ_CONTROL;
	SECURITY_ATTRIBUTES sa = {.nLength = sizeof sa};
	HANDLE mutex;
	DWORD error;
	pc_status s = access->sddl ? pc_security_of_access(access, &sa.lpSecurityDescriptor, err)
	                           : pc_security_for_others(rights, &sa.lpSecurityDescriptor);
	if (s != PC_OK) return s;
	if (!pc_win_wide(name, wide, MAX_PATH)) {
		(void)LocalFree(sa.lpSecurityDescriptor);
		return pc_err_set(err, PC_EINVAL, "mutex '%.63s' is not a name", name);
	}
	mutex = CreateMutexW(&sa, FALSE, wide);
	error = GetLastError();
	(void)LocalFree(sa.lpSecurityDescriptor);
	if (!mutex && error == ERROR_ACCESS_DENIED) return pc_companion_open(name, ret_companion, err);
	if (!mutex && error == ERROR_INVALID_HANDLE)
		return pc_err_set(err, PC_EBUSY, "mutex '%.63s': something else has that name", name);
	if (!mutex) return pc_win_create_failed(err, error, name);
	memset(ret_companion, 0, sizeof *ret_companion);
	ret_companion->handle = mutex;
	return PC_OK;
}

pc_status pc_companion_try(pc_companion *companion)
{
	return pc_companion_wait(companion, 0);
}

pc_status pc_companion_wait(pc_companion *companion, uint32_t timeout_ms)
{
	switch (WaitForSingleObject(companion->handle, timeout_ms)) {
	case WAIT_OBJECT_0: return PC_OK;
	case WAIT_ABANDONED: return PC_ESTALE;
	case WAIT_TIMEOUT: return PC_EBUSY;
	default: return PC_EIO;
	}
}

void pc_companion_give(pc_companion *companion)
{
	(void)ReleaseMutex(companion->handle);
}

void pc_companion_close(pc_companion *companion)
{
	if (companion->handle) (void)CloseHandle(companion->handle);
	companion->handle = NULL;
}
