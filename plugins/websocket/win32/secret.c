/* win32/secret.c - random bytes, and a file that only this user can read. */
#include "../fail.h"
#include "../os.h"
#include "secret_access.h"
#include "text.h"

#include <bcrypt.h>
#include <stdio.h>
#include <string.h>

#define PATH_CHARS 4200u

int ws_random(void *to, size_t bytes)
{
	uint8_t *at = to;
	while (bytes) {
		ULONG some = bytes > 65536 ? 65536 : (ULONG)bytes;
		if (BCryptGenRandom(NULL, at, some, BCRYPT_USE_SYSTEM_PREFERRED_RNG)) return -1;
		at += some;
		bytes -= some;
	}
	return 0;
}

/* An absolute folder in the environment, as UTF-8. */
static bool folder_of(const wchar_t *variable, char *to, int room)
{
	wchar_t wide[PATH_CHARS];
	DWORD chars = GetEnvironmentVariableW(variable, wide, PATH_CHARS);
	if (!chars || chars >= PATH_CHARS || (wide[1] != L':' && wcsncmp(wide, L"\\\\", 2))) return false;
	return WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, wide, -1, to, room, NULL, NULL) > 0;
}

int ws_token_default_path(const char *file_name, char *to, size_t room)
{
	char folder[PATH_CHARS];
	wchar_t wide[PATH_CHARS];
	ws_identity who;
	int n;
	if (!ws_identity_get(&who) || !folder_of(who.is_service ? L"ProgramData" : L"LOCALAPPDATA", folder, PATH_CHARS))
		return -1;
	n = snprintf(to, room, "%s\\pagecast", folder);
	if (n < 0 || (size_t)n >= room || !ws_wide(to, wide, PATH_CHARS)) return -1;
	(void)CreateDirectoryW(wide, NULL); /* if that fails, creating the file says why */
	n = snprintf(to, room, "%s\\pagecast\\%s", folder, file_name);
	return n < 0 || (size_t)n >= room ? -1 : 0;
}

static pc_status failed(pc_err *err, const char *path, DWORD error)
{
	char text[WS_ERROR_TEXT];
	return ws_fail(err, error == ERROR_ACCESS_DENIED ? PC_EPERM : PC_EIO, "token_file %s: %s", path,
	               ws_error_text(error, text));
}

static bool read_token(HANDLE file, char *token)
{
	char text[WS_TOKEN_MAX + 2] = {0};
	DWORD bytes = 0;
	return ReadFile(file, text, sizeof text - 1, &bytes, NULL) && bytes && ws_token_read(text, token);
}

static pc_status check_file(HANDLE file, const char *path, const ws_identity *who, bool *ret_others_can_read,
                            pc_err *err)
{
	BY_HANDLE_FILE_INFORMATION facts;
	bool is_ours = false;
	DWORD error;
	if (GetFileType(file) != FILE_TYPE_DISK || !GetFileInformationByHandle(file, &facts) ||
	    (facts.dwFileAttributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT)))
		return ws_fail(err, PC_EUNTRUSTED, "token_file %s is not a plain file", path);
	error = ws_access_look(file, who, &is_ours, ret_others_can_read);
	if (error) return failed(err, path, error);
	return is_ours ? PC_OK : ws_fail(err, PC_EUNTRUSTED, "token_file %s belongs to another user, not to us", path);
}

/* PC_EABSENT: there is none, or there was one that others could read and it is gone now. */
static pc_status take_existing(const char *path, const wchar_t *wide, const ws_identity *who, char *token,
                               bool *ret_replaced, pc_err *err)
{
	bool others_can_read = false;
	pc_status st;
	DWORD error;
	HANDLE file = CreateFileW(wide, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
	                          FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS, NULL);
	error = file == INVALID_HANDLE_VALUE ? GetLastError() : 0;
	if (error == ERROR_FILE_NOT_FOUND) return PC_EABSENT;
	if (error == ERROR_ACCESS_DENIED)
		return ws_fail(err, PC_EUNTRUSTED, "token_file %s may not be read by us", path);
	if (error) return failed(err, path, error);
	st = check_file(file, path, who, &others_can_read, err);
	if (st == PC_OK && !others_can_read && !read_token(file, token))
		st = ws_fail(err, PC_EINVAL,
		             "token_file %s does not hold a token of 32 to %u characters [A-Za-z0-9_-]; "
		             "delete it to get a new one",
		             path, WS_TOKEN_MAX);
	(void)CloseHandle(file);
	if (st != PC_OK || !others_can_read) return st;
	*ret_replaced = true;
	return DeleteFileW(wide) ? PC_EABSENT : failed(err, path, GetLastError());
}

/* Written beside, then moved: nobody ever sees half a token, and what stands there is not overwritten. */
static pc_status create(const char *path, const wchar_t *wide, const ws_identity *who, const char *fresh, pc_err *err)
{
	wchar_t beside[PATH_CHARS + 16];
	char line[WS_TOKEN_MAX + 2];
	DWORD bytes = (DWORD)snprintf(line, sizeof line, "%s\n", fresh), written = 0, error = 0;
	HANDLE file;
	(void)swprintf(beside, PATH_CHARS + 16, L"%ls.%lu", wide, GetCurrentProcessId());
	(void)DeleteFileW(beside);
	file = ws_access_create(beside, who);
	if (file == INVALID_HANDLE_VALUE) return failed(err, path, GetLastError());
	if (!WriteFile(file, line, bytes, &written, NULL) || written != bytes) error = GetLastError();
	(void)CloseHandle(file);
	if (!error && !MoveFileExW(beside, wide, MOVEFILE_WRITE_THROUGH)) error = GetLastError();
	if (error) (void)DeleteFileW(beside);
	if (error == ERROR_ALREADY_EXISTS || error == ERROR_FILE_EXISTS) return PC_EABSENT; /* somebody was faster */
	return error ? failed(err, path, error) : PC_OK;
}

pc_status ws_token_file(const char *path, const char *fresh, char *token, bool *ret_replaced, pc_err *err)
{
	wchar_t wide[PATH_CHARS];
	ws_identity who;
	pc_status st = PC_EABSENT;
	*ret_replaced = false;
	if (!ws_wide(path, wide, PATH_CHARS))
		return ws_fail(err, PC_EINVAL, "token_file: the path is too long, or not UTF-8");
	if (!ws_identity_get(&who)) return ws_fail(err, PC_EIO, "token_file: the system does not say who we are");
	/* Twice: another process may create it between our look and our move. */
	for (int i = 0; i < 2 && st == PC_EABSENT; i++) {
		st = take_existing(path, wide, &who, token, ret_replaced, err);
		if (st != PC_EABSENT) return st;
		st = create(path, wide, &who, fresh, err);
	}
	if (st == PC_EABSENT) return ws_fail(err, PC_EIO, "token_file %s comes and goes", path);
	if (st == PC_OK) memcpy(token, fresh, strlen(fresh) + 1);
	return st;
}
