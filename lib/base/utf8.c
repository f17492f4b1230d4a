/* base/utf8.c - see utf8.h. */
#include "base/utf8.h"

/* What follows a lead byte: Unicode 15, table 3-7 (well-formed byte sequences). */
struct lead {
	int follow;           /* continuation bytes, -1 = not a lead byte */
	unsigned char lo, hi; /* allowed range of the first of them */
	uint32_t bits;        /* payload of the lead byte */
};

static struct lead lead_of(unsigned char b)
{
	if (b < 0x80) return (struct lead){0, 0, 0, b};
	if (b < 0xC2) return (struct lead){-1, 0, 0, 0};
	if (b < 0xE0) return (struct lead){1, 0x80, 0xBF, b & 0x1Fu};
	if (b < 0xF0) return (struct lead){2, b == 0xE0 ? 0xA0 : 0x80, b == 0xED ? 0x9F : 0xBF, b & 0x0Fu};
	if (b < 0xF5) return (struct lead){3, b == 0xF0 ? 0x90 : 0x80, b == 0xF4 ? 0x8F : 0xBF, b & 0x07u};
	return (struct lead){-1, 0, 0, 0};
}

int pc_utf8_decode(const char *text, size_t bytes, uint32_t *ret)
{
	const unsigned char *at = (const unsigned char *)text;
	struct lead lead = lead_of(at[0]);
	uint32_t code = lead.bits;
	*ret = PC_UTF8_REPLACEMENT;
	if (lead.follow < 0) return -1;
	for (int i = 1; i <= lead.follow; i++) {
		unsigned char lo = i == 1 ? lead.lo : 0x80, hi = i == 1 ? lead.hi : 0xBF;
		if ((size_t)i >= bytes || at[i] < lo || at[i] > hi) return -i;
		code = code << 6 | (at[i] & 0x3Fu);
	}
	*ret = code;
	return lead.follow + 1;
}

size_t pc_utf8_encode(uint32_t code, char dst[4])
{
	if (code < 0x80) {
		dst[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		dst[0] = (char)(0xC0 | code >> 6);
		dst[1] = (char)(0x80 | (code & 0x3F));
		return 2;
	}
	if (code < 0x10000) {
		dst[0] = (char)(0xE0 | code >> 12);
		dst[1] = (char)(0x80 | (code >> 6 & 0x3F));
		dst[2] = (char)(0x80 | (code & 0x3F));
		return 3;
	}
	dst[0] = (char)(0xF0 | code >> 18);
	dst[1] = (char)(0x80 | (code >> 12 & 0x3F));
	dst[2] = (char)(0x80 | (code >> 6 & 0x3F));
	dst[3] = (char)(0x80 | (code & 0x3F));
	return 4;
}

size_t pc_utf8_valid_bytes(const char *text, size_t bytes)
{
	size_t at = 0;
	while (at < bytes) {
		uint32_t code;
		int taken = pc_utf8_decode(text + at, bytes - at, &code);
		if (taken < 0) break;
		at += (size_t)taken;
	}
	return at;
}
