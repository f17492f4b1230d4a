/* platform/posix/map.c - mapping of objects; see platform/map.h. */
#define _DEFAULT_SOURCE
#include "base/err.h"
#include "platform/posix/object.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

pc_status pc_map_open(const pc_object *object, uint64_t bytes, unsigned flags, pc_map *ret_map, pc_err *err)
{
	int access = PROT_READ | (flags & PC_MAP_WRITABLE ? PROT_WRITE : 0);
	void *base;
	if (bytes > SIZE_MAX)
		return pc_err_set(err, PC_ENOMEM, "%llu bytes do not fit into this process", (unsigned long long)bytes);
	base = mmap(NULL, (size_t)bytes, access, MAP_SHARED, pc_object_fd(object), 0);
	if (base == MAP_FAILED) {
		pc_status s = errno == ENOMEM ? PC_ENOMEM : errno == EACCES || errno == EPERM ? PC_EPERM : PC_EIO;
		return pc_err_set(err, s, "cannot map %llu bytes: %s", (unsigned long long)bytes, strerror(errno));
	}
	if (flags & PC_MAP_NOT_INHERITED) (void)madvise(base, (size_t)bytes, MADV_DONTFORK);
	ret_map->base = base;
	ret_map->bytes = bytes;
	return PC_OK;
}

void pc_map_close(pc_map *map)
{
	if (map->base) (void)munmap(map->base, (size_t)map->bytes);
	map->base = NULL;
	map->bytes = 0;
}
