/* cursor.h - a bounds-checked reading position in the text of a /proc file. Nothing reads such text any other way. */
#ifndef SYSMON_CURSOR_H
#define SYSMON_CURSOR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** The text from `at` up to `end`; also the form in which lines and words are handed out. Borrowed. */
struct sysmon_cursor {
	const char *at, *end;
};

static inline struct sysmon_cursor sysmon_cursor_of(const char *text, size_t bytes)
{
	return (struct sysmon_cursor){text, text + bytes};
}

static inline size_t sysmon_left(const struct sysmon_cursor *c)
{
	return (size_t)(c->end - c->at);
}

static inline bool sysmon_is(struct sysmon_cursor word, const char *text)
{
	return sysmon_left(&word) == strlen(text) && !memcmp(word.at, text, sysmon_left(&word));
}

static inline bool sysmon_starts(struct sysmon_cursor word, const char *text)
{
	size_t bytes = strlen(text);
	return sysmon_left(&word) >= bytes && !memcmp(word.at, text, bytes);
}

/** Take the next line, without its newline; false at the end. */
static inline bool sysmon_line(struct sysmon_cursor *c, struct sysmon_cursor *ret)
{
	if (c->at == c->end) return false;
	const char *newline = memchr(c->at, '\n', sysmon_left(c));
	*ret = (struct sysmon_cursor){c->at, newline ? newline : c->end};
	c->at = newline ? newline + 1 : c->end;
	return true;
}

/** Take the next run of bytes that are not blanks; false if there is none. */
static inline bool sysmon_word(struct sysmon_cursor *c, struct sysmon_cursor *ret)
{
	while (c->at < c->end && (*c->at == ' ' || *c->at == '\t')) c->at++;
	const char *start = c->at;
	while (c->at < c->end && *c->at != ' ' && *c->at != '\t') c->at++;
	*ret = (struct sysmon_cursor){start, c->at};
	return c->at > start;
}

/** Skip @p count words; false if there were fewer. */
static inline bool sysmon_skip(struct sysmon_cursor *c, unsigned count)
{
	struct sysmon_cursor word;
	while (count--)
		if (!sysmon_word(c, &word)) return false;
	return true;
}

/** Take digits right here; false, with nothing taken, if there are none. Stops counting at UINT64_MAX. */
static inline bool sysmon_digits(struct sysmon_cursor *c, uint64_t *ret)
{
	const char *start = c->at;
	uint64_t value = 0;
	while (c->at < c->end && *c->at >= '0' && *c->at <= '9') {
		uint64_t digit = (uint64_t)(*c->at++ - '0');
		value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
	}
	if (c->at == start) return false;
	*ret = value;
	return true;
}

/** Take the next word, which must be a whole number; a negative one counts as 0. */
static inline bool sysmon_u64(struct sysmon_cursor *c, uint64_t *ret)
{
	struct sysmon_cursor word;
	uint64_t value;
	if (!sysmon_word(c, &word)) return false;
	bool is_negative = *word.at == '-';
	if (is_negative) word.at++;
	if (!sysmon_digits(&word, &value) || word.at != word.end) return false;
	*ret = is_negative ? 0 : value;
	return true;
}

/** As sysmon_u64(), cut to 32 bits at the top. */
static inline bool sysmon_u32(struct sysmon_cursor *c, uint32_t *ret)
{
	uint64_t value;
	if (!sysmon_u64(c, &value)) return false;
	*ret = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
	return true;
}

/** Take the next word, a decimal such as "12.34". Not strtod(): that one listens to the locale. */
static inline bool sysmon_decimal(struct sysmon_cursor *c, double *ret)
{
	struct sysmon_cursor word;
	uint64_t whole, part = 0;
	double scale = 1;
	if (!sysmon_word(c, &word) || !sysmon_digits(&word, &whole)) return false;
	if (word.at < word.end && *word.at == '.') {
		const char *start = ++word.at;
		if (!sysmon_digits(&word, &part) || word.at - start > 9) return false;
		for (const char *p = start; p < word.at; p++) scale *= 10;
	}
	if (word.at != word.end) return false;
	*ret = (double)whole + (double)part / scale;
	return true;
}

/** Copy into a fixed text field: cut to fit, never in the middle of a UTF-8 character, the rest zero. */
static inline void sysmon_text_copy(char *dst, size_t dst_bytes, struct sysmon_cursor text)
{
	size_t bytes = sysmon_left(&text);
	if (bytes >= dst_bytes) {
		bytes = dst_bytes - 1;
		while (bytes && ((unsigned char)text.at[bytes] & 0xC0) == 0x80) bytes--;
	}
	memset(dst, 0, dst_bytes);
	memcpy(dst, text.at, bytes);
}

#endif
