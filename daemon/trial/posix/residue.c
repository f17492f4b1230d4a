/* trial/posix/residue.c - see residue.h: /proc and the C library. */
#include "daemon/trial/residue.h"

#include <dirent.h>
#include <inttypes.h>
#ifdef PCD_HAVE_MALLINFO2
#include <malloc.h>
#endif
#include <stdio.h>

static uint32_t entries(const char *path)
{
	uint32_t count = 0;
	DIR *folder = opendir(path);
	struct dirent *entry;
	if (!folder) return 0;
	while ((entry = readdir(folder)) != NULL) count += entry->d_name[0] != '.';
	(void)closedir(folder);
	return count;
}

uint32_t pcd_residue_threads(void)
{
	return entries("/proc/self/task");
}

uint32_t pcd_residue_descriptors(void)
{
	return entries("/proc/self/fd");
}

uint64_t pcd_residue_heap_bytes(void)
{
#ifdef PCD_HAVE_MALLINFO2
	struct mallinfo2 info = mallinfo2();
	return info.uordblks + info.hblkhd;
#else
	return 0;
#endif
}

/* proc(5): time on a processor, time in its queue, turns. */
uint64_t pcd_residue_waited_ns(void)
{
	uint64_t ran_ns = 0, waited_ns = 0;
	FILE *file = fopen("/proc/thread-self/schedstat", "re");
	if (!file) return 0;
	if (fscanf(file, "%" SCNu64 " %" SCNu64, &ran_ns, &waited_ns) != 2) waited_ns = 0;
	(void)fclose(file);
	return waited_ns;
}
