/* region/copy.c - copying under a sequence lock.
 *
 * C11 calls a memcpy() of bytes that another thread is writing a data race, whatever is done with the
 * result. The sequence numbers make the result right on every machine we know, as long as the compiler
 * cannot look through the call; so it happens here, out of line, and nowhere else. A build with
 * PC_STRICT_ATOMICS copies in relaxed atomic words instead: defined, visible to thread sanitizers, slower. */
#include "region/copy.h"

#include <stdint.h>
#include <string.h>

#ifdef PC_STRICT_ATOMICS
#include <pagecast/control.h>

#define WORD sizeof(uint64_t)

static int aligned(const void *p)
{
	return (uintptr_t)p % WORD == 0;
}

static unsigned char load_byte(const unsigned char *p)
{
#if defined(__GNUC__) || defined(__clang__)
	return __atomic_load_n(p, __ATOMIC_RELAXED);
#else
	return *(const volatile unsigned char *)p;
#endif
}

static void store_byte(unsigned char *p, unsigned char v)
{
#if defined(__GNUC__) || defined(__clang__)
	__atomic_store_n(p, v, __ATOMIC_RELAXED);
#else
	*(volatile unsigned char *)p = v;
#endif
}

/* Atomic on both sides: a private side costs nothing more by it. */
static void copy_words(void *dst, const void *src, size_t bytes)
{
	unsigned char *d = dst;
	const unsigned char *s = src;
	size_t i = 0;
	if (aligned(d) && aligned(s))
		for (; i + WORD <= bytes; i += WORD)
			pc_store_relaxed_u64((uint64_t *)(void *)(d + i),
			                     pc_load_relaxed_u64((const uint64_t *)(const void *)(s + i)));
	for (; i < bytes; i++) store_byte(d + i, load_byte(s + i));
}

static int words_differ(const void *a, const void *b, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (load_byte((const unsigned char *)a + i) != load_byte((const unsigned char *)b + i)) return 1;
	return 0;
}
#else
#define copy_words   memcpy
#define words_differ memcmp
#endif

void pc_copy_out(void *dst, const void *shared, size_t bytes)
{
	if (bytes) copy_words(dst, shared, bytes); /* memcpy(3) wants a place even for nothing */
}

void pc_copy_in(void *shared, const void *src, size_t bytes)
{
	copy_words(shared, src, bytes);
}

void pc_copy_across(void *shared, const void *from_shared, size_t bytes)
{
	copy_words(shared, from_shared, bytes);
}

int pc_copy_differs(const void *shared, const void *private_bytes, size_t bytes)
{
	return words_differ(shared, private_bytes, bytes) != 0;
}
