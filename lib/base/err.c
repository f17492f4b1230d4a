/* base/err.c - see err.h. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

pc_status pc_err_set(pc_err *err, pc_status s, const char *format, ...)
{
	if (err) {
		va_list args;
		va_start(args, format);
		(void)vsnprintf(err->text, sizeof err->text, format, args);
		va_end(args);
	}
	return s;
}

void pc_assert_failed(const char *condition, const char *file, int line)
{
	(void)fprintf(stderr, "pagecast: bug: %s:%d: %s\n", file, line, condition);
	abort();
}
