/* win32/text.c - see text.h. */
#include "text.h"

#include <stdio.h>
#include <string.h>
#include <windows.h>

bool ws_wide(const char *utf8, wchar_t *to, size_t room)
{
	return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, utf8, -1, to, (int)room) > 0;
}

const char *ws_error_text(unsigned long error, char to[WS_ERROR_TEXT])
{
	wchar_t wide[128];
	char text[WS_ERROR_TEXT - 32] = "";
	DWORD flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK;
	DWORD chars = FormatMessageW(flags, NULL, error, 0, wide, 128, NULL);
	while (chars && wide[chars - 1] <= L' ') chars--;
	int bytes = chars ? WideCharToMultiByte(CP_UTF8, 0, wide, (int)chars, text, sizeof text - 1, NULL, NULL) : 0;
	text[bytes > 0 ? bytes : 0] = '\0';
	(void)snprintf(to, WS_ERROR_TEXT, "%s%serror %lu%s", text, text[0] ? " (" : "", error, text[0] ? ")" : "");
	return to;
}
