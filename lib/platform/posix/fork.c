/* platform/posix/fork.c - closes lock descriptors in forked children, and counts forks.
 *
 * An OFD lock belongs to the open file description, which fork() shares: a child that outlives a dead
 * writer would keep its lock, and the writer would look alive for ever. So every lock descriptor is
 * noted here, one bit each, and a pthread_atfork() handler closes them in the child. Programs that
 * call clone(2) themselves are on their own; the kernel's robust list is right even there.         */
#define _POSIX_C_SOURCE 200809L
#include "platform/posix/fork.h"

#include "platform/process.h"

#include <limits.h>
#include <pagecast/control.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	pthread_once_t once;
	pthread_mutex_t mutex;
	unsigned char *bits; /* bit fd: close it in a child */
	size_t bytes;
	uint32_t forks;
} watch = {.once = PTHREAD_ONCE_INIT, .mutex = PTHREAD_MUTEX_INITIALIZER};

static void before_fork(void)
{
	(void)pthread_mutex_lock(&watch.mutex);
}

static void in_parent(void)
{
	(void)pthread_mutex_unlock(&watch.mutex);
}

static void in_child(void)
{
	for (size_t i = 0; i < watch.bytes; i++)
		for (unsigned bit = 0; watch.bits[i] && bit < CHAR_BIT; bit++)
			if (watch.bits[i] & 1u << bit) (void)close((int)(i * CHAR_BIT + bit));
	if (watch.bytes) memset(watch.bits, 0, watch.bytes);
	pc_store_relaxed_u32(&watch.forks, pc_load_relaxed_u32(&watch.forks) + 1);
	(void)pthread_mutex_unlock(&watch.mutex);
}

static void install(void)
{
	(void)pthread_atfork(before_fork, in_parent, in_child);
}

uint32_t pc_process_forks(void)
{
	(void)pthread_once(&watch.once, install);
	return pc_load_relaxed_u32(&watch.forks);
}

pc_status pc_fork_watch_fd(int fd)
{
	size_t at = (size_t)fd / CHAR_BIT;
	pc_status s = PC_OK;
	(void)pc_process_forks();
	(void)pthread_mutex_lock(&watch.mutex);
	if (at >= watch.bytes) {
		size_t bytes = at + 64;
		unsigned char *bits = realloc(watch.bits, bytes);
		if (bits) {
			memset(bits + watch.bytes, 0, bytes - watch.bytes);
			watch.bits = bits;
			watch.bytes = bytes;
		} else {
			s = PC_ENOMEM;
		}
	}
	if (s == PC_OK) watch.bits[at] = (unsigned char)(watch.bits[at] | 1u << (size_t)fd % CHAR_BIT);
	(void)pthread_mutex_unlock(&watch.mutex);
	return s;
}

void pc_fork_close_fd(int fd)
{
	size_t at = (size_t)fd / CHAR_BIT;
	(void)pthread_mutex_lock(&watch.mutex);
	/* In a forked child the bit is gone, the descriptor is closed, and its number may be somebody else's by now. */
	if (at < watch.bytes && watch.bits[at] & 1u << (size_t)fd % CHAR_BIT) {
		watch.bits[at] = (unsigned char)(watch.bits[at] & ~(1u << (size_t)fd % CHAR_BIT));
		(void)close(fd);
	}
	(void)pthread_mutex_unlock(&watch.mutex);
}
