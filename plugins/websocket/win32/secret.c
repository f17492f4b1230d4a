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
	pc_status st = error == ERROR_ACCESS_DENIED                                     ? PC_EPERM
	               : error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND ? PC_EABSENT
	               : error == ERROR_ALREADY_EXISTS || error == ERROR_FILE_EXISTS    ? PC_EBUSY
	                                                                                : PC_EIO;
	return ws_fail(err, st, "%s: %s", path, ws_error_text(error, text));
}

static pc_status path_of(const char *path, wchar_t wide[PATH_CHARS], ws_identity *who, pc_err *err)
{
	if (!ws_wide(path, wide, PATH_CHARS)) return ws_fail(err, PC_EINVAL, "the path is too long, or not UTF-8");
	if (!ws_identity_get(who)) return ws_fail(err, PC_EIO, "%s: the system does not say who we are", path);
	return PC_OK;
}

static pc_status check_file(HANDLE file, const char *path, const ws_identity *who, bool *ret_exposed, pc_err *err)
{
	BY_HANDLE_FILE_INFORMATION facts;
	bool is_ours = false;
	DWORD error;
	if (GetFileType(file) != FILE_TYPE_DISK || !GetFileInformationByHandle(file, &facts) ||
	    (facts.dwFileAttributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT)))
		return ws_fail(err, PC_EUNTRUSTED, "%s is not a plain file", path);
	error = ws_access_look(file, who, &is_ours, ret_exposed);
	if (error) return failed(err, path, error);
	return is_ours ? PC_OK : ws_fail(err, PC_EUNTRUSTED, "%s belongs to another user, not to us", path);
}

static pc_status read_all(HANDLE file, const char *path, char *to, size_t room, size_t *ret_bytes, pc_err *err)
{
	size_t bytes = 0;
	DWORD n = 1;
	while (bytes < room && n) {
		if (!ReadFile(file, to + bytes, (DWORD)(room - bytes), &n, NULL))
			return failed(err, path, GetLastError());
		bytes += n;
	}
	if (bytes == room) return ws_fail(err, PC_EINVAL, "%s: longer than %lu bytes", path, (unsigned long)room - 1);
	to[bytes] = '\0';
	*ret_bytes = bytes;
	return PC_OK;
}

pc_status ws_secret_read(const char *path, char *to, size_t room, size_t *ret_bytes, bool *ret_exposed, pc_err *err)
{
	wchar_t wide[PATH_CHARS];
	ws_identity who;
	pc_status st = path_of(path, wide, &who, err);
	HANDLE file;
	if (st != PC_OK) return st;
	/* BACKUP_SEMANTICS opens folders, too, so that they can be called what they are */
	file = CreateFileW(wide, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
	                   FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS, NULL);
	if (file == INVALID_HANDLE_VALUE) return failed(err, path, GetLastError());
	st = check_file(file, path, &who, ret_exposed, err);
	if (st == PC_OK) st = read_all(file, path, to, room, ret_bytes, err);
	(void)CloseHandle(file);
	return st;
}

/* Written beside, then moved. */
pc_status ws_secret_create(const char *path, const char *text, pc_err *err)
{
	wchar_t wide[PATH_CHARS], beside[PATH_CHARS + 16];
	ws_identity who;
	pc_status st = path_of(path, wide, &who, err);
	DWORD bytes = (DWORD)strlen(text), written = 0, error = 0;
	HANDLE file;
	if (st != PC_OK) return st;
	(void)swprintf(beside, PATH_CHARS + 16, L"%ls.%lu", wide, GetCurrentProcessId());
	(void)DeleteFileW(beside);
	file = ws_access_create(beside, &who);
	if (file == INVALID_HANDLE_VALUE) return failed(err, path, GetLastError());
	if (!WriteFile(file, text, bytes, &written, NULL) || written != bytes) error = GetLastError();
	(void)CloseHandle(file);
	if (!error && !MoveFileExW(beside, wide, MOVEFILE_WRITE_THROUGH)) error = GetLastError();
	if (error) (void)DeleteFileW(beside);
	return error ? failed(err, path, error) : PC_OK;
}

pc_status ws_secret_remove(const char *path, pc_err *err)
{
	wchar_t wide[PATH_CHARS];
	ws_identity who;
	pc_status st = path_of(path, wide, &who, err);
	if (st == PC_OK && !DeleteFileW(wide)) st = failed(err, path, GetLastError());
	return st == PC_EINVAL || st == PC_OK ? st : PC_EIO;
}
