/* proc.h - the files of /proc and /sys that stay open, and one buffer to read them into. Linux half of os.h. */
#ifndef SYSMON_PROC_H
#define SYSMON_PROC_H
#include <dirent.h>

#include "../os.h"
#include "cursor.h"

enum sysmon_file {
	SYSMON_STAT,
	SYSMON_LOADAVG,
	SYSMON_MEMINFO,
	SYSMON_DISKSTATS,
	SYSMON_MOUNTS,
	SYSMON_NET_DEV,
	SYSMON_FILES
};

#define SYSMON_KNOWN_DISKS 256u

/* A line of /proc/diskstats and what it was found to be. The order of the lines hardly ever changes, so that the
 * answer for line i is kept at place i and asked again only when the name there is another. */
struct sysmon_known_disk {
	char name[32];
	bool is_real;
};

struct sysmon_os {
	char procfs[200], sysfs[200];
	int fd[SYSMON_FILES]; /* -1: not open (yet, or any more) */
	char *text;           /* what was read last */
	size_t text_capacity;
	DIR *processes; /* NULL: not open */
	uint64_t ns_per_tick, page_bytes;
	struct sysmon_known_disk disks[SYSMON_KNOWN_DISKS];
	char error[320];
};

/** Whole text of one of the kept files, borrowed until the next read. @return PC_OK or a negative pc_status */
int sysmon_proc_read(sysmon_os *os, enum sysmon_file file, struct sysmon_cursor *ret_text);
/** At most @p bytes from the start of any file, for the small and the rarely read ones; `dst` is the caller's. errno says why it failed. */
int sysmon_proc_peek(int directory_fd, const char *path, char *dst, size_t bytes, struct sysmon_cursor *ret_text);
/** Remember "PATH: reason" and return @p status. */
int sysmon_proc_fail(sysmon_os *os, int status, const char *path, const char *reason);
/** The pc_status that stands for an errno. */
int sysmon_proc_status(int error);
/** The path of a kept file, e.g. "/proc/stat". */
void sysmon_proc_path(const sysmon_os *os, enum sysmon_file file, char *dst, size_t bytes);
/** For a kept file whose text does not parse. */
int sysmon_proc_unreadable(sysmon_os *os, enum sysmon_file file);

#endif
