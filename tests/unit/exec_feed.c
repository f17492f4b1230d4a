/* exec's messages: what is whole, what it sets, and what is refused with which words. */
#include "feed.h"

#include "test.h"

static const char text[] = "n u32\nwind f32[2]\nplace char[8]\nwheel struct[2] {\n  slip f64\n}\n";

static pc_layout *layout(void)
{
	pc_layout *l = NULL;
	pc_err err = {""};
	CHECK_OK(pc_layout_parse(text, sizeof text - 1, &l, &err), &err);
	return l;
}

/* "" if the message is taken, else what is said of it. */
static const char *said_of(enum exec_format format, const char *message, size_t bytes, unsigned want)
{
	static pc_err err;
	pc_layout *l = layout();
	unsigned char payload[64] = {0};
	unsigned count = 0;
	memset(&err, 0, sizeof err);
	CHECK(pc_layout_bytes(l) <= sizeof payload);
	if (exec_feed_apply(format, l, message, bytes, payload, &count, &err) == PC_OK) {
		CHECK_STR(err.text, "");
		CHECK_INT(count, want);
	} else {
		CHECK(err.text[0] != 0);
	}
	pc_layout_destroy(&l);
	return err.text;
}

static const char *line(const char *message, unsigned want)
{
	return said_of(EXEC_LINES, message, strlen(message), want);
}

PC_TEST(lines_are_taken_or_refused_with_a_reason)
{
	CHECK_STR(line("n=1 wind=1,2 place=\"a b\" wheel[1].slip=3\n", 4), "");
	CHECK_STR(line("   \r\n", 0), "");
	CHECK_STR(line("# n=1\n", 0), "");
	CHECK_STR(line("n=1 # the rest\n", 1), "");
	CHECK_STR(line("wind[1]=2\n", 1), "");
	CHECK_STR(line("hello\n", 0), "expected path=value, found 'hello\n'");
	CHECK_STR(line("wind=1,2,3\n", 0), "wind: more values than its 2 elements");
	CHECK_STR(line("place=\"x\n", 0), "place: its value has no end, or is longer than 4095 bytes");
	CHECK_STR(line("place=\"x\"y\n", 0), "place: its value has no end, or is longer than 4095 bytes");
	CHECK(strstr(line("m=1\n", 0), "m") != NULL);
	CHECK(strstr(line("n=-1\n", 0), "n: ") != NULL);
	CHECK(strstr(line("place=muchtoolong\n", 0), "place: ") != NULL);
}

#define PACKED(bytes) said_of(EXEC_MSGPACK, bytes, sizeof(bytes) - 1, 0)

PC_TEST(maps_are_taken_or_refused_with_a_reason)
{
	CHECK_STR(said_of(EXEC_MSGPACK, "\x82\xa1n\x05\xa5wheel\x92\x81\xa4slip\x01\x81\xa4slip\x02", 25, 3), "");
	CHECK_STR(said_of(EXEC_MSGPACK, "\x80", 1, 0), "");
	CHECK_STR(PACKED("\x05"), "expected a map of paths and values");
	CHECK_STR(PACKED("\x81\x05\x05"), "a key of a map is not a short text");
	CHECK_STR(PACKED("\x81\xa4wind\x05"), "wind: one value for 2 elements");
	CHECK_STR(PACKED("\x81\xa1n\xc0"), "n: not a value, or too long");
	CHECK_STR(PACKED("\x81\xa1n"), "n: its value is cut off");
	CHECK(strstr(PACKED("\x81\xa4wind\x93\x01\x02\x03"), "wind") != NULL);
}

PC_TEST(arrays_inside_arrays_end_somewhere)
{
	char deep[64] = "\x81\xa1n";
	memset(deep + 3, '\x91', 60);
	CHECK(strstr(said_of(EXEC_MSGPACK, deep, 63, 0), "nested too deep") != NULL);
}

PC_TEST(what_has_not_ended_waits_and_what_cannot_become_a_map_is_known_by_its_first_byte)
{
	size_t bytes = 0;
	CHECK_STATUS(exec_feed_next(EXEC_LINES, "n=1", 3, &bytes), PC_EAGAIN);
	CHECK_STATUS(exec_feed_next(EXEC_LINES, "n=1\nn=2", 7, &bytes), PC_OK);
	CHECK_INT(bytes, 4);
	CHECK_STATUS(exec_feed_next(EXEC_MSGPACK, "\x81\xa1n", 3, &bytes), PC_EAGAIN);
	CHECK_STATUS(exec_feed_next(EXEC_MSGPACK, "\x81\xa1n\x01\x80", 5, &bytes), PC_OK);
	CHECK_INT(bytes, 4);
	CHECK_STATUS(exec_feed_next(EXEC_MSGPACK, "\xdf\xff\xff\xff\xff", 5, &bytes), PC_EAGAIN);
	CHECK_STATUS(exec_feed_next(EXEC_MSGPACK, "hello", 5, &bytes), PC_EINVAL);
}
