/* daemon/log.h - the daemon's log: one line a message on stderr, as text or JSON.
 *
 * Under the systemd journal a line starts with its priority (<3>) and has no time of its own. A message that
 * repeats within PCD_LOG_REPEAT_NS is counted instead of written. Control characters in messages are
 * replaced, so that one message is always one line. Every function may be called on any thread.          */
#ifndef PCD_LOG_H
#define PCD_LOG_H
#include "base/err.h"
#include "config/config.h"

#include <stdint.h>

#define PCD_LOG_REPEAT_NS UINT64_C(10000000000)
#define PCD_LOG_LINE_MAX  1600u /* longer messages are cut */

typedef struct pcd_log pcd_log;

/** NULL without memory. */
pcd_log *pcd_log_create(enum pcd_log_format format, int level);
/** Writes what is still held back; accepts NULL. */
void pcd_log_destroy(pcd_log **log);
/** Change format and level, at a reload. */
void pcd_log_set(pcd_log *log, enum pcd_log_format format, int level);
/**
 * Write one message.
 * @param level   enum pc_log_level
 * @param source  who speaks: "daemon", or a plugin instance
 */
void pcd_log_line(pcd_log *log, int level, const char *source, const char *format, ...) PC_PRINTF(4, 5);
/** Report repeats whose time is over; called about once a second. */
void pcd_log_flush(pcd_log *log);
/** Write what is held back, and count no later message as a repeat of an earlier one. */
void pcd_log_forget(pcd_log *log);
/** Messages of @p level since the start, repeats and those below the level set included. */
uint64_t pcd_log_count(pcd_log *log, int level);
/** Level of a word ("error", "warn", "info", "debug"), -1 if it is none. */
int pcd_log_level_of(const char *word);

#endif
