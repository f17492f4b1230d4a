/* daemon/win32/text.c - see text.h. */
#include "daemon/win32/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

wchar_t *pcd_wide(const char *text)
{
	int units = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
	wchar_t *wide = units > 0 ? malloc((size_t)units * sizeof *wide) : NULL;
	if (wide) (void)MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, units);
	return wide;
}

char *pcd_utf8(const wchar_t *text)
{
	int bytes = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
	char *utf8 = bytes > 0 ? malloc((size_t)bytes) : NULL;
	if (utf8) (void)WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, bytes, NULL, NULL);
	return utf8;
}

wchar_t *pcd_full_path(const char *path)
{
	wchar_t *given = pcd_wide(path), *full = NULL;
	DWORD units = given ? GetFullPathNameW(given, 0, NULL, NULL) : 0;
	if (units) full = malloc(units * sizeof *full);
	if (full && !GetFullPathNameW(given, units, full, NULL)) {
		free(full);
		full = NULL;
	}
	free(given);
	return full;
}

/* English, so that logs are comparable and can be searched for; where it is not installed the user's language. */
const char *pcd_error_text(unsigned long error, char *dst, size_t bytes)
{
	DWORD flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK;
	DWORD english = MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US);
	wchar_t wide[256];
	DWORD units = FormatMessageW(flags, NULL, error, english, wide, sizeof wide / sizeof *wide, NULL);
	char *text;
	if (!units) units = FormatMessageW(flags, NULL, error, 0, wide, sizeof wide / sizeof *wide, NULL);
	while (units && (wide[units - 1] <= L' ' || wide[units - 1] == L'.')) units--;
	wide[units] = 0;
	text = units ? pcd_utf8(wide) : NULL;
	(void)snprintf(dst, bytes, "%s (error %lu)", text ? text : "no text for it", error);
	free(text);
	return dst;
}
