/* posix/secret.c - random bytes, and a file that only this user can read. */
#define _GNU_SOURCE
#include "../fail.h"
#include "../os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

int ws_random(void *to, size_t bytes)
{
	uint8_t *at = to;
	while (bytes) {
		ssize_t n = getrandom(at, bytes, 0);
		if (n < 0 && errno == EINTR) continue;
		if (n <= 0) return -1;
		at += n;
		bytes -= (size_t)n;
	}
	return 0;
}

static bool is_private_folder(const char *path)
{
	struct stat st;
	return path && path[0] == '/' && !stat(path, &st) && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	       !(st.st_mode & 022);
}

int ws_token_default_path(const char *file_name, char *to, size_t room)
{
	char run_user[64];
	const char *folders[] = {getenv("RUNTIME_DIRECTORY"), getenv("XDG_RUNTIME_DIR"), run_user};
	const char *folder = "/tmp";
	int n;
	(void)snprintf(run_user, sizeof run_user, "/run/user/%lu", (unsigned long)geteuid());
	for (int i = 2; i >= 0; i--)
		if (is_private_folder(folders[i])) folder = folders[i];
	n = snprintf(to, room, "%s/%s", folder, file_name);
	return n < 0 || (size_t)n >= room ? -1 : 0;
}

static pc_status check_file(int fd, const char *path, bool *ret_exposed, pc_err *err)
{
	struct stat st;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) return ws_fail(err, PC_EUNTRUSTED, "%s is not a plain file", path);
	if (st.st_uid != geteuid())
		return ws_fail(err, PC_EUNTRUSTED, "%s belongs to user %lu, not to us", path, (unsigned long)st.st_uid);
	*ret_exposed = (st.st_mode & 077) != 0;
	return PC_OK;
}

static pc_status read_all(int fd, const char *path, char *to, size_t room, size_t *ret_bytes, pc_err *err)
{
	size_t bytes = 0;
	while (bytes < room) {
		ssize_t n = read(fd, to + bytes, room - bytes);
		if (n < 0 && errno == EINTR) continue;
		if (n < 0) return ws_fail(err, PC_EIO, "%s: %s", path, strerror(errno));
		if (n == 0) break;
		bytes += (size_t)n;
	}
	if (bytes == room) return ws_fail(err, PC_EINVAL, "%s: longer than %zu bytes", path, room - 1);
	to[bytes] = '\0';
	*ret_bytes = bytes;
	return PC_OK;
}

pc_status ws_secret_read(const char *path, char *to, size_t room, size_t *ret_bytes, bool *ret_exposed, pc_err *err)
{
	pc_status st;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT) return ws_fail(err, PC_EABSENT, "%s: %s", path, strerror(errno));
	if (fd < 0 && errno == ELOOP) return ws_fail(err, PC_EUNTRUSTED, "%s is a symbolic link", path);
	if (fd < 0) return ws_fail(err, errno == EACCES ? PC_EPERM : PC_EIO, "%s: %s", path, strerror(errno));
	st = check_file(fd, path, ret_exposed, err);
	if (st == PC_OK) st = read_all(fd, path, to, room, ret_bytes, err);
	(void)close(fd);
	return st;
}

static pc_status fill(int fd, const char *beside, const char *path, const char *text, pc_err *err)
{
	size_t bytes = strlen(text);
	bool failed = write(fd, text, bytes) != (ssize_t)bytes;
	if (close(fd) || failed) return ws_fail(err, PC_EIO, "%s: %s", path, strerror(errno));
	if (!link(beside, path)) return PC_OK;
	return ws_fail(err, errno == EEXIST ? PC_EBUSY : PC_EIO, "%s: %s", path, strerror(errno));
}

/* Written beside, then linked. */
pc_status ws_secret_create(const char *path, const char *text, pc_err *err)
{
	char beside[4200];
	pc_status st;
	int fd;
	if (snprintf(beside, sizeof beside, "%s.%ld", path, (long)getpid()) >= (int)sizeof beside)
		return ws_fail(err, PC_EINVAL, "the path is too long");
	(void)unlink(beside);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) return ws_fail(err, errno == EACCES ? PC_EPERM : PC_EIO, "%s: %s", path, strerror(errno));
	st = fill(fd, beside, path, text, err);
	(void)unlink(beside);
	return st;
}

pc_status ws_secret_remove(const char *path, pc_err *err)
{
	return unlink(path) ? ws_fail(err, PC_EIO, "%s: %s", path, strerror(errno)) : PC_OK;
}
