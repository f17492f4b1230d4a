/* daemon/win32/text.h - between the UTF-8 of this program and the UTF-16 of the system. */
#ifndef PCD_WIN32_TEXT_H
#define PCD_WIN32_TEXT_H
#include <stddef.h>
#include <wchar.h>

/** malloc'ed; NULL if there is no memory. What is no UTF-8 becomes U+FFFD. */
wchar_t *pcd_wide(const char *text);
/** malloc'ed; NULL if there is no memory. What is no UTF-16 becomes U+FFFD. */
char *pcd_utf8(const wchar_t *text);
/** The full path of one that may be relative, malloc'ed; NULL if there is none, or no memory. */
wchar_t *pcd_full_path(const char *path);
/** What the system says of an error of its own, one line, without its full stop. @return dst */
const char *pcd_error_text(unsigned long error, char *dst, size_t bytes);

#endif
