/* base/err.h - filling a caller's pc_err, and the assertion that stays on in release builds. */
#ifndef PC_BASE_ERR_H
#define PC_BASE_ERR_H
#include <pagecast/status.h>
#include <stdio.h>

#if defined(__MINGW_PRINTF_FORMAT) /* which printf() it is, there: that of C or an older one of Windows */
#define PC_PRINTF(format_index, first_index) __attribute__((format(__MINGW_PRINTF_FORMAT, format_index, first_index)))
#elif defined(__GNUC__)
#define PC_PRINTF(format_index, first_index) __attribute__((format(printf, format_index, first_index)))
#else
#define PC_PRINTF(format_index, first_index)
#endif

/** Fill @p err (which may be NULL) and return @p s, so that a failure is one statement. [any thread] */
pc_status pc_err_set(pc_err *err, pc_status s, const char *format, ...) PC_PRINTF(3, 4);

/** For our own bugs only, never for input: says where, then aborts. On in every build. */
#define PC_ASSERT(condition) ((condition) ? (void)0 : pc_assert_failed(#condition, __FILE__, __LINE__))
#if defined(__GNUC__)
__attribute__((noreturn))
#endif
void pc_assert_failed(const char *condition, const char *file, int line);

#endif
