/* text.h - UTF-8 outside, UTF-16 inside, and what the system says about an error. */
#ifndef WS_WIN32_TEXT_H
#define WS_WIN32_TEXT_H
#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

#define WS_ERROR_TEXT 160u

/** @return false: not UTF-8, or longer than @p room */
bool ws_wide(const char *utf8, wchar_t *to, size_t room);
/** "Access is denied. (error 5)"; returns @p to. */
const char *ws_error_text(unsigned long error, char to[WS_ERROR_TEXT]);

#endif
