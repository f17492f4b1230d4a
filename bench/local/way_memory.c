/* way_memory.c - the limit: one memcpy into shared memory, a futex, one memcpy out. Nothing keeps a value whole. */
#define _GNU_SOURCE
#include "versus.h"

#include <linux/futex.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct page {
	uint32_t number;
	unsigned char data[];
} * page;
static size_t bytes;
static uint32_t seen;

static void begin(const char *where, size_t value_bytes)
{
	(void)where;
	bytes = value_bytes;
	page = mmap(NULL, sizeof *page + bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED) versus_fail("begin", "out of memory");
}

static void nothing(void)
{
}

static void publish(const void *value)
{
	memcpy(page->data, value, bytes);
	(void)__atomic_add_fetch(&page->number, 1, __ATOMIC_RELEASE);
	(void)syscall(SYS_futex, &page->number, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static bool take(void *value)
{
	seen = __atomic_load_n(&page->number, __ATOMIC_ACQUIRE);
	memcpy(value, page->data, bytes);
	return true;
}

static void wait_for(void)
{
	struct timespec second = {1, 0};
	(void)syscall(SYS_futex, &page->number, FUTEX_WAIT, seen, &second, NULL, 0);
}

const versus_way versus = {"memcpy", true, begin, nothing, nothing, publish, nothing, take, nothing, wait_for};
