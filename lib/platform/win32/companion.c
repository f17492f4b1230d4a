/* platform/win32/companion.c - see platform/companion.h. */
#include "platform/companion.h"

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

pc_status pc_companion_try(pc_companion *companion)
{
	switch (WaitForSingleObject(companion->handle, 0)) {
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
