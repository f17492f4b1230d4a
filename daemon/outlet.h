/* daemon/outlet.h - where a daemon without a log file speaks: the terminal, or whoever started it.
 *
 * POSIX: stderr, which leads to the journal under systemd. Windows: stderr of a console program, the event log of a
 * service, which has no stderr. Every function may be called on any thread.                                         */
#ifndef PCD_OUTLET_H
#define PCD_OUTLET_H
#include <stddef.h>

enum pcd_outlet_style {
	PCD_OUTLET_PLAIN,   /* says nothing of its own: each line needs its time and level */
	PCD_OUTLET_JOURNAL, /* knows the time; the level is "<3>" in front, as sd-daemon(3) has it */
	PCD_OUTLET_EVENTS   /* knows time and level */
};
enum pcd_outlet_style pcd_outlet_style(void);
/** Write one line at once. @param level  enum pc_log_level; @param line  with its line break */
void pcd_outlet_write(int level, const char *line, size_t bytes);

#endif
