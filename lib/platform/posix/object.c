/* platform/posix/object.c - named shared-memory objects as files in /dev/shm; see platform/map.h.
 *
 * Plain open(2) and not shm_open(3): the folder can be changed, O_NOFOLLOW and O_NONBLOCK are ours to
 * set, and rename(2) and link(2) need paths anyway. $PAGECAST_SHM_DIR replaces /dev/shm, for tests and
 * for a tmpfs shared between containers; programs with raised privileges do not listen to it.
 * Creating uses a temporary name beginning with '.', which no region's name does.                     */
#define _GNU_SOURCE
#include "platform/posix/object.h"

#include "base/err.h"
#include "base/name.h"
#include "platform/posix/budget.h"
#include "platform/random.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_DIR "/dev/shm"
#define STEP_BYTES  (INT64_C(64) << 20)

static const char *folder(void)
{
	const char *dir = secure_getenv("PAGECAST_SHM_DIR");
	return dir && *dir ? dir : DEFAULT_DIR;
}

pc_status pc_object_name(const char *configured, char ret_name[PC_NAME_BYTES], pc_err *err)
{
	return pc_name_parse(configured, ret_name, NULL, err);
}

pc_status pc_object_path(const char *name, char ret_path[PC_PATH_BYTES], pc_err *err)
{
	const char *dir = folder();
	int length = snprintf(ret_path, PC_PATH_BYTES, "%s/%s", dir, name);
	if (dir[0] == '/' && length > 0 && (size_t)length < PC_PATH_BYTES) return PC_OK;
	return pc_err_set(err, PC_EINVAL, "PAGECAST_SHM_DIR is not a short absolute path: '%s'", dir);
}

int pc_object_fd(const pc_object *object)
{
	return (int)object->handle - 1;
}

pc_status pc_object_status(int error)
{
	switch (error) {
	case ENOENT: return PC_EABSENT;
	case EACCES:
	case EPERM:
	case EROFS: return PC_EPERM;
	case ELOOP:
	case EISDIR:
	case ENXIO: return PC_EUNTRUSTED; /* a symbolic link; a folder; a pipe or socket */
	case ENOSPC:
	case EDQUOT:
	case EFBIG: return PC_ENOSPC;
	case EEXIST: return PC_EBUSY;
	case ENOMEM: return PC_ENOMEM;
	default: return PC_EIO;
	}
}

pc_status pc_object_fail(pc_err *err, const char *what, const char *path)
{
	int error = errno;
	return pc_err_set(err, pc_object_status(error), "%s %s: %s", what, path, strerror(error));
}

static void facts_from(const struct stat *st, pc_object_facts *ret_facts)
{
	ret_facts->file_id = (uint64_t)st->st_ino;
	ret_facts->bytes = (uint64_t)st->st_size;
	ret_facts->uid = (uint32_t)st->st_uid;
	ret_facts->mode = (uint32_t)(st->st_mode & 07777);
	ret_facts->is_plain = S_ISREG(st->st_mode) ? 1 : 0;
	ret_facts->link_count = (uint32_t)st->st_nlink;
	ret_facts->is_new = 0;
}

pc_status pc_object_open_path(const char *path, int flags, pc_object *ret_object, pc_object_facts *ret_facts,
                              pc_err *err)
{
	struct stat st;
	pc_status s = PC_OK;
	int fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
	if (fd < 0) return pc_object_fail(err, flags & O_CREAT ? "cannot create" : "cannot open", path);
	if (fstat(fd, &st)) {
		s = pc_object_fail(err, "cannot look at", path);
	} else if (!S_ISREG(st.st_mode)) {
		s = pc_err_set(err, PC_EUNTRUSTED, "%s is not a plain file", path);
	}
	if (s != PC_OK) {
		(void)close(fd);
		return s;
	}
	memset(ret_object, 0, sizeof *ret_object);
	ret_object->handle = fd + 1;
	ret_object->file_id = (uint64_t)st.st_ino;
	facts_from(&st, ret_facts);
	return PC_OK;
}

pc_status pc_object_open(const char *name, int writable, pc_object *ret_object, pc_object_facts *ret_facts, pc_err *err)
{
	char path[PC_PATH_BYTES];
	pc_status s = pc_object_path(name, path, err);
	if (s != PC_OK) return s;
	return pc_object_open_path(path, writable ? O_RDWR : O_RDONLY, ret_object, ret_facts, err);
}

/* Allocates, so that no later access can fail for want of memory. In steps: a signal undoes only the last. */
int pc_object_allocate(int fd, uint64_t bytes)
{
	int64_t done = 0;
	struct stat st;
	uint64_t held = fstat(fd, &st) ? 0 : (uint64_t)st.st_blocks * 512;
	if (bytes > held && !pc_budget_allows(fd, bytes - held)) {
		errno = ENOSPC;
		return -1;
	}
	while ((uint64_t)done < bytes) {
		int64_t step =
		        bytes - (uint64_t)done < (uint64_t)STEP_BYTES ? (int64_t)(bytes - (uint64_t)done) : STEP_BYTES;
		int error = posix_fallocate(fd, done, step);
		if (error == EINTR) continue;
		if (error) {
			errno = error;
			return -1;
		}
		done += step;
	}
	return 0;
}

static uint32_t temp_names_only;

void pc_object_use_temp_names(int on)
{
	pc_store_relaxed_u32(&temp_names_only, on ? 1 : 0);
}

/* A file without a name, or under a temporary one. @return descriptor, -1 with errno */
static int open_new(const char *name, pc_object *object)
{
	char path[PC_PATH_BYTES];
	uint64_t number;
	int fd = -1;
	errno = EOPNOTSUPP;
	if (!pc_load_relaxed_u32(&temp_names_only)) fd = open(folder(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT && errno != EINVAL)) return fd;
	errno = EIO;
	if (pc_random_bytes(&number, sizeof number) != PC_OK) return -1;
	(void)snprintf(object->temp_name, sizeof object->temp_name, ".%s.%016" PRIx64, name, number);
	if (pc_object_path(object->temp_name, path, NULL) != PC_OK) return -1;
	return open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

pc_status pc_object_create(const char *name, uint64_t bytes, const pc_access *access, pc_object *ret_object,
                           pc_err *err)
{
	char path[PC_PATH_BYTES];
	pc_object object = {.is_unpublished = 1};
	struct stat st;
	int fd;
	pc_status s = pc_object_path(name, path, err);
	if (s != PC_OK) return s;
	fd = open_new(name, &object);
	if (fd < 0) return pc_object_fail(err, "cannot create", path);
	object.handle = fd + 1;
	if (pc_object_allocate(fd, bytes)) {
		s = pc_object_fail(err, "cannot allocate", path);
	} else if (fchmod(fd, (mode_t)access->mode) || fstat(fd, &st)) {
		s = pc_object_fail(err, "cannot set up", path);
	} else {
		object.file_id = (uint64_t)st.st_ino;
	}
	if (s == PC_OK)
		*ret_object = object;
	else
		pc_object_close(&object);
	return s;
}

pc_status pc_object_path_of(const pc_object *object, const char *name, char ret_path[PC_PATH_BYTES], pc_err *err)
{
	if (!object->is_unpublished) return pc_object_path(name, ret_path, err);
	if (object->temp_name[0]) return pc_object_path(object->temp_name, ret_path, err);
	(void)snprintf(ret_path, PC_PATH_BYTES, "/proc/self/fd/%d", pc_object_fd(object));
	return PC_OK;
}

/* rename(2) needs a name to come from. The one used here can only be left by a holder of the same lock. */
static int link_and_rename(const char *from, const char *name, const char *to)
{
	char new_name[PC_OBJECT_NAME_BYTES], path[PC_PATH_BYTES];
	(void)snprintf(new_name, sizeof new_name, ".%s.new", name);
	if (pc_object_path(new_name, path, NULL) != PC_OK) return -1;
	(void)unlink(path);
	return linkat(AT_FDCWD, from, AT_FDCWD, path, AT_SYMLINK_FOLLOW) || rename(path, to) ? -1 : 0;
}

pc_status pc_object_publish(pc_object *object, const char *name, int replace, pc_err *err)
{
	char from[PC_PATH_BYTES], to[PC_PATH_BYTES];
	int failed;
	pc_status s = pc_object_path_of(object, name, from, err);
	if (s == PC_OK) s = pc_object_path(name, to, err);
	if (s != PC_OK) return s;
	/* A link fails where the name is taken, a rename takes it. */
	failed = replace ? link_and_rename(from, name, to) : linkat(AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW);
	if (failed) return pc_object_fail(err, "cannot publish", to);
	if (object->temp_name[0]) (void)unlink(from);
	object->temp_name[0] = 0;
	object->is_unpublished = 0;
	return PC_OK;
}

pc_status pc_object_facts_of(const pc_object *object, pc_object_facts *ret_facts)
{
	struct stat st;
	if (fstat(pc_object_fd(object), &st)) return PC_EIO;
	facts_from(&st, ret_facts);
	return PC_OK;
}

pc_status pc_object_look(const char *name, pc_object_facts *ret_facts)
{
	char path[PC_PATH_BYTES];
	struct stat st;
	pc_status s = pc_object_path(name, path, NULL);
	if (s != PC_OK) return s;
	if (lstat(path, &st)) return pc_object_status(errno);
	facts_from(&st, ret_facts);
	return PC_OK;
}

pc_status pc_object_is_named(const char *name, uint64_t file_id)
{
	pc_object_facts facts;
	pc_status s = pc_object_look(name, &facts);
	return s == PC_OK && facts.file_id != file_id ? PC_ESTALE : s;
}

int pc_object_is_beside(uint64_t file_id)
{
	(void)file_id;
	return 0; /* a name can be taken from a file */
}

uint64_t pc_object_names_stamp(void)
{
	struct timespec now;
	struct stat st;
	const uint64_t ns_per_s = UINT64_C(1000000000);
	uint64_t changed;
	if (folder()[0] != '/' || stat(folder(), &st) || clock_gettime(CLOCK_REALTIME, &now)) return 0;
	changed = (uint64_t)st.st_mtim.tv_sec * ns_per_s + (uint64_t)st.st_mtim.tv_nsec;
	/* Whatever happens in the tick of the clock that is the folder's time does not move that any more. */
	return (uint64_t)now.tv_sec * ns_per_s + (uint64_t)now.tv_nsec > changed + ns_per_s ? changed : 0;
}

pc_status pc_object_grow(pc_object *object, uint64_t bytes, pc_err *err)
{
	if (pc_object_allocate(pc_object_fd(object), bytes))
		return pc_object_fail(err, "cannot allocate", "a payload that was there");
	return PC_OK;
}

pc_status pc_object_set_access(pc_object *object, const pc_access *access, pc_err *err)
{
	if (fchmod(pc_object_fd(object), (mode_t)access->mode))
		return pc_object_fail(err, "cannot set the permissions of", "an object");
	return PC_OK;
}

pc_status pc_object_link(const char *name, const char *second, uint64_t file_id)
{
	char from[PC_PATH_BYTES], to[PC_PATH_BYTES];
	pc_object_facts facts;
	pc_status s = pc_object_look(name, &facts);
	if (s != PC_OK) return s;
	if (facts.file_id != file_id) return PC_EABSENT;
	s = pc_object_path(name, from, NULL);
	if (s == PC_OK) s = pc_object_path(second, to, NULL);
	if (s != PC_OK) return s;
	return link(from, to) ? pc_object_status(errno) : PC_OK;
}

pc_status pc_object_unlink(const char *name, uint64_t file_id)
{
	char path[PC_PATH_BYTES];
	pc_object_facts facts;
	pc_status s = pc_object_look(name, &facts);
	if (s != PC_OK) return s;
	if (facts.file_id != file_id) return PC_ESTALE;
	s = pc_object_path(name, path, NULL);
	if (s != PC_OK) return s;
	return unlink(path) ? pc_object_status(errno) : PC_OK;
}

void pc_object_close(pc_object *object)
{
	char path[PC_PATH_BYTES];
	if (!object->handle) return;
	(void)close(pc_object_fd(object));
	if (object->temp_name[0] && pc_object_path(object->temp_name, path, NULL) == PC_OK) (void)unlink(path);
	memset(object, 0, sizeof *object);
}
