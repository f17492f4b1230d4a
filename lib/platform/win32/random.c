/* platform/win32/random.c - see platform/random.h. */
#include "platform/random.h"

#include "platform/win32/system.h"

#include <bcrypt.h>

pc_status pc_random_bytes(void *dst, size_t bytes)
{
	unsigned char *at = dst;
	while (bytes) {
		ULONG part = bytes < (1u << 20) ? (ULONG)bytes : 1u << 20;
		if (BCryptGenRandom(NULL, at, part, BCRYPT_USE_SYSTEM_PREFERRED_RNG)) return PC_EIO;
		at += part;
		bytes -= part;
	}
	return PC_OK;
}
