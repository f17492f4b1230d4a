/* wire_text.c - what is no text does not go on the wire as text. */
#include "test.h"
#include "wire/encode.h"

#include <string.h>

/* What a program calls itself may be any bytes; a str on the wire may not (PC-LIV-08). */
PC_TEST(names_of_programs_are_text_on_the_wire_whatever_they_were)
{
	static const struct {
		const char *was, *is;
	} cases[] = {{"caf\xc3\xa9", "caf\xc3\xa9"},
	             {"a\xff"
	              "b",
	              "a?b"},
	             {"\xc3", "?"},
	             {"\xe2\x82", "??"},
	             {"\xc0\x80\xed\xa0\x80", "?????"},
	             {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"}};
	char longest[200];
	wire_buf b = {0};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t n = strlen(cases[i].is);
		wire_live l = {.writer = cases[i].was, .why = cases[i].was};
		wire_buf_reset(&b);
		wire_put_live_row(&b, &l);
		CHECK(b.bytes > 2 * n + 2 && !memcmp(b.data + b.bytes - n, cases[i].is, n));
		CHECK_INT(b.data[b.bytes - n - 1], 0xa0 | n);
		CHECK(!memcmp(b.data + b.bytes - 2 * n - 1, cases[i].is, n));
	}
	memset(longest, 'x', sizeof longest);
	longest[94] = (char)0xc3; /* a character that would end behind the last byte */
	longest[95] = (char)0xa9;
	longest[199] = 0;
	wire_buf_reset(&b);
	wire_put_live_row(&b, &(wire_live){.writer = "", .why = longest});
	CHECK(!memcmp(b.data + b.bytes - 96, (uint8_t[]){0xd9, 94}, 2));
	wire_buf_free(&b);
}
