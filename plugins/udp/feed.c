/* feed.c - see feed.h. */
#include "feed.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pc_status wrong(pc_err *err, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	if (err) (void)vsnprintf(err->text, sizeof err->text, format, arguments);
	va_end(arguments);
	return PC_EINVAL;
}

/* ---- reading a line ---- */

/* All of the text, decimal or 0x..., 0..UDP_DATAGRAM_MAX. */
static bool read_number(const char *text, size_t bytes, uint32_t *ret)
{
	char copy[12];
	char *end;
	unsigned long value;
	bool is_hex = bytes > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	if (!bytes || bytes >= sizeof copy || text[0] == '-' || text[0] == '+') return false;
	memcpy(copy, text, bytes);
	copy[bytes] = '\0';
	value = strtoul(copy, &end, is_hex ? 16 : 10);
	if (*end || value > UDP_DATAGRAM_MAX) return false;
	*ret = (uint32_t)value;
	return true;
}

static int digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
	                              : -1;
}

static bool read_match(const char *text, size_t bytes, struct udp_match *ret)
{
	const char *at = memchr(text, '@', bytes);
	size_t digits = at ? (size_t)(at - text) : 0;
	if (!digits || digits % 2 || digits / 2 > UDP_MAGIC_MAX) return false;
	for (size_t i = 0; i < digits; i += 2) {
		int high = digit(text[i]), low = digit(text[i + 1]);
		if (high < 0 || low < 0) return false;
		ret->magic[i / 2] = (unsigned char)(high << 4 | low);
	}
	ret->bytes = (uint32_t)(digits / 2);
	return read_number(at + 1, bytes - digits - 1, &ret->offset);
}

static bool read_size(const char *text, size_t bytes, udp_feed *feed)
{
	static const char *const words[] = {"exact", "at-least", "prefix"};
	for (int i = 0; i < 3; i++)
		if (strlen(words[i]) == bytes && !memcmp(words[i], text, bytes)) {
			feed->size = (enum udp_size)i;
			return true;
		}
	feed->size = UDP_BYTES;
	return read_number(text, bytes, &feed->datagram_bytes) && feed->datagram_bytes;
}

static bool starts(const char **at, const char *end, const char *key)
{
	size_t bytes = strlen(key);
	if ((size_t)(end - *at) < bytes || memcmp(*at, key, bytes)) return false;
	*at += bytes;
	return true;
}

static pc_status read_word(const char *word, const char *end, udp_feed *feed, pc_err *err)
{
	const char *at = word;
	int shown = (int)(end - word < 60 ? end - word : 60);
	if (starts(&at, end, "match=")) {
		if (feed->match_count == UDP_MATCHES_MAX)
			return wrong(err, "%s: at most %u matches", feed->region, UDP_MATCHES_MAX);
		if (read_match(at, (size_t)(end - at), &feed->matches[feed->match_count++])) return PC_OK;
		return wrong(err, "%s: expected match=HEX@OFFSET with 1 to %u bytes, as in match=e607@0, found '%.*s'",
		             feed->region, UDP_MAGIC_MAX, shown, word);
	}
	if (starts(&at, end, "offset=")) {
		if (read_number(at, (size_t)(end - at), &feed->offset)) return PC_OK;
		return wrong(err, "%s: expected offset=0..%u, found '%.*s'", feed->region, UDP_DATAGRAM_MAX, shown,
		             word);
	}
	if (starts(&at, end, "size=")) {
		if (read_size(at, (size_t)(end - at), feed)) return PC_OK;
		return wrong(err, "%s: expected size=exact, at-least, prefix or 1..%u, found '%.*s'", feed->region,
		             UDP_DATAGRAM_MAX, shown, word);
	}
	return wrong(err, "%s: expected match=, offset= or size=, found '%.*s'", feed->region, shown, word);
}

/* The name may have spaces: it ends where the first word with a '=' begins. */
static const char *name_end(const char *text)
{
	const char *equals = strchr(text, '=');
	const char *end = equals ? equals : text + strlen(text);
	while (equals && end > text && end[-1] != ' ') end--;
	while (end > text && end[-1] == ' ') end--;
	return end;
}

pc_status udp_feed_parse(const char *text, udp_feed *ret, pc_err *err)
{
	const char *at, *end;
	pc_status s = PC_OK;
	*ret = (udp_feed){.size = UDP_EXACT};
	while (*text == ' ') text++;
	at = name_end(text);
	if (at == text || (size_t)(at - text) >= sizeof ret->region)
		return wrong(err, "expected REGION and then match=, offset=, size=, found '%.60s'", text);
	memcpy(ret->region, text, (size_t)(at - text));
	while (s == PC_OK) {
		while (*at == ' ') at++;
		if (!*at) break;
		end = at + strcspn(at, " ");
		s = read_word(at, end, ret, err);
		at = end;
	}
	return s;
}

pc_status udp_feed_fits(const udp_feed *feed, uint64_t payload_bytes, pc_err *err)
{
	uint64_t room = feed->size == UDP_BYTES ? feed->datagram_bytes : UDP_DATAGRAM_MAX;
	for (uint32_t i = 0; i < feed->match_count; i++) {
		const struct udp_match *m = feed->matches + i;
		if ((uint64_t)m->offset + m->bytes > room)
			return wrong(err, "%s: a match at %u lies beyond a datagram of %llu bytes", feed->region,
			             m->offset, (unsigned long long)room);
	}
	if (feed->offset + (feed->size == UDP_PREFIX ? 1 : payload_bytes) <= room) return PC_OK;
	return wrong(err, "%s: %llu bytes from %u on do not fit into a datagram of %llu bytes", feed->region,
	             (unsigned long long)payload_bytes, feed->offset, (unsigned long long)room);
}

/* ---- judging a datagram ---- */

static bool matches(const struct udp_match *m, const unsigned char *datagram, size_t bytes)
{
	return (size_t)m->offset + m->bytes <= bytes && !memcmp(datagram + m->offset, m->magic, m->bytes);
}

enum udp_verdict udp_feed_judge(const udp_feed *feed, uint64_t payload_bytes, const unsigned char *datagram,
                                size_t bytes, size_t *ret_bytes)
{
	size_t have = bytes > feed->offset ? bytes - feed->offset : 0;
	bool fits;
	for (uint32_t i = 0; i < feed->match_count; i++)
		if (!matches(feed->matches + i, datagram, bytes)) return UDP_UNMATCHED;
	switch (feed->size) {
	case UDP_AT_LEAST: fits = have >= payload_bytes; break;
	case UDP_PREFIX: fits = have > 0; break;
	case UDP_BYTES: fits = bytes == feed->datagram_bytes && have >= payload_bytes; break;
	default: fits = have == payload_bytes;
	}
	if (!fits) return UDP_WRONG_SIZE;
	*ret_bytes = have < payload_bytes ? have : (size_t)payload_bytes;
	return UDP_TAKE;
}
