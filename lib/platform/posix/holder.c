/* platform/posix/holder.c - see platform/holder.h: /proc/PID/maps says who has an inode mapped, a pidfd when he ends. */
#define _GNU_SOURCE
#include "platform/holder.h"

#include "platform/posix/object.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

enum holds { HOLDS_NOT, HOLDS, HOLDS_WRITABLE, HOLDS_UNKNOWN };

/* One line of maps: FROM-TO PERMS OFFSET MAJOR:MINOR INODE [PATH] */
static enum holds of_line(const char *line, const pc_holder_key *what)
{
	char perms[8];
	unsigned major_number, minor_number;
	unsigned long long inode;
	if (sscanf(line, "%*s %7s %*s %x:%x %llu", perms, &major_number, &minor_number, &inode) != 4) return HOLDS_NOT;
	if (inode != what->file_id || makedev(major_number, minor_number) != what->device) return HOLDS_NOT;
	return perms[1] == 'w' && perms[3] == 's' ? HOLDS_WRITABLE : HOLDS;
}

static enum holds by_maps(const char *pid, const pc_holder_key *what)
{
	char path[64], line[512];
	enum holds found = HOLDS_NOT;
	FILE *f;
	int at_start = 1;
	(void)snprintf(path, sizeof path, "/proc/%.20s/maps", pid);
	f = fopen(path, "re");
	if (!f) return HOLDS_UNKNOWN;
	while (found != HOLDS_WRITABLE && fgets(line, sizeof line, f)) {
		/* A path may be longer than a line of ours: what comes of the rest is no line. */
		enum holds one = at_start ? of_line(line, what) : HOLDS_NOT;
		at_start = strchr(line, '\n') != NULL;
		if (one != HOLDS_NOT) found = one;
	}
	(void)fclose(f);
	return found;
}

/* Open, but not mapped: a program that uses write(2). */
static enum holds by_descriptors(const char *pid, const pc_holder_key *what)
{
	char path[80];
	struct stat st;
	struct dirent *entry;
	enum holds found = HOLDS_NOT;
	DIR *dir;
	(void)snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
	dir = opendir(path);
	if (!dir) return HOLDS_UNKNOWN;
	while (found == HOLDS_NOT && (entry = readdir(dir)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]) && !fstatat(dirfd(dir), entry->d_name, &st, 0) &&
		    st.st_ino == what->file_id && st.st_dev == what->device)
			found = HOLDS;
	(void)closedir(dir);
	return found;
}

static size_t read_file(const char *pid, const char *file, char *text, size_t bytes)
{
	char path[64];
	ssize_t got;
	int fd;
	(void)snprintf(path, sizeof path, "/proc/%.20s/%s", pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? 0 : read(fd, text, bytes - 1);
	if (fd >= 0) (void)close(fd);
	text[got > 0 ? got : 0] = 0;
	return got > 0 ? (size_t)got : 0;
}

static const char *last_part(const char *path)
{
	const char *last = path;
	for (; *path; path++)
		if ((*path == '/' || *path == '\\') && path[1]) last = path + 1;
	return last;
}

/* `python3 /opt/game.py` is called game.py as well as python3, and `wine C:\game.exe` game.exe. */
static int is_called(const char *pid, const char *program)
{
	char text[4096];
	size_t bytes = read_file(pid, "comm", text, sizeof text);
	text[strcspn(text, "\n")] = 0;
	if (bytes && !strcmp(text, program)) return 1;
	bytes = read_file(pid, "cmdline", text, sizeof text);
	for (size_t at = 0; at < bytes; at += strlen(text + at) + 1)
		if (!strcmp(last_part(text + at), program)) return 1;
	return 0;
}

static int is_holder(const char *pid, const pc_holder_key *what, const char *program)
{
	enum holds found;
	if (program && !is_called(pid, program)) return 0;
	found = by_maps(pid, what);
	if (!program) return found == HOLDS_WRITABLE;
	return found != HOLDS_NOT || by_descriptors(pid, what) != HOLDS_NOT;
}

static int open_pid(const char *pid, const char *program, pc_holder *ret)
{
	int fd = (int)syscall(SYS_pidfd_open, (pid_t)atoi(pid), 0);
	if (fd < 0) return 0;
	memset(ret, 0, sizeof *ret);
	ret->handle = fd + 1;
	ret->pid = (uint32_t)atoi(pid);
	if (program) {
		(void)snprintf(ret->name, sizeof ret->name, "%s", program);
	} else {
		(void)read_file(pid, "comm", ret->name, sizeof ret->name);
		ret->name[strcspn(ret->name, "\n")] = 0;
	}
	return 1;
}

pc_holder_key pc_holder_key_of(const pc_object *object)
{
	pc_holder_key key = {0, 0};
	struct stat st;
	if (!fstat(pc_object_fd(object), &st)) key = (pc_holder_key){(uint64_t)st.st_dev, (uint64_t)st.st_ino};
	return key;
}

uint32_t pc_holders_find(const pc_holder_key *object, const char *program, pc_holder ret_holders[PC_HOLDERS_MAX])
{
	struct dirent *entry;
	uint32_t count = 0;
	DIR *dir = opendir("/proc");
	if (!dir) return 0;
	while (count < PC_HOLDERS_MAX && (entry = readdir(dir)) != NULL) {
		const char *pid = entry->d_name;
		if (!isdigit((unsigned char)pid[0]) || atoi(pid) == getpid() || !is_holder(pid, object, program))
			continue;
		if (!open_pid(pid, program, ret_holders + count)) continue;
		/* Again with the process in our hand: until then the number may have gone to another. */
		if (is_holder(pid, object, program))
			count++;
		else
			pc_holder_close(ret_holders + count);
	}
	(void)closedir(dir);
	return count;
}

int pc_holder_has_ended(const pc_holder *holder)
{
	struct pollfd p = {.fd = (int)holder->handle - 1, .events = POLLIN};
	return poll(&p, 1, 0) > 0;
}

void pc_holder_close(pc_holder *holder)
{
	if (holder->handle) (void)close((int)holder->handle - 1);
	memset(holder, 0, sizeof *holder);
}
