/* posix/files.c - see os.h: making files and folders. */
#define _GNU_SOURCE
#include "os.h"

#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pc_status fail(pc_err *err, int error, const char *path)
{
	pc_status s = PC_EIO;
	if (error == EEXIST) s = PC_EBUSY;
	if (error == ENOENT || error == ENOTDIR) s = PC_EABSENT;
	if (error == EACCES || error == EPERM || error == EROFS) s = PC_EPERM;
	return pc_err_set(err, s, "%s: %s", path, strerror(error));
}

pc_status cli_os_folder_make(const char *path, pc_err *err)
{
	return mkdir(path, 0777) ? fail(err, errno, path) : PC_OK;
}

void cli_os_folder_remove(const char *path)
{
	(void)rmdir(path);
}

pc_status cli_os_file_create(const char *path, const char *text, size_t bytes, pc_err *err)
{
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666), error = 0;
	if (file < 0) return fail(err, errno, path);
	while (bytes && !error) {
		ssize_t done = write(file, text, bytes);
		if (done < 0 && errno == EINTR) continue;
		if (done < 0) {
			error = errno;
			break;
		}
		text += done;
		bytes -= (size_t)done;
	}
	if (close(file) && !error) error = errno;
	if (!error) return PC_OK;
	(void)unlink(path);
	return fail(err, error, path);
}

void cli_os_file_remove(const char *path)
{
	(void)unlink(path);
}
