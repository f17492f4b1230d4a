/* daemon/log.h - the daemon's log: one line a message, as text or JSON, into a file or where outlet.h leads.
 *
 * What knows the time of its lines, as the systemd journal does, gets lines without. A line that cannot be written
 * into the file goes to the outlet. A message that repeats within PCD_LOG_REPEAT_NS is counted instead of written. Control characters in messages are
 * replaced, so that one message is always one line. Every function may be called on any thread.          */
#ifndef PCD_LOG_H
#define PCD_LOG_H
#include "base/err.h"
#include "config/config.h"

#include <stdint.h>

#define PCD_LOG_REPEAT_NS   UINT64_C(10000000000)
#define PCD_LOG_LINE_MAX    1600u /* longer messages are cut */
#define PCD_LOG_MEMBERS_MAX 2048u
#define PCD_LOG_NO_FILE     (-1)

typedef struct pcd_log pcd_log;

/** NULL without memory. */
pcd_log *pcd_log_create(enum pcd_log_format format, int level);
/** Writes what is still held back; accepts NULL. */
void pcd_log_destroy(pcd_log **log);
/**
 * Open the file that lines are to be appended to; made if it is not there. Opening it again at each reload is what lets
 * others rename it. @param path  NULL: no file. @return PC_OK, *ret_file is for pcd_log_set(); PC_EIO
 */
pc_status pcd_log_file_open(const char *path, int *ret_file, pc_err *err);
/** Close a file that pcd_log_set() did not get; accepts PCD_LOG_NO_FILE. */
void pcd_log_file_close(int *file);
/** Change format, level and file, at a reload. @param file  taken; PCD_LOG_NO_FILE: the outlet */
void pcd_log_set(pcd_log *log, enum pcd_log_format format, int level, int file);
/**
 * Write one message.
 * @param level   enum pc_log_level
 * @param source  who speaks: "daemon", or a plugin instance
 */
void pcd_log_line(pcd_log *log, int level, const char *source, const char *format, ...) PC_PRINTF(4, 5);
/**
 * Write one line of a report, whatever was written before and whatever the level set: it was asked for. As JSON it has members of its own.
 * @param members  JSON text of at most PCD_LOG_MEMBERS_MAX - 1 bytes such as `"event":"region","state":{...}`
 */
void pcd_log_report(pcd_log *log, const char *members, const char *format, ...) PC_PRINTF(3, 4);
/**
 * Append text of any origin as the inside of a JSON string; what is no UTF-8 becomes U+FFFD. Stops before @p room.
 * @return the new length
 */
size_t pcd_log_json_text(char *dst, size_t at, size_t room, const char *text);
/** Report repeats whose time is over; called about once a second. */
void pcd_log_flush(pcd_log *log);
/** Write what is held back, and count no later message as a repeat of an earlier one. */
void pcd_log_forget(pcd_log *log);
/** Messages of @p level since the start, repeats and those below the level set included. */
uint64_t pcd_log_count(pcd_log *log, int level);
/** Level of a word ("error", "warn", "info", "debug"), -1 if it is none. */
int pcd_log_level_of(const char *word);

#endif
