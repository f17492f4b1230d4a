/* platform/posix/file.c - payloads that are files of the user's; see platform/map.h.
 *
 * Such a file can be shortened by whoever may write it, by `cp` for one, and a disk may be full where it has a hole.
 * Both are SIGBUS for who touches a mapping, and an ordinary error for pread(2) and pwrite(2), which show the same bytes. */
#define _GNU_SOURCE
#include "base/err.h"
#include "platform/posix/object.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#define CREATE_TRIES 4

static pc_status check_path(const char *path, pc_err *err)
{
	if (path[0] == '/') return PC_OK;
	return pc_err_set(err, PC_EINVAL, "not an absolute path: '%.200s'", path);
}

pc_status pc_object_open_payload(const char *name, const char *path, uint64_t file_id, int writable,
                                 pc_object *ret_object, pc_object_facts *ret_facts, pc_err *err)
{
	pc_status s;
	(void)file_id;
	if (!path) return pc_object_open(name, writable, ret_object, ret_facts, err);
	s = check_path(path, err);
	if (s != PC_OK) return s;
	return pc_object_open_path(path, writable ? O_RDWR : O_RDONLY, ret_object, ret_facts, err);
}

/* File systems whose server gives the same file to other machines: a mapping there is this machine's alone. */
static int is_on_network(int fd)
{
	static const uint32_t magics[] = {0x6969 /* NFS */,
	                                  0x517B /* SMB */,
	                                  0xFF534D42 /* CIFS */,
	                                  0xFE534D42 /* SMB2 */,
	                                  0x00C36400 /* Ceph */,
	                                  0x5346414F /* AFS */,
	                                  0x73757245 /* Coda */};
	struct statfs fs;
	if (fstatfs(fd, &fs)) return 0;
	for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
		if ((uint32_t)fs.f_type == magics[i]) return 1;
	return 0;
}

/* What is there as it is, or a new one with exactly the permissions asked for. */
static pc_status open_or_create(const char *path, const pc_access *access, pc_object *ret_object,
                                pc_object_facts *ret_facts, pc_err *err)
{
	pc_status s = PC_EBUSY;
	for (int i = 0; i < CREATE_TRIES && s == PC_EBUSY; i++) {
		s = pc_object_open_path(path, O_RDWR, ret_object, ret_facts, err);
		if (s != PC_EABSENT) return s;
		s = pc_object_open_path(path, O_RDWR | O_CREAT | O_EXCL, ret_object, ret_facts, err);
	}
	if (s != PC_OK) return s;
	if (!fchmod(pc_object_fd(ret_object), (mode_t)access->mode)) {
		ret_facts->mode = access->mode;
		return PC_OK;
	}
	s = pc_object_fail(err, "cannot set the permissions of", path);
	pc_object_close(ret_object);
	return s;
}

/* Never shorter than it was: but for one that had nothing, so that a start that failed leaves no values behind. */
static pc_status make_long_enough(const pc_object *object, const char *path, uint64_t bytes, int is_sparse,
                                  pc_object_facts *facts, pc_err *err)
{
	int fd = pc_object_fd(object), failed;
	pc_status s;
	if (is_sparse)
		failed = facts->bytes < bytes && ftruncate(fd, (off_t)bytes);
	else
		failed = pc_object_allocate(fd, bytes);
	if (!failed) {
		if (facts->bytes < bytes) facts->bytes = bytes;
		return PC_OK;
	}
	s = pc_object_fail(err, is_sparse ? "cannot lengthen" : "cannot allocate", path);
	if (facts->is_new && ftruncate(fd, 0)) facts->is_new = 0;
	return s;
}

pc_status pc_object_open_file(const char *path, const char *name, uint64_t bytes, const pc_access *access,
                              int is_sparse, pc_object *ret_object, pc_object_facts *ret_facts, pc_err *err)
{
	pc_object object = {0};
	pc_object_facts facts = {0};
	pc_status s = check_path(path, err);
	(void)name;
	if (s == PC_OK) s = open_or_create(path, access, &object, &facts, err);
	if (s != PC_OK) return s;
	facts.is_new = facts.bytes == 0;
	if (is_on_network(pc_object_fd(&object)))
		s = pc_err_set(err, PC_EUNSUPPORTED, "%.180s is on a network file system, which shares no memory",
		               path);
	else
		s = make_long_enough(&object, path, bytes, is_sparse, &facts, err);
	if (s != PC_OK) {
		pc_object_close(&object);
		return s;
	}
	*ret_object = object;
	*ret_facts = facts;
	return PC_OK;
}

pc_status pc_object_read(const pc_object *object, uint64_t offset, void *dst, uint64_t bytes)
{
	unsigned char *to = dst;
	while (bytes) {
		ssize_t got = pread(pc_object_fd(object), to, (size_t)bytes, (off_t)offset);
		if (got < 0 && errno == EINTR) continue;
		if (got <= 0) return PC_EIO;
		to += got;
		offset += (uint64_t)got;
		bytes -= (uint64_t)got;
	}
	return PC_OK;
}

pc_status pc_object_write(const pc_object *object, uint64_t offset, const void *src, uint64_t bytes)
{
	const unsigned char *from = src;
	while (bytes) {
		ssize_t put = pwrite(pc_object_fd(object), from, (size_t)bytes, (off_t)offset);
		if (put < 0 && errno == EINTR) continue;
		if (put <= 0) return put < 0 && pc_object_status(errno) == PC_ENOSPC ? PC_ENOSPC : PC_EIO;
		from += put;
		offset += (uint64_t)put;
		bytes -= (uint64_t)put;
	}
	return PC_OK;
}
