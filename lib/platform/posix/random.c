/* platform/posix/random.c - see platform/random.h. */
#define _GNU_SOURCE
#include "platform/random.h"

#include <errno.h>
#include <sys/random.h>

pc_status pc_random_bytes(void *dst, size_t bytes)
{
	unsigned char *at = dst;
	while (bytes) {
		ssize_t got = getrandom(at, bytes, 0);
		if (got < 0 && errno != EINTR) return PC_EIO;
		if (got > 0) {
			at += got;
			bytes -= (size_t)got;
		}
	}
	return PC_OK;
}
