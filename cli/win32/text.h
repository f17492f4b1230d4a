/* win32/text.h - between the UTF-8 of this program and the UTF-16 and error numbers of the system. */
#ifndef PC_CLI_WIN32_TEXT_H
#define PC_CLI_WIN32_TEXT_H
#include "base/err.h"

#include <stddef.h>
#include <wchar.h>

/** malloc'ed; NULL if there is no memory. What is no UTF-8 becomes U+FFFD. */
wchar_t *cli_wide(const char *text);
/** malloc'ed; NULL if there is no memory. What is no UTF-16 becomes U+FFFD. */
char *cli_utf8(const wchar_t *text);
/** "WHAT: what the system says of its error". @return the status that error is */
pc_status cli_fail(pc_err *err, unsigned long error, const char *what);

#endif
