/* fail.h - a status, and one line for a person. */
#ifndef WS_FAIL_H
#define WS_FAIL_H
#include <pagecast/status.h>
#include <stdarg.h>
#include <stdio.h>

/** Write the line, if somebody wants it, and return @p status. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static inline pc_status
ws_fail(pc_err *err, pc_status status, const char *format, ...)
{
	va_list args;
	if (!err) return status;
	va_start(args, format);
	(void)vsnprintf(err->text, sizeof err->text, format, args);
	va_end(args);
	return status;
}

#endif
