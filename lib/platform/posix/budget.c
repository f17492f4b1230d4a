/* platform/posix/budget.c - see budget.h.
 *
 * A tmpfs hands out pages until it is full, and it is often as large as the machine's memory or larger: one region with
 * a zero too many would take all of it, and the kernel would kill processes until some fits again. So what is asked
 * for is compared with what is free first. Others may allocate in between; this is a fence, not a guarantee. */
#define _GNU_SOURCE
#include "platform/posix/budget.h"

#include <linux/magic.h>
#include <stdio.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#define RESERVE_PARTS 32u /* 1/32 of what is available stays for the others */

/* MemAvailable + SwapFree, in bytes; UINT64_MAX where the kernel does not say. */
static uint64_t memory_left(void)
{
	unsigned long long available = 0, swap = 0;
	int known = 0;
	char line[128];
	FILE *file = fopen("/proc/meminfo", "re");
	if (!file) return UINT64_MAX;
	while (fgets(line, sizeof line, file)) {
		known |= sscanf(line, "MemAvailable: %llu kB", &available) == 1;
		(void)sscanf(line, "SwapFree: %llu kB", &swap);
	}
	(void)fclose(file);
	return known ? (available - available / RESERVE_PARTS + swap) * 1024 : UINT64_MAX;
}

int pc_budget_allows(int fd, uint64_t more_bytes)
{
	struct statvfs room;
	struct statfs kind;
	if (fstatvfs(fd, &room) || fstatfs(fd, &kind)) return 1; /* the allocation itself will say */
	/* A tmpfs without a limit reports no blocks at all. */
	if (room.f_blocks && more_bytes / room.f_frsize > room.f_bavail) return 0;
	return kind.f_type != TMPFS_MAGIC || more_bytes <= memory_left();
}
