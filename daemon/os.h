/* daemon/os.h - the few things the daemon asks of the operating system itself; all else goes through libuv. */
#ifndef PCD_OS_H
#define PCD_OS_H
#include <stddef.h>
#include <stdint.h>

/**
 * Ignore SIGPIPE, which a plugin's socket may cause at any time, and raise the limit of open files to what is
 * allowed: each region holds two locks, each an open file. Windows: no dialog boxes, no DLLs from the current folder, UTF-8
 * and plain line breaks on the console, timers of a millisecond. [main thread, before other threads]
 */
void pcd_os_prepare(void);

/**
 * Load a shared library with everything it needs resolved now: a missing function is an error here and not a
 * crash at its first call. It is never unloaded. [loop thread]
 * @return a handle, or NULL with the system's reason in @p why
 */
void *pcd_os_library(const char *path, char *why, size_t why_bytes);
/** Folders where an installation has its plugins, as seen from that of the program; NULL-ended. */
extern const char *const pcd_os_plugin_dirs[];
/** Files (Windows: handles) that this process has open; 0 unknown. Takes as long as there are many. */
uint64_t pcd_os_open_files(void);
/** Address of an exported symbol, NULL if there is none. */
void *pcd_os_symbol(void *library, const char *name);

#endif
