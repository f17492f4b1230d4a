/* layout/guess.c - see guess.h.
 *
 * A guess holds for every sample, or it is none: one moment makes nearly anything look like a number. Of two that hold the one
 * whose values are shorter as text wins, since people and programs like round numbers more than chance does. */
#include "layout/guess.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define ZEROES_LEAST 8u /* so many are a piece of their own */
#define TEXT_LEAST   4u
#define WIDE_LEAST   3u
#define STILL        12u /* bytes that a number at a place, or up to three behind it, can have */
#define MOVES_LEAST  3u  /* what is nowhere aligned must convince by more than a moment */

static uint64_t number_at(const uint8_t *bytes, unsigned count)
{
	uint64_t n = 0;
	for (unsigned i = count; i-- > 0;) n = n << 8 | bytes[i];
	return n;
}

static double real_at(const uint8_t *bytes, unsigned count)
{
	float f;
	double d;
	if (count == 4) {
		memcpy(&f, bytes, 4);
		return (double)f;
	}
	memcpy(&d, bytes, 8);
	return d;
}

static uint32_t moves_of(const ly_samples *s, uint64_t offset, uint64_t bytes)
{
	uint32_t moves = 0;
	for (uint32_t i = 1; i < s->count; i++)
		moves += memcmp(s->at[i] + offset, s->at[i - 1] + offset, (size_t)bytes) != 0;
	return moves;
}

/* ---- zeroes and texts ---- */

static uint64_t zeroes_at(const ly_samples *s, uint64_t offset)
{
	uint64_t end = offset;
	for (; end < s->bytes; end++)
		for (uint32_t i = 0; i < s->count; i++)
			if (s->at[i][end]) return end - offset;
	return end - offset;
}

static bool is_letter(uint32_t c)
{
	return c >= ' ' && c < 0x7F;
}

/* Letters in one sample, in units of so many bytes, up to a NUL or the end. @return how many; 0 if something else ends them */
static uint64_t letters_at(const uint8_t *bytes, uint64_t room, unsigned unit)
{
	uint64_t count = 0;
	for (; (count + 1) * unit <= room; count++) {
		uint64_t c = number_at(bytes + count * unit, unit);
		if (!c) return count;
		if (!is_letter((uint32_t)c)) return 0;
	}
	return count;
}

/* Bytes of a text with the zeroes behind it, up to where a number might begin; 0: it is none. It may be empty at times. */
static uint64_t text_at(const ly_samples *s, uint64_t offset, unsigned unit, uint64_t least)
{
	uint64_t longest = 0;
	for (uint32_t i = 0; i < s->count; i++) {
		uint64_t count = letters_at(s->at[i] + offset, s->bytes - offset, unit);
		if (!count && number_at(s->at[i] + offset, unit)) return 0;
		if (count > longest) longest = count;
	}
	if (longest < least) return 0;
	uint64_t end = offset + longest * unit, behind = zeroes_at(s, end);
	uint64_t aligned = (end + unit + 3) / 4 * 4;
	if (aligned > s->bytes) aligned = s->bytes;
	/* what stays 0 behind it may belong to it; nobody can tell */
	return end + behind >= aligned ? end + behind - offset : end - offset + (behind / unit) * unit;
}

static void put_text(char dst[64], const uint8_t *bytes, uint64_t room, unsigned unit)
{
	size_t n = 0;
	for (uint64_t i = 0; (i + 1) * unit <= room && n < 60; i++) {
		uint64_t c = number_at(bytes + i * unit, unit);
		if (!c) break;
		dst[n++] = (char)c;
	}
	dst[n] = '\0';
}

/* ---- numbers ---- */

/* A real number as programs have them, neither denormal nor astronomic, in every sample; *ret_length of the texts of all. */
static bool are_reals(const ly_samples *s, uint64_t offset, unsigned count, size_t *ret_length)
{
	bool any = false;
	*ret_length = 0;
	for (uint32_t i = 0; i < s->count; i++) {
		char text[PC_NUM_TEXT_MAX];
		double v = real_at(s->at[i] + offset, count), size = fabs(v);
		if (!isfinite(v) || (size != 0 && (size < 1e-6 || size > (count == 4 ? 1e8 : 1e12)))) return false;
		any |= size != 0;
		*ret_length += count == 4 ? pc_num_format_f32((float)v, text) : pc_num_format_f64(v, text);
	}
	return any;
}

/* Never smaller than before, and sometimes larger. */
static bool grows(const ly_samples *s, uint64_t offset, unsigned count)
{
	uint32_t moves = moves_of(s, offset, count);
	for (uint32_t i = 1; i < s->count; i++) {
		uint64_t before = number_at(s->at[i - 1] + offset, count), now = number_at(s->at[i] + offset, count);
		if (now < before || now - before > 1u << 30) return false;
	}
	return moves > 1;
}

static bool all_between(const ly_samples *s, uint64_t offset, unsigned count, uint64_t low, uint64_t high)
{
	for (uint32_t i = 0; i < s->count; i++) {
		uint64_t n = number_at(s->at[i] + offset, count);
		if (n < low || n > high) return false;
	}
	return true;
}

/* 2001 to 2100, in the units that clocks have. */
static const char *time_at(const ly_samples *s, uint64_t offset, unsigned count)
{
	static const struct {
		const char *note;
		uint64_t per_s;
	} units[] = {{"unix time in ms", 1000}, {"unix time in us", 1000000}, {"unix time in ns", 1000000000}};
	/* 2014 to 2039: what would be a small real number is no time */
	if (count == 4)
		return all_between(s, offset, 4, 1400000000, 2200000000u) && grows(s, offset, 4) ? "unix time in s"
		                                                                                 : NULL;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (all_between(s, offset, 8, 1000000000 * units[i].per_s, UINT64_C(4102444800) * units[i].per_s))
			return units[i].note;
	/* FILETIME: 100 ns since 1601 */
	return all_between(s, offset, 8, UINT64_C(126444672000000000), UINT64_C(157469184000000000)) ? "FILETIME"
	                                                                                             : NULL;
}

static ly_guess number(const ly_samples *s, uint64_t offset, unsigned count, const char *type, const char *note)
{
	ly_guess g = {
	        .offset = offset, .bytes = count, .type = type, .note = note, .moves = moves_of(s, offset, count)};
	char *const to[] = {g.first, g.last};
	const uint8_t *const from[] = {s->at[0] + offset, s->at[s->count - 1] + offset};
	for (int i = 0; i < 2; i++) {
		uint64_t n = number_at(from[i], count);
		if (type[0] == 'f' && count == 4)
			(void)pc_num_format_f32((float)real_at(from[i], 4), to[i]);
		else if (type[0] == 'f')
			(void)pc_num_format_f64(real_at(from[i], 8), to[i]);
		else if (type[0] == 'i')
			(void)snprintf(to[i], 64, "%" PRId32, (int32_t)(uint32_t)n);
		else
			(void)snprintf(to[i], 64, "%" PRIu64, n);
	}
	return g;
}

static bool eight_at(const ly_samples *s, uint64_t offset, ly_guess *ret)
{
	size_t one, low, high;
	const char *when = time_at(s, offset, 8);
	if (when) {
		*ret = number(s, offset, 8, "u64", when);
		return true;
	}
	if (!are_reals(s, offset, 8, &one)) return false;
	bool is_low = are_reals(s, offset, 4, &low) || all_between(s, offset, 4, 0, 0);
	bool is_high = are_reals(s, offset + 4, 4, &high);
	if (is_low && is_high && low + high < one) return false; /* two rounder ones */
	if (all_between(s, offset, 4, 1, 1u << 20) && is_high && high < one)
		return false; /* a small number, a real one */
	*ret = number(s, offset, 8, "f64", "");
	return true;
}

/* Small as a signed one, in every sample. */
static bool are_small(const ly_samples *s, uint64_t offset)
{
	for (uint32_t i = 0; i < s->count; i++) {
		uint32_t n = (uint32_t)number_at(s->at[i] + offset, 4);
		if (n > 1u << 24 && n < UINT32_MAX - (1u << 24)) return false;
	}
	return true;
}

static ly_guess four_at(const ly_samples *s, uint64_t offset)
{
	size_t length;
	const char *when = time_at(s, offset, 4);
	if (when) return number(s, offset, 4, "u32", when);
	if (are_reals(s, offset, 4, &length)) return number(s, offset, 4, "f32", "");
	if (grows(s, offset, 4)) return number(s, offset, 4, "u32", "counter");
	if (are_small(s, offset)) return number(s, offset, 4, "i32", "");
	return number(s, offset, 4, "u32", "or bytes");
}

/* Its upper half alone is a much rounder number: that, behind bytes that are none. */
static bool is_half(const ly_samples *s, uint64_t offset)
{
	size_t whole, half;
	return are_reals(s, offset, 8, &whole) && are_reals(s, offset + 4, 4, &half) && 2 * half < whole;
}

/* A number where none would be aligned, as structs without padding have them. */
static bool unaligned_at(const ly_samples *s, uint64_t offset, ly_guess *ret)
{
	size_t length;
	if (s->bytes - offset >= 8 && moves_of(s, offset, 8) >= MOVES_LEAST && !is_half(s, offset) &&
	    eight_at(s, offset, ret)) {
		ret->note = *ret->note ? ret->note : "unaligned";
		return true;
	}
	if (s->bytes - offset < 4 || moves_of(s, offset, 4) < MOVES_LEAST) return false;
	if (!are_reals(s, offset, 4, &length) && !grows(s, offset, 4)) return false;
	*ret = four_at(s, offset);
	ret->note = *ret->note ? ret->note : "unaligned";
	return true;
}

/* Bytes in front of the first unaligned number of the next four; 0: there is none. */
static uint64_t unaligned_behind(const ly_samples *s, uint64_t offset)
{
	ly_guess g;
	for (uint64_t shift = 1; shift < 4 && offset + shift < s->bytes; shift++)
		if ((offset + shift) % 4 && unaligned_at(s, offset + shift, &g)) return shift;
	return 0;
}

static void bytes_at(const ly_samples *s, uint64_t offset, uint64_t bytes, ly_guess *ret)
{
	*ret = (ly_guess){
	        .offset = offset, .bytes = bytes, .type = "u8", .note = "", .moves = moves_of(s, offset, bytes)};
	for (uint64_t i = 0; i < bytes && i < 16; i++) {
		(void)snprintf(ret->first + 2 * i, 3, "%02x", s->at[0][offset + i]);
		(void)snprintf(ret->last + 2 * i, 3, "%02x", s->at[s->count - 1][offset + i]);
	}
}

/* ---- the whole ---- */

static bool text_guess(const ly_samples *s, uint64_t offset, ly_guess *ret)
{
	unsigned unit = 2;
	uint64_t bytes = offset % 2 ? 0 : text_at(s, offset, 2, WIDE_LEAST);
	if (!bytes) bytes = text_at(s, offset, unit = 1, TEXT_LEAST);
	if (!bytes) return false;
	*ret = (ly_guess){.offset = offset, .bytes = bytes, .type = unit == 1 ? "char" : "wchar16", .note = ""};
	ret->moves = moves_of(s, offset, bytes);
	put_text(ret->first, s->at[0] + offset, bytes, unit);
	put_text(ret->last, s->at[s->count - 1] + offset, bytes, unit);
	return true;
}

/* The zeroes that are a piece: what begins behind them is aligned again. */
static uint64_t zero_piece(uint64_t at, uint64_t zeroes, uint64_t left)
{
	return zeroes == left ? left : (at + zeroes) / 4 * 4 - at;
}

static bool is_doubtful(const ly_guess *g)
{
	return !strcmp(g->note, "or bytes");
}

/* A number at @p at, or bytes, of these samples. */
static ly_guess number_at_all(const ly_samples *s, uint64_t at)
{
	ly_guess g;
	uint64_t left = s->bytes - at, odd = at % 4 ? 4 - at % 4 : 4, shift;
	if (at % 4 && unaligned_at(s, at, &g)) return g; /* behind another one */
	if (at % 8 == 0 && left >= 8 && eight_at(s, at, &g)) return g;
	if (at % 4 == 0 && left >= 4) {
		g = four_at(s, at);
		if (!is_doubtful(&g)) return g;
	}
	shift = unaligned_behind(s, at);
	if (shift)
		bytes_at(s, at, shift, &g);
	else if (at % 4 || left < 4)
		bytes_at(s, at, left < odd ? left : odd, &g);
	return g;
}

static ly_guess piece_at(const ly_samples *s, uint64_t at)
{
	const ly_samples one = {s->at, 1, s->bytes};
	ly_guess g = {.offset = at, .type = "", .note = ""};
	uint64_t left = s->bytes - at, zeroes = zeroes_at(s, at);
	if (zeroes >= ZEROES_LEAST || zeroes == left) {
		g.bytes = zero_piece(at, zeroes, left);
		return g;
	}
	if (text_guess(s, at, &g)) return g;
	/* What never moves says at once all that it ever will: most of a large map. */
	return number_at_all(moves_of(s, at, left < STILL ? left : STILL) ? s : &one, at);
}

void ly_guess_all(const ly_samples *s, void (*fn)(void *arg, const ly_guess *guess), void *arg)
{
	for (uint64_t at = 0; at < s->bytes;) {
		ly_guess g = piece_at(s, at);
		fn(arg, &g);
		at += g.bytes;
	}
}
