/* os_processes.c - one process after the other, on Linux: /proc/PID/stat. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pagecast/status.h>
#include <stdio.h>

#include "parse.h"
#include "proc.h"

int sysmon_os_processes_rewind(sysmon_os *os)
{
	if (os->processes) {
		rewinddir(os->processes);
		return PC_OK;
	}
	os->processes = opendir(os->procfs);
	if (os->processes) return PC_OK;
	return sysmon_proc_fail(os, sysmon_proc_status(errno), os->procfs, strerror(errno));
}

int sysmon_os_processes_next(sysmon_os *os, struct sysmon_process_sample *ret)
{
	struct dirent *entry;
	if (!os->processes) return sysmon_proc_fail(os, PC_EABSENT, os->procfs, "not open");
	for (;;) {
		errno = 0;
		if (!(entry = readdir(os->processes))) break;
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
		char path[280], buffer[1024]; /* a stat line is some 300 bytes */
		struct sysmon_cursor text;
		(void)snprintf(path, sizeof path, "%s/stat", entry->d_name);
		/* ended since the directory was read, or hidden from us: no error */
		if (sysmon_proc_peek(dirfd(os->processes), path, buffer, sizeof buffer, &text)) continue;
		if (sysmon_parse_pid_stat(text, os->ns_per_tick, os->page_bytes, ret)) return 1;
	}
	return errno ? sysmon_proc_fail(os, sysmon_proc_status(errno), os->procfs, strerror(errno)) : 0;
}
