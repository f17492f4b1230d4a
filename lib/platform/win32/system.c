/* platform/win32/system.c - see system.h. */
#include "platform/win32/system.h"

#include "base/err.h"

#include <stdio.h>
#include <string.h>

pc_status pc_win_status(DWORD error)
{
	switch (error) {
	case ERROR_SUCCESS: return PC_OK;
	case ERROR_FILE_NOT_FOUND:
	case ERROR_PATH_NOT_FOUND:
	case ERROR_BAD_NETPATH: return PC_EABSENT;
	case ERROR_ACCESS_DENIED:
	case ERROR_PRIVILEGE_NOT_HELD:
	case ERROR_WRITE_PROTECT: return PC_EPERM;
	case ERROR_ALREADY_EXISTS:
	case ERROR_FILE_EXISTS:
	case ERROR_SHARING_VIOLATION: return PC_EBUSY;
	case ERROR_COMMITMENT_LIMIT:
	case ERROR_NOT_ENOUGH_MEMORY:
	case ERROR_NO_SYSTEM_RESOURCES:
	case ERROR_DISK_FULL:
	case ERROR_HANDLE_DISK_FULL: return PC_ENOSPC;
	case ERROR_OUTOFMEMORY: return PC_ENOMEM;
	case ERROR_INVALID_HANDLE: return PC_EUNTRUSTED; /* the name is an object of another kind */
	default: return PC_EIO;
	}
}

/* "Access is denied. (5)": the system's words where it has some, the number always. */
static void explain(DWORD error, char *text, size_t text_bytes)
{
	wchar_t words[128];
	DWORD units = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, error, 0, words,
	                             sizeof words / sizeof words[0], NULL);
	char own[128];
	while (units && (words[units - 1] == L'\n' || words[units - 1] == L'\r' || words[units - 1] == L' ')) units--;
	if (units == sizeof words / sizeof words[0]) units--;
	words[units] = 0;
	pc_win_utf8(words, own, sizeof own);
	(void)snprintf(text, text_bytes, "%s%s(error %lu)", own, units ? " " : "", (unsigned long)error);
}

pc_status pc_win_fail(pc_err *err, DWORD error, const char *what, const char *name)
{
	char text[160];
	if (!err) return pc_win_status(error);
	explain(error, text, sizeof text);
	return pc_err_set(err, pc_win_status(error), "%s %.80s: %s", what, name, text);
}

pc_status pc_win_create_failed(pc_err *err, DWORD error, const char *name)
{
	int is_global = strncmp(name, "Global\\", 7) == 0;
	if (!is_global || pc_win_status(error) != PC_EPERM) return pc_win_fail(err, error, "cannot create", name);
	return pc_err_set(
	        err, PC_EPERM,
	        "cannot create %.80s: a name for all sessions needs SeCreateGlobalPrivilege, which services and "
	        "administrators have (error %lu)",
	        name, (unsigned long)error);
}

int pc_win_wide(const char *text, wchar_t *ret_text, size_t ret_units)
{
	return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, ret_text, (int)ret_units) > 0;
}

void pc_win_utf8(const wchar_t *text, char *ret_text, size_t ret_bytes)
{
	size_t at = 0;
	for (size_t i = 0; text[i]; i++) {
		char one[8];
		int units = text[i] >= 0xd800 && text[i] < 0xdc00 && text[i + 1] ? 2 : 1;
		int bytes = WideCharToMultiByte(CP_UTF8, 0, text + i, units, one, (int)sizeof one, NULL, NULL);
		if (bytes <= 0 || at + (size_t)bytes >= ret_bytes) break;
		memcpy(ret_text + at, one, (size_t)bytes);
		at += (size_t)bytes;
		i += (size_t)units - 1;
	}
	ret_text[at] = 0;
}
