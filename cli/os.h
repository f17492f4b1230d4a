/* os.h - what the command line needs of the system besides libpagecast. posix/ answers it. */
#ifndef PC_CLI_OS_H
#define PC_CLI_OS_H
#include <pagecast/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** A reader of our output that went away is told by write(), not by a signal. */
void cli_os_start(void);
bool cli_os_is_terminal(FILE *file);
/** Columns of the terminal that stdout is; 0 = it is none, or does not say. */
unsigned cli_os_columns(void);

uint64_t cli_os_mono_ns(void);
uint64_t cli_os_unix_ns(void);
void cli_os_sleep_ms(unsigned ms);
/** "2024-05-01 12:00:01.123" in local time; the time of day starts at byte 11. */
void cli_os_local_time(uint64_t unix_ns, char dst[32]);

/** Call fn with the name of every shared-memory object. @return PC_OK; PC_EPERM; PC_EABSENT; PC_EIO */
pc_status cli_os_each_object(void (*fn)(void *arg, const char *name), void *arg, pc_err *err);
/** Copy bytes of an object as they are, also of a damaged one. @return PC_OK, *ret_bytes <= bytes; PC_EABSENT; PC_EPERM; PC_EINVAL; PC_EIO */
pc_status cli_os_object_read(const char *name, uint64_t offset, void *dst, size_t bytes, size_t *ret_bytes,
                             pc_err *err);

/**
 * Ask a daemon to reload.
 * The pid comes from shared memory: a process of another user than the one who owns that memory is never disturbed.
 * @param region        its directory region
 * @param start, pidns  what identifies the process besides its pid, as in the control page; 0 = unknown
 * @return PC_OK; PC_EABSENT no such process, or another one; PC_EPERM; PC_EUNSUPPORTED it lives in another pid namespace
 */
pc_status cli_os_ask_reload(const char *region, uint32_t pid, uint64_t start, uint64_t pidns, pc_err *err);
/** Become the program of that name, found beside this one, else along PATH. Returns only if that failed. */
void cli_os_become(const char *program, char *const argv[], pc_err *err);

/** Numeric id of a user given by name or number. @return false if there is none */
bool cli_os_user(const char *name, size_t bytes, uint32_t *ret_uid);

/** From now on what would end the program (SIGINT, SIGTERM, SIGHUP) only sets a flag. */
void cli_os_catch_stop(void);
bool cli_os_stopped(void);

/** True if standard input is closed or /dev/null: nobody means to give any. */
bool cli_os_input_is_null(void);
/** Wait for standard input. @return true there is some, or its end; false timed out or stopped */
bool cli_os_input_wait(unsigned timeout_ms);
/** @return bytes read; 0 at the end; -1 on errors */
int cli_os_input_read(void *dst, size_t bytes);
/** Let standard output carry bytes as they are. */
void cli_os_binary_output(void);

#endif
