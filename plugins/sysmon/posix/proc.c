/* proc.c - see proc.h: open once, pread() ever after.
 *
 * The kernel prints a /proc file anew when it is read from offset 0, so a kept descriptor saves an open() and a
 * close() per reading: half the system calls and most of the path walk.                                        */
#define _POSIX_C_SOURCE 200809L
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <pagecast/status.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TEXT_FIRST_BYTES ((size_t)16 << 10)
#define TEXT_MAX_BYTES   ((size_t)8 << 20) /* /proc/stat of 4096 cores is below 1 MiB */

static const char *const names[SYSMON_FILES] = {
        [SYSMON_STAT] = "stat",           [SYSMON_LOADAVG] = "loadavg",       [SYSMON_MEMINFO] = "meminfo",
        [SYSMON_DISKSTATS] = "diskstats", [SYSMON_MOUNTS] = "self/mountinfo", [SYSMON_NET_DEV] = "net/dev"};

int sysmon_os_open(const char *procfs, const char *sysfs, sysmon_os **ret_os)
{
	sysmon_os *os = calloc(1, sizeof *os);
	if (!os) return PC_ENOMEM;
	for (int i = 0; i < SYSMON_FILES; i++) os->fd[i] = -1;
	os->text = malloc(TEXT_FIRST_BYTES);
	os->text_capacity = TEXT_FIRST_BYTES;
	if (!os->text) {
		sysmon_os_close(&os);
		return PC_ENOMEM;
	}
	(void)snprintf(os->procfs, sizeof os->procfs, "%s", procfs);
	(void)snprintf(os->sysfs, sizeof os->sysfs, "%s", sysfs);
	long hz = sysconf(_SC_CLK_TCK), page = sysconf(_SC_PAGESIZE);
	os->ns_per_tick = UINT64_C(1000000000) / (uint64_t)(hz > 0 ? hz : 100);
	os->page_bytes = (uint64_t)(page > 0 ? page : 4096);
	*ret_os = os;
	return PC_OK;
}

void sysmon_os_close(sysmon_os **os_at)
{
	sysmon_os *os = *os_at;
	if (!os) return;
	for (int i = 0; i < SYSMON_FILES; i++)
		if (os->fd[i] >= 0) (void)close(os->fd[i]);
	if (os->processes) (void)closedir(os->processes);
	free(os->text);
	free(os);
	*os_at = NULL;
}

const char *sysmon_os_error(const sysmon_os *os)
{
	return os->error;
}

int sysmon_proc_status(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR: return PC_EABSENT;
	case EACCES:
	case EPERM: return PC_EPERM;
	case ENOMEM: return PC_ENOMEM;
	default: return PC_EIO;
	}
}

int sysmon_proc_fail(sysmon_os *os, int status, const char *path, const char *reason)
{
	(void)snprintf(os->error, sizeof os->error, "%s: %s", path, reason);
	return status;
}

void sysmon_proc_path(const sysmon_os *os, enum sysmon_file file, char *dst, size_t bytes)
{
	(void)snprintf(dst, bytes, "%s/%s", os->procfs, names[file]);
}

int sysmon_proc_unreadable(sysmon_os *os, enum sysmon_file file)
{
	char path[256];
	sysmon_proc_path(os, file, path, sizeof path);
	return sysmon_proc_fail(os, PC_ECORRUPT, path, "not in the form that proc(5) describes");
}

static int fail_errno(sysmon_os *os, enum sysmon_file file, int error)
{
	char path[256];
	sysmon_proc_path(os, file, path, sizeof path);
	return sysmon_proc_fail(os, sysmon_proc_status(error), path, strerror(error));
}

static bool grow(sysmon_os *os)
{
	if (os->text_capacity >= TEXT_MAX_BYTES) return false;
	char *larger = realloc(os->text, os->text_capacity * 2);
	if (!larger) return false;
	os->text = larger;
	os->text_capacity *= 2;
	return true;
}

int sysmon_proc_read(sysmon_os *os, enum sysmon_file file, struct sysmon_cursor *ret_text)
{
	int *fd = &os->fd[file];
	size_t used = 0;
	if (*fd < 0) {
		char path[256];
		sysmon_proc_path(os, file, path, sizeof path);
		*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (*fd < 0) return fail_errno(os, file, errno);
	}
	for (;;) {
		if (used == os->text_capacity && !grow(os)) return fail_errno(os, file, EFBIG);
		/* the kernel hands out whole lines, a page or so at a time: only 0 means the end */
		ssize_t got = pread(*fd, os->text + used, os->text_capacity - used, (off_t)used);
		if (got == 0) break;
		if (got > 0) {
			used += (size_t)got;
		} else if (errno != EINTR) {
			int error = errno;
			(void)close(*fd); /* next time from the start: the file may have come back as another one */
			*fd = -1;
			return fail_errno(os, file, error);
		}
	}
	*ret_text = sysmon_cursor_of(os->text, used);
	return PC_OK;
}

int sysmon_proc_peek(int directory_fd, const char *path, char *dst, size_t bytes, struct sysmon_cursor *ret_text)
{
	int fd = openat(directory_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) return sysmon_proc_status(errno);
	ssize_t got = read(fd, dst, bytes);
	int error = errno;
	(void)close(fd);
	errno = error;
	if (got < 0) return sysmon_proc_status(error);
	*ret_text = sysmon_cursor_of(dst, (size_t)got);
	return PC_OK;
}
