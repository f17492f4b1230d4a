/* platform/win32/system.h - <windows.h>, the system's errors as ours, and texts as the system wants them. */
#ifndef PC_PLATFORM_WIN32_SYSTEM_H
#define PC_PLATFORM_WIN32_SYSTEM_H
#include <windows.h>

#include <pagecast/status.h>
#include <stddef.h>
#include <stdint.h>

/** The status that an error of the system amounts to. [any thread] */
pc_status pc_win_status(DWORD error);
/** The same with a line for a person: "<what> <name>: <what the system says>". @p name is UTF-8. */
pc_status pc_win_fail(pc_err *err, DWORD error, const char *what, const char *name);
/**
 * Why an object could not be created: as pc_win_fail(), but a refusal in `Global\` names the privilege that it needs.
 * @param name  UTF-8, with its prefix
 */
pc_status pc_win_create_failed(pc_err *err, DWORD error, const char *name);

/** UTF-8 to UTF-16. @return 1; 0 not UTF-8, or too long */
int pc_win_wide(const char *text, wchar_t *ret_text, size_t ret_units);
/** UTF-16 to UTF-8, cut to what fits. */
void pc_win_utf8(const wchar_t *text, char *ret_text, size_t ret_bytes);

#endif
