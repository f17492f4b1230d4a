/* layout/guess.h - bytes that nobody described: what they may be, from how they look and how they move. */
#ifndef LY_GUESS_H
#define LY_GUESS_H
#include "base/num.h"

#include <stdbool.h>
#include <stdint.h>

/** The same bytes at several moments. */
typedef struct ly_samples {
	const uint8_t *const *at; /* count of them, in order of time, each of `bytes` bytes */
	uint32_t count;           /* >= 1 */
	uint64_t bytes;
} ly_samples;

/** A piece of the map. */
typedef struct ly_guess {
	uint64_t offset, bytes;
	const char *type;         /* "f32", "char", "wchar16", "u8" for bytes; "" for bytes that are 0 */
	const char *note;         /* "counter", "unix time in ms", ...; "" */
	uint32_t moves;           /* how often it was other than the moment before */
	char first[64], last[64]; /* its value in the first and in the last sample, as text; texts are UTF-8 */
} ly_guess;

/**
 * Call fn for each piece, in order; together they are all bytes. Numbers are looked for where they are
 * aligned, and elsewhere only if nothing else fits there and they move like numbers.
 */
void ly_guess_all(const ly_samples *samples, void (*fn)(void *arg, const ly_guess *guess), void *arg);

#endif
