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

static bool read_token(int fd, char *token)
{
	char text[WS_TOKEN_MAX + 2] = {0};
	return read(fd, text, sizeof text - 1) > 0 && ws_token_read(text, token);
}

static pc_status check_file(int fd, const char *path, bool *ret_others_can_read, pc_err *err)
{
	struct stat st;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return ws_fail(err, PC_EUNTRUSTED, "token_file %s is not a plain file", path);
	if (st.st_uid != geteuid())
		return ws_fail(err, PC_EUNTRUSTED, "token_file %s belongs to user %lu, not to us", path,
		               (unsigned long)st.st_uid);
	*ret_others_can_read = (st.st_mode & 077) != 0;
	return PC_OK;
}

/* PC_EABSENT: there is none, or there was one that others could read and it is gone now. */
static pc_status take_existing(const char *path, char *token, bool *ret_replaced, pc_err *err)
{
	bool others_can_read = false;
	pc_status st;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT) return PC_EABSENT;
	if (fd < 0 && errno == ELOOP) return ws_fail(err, PC_EUNTRUSTED, "token_file %s is a symbolic link", path);
	if (fd < 0)
		return ws_fail(err, errno == EACCES ? PC_EUNTRUSTED : PC_EIO, "token_file %s: %s", path,
		               strerror(errno));
	st = check_file(fd, path, &others_can_read, err);
	if (st == PC_OK && others_can_read) {
		*ret_replaced = true;
		st = unlink(path) ? ws_fail(err, PC_EIO, "token_file %s: %s", path, strerror(errno)) : PC_EABSENT;
	} else if (st == PC_OK && !read_token(fd, token)) {
		st = ws_fail(err, PC_EINVAL,
		             "token_file %s does not hold a token of 32 to %u characters [A-Za-z0-9_-]; "
		             "delete it to get a new one",
		             path, WS_TOKEN_MAX);
	}
	(void)close(fd);
	return st;
}

/* Written beside, then linked: nobody ever sees half a token, and what stands there is not overwritten. */
static pc_status create(const char *path, const char *fresh, pc_err *err)
{
	char beside[4200];
	size_t bytes = strlen(fresh);
	bool failed;
	int fd;
	if (snprintf(beside, sizeof beside, "%s.%ld", path, (long)getpid()) >= (int)sizeof beside)
		return ws_fail(err, PC_EINVAL, "token_file: the path is too long");
	(void)unlink(beside);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return ws_fail(err, errno == EACCES ? PC_EPERM : PC_EIO, "token_file %s: %s", path, strerror(errno));
	failed = write(fd, fresh, bytes) != (ssize_t)bytes || write(fd, "\n", 1) != 1;
	if (close(fd) || failed || link(beside, path)) {
		(void)ws_fail(err, PC_EIO, "token_file %s: %s", path, strerror(errno));
		failed = true;
	}
	(void)unlink(beside);
	return failed ? PC_EIO : PC_OK;
}

pc_status ws_token_file(const char *path, const char *fresh, char *token, bool *ret_replaced, pc_err *err)
{
	pc_status st = PC_EABSENT;
	*ret_replaced = false;
	/* Twice: another process may create it between our look and our link. */
	for (int i = 0; i < 2 && st != PC_OK; i++) {
		st = take_existing(path, token, ret_replaced, err);
		if (st != PC_EABSENT) return st;
		st = create(path, fresh, err);
	}
	if (st == PC_OK) memcpy(token, fresh, strlen(fresh) + 1);
	return st;
}
