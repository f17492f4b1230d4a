/* platform/win32/map.c - views of sections; see platform/map.h. */
#include "base/err.h"
#include "platform/win32/view.h"

pc_status pc_map_open(const pc_object *object, uint64_t bytes, unsigned flags, pc_map *ret_map, pc_err *err)
{
	const pc_section *section = pc_section_of(object);
	int writable = (flags & PC_MAP_WRITABLE) != 0;
	void *base;
	pc_status s;
	if (bytes > SIZE_MAX)
		return pc_err_set(err, PC_ENOMEM, "%llu bytes do not fit into this process", (unsigned long long)bytes);
	if (bytes > section->bytes)
		return pc_err_set(err, PC_EIO, "%llu bytes of an object that has %llu", (unsigned long long)bytes,
		                  (unsigned long long)section->bytes);
	base = MapViewOfFile(section->handle, FILE_MAP_READ | (writable ? FILE_MAP_WRITE : 0u), 0, 0, (SIZE_T)bytes);
	if (!base) {
		s = pc_win_fail(err, GetLastError(), "cannot map", "an object");
		return s == PC_ENOSPC ? PC_ENOMEM : s;
	}
	s = pc_view_add(base, bytes, section, writable, err);
	if (s != PC_OK) {
		(void)UnmapViewOfFile(base);
		return s;
	}
	ret_map->base = base;
	ret_map->bytes = bytes;
	return PC_OK;
}

void pc_map_close(pc_map *map)
{
	if (map->base) {
		if (pc_view_remove(map->base)) (void)FlushViewOfFile(map->base, 0);
		(void)UnmapViewOfFile(map->base);
	}
	map->base = NULL;
	map->bytes = 0;
}
