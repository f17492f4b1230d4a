/* win32/text.c - see text.h. */
#include "win32/text.h"

#include <stdlib.h>
#include <windows.h>

wchar_t *cli_wide(const char *text)
{
	int units = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
	wchar_t *wide = units > 0 ? malloc((size_t)units * sizeof *wide) : NULL;
	if (wide) (void)MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, units);
	return wide;
}

char *cli_utf8(const wchar_t *text)
{
	int bytes = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
	char *utf8 = bytes > 0 ? malloc((size_t)bytes) : NULL;
	if (utf8) (void)WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, bytes, NULL, NULL);
	return utf8;
}

pc_status cli_fail(pc_err *err, unsigned long error, const char *what)
{
	DWORD flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK;
	pc_status s = PC_EIO;
	wchar_t wide[256];
	DWORD units = FormatMessageW(flags, NULL, error, 0, wide, sizeof wide / sizeof *wide, NULL);
	while (units && (wide[units - 1] <= L' ' || wide[units - 1] == L'.')) units--;
	wide[units] = 0;
	char *text = cli_utf8(wide);
	if (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND) s = PC_EABSENT;
	if (error == ERROR_ACCESS_DENIED || error == ERROR_PRIVILEGE_NOT_HELD) s = PC_EPERM;
	s = pc_err_set(err, s, "%s: %s (error %lu)", what, text ? text : "", error);
	free(text);
	return s;
}
