/* win32/stop.h - sleeping until something comes, the time is over, or somebody wants us to end. */
#ifndef PC_CLI_WIN32_STOP_H
#define PC_CLI_WIN32_STOP_H
#include <stdbool.h>

/** @param handle  to wait for, NULL: none. @return true: it is signalled */
bool cli_stop_wait(void *handle, unsigned timeout_ms);

#endif
