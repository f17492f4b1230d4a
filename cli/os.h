/* os.h - what the command line needs of the system besides libpagecast. posix/ and win32/ answer it. */
#ifndef PC_CLI_OS_H
#define PC_CLI_OS_H
#include <pagecast/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * Before anything else: output is UTF-8 and leaves us byte by byte as it was written, and a reader of it that went away is
 * told by write(), not by a signal.
 */
void cli_os_start(void);
/** True if this errno of a write to standard output means that its reader went away. */
bool cli_os_reader_went(int error);
bool cli_os_is_terminal(FILE *file);
/** True if that terminal understands escape sequences. */
bool cli_os_is_styled(FILE *file);
/** Columns of the terminal that stdout is; 0 = it is none, or does not say. */
unsigned cli_os_columns(void);
/** Its lines; 0 likewise. */
unsigned cli_os_lines(void);
/**
 * From now on each key is read at once from standard input, and not shown. Ctrl-C still is a signal.
 * @return false if standard input is no terminal: nothing has changed
 */
bool cli_os_keys_start(void);
/** As it was before. */
void cli_os_keys_end(void);

uint64_t cli_os_mono_ns(void);
uint64_t cli_os_unix_ns(void);
void cli_os_sleep_ms(unsigned ms);
/** "2024-05-01 12:00:01.123" in local time; the time of day starts at byte 11. */
void cli_os_local_time(uint64_t unix_ns, char dst[32]);

/** The name under which cli_os_each_object() calls what people may call `name`: prefixes are dropped where they mean nothing. */
const char *cli_os_plain_name(const char *name);
/** Where the object of that plain name is, for people: "/dev/shm/NAME", "the section NAME". */
void cli_os_place(const char *name, char *dst, size_t dst_bytes);
/** Name of the payload object that a control page speaks of. @param file_id  its payload_file_id */
void cli_os_payload_name(const char *name, uint64_t file_id, char *dst, size_t dst_bytes);
/** True if that payload object does not have the region's own name, see docs/windows.md; never on POSIX. */
bool cli_os_is_beside(uint64_t file_id);
/** Call fn with the name of every shared-memory object. @return PC_OK; PC_EPERM; PC_EABSENT; PC_EIO */
pc_status cli_os_each_object(void (*fn)(void *arg, const char *name), void *arg, pc_err *err);
/** Copy bytes of an object as they are, also of a damaged one. @return PC_OK, *ret_bytes <= bytes; PC_EABSENT; PC_EPERM; PC_EINVAL; PC_EIO */
pc_status cli_os_object_read(const char *name, uint64_t offset, void *dst, size_t bytes, size_t *ret_bytes,
                             pc_err *err);

/**
 * Ask a daemon to reload.
 * The pid comes from shared memory: a process of another user than the one who owns that memory is never disturbed.
 * POSIX: SIGHUP. Windows: the event of that daemon.
 * @param region        its directory region
 * @param start, pidns  what identifies the process besides its pid, as in the control page; 0 = unknown
 * @return PC_OK; PC_EABSENT no such process, or another one; PC_EPERM; PC_EUNSUPPORTED it lives in another pid namespace
 */
pc_status cli_os_ask_reload(const char *region, uint32_t pid, uint64_t start, uint64_t pidns, pc_err *err);
/** Become the program of that name, found beside this one, else along PATH; or end with its exit status. Returns only if that failed. */
void cli_os_become(const char *program, char *const argv[], pc_err *err);
/**
 * Run that program, found likewise, and take what it writes to stdout; its stderr is ours.
 * @param ret_text  malloc'ed, NUL-ended @return its exit status; -1 with the reason in err
 */
int cli_os_capture(const char *program, char *const argv[], char **ret_text, size_t *ret_bytes, pc_err *err);
/**
 * Call fn where its crash is not ours: in a process of its own, if the system can. What it prints is printed.
 * @return what fn returned; -1 if it crashed, with the reason in err
 */
int cli_os_apart(int (*fn)(void *arg), void *arg, pc_err *err);

/** @return PC_OK; PC_EBUSY it, or a file of that name, is there; PC_EABSENT the folder above is not; PC_EPERM; PC_EIO */
pc_status cli_os_folder_make(const char *path, pc_err *err);
/** An empty one; what fails, stays. */
void cli_os_folder_remove(const char *path);
/** A file that was not there. What fails leaves none. @return PC_OK; PC_EBUSY there is one; PC_EABSENT no such folder; PC_EPERM; PC_EIO */
pc_status cli_os_file_create(const char *path, const char *text, size_t bytes, pc_err *err);
void cli_os_file_remove(const char *path);

/** Numeric id of a user given by name or number. @return false if there is none */
bool cli_os_user(const char *name, size_t bytes, uint32_t *ret_uid);

/** From now on what would end the program (SIGINT, SIGTERM, SIGHUP; Ctrl-C, Ctrl-Break, the end of the console) only sets a flag. */
void cli_os_catch_stop(void);
bool cli_os_stopped(void);

/** True if standard input is closed or /dev/null: nobody means to give any. */
bool cli_os_input_is_null(void);
/** Wait for standard input. @return true there is some, or its end; false timed out or stopped */
bool cli_os_input_wait(unsigned timeout_ms);
/** @return bytes read; 0 at the end; -1 on errors */
int cli_os_input_read(void *dst, size_t bytes);
#endif
