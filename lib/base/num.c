/* base/num.c - see num.h.
 * strtod() and printf() are correctly rounded but speak the locale of the program we are a guest in. So the grammar is
 * checked here, and the decimal point is translated on the way in and out. Rejected: setlocale() (changes the host
 * program), strtod_l() (not C11), an own dtoa (a thousand lines to be right). */
#include "base/num.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer texts than this are no number that a person or a program writes. */
#define NUMBER_BYTES_MAX 400

static int hex_value(int byte)
{
	if (byte >= '0' && byte <= '9') return byte - '0';
	if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
	return 99;
}

enum pc_num_status pc_num_parse_int(const char *text, size_t bytes, pc_int *ret)
{
	const char *at = text, *end = text + bytes;
	pc_int n = {false, 0};
	unsigned base = 10;
	bool range = false;
	if (at < end && (*at == '-' || *at == '+')) n.negative = *at++ == '-';
	if (end - at > 2 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X')) {
		base = 16;
		at += 2;
	}
	if (at == end) return PC_NUM_SYNTAX;
	for (; at < end; at++) {
		unsigned digit = (unsigned)hex_value((unsigned char)*at);
		if (digit >= base) return PC_NUM_SYNTAX;
		if (n.magnitude > (UINT64_MAX - digit) / base)
			range = true;
		else
			n.magnitude = n.magnitude * base + digit;
	}
	if (range) return PC_NUM_RANGE;
	if (!n.magnitude) n.negative = false;
	*ret = n;
	return PC_NUM_OK;
}

bool pc_num_to_i64(pc_int n, int64_t *ret)
{
	if (n.magnitude > (uint64_t)INT64_MAX + (n.negative ? 1u : 0u)) return false;
	if (n.negative)
		*ret = -1 - (int64_t)(n.magnitude - 1);
	else
		*ret = (int64_t)n.magnitude;
	return true;
}

static bool word_is(const char *at, size_t bytes, const char *word)
{
	if (strlen(word) != bytes) return false;
	for (size_t i = 0; i < bytes; i++)
		if ((at[i] | 0x20) != word[i]) return false;
	return true;
}

static const char *digits(const char *at, const char *end)
{
	while (at < end && *at >= '0' && *at <= '9') at++;
	return at;
}

/* True if all of [at, end) is digits with at most one point and one exponent; *ret_point is the point or NULL. */
static bool is_decimal(const char *at, const char *end, const char **ret_point)
{
	const char *whole = digits(at, end), *fraction = whole;
	*ret_point = NULL;
	if (whole < end && *whole == '.') {
		*ret_point = whole;
		fraction = digits(whole + 1, end);
	}
	if (fraction - at == (*ret_point ? 1 : 0)) return false; /* no digit at all */
	if (fraction == end) return true;
	if (*fraction != 'e' && *fraction != 'E') return false;
	const char *exponent = fraction + 1;
	if (exponent < end && (*exponent == '-' || *exponent == '+')) exponent++;
	return exponent < end && digits(exponent, end) == end;
}

/* The locale's decimal point, NUL-ended: what printf() puts between 1 and 5. Returns its length. */
static size_t decimal_point(char point[8])
{
	char sample[16];
	int bytes = snprintf(sample, sizeof sample, "%.1f", 1.5);
	size_t point_bytes = bytes >= 3 && bytes <= 9 ? (size_t)bytes - 2 : 0;
	memcpy(point, sample + 1, point_bytes);
	point[point_bytes] = '\0';
	return point_bytes;
}

/* Copies the number with the locale's point, NUL-ended, into dst. */
static bool localise(const char *text, size_t bytes, const char *point_at, char dst[NUMBER_BYTES_MAX + 16])
{
	size_t before = point_at ? (size_t)(point_at - text) : bytes;
	char point[8];
	memcpy(dst, text, before);
	if (point_at) {
		size_t point_bytes = decimal_point(point);
		if (!point_bytes) return false;
		memcpy(dst + before, point, point_bytes);
		memcpy(dst + before + point_bytes, point_at + 1, bytes - before - 1);
		bytes += point_bytes - 1;
	}
	dst[bytes] = '\0';
	return true;
}

static enum pc_num_status parse_real(const char *text, size_t bytes, bool single, double *ret)
{
	char local[NUMBER_BYTES_MAX + 16];
	const char *at = text, *end = text + bytes, *point;
	if (bytes > NUMBER_BYTES_MAX) return PC_NUM_SYNTAX;
	bool negative = at < end && *at == '-';
	if (at < end && (*at == '-' || *at == '+')) at++;
	size_t left = (size_t)(end - at);
	if (word_is(at, left, "nan")) {
		*ret = (double)NAN;
	} else if (word_is(at, left, "inf") || word_is(at, left, "infinity")) {
		*ret = negative ? -(double)INFINITY : (double)INFINITY;
	} else {
		if (!is_decimal(at, end, &point) || !localise(text, bytes, point, local)) return PC_NUM_SYNTAX;
		double value = single ? (double)strtof(local, NULL) : strtod(local, NULL);
		if (isinf(value)) return PC_NUM_RANGE;
		*ret = value;
	}
	return PC_NUM_OK;
}

enum pc_num_status pc_num_parse_f64(const char *text, size_t bytes, double *ret)
{
	return parse_real(text, bytes, false, ret);
}

enum pc_num_status pc_num_parse_f32(const char *text, size_t bytes, float *ret)
{
	double value;
	enum pc_num_status s = parse_real(text, bytes, true, &value);
	if (s == PC_NUM_OK) *ret = (float)value;
	return s;
}

static bool reads_back(double value, bool single, int precision, char dst[PC_NUM_TEXT_MAX])
{
	(void)snprintf(dst, PC_NUM_TEXT_MAX, "%.*g", precision, value);
	return single ? strtof(dst, NULL) == (float)value : strtod(dst, NULL) == value;
}

static size_t format_real(double value, bool single, char dst[PC_NUM_TEXT_MAX])
{
	/* Whether a precision reads back is monotonic: bisect between 1 and the digits that always do. */
	int low = 1, high = single ? FLT_DECIMAL_DIG : DBL_DECIMAL_DIG;
	char point[8];
	if (isnan(value)) return (size_t)snprintf(dst, PC_NUM_TEXT_MAX, "nan");
	if (isinf(value)) return (size_t)snprintf(dst, PC_NUM_TEXT_MAX, value < 0 ? "-inf" : "inf");
	if (fabs(value) < 1e15 && value == (double)(int64_t)value)
		return (size_t)snprintf(dst, PC_NUM_TEXT_MAX, "%.0f", value);
	while (low < high) {
		int middle = (low + high) / 2;
		if (reads_back(value, single, middle, dst))
			high = middle;
		else
			low = middle + 1;
	}
	(void)reads_back(value, single, low, dst);
	size_t point_bytes = decimal_point(point);
	char *local = point_bytes ? strstr(dst, point) : NULL;
	if (local) {
		*local = '.';
		memmove(local + 1, local + point_bytes, strlen(local + point_bytes) + 1);
	}
	return strlen(dst);
}

size_t pc_num_format_f64(double value, char dst[PC_NUM_TEXT_MAX])
{
	return format_real(value, false, dst);
}

size_t pc_num_format_f32(float value, char dst[PC_NUM_TEXT_MAX])
{
	return format_real((double)value, true, dst);
}
