/* posix/doctor.c - see doctor.h: files of /dev/shm, their locks, processes, limits. */
#define _GNU_SOURCE
#include "doctor.h"

#include "os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

static void path_of(const char *name, char path[4096])
{
	cli_os_place(name, path, 4096);
}

/* ---- objects ------------------------------------------------------------------------------------------------ */

static const char *kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return "file";
	case S_IFLNK: return "link";
	case S_IFDIR: return "folder";
	case S_IFIFO: return "pipe";
	case S_IFSOCK: return "socket";
	default: return "device";
	}
}

/* Asking for a read lock, as the library does: one that a reader holds is nobody's role. */
static int is_locked(int fd, uint64_t offset)
{
	struct flock range = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = (off_t)offset, .l_len = 1};
	if (fcntl(fd, F_OFD_GETLK, &range)) return -1;
	return range.l_type == F_WRLCK;
}

bool cli_os_object_look(const char *name, cli_object *ret)
{
	char path[4096];
	struct stat s;
	path_of(name, path);
	memset(ret, 0, sizeof *ret);
	ret->is_owned = ret->is_written = -1;
	if (strchr(name, '/') || lstat(path, &s)) return true;
	struct passwd *user = getpwuid(s.st_uid);
	time_t now = time(NULL);
	ret->is_there = true;
	ret->is_plain = S_ISREG(s.st_mode);
	ret->bytes = (uint64_t)s.st_size;
	ret->file_id = (uint64_t)s.st_ino;
	ret->age_s = now > s.st_ctime ? (uint64_t)(now - s.st_ctime) : 0;
	ret->uid = (uint32_t)s.st_uid;
	ret->mode = s.st_mode & 07777u;
	(void)snprintf(ret->kind, sizeof ret->kind, "%s", kind_of(s.st_mode));
	if (user)
		(void)snprintf(ret->user, sizeof ret->user, "%.39s", user->pw_name);
	else
		(void)snprintf(ret->user, sizeof ret->user, "%" PRIu32, ret->uid);
	if (!ret->is_plain) return true;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) return true;
	ret->is_readable = true;
	ret->is_owned = is_locked(fd, PC_LOCK_OFFSET_OWNER);
	ret->is_written = is_locked(fd, PC_LOCK_OFFSET_WRITER);
	(void)close(fd);
	return true;
}

static pc_status take_lock(int fd, uint64_t offset, const char *path, pc_err *err)
{
	struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)offset, .l_len = 1};
	if (!fcntl(fd, F_OFD_SETLK, &range)) return PC_OK;
	if (errno == EAGAIN || errno == EACCES) return pc_err_set(err, PC_EBUSY, "%s has an owner or a writer", path);
	return pc_err_set(err, PC_EIO, "cannot lock %s: %s", path, strerror(errno));
}

static pc_status remove_name(const char *path, uint64_t file_id, pc_err *err)
{
	struct stat s;
	if (lstat(path, &s) || (uint64_t)s.st_ino != file_id) return PC_OK; /* not that object's name any more */
	if (!unlink(path) || errno == ENOENT) return PC_OK;
	return pc_err_set(err, errno == EACCES || errno == EPERM ? PC_EPERM : PC_EIO, "cannot remove %s: %s", path,
	                  strerror(errno));
}

static pc_status remove_all(const char *name, const char *control, uint64_t control_id, uint64_t payload_id,
                            pc_err *err)
{
	char path[4096], hidden[PC_NAME_BYTES + 16];
	pc_status s = PC_OK;
	(void)snprintf(hidden, sizeof hidden, ".%s.keep", name);
	path_of(hidden, path);
	if (payload_id) s = remove_name(path, payload_id, err);
	path_of(name, path);
	if (s == PC_OK && payload_id) s = remove_name(path, payload_id, err);
	/* what its plugins left for a next run: only a directory has that */
	(void)snprintf(hidden, sizeof hidden, ".%s.keepsake", name);
	path_of(hidden, path);
	if (s == PC_OK && unlink(path) && errno != ENOENT)
		s = pc_err_set(err, errno == EACCES || errno == EPERM ? PC_EPERM : PC_EIO, "cannot remove %s: %s", path,
		               strerror(errno));
	/* the control object last: while it is there the next run finds the rest again */
	return s == PC_OK ? remove_name(control, control_id, err) : s;
}

pc_status cli_os_region_remove(const char *name, uint64_t control_id, uint64_t payload_id, pc_err *err)
{
	char object[PC_NAME_BYTES + 16], path[4096];
	struct stat opened;
	pc_status s;
	(void)snprintf(object, sizeof object, "%s%s", name, PC_CONTROL_SUFFIX);
	path_of(object, path);
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		s = errno == ENOENT ? PC_EABSENT : errno == EACCES || errno == EPERM ? PC_EPERM : PC_EIO;
		return pc_err_set(err, s, "%s: %s", path, strerror(errno));
	}
	s = take_lock(fd, PC_LOCK_OFFSET_OWNER, path, err);
	if (s == PC_OK) s = take_lock(fd, PC_LOCK_OFFSET_WRITER, path, err);
	if (s == PC_OK && (fstat(fd, &opened) || (uint64_t)opened.st_ino != control_id))
		s = pc_err_set(err, PC_ESTALE, "%s is another object now", path);
	if (s == PC_OK) s = remove_all(name, path, control_id, payload_id, err);
	(void)close(fd); /* and the locks with it */
	return s;
}

bool cli_os_space(cli_space *ret)
{
	static char folder[4096];
	struct statvfs s;
	path_of("", folder);
	folder[strlen(folder) - 1] = 0;
	if (statvfs(folder, &s)) return false;
	ret->folder = folder;
	ret->bytes = (uint64_t)s.f_blocks * s.f_frsize;
	ret->free_bytes = (uint64_t)s.f_bavail * s.f_frsize;
	ret->files = s.f_files;
	ret->free_files = s.f_favail;
	return true;
}

/* ---- processes ---------------------------------------------------------------------------------------------- */

static uint64_t count_lines(const char *path)
{
	FILE *f = fopen(path, "re");
	uint64_t lines = 0;
	for (int c; f && (c = getc(f)) != EOF;) lines += c == '\n';
	if (f) (void)fclose(f);
	return lines;
}

static uint64_t count_entries(const char *path)
{
	DIR *dir = opendir(path);
	uint64_t count = 0;
	if (!dir) return 0;
	for (struct dirent *entry; (entry = readdir(dir));) count += entry->d_name[0] != '.';
	(void)closedir(dir);
	return count;
}

/* The soft limit of open files, of /proc/PID/limits. */
static uint64_t read_files_max(const char *path)
{
	char line[256];
	FILE *f = fopen(path, "re");
	uint64_t most = 0;
	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, "Max open files", 14)) most = strtoull(line + 14, NULL, 10);
	if (f) (void)fclose(f);
	return most;
}

bool cli_os_process_look(uint32_t pid, uint64_t start, uint64_t pidns, cli_process *ret)
{
	char path[64], text[1024];
	struct stat own;
	memset(ret, 0, sizeof *ret);
	if (!pid || (pidns && !stat("/proc/self/ns/pid", &own) && own.st_ino != pidns)) return false;
	(void)snprintf(path, sizeof path, "/proc/%" PRIu32 "/stat", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) return false;
	ssize_t got = read(fd, text, sizeof text - 1);
	(void)close(fd);
	if (got <= 0) return false;
	text[got] = 0;
	char *at = strrchr(text, ')'); /* a name may hold anything */
	if (!at || !at[1]) return false;
	ret->state = at[2];
	for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
	if (start && at && strtoull(at + 1, NULL, 10) != start) return false;
	(void)snprintf(path, sizeof path, "/proc/%" PRIu32 "/fd", pid);
	ret->files = count_entries(path);
	(void)snprintf(path, sizeof path, "/proc/%" PRIu32 "/limits", pid);
	ret->files_max = read_files_max(path);
	(void)snprintf(path, sizeof path, "/proc/%" PRIu32 "/maps", pid);
	ret->maps = count_lines(path);
	return true;
}

uint64_t cli_os_files_max(void)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_max == RLIM_INFINITY) return 0;
	return (uint64_t)files.rlim_max; /* the daemon raises its own limit that far */
}

uint64_t cli_os_maps_max(void)
{
	FILE *f = fopen("/proc/sys/vm/max_map_count", "re");
	char line[32] = "0";
	if (f && !fgets(line, sizeof line, f)) line[0] = 0;
	if (f) (void)fclose(f);
	return strtoull(line, NULL, 10);
}

uint32_t cli_os_uid(void)
{
	return (uint32_t)geteuid();
}
