/* win32/files.c - see os.h: making files and folders. */
#include "os.h"

#include "win32/text.h"

#include <stdlib.h>
#include <windows.h>

static pc_status fail(pc_err *err, DWORD error, const char *path)
{
	pc_status s = cli_fail(err, error, path);
	return error == ERROR_ALREADY_EXISTS || error == ERROR_FILE_EXISTS ? PC_EBUSY : s;
}

pc_status cli_os_folder_make(const char *path, pc_err *err)
{
	wchar_t *wide = cli_wide(path);
	DWORD error = !wide ? ERROR_NOT_ENOUGH_MEMORY : CreateDirectoryW(wide, NULL) ? 0 : GetLastError();
	free(wide);
	return error ? fail(err, error, path) : PC_OK;
}

void cli_os_folder_remove(const char *path)
{
	wchar_t *wide = cli_wide(path);
	if (wide) (void)RemoveDirectoryW(wide);
	free(wide);
}

/* @return 0 or the system's error */
static DWORD write_new(const wchar_t *path, const char *text, size_t bytes)
{
	DWORD done = 0, error = 0;
	HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
	if (file == INVALID_HANDLE_VALUE) return GetLastError();
	if (!WriteFile(file, text, (DWORD)bytes, &done, NULL)) error = GetLastError();
	if (!error && done != bytes) error = ERROR_DISK_FULL;
	(void)CloseHandle(file);
	if (error) (void)DeleteFileW(path);
	return error;
}

pc_status cli_os_file_create(const char *path, const char *text, size_t bytes, pc_err *err)
{
	wchar_t *wide = cli_wide(path);
	DWORD error = wide ? write_new(wide, text, bytes) : ERROR_NOT_ENOUGH_MEMORY;
	free(wide);
	return error ? fail(err, error, path) : PC_OK;
}

void cli_os_file_remove(const char *path)
{
	wchar_t *wide = cli_wide(path);
	if (wide) (void)DeleteFileW(wide);
	free(wide);
}
