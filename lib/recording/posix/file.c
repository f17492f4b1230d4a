/* recording/posix/file.c - see file.h. */
#define _GNU_SOURCE
#include "recording/file.h"

#include "base/err.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static pc_status failed(pc_err *err, int error, const char *what)
{
	pc_status s = PC_EIO;
	if (error == ENOENT || error == ENOTDIR) s = PC_EABSENT;
	if (error == EACCES || error == EPERM || error == EROFS) s = PC_EPERM;
	if (error == EEXIST) s = PC_EBUSY;
	if (error == ENOSPC || error == EDQUOT || error == EFBIG) s = PC_ENOSPC;
	return pc_err_set(err, s, "%.180s: %s", what, strerror(error));
}

pc_status rec_file_create(const char *path, rec_file *ret, pc_err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0) return failed(err, errno, path);
	*ret = fd;
	return PC_OK;
}

pc_status rec_file_open(const char *path, rec_file *ret, uint64_t *ret_bytes, pc_err *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st)) {
		int error = errno;
		if (fd >= 0) (void)close(fd);
		return failed(err, error, path);
	}
	if (!S_ISREG(st.st_mode)) {
		(void)close(fd);
		return pc_err_set(err, PC_EIO, "%.180s: not a plain file", path);
	}
	*ret = fd;
	*ret_bytes = (uint64_t)st.st_size;
	return PC_OK;
}

pc_status rec_file_append(rec_file f, uint64_t at, const void *data, size_t bytes, pc_err *err)
{
	const char *from = data;
	size_t done = 0;
	while (done < bytes) {
		ssize_t n = pwrite((int)f, from + done, bytes - done, (off_t)(at + done));
		if (n < 0 && errno == EINTR) continue;
		if (n <= 0) {
			int error = n ? errno : ENOSPC;
			(void)!ftruncate((int)f, (off_t)at);
			return failed(err, error, "cannot write");
		}
		done += (size_t)n;
	}
	return PC_OK;
}

pc_status rec_file_read(rec_file f, uint64_t at, void *to, size_t bytes, size_t *ret_bytes)
{
	size_t done = 0;
	while (done < bytes) {
		ssize_t n = pread((int)f, (char *)to + done, bytes - done, (off_t)(at + done));
		if (n < 0 && errno == EINTR) continue;
		if (n < 0) return PC_EIO;
		if (!n) break;
		done += (size_t)n;
	}
	*ret_bytes = done;
	return PC_OK;
}

void rec_file_close(rec_file f)
{
	if (f >= 0) (void)close((int)f);
}

pc_status rec_file_remove(const char *path)
{
	return unlink(path) ? failed(NULL, errno, path) : PC_OK;
}

pc_status rec_file_list(const char *folder, void (*fn)(void *arg, const char *name, uint64_t bytes), void *arg,
                        pc_err *err)
{
	/* opened by hand: opendir()'s descriptor is not one that ThreadSanitizer has seen, should libuv have closed it before */
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	if (!d) {
		int error = errno;
		if (fd >= 0) (void)close(fd);
		return failed(err, error, folder);
	}
	while ((e = readdir(d)) != NULL) {
		struct stat st;
		if (!fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode))
			fn(arg, e->d_name, (uint64_t)st.st_size);
	}
	(void)closedir(d);
	return PC_OK;
}

void rec_file_time(uint64_t unix_ns, char text[24])
{
	time_t t = (time_t)(unix_ns / 1000000000u);
	struct tm tm;
	text[0] = '\0';
	if (gmtime_r(&t, &tm)) (void)strftime(text, 24, "%Y%m%dT%H%M%SZ", &tm);
}

uint64_t rec_file_unix_ns(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
