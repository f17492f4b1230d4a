/* udp: lines of `feeds`, what a datagram must be, and whose is taken. */
#include "feed.h"
#include "filter.h"

#include "test.h"

static const char *refusal_of(const char *text)
{
	static pc_err err;
	udp_feed feed;
	memset(&err, 0, sizeof err);
	CHECK_STATUS(udp_feed_parse(text, &feed, &err), PC_EINVAL);
	return err.text;
}

static udp_feed feed_of(const char *text)
{
	udp_feed feed;
	pc_err err = {""};
	CHECK_OK(udp_feed_parse(text, &feed, &err), &err);
	return feed;
}

PC_TEST(a_line_says_all_of_a_feed)
{
	udp_feed f = feed_of(" motion data  match=e607@0 match=0A@0x6 offset=29 size=0x525");
	CHECK_STR(f.region, "motion data");
	CHECK_INT(f.match_count, 2);
	CHECK_MEM(f.matches[0].magic, "\xe6\x07", 2);
	CHECK_INT(f.matches[1].offset, 6);
	CHECK_INT(f.offset, 29);
	CHECK_INT(f.size, UDP_BYTES);
	CHECK_INT(f.datagram_bytes, 1317);
	f = feed_of("lap");
	CHECK_STR(f.region, "lap");
	CHECK_INT(f.size, UDP_EXACT);
	CHECK_INT(feed_of("a size=at-least").size, UDP_AT_LEAST);
	CHECK_INT(feed_of("a size=prefix").size, UDP_PREFIX);
}

PC_TEST(a_wrong_line_is_refused_with_what_was_expected)
{
	CHECK_STR(refusal_of(""), "expected REGION and then match=, offset=, size=, found ''");
	CHECK_STR(refusal_of("offset=2"), "expected REGION and then match=, offset=, size=, found 'offset=2'");
	CHECK_STR(refusal_of("a match=0"),
	          "a: expected match=HEX@OFFSET with 1 to 16 bytes, as in match=e607@0, found 'match=0'");
	CHECK(strstr(refusal_of("a match=@0"), "match=@0"));
	CHECK(strstr(refusal_of("a match=0x12@0"), "match=0x12@0"));
	CHECK(strstr(refusal_of("a match=000102030405060708090a0b0c0d0e0f10@0"), "1 to 16 bytes"));
	CHECK(strstr(refusal_of("a match=00@0 match=00@0 match=00@0 match=00@0 match=00@0"), "at most 4"));
	CHECK_STR(refusal_of("a offset=-1"), "a: expected offset=0..65535, found 'offset=-1'");
	CHECK(strstr(refusal_of("a offset=65536"), "0..65535"));
	CHECK_STR(refusal_of("a size=0"), "a: expected size=exact, at-least, prefix or 1..65535, found 'size=0'");
	CHECK_STR(refusal_of("a size=1 b"), "a: expected match=, offset= or size=, found 'b'");
}

PC_TEST(a_feed_that_no_datagram_can_hold_is_refused)
{
	pc_err err = {""};
	udp_feed f = feed_of("a offset=10 size=20");
	CHECK_OK(udp_feed_fits(&f, 10, &err), &err);
	CHECK_STATUS(udp_feed_fits(&f, 11, &err), PC_EINVAL);
	CHECK_STR(err.text, "a: 11 bytes from 10 on do not fit into a datagram of 20 bytes");
	f = feed_of("a offset=10");
	CHECK_STATUS(udp_feed_fits(&f, UINT64_C(1) << 40, &err), PC_EINVAL);
	f = feed_of("a size=prefix");
	CHECK_OK(udp_feed_fits(&f, UINT64_C(1) << 40, &err), &err);
	f = feed_of("a match=0000@19 size=20");
	CHECK_STATUS(udp_feed_fits(&f, 1, &err), PC_EINVAL);
}

/* How many bytes of a datagram of `bytes` zeroes are taken for a region of 8; -1 unmatched, -2 wrong size. */
static int judged(const char *text, size_t bytes)
{
	static const unsigned char zeroes[64];
	udp_feed f = feed_of(text);
	size_t used = 0;
	switch (udp_feed_judge(&f, 8, zeroes, bytes, &used)) {
	case UDP_UNMATCHED: return -1;
	case UDP_WRONG_SIZE: return -2;
	default: return (int)used;
	}
}

PC_TEST(sizes_are_judged)
{
	CHECK_INT(judged("a", 8), 8);
	CHECK_INT(judged("a", 7), -2);
	CHECK_INT(judged("a", 9), -2);
	CHECK_INT(judged("a", 0), -2);
	CHECK_INT(judged("a offset=4", 12), 8);
	CHECK_INT(judged("a offset=4", 3), -2);
	CHECK_INT(judged("a size=at-least", 8), 8);
	CHECK_INT(judged("a size=at-least", 60), 8);
	CHECK_INT(judged("a size=at-least", 7), -2);
	CHECK_INT(judged("a size=prefix offset=4", 5), 1);
	CHECK_INT(judged("a size=prefix offset=4", 64), 8);
	CHECK_INT(judged("a size=prefix offset=4", 4), -2);
	CHECK_INT(judged("a size=20 offset=4", 20), 8);
	CHECK_INT(judged("a size=20 offset=4", 21), -2);
}

PC_TEST(matches_are_judged_before_sizes)
{
	CHECK_INT(judged("a match=0000@6", 8), 8);
	CHECK_INT(judged("a match=0000@7", 8), -1);
	CHECK_INT(judged("a match=01@0", 8), -1);
	CHECK_INT(judged("a match=00@0 match=01@1", 8), -1);
	CHECK_INT(judged("a match=00@0", 3), -2);
}

static int passes(const char *network, const char *from)
{
	udp_filter filter = {.count = 0};
	udp_address address;
	pc_err err = {""};
	CHECK_OK(udp_filter_add(&filter, network, &err), &err);
	CHECK(udp_address_read(from, &address));
	return udp_filter_passes(&filter, &address);
}

PC_TEST(networks_hold_their_addresses)
{
	CHECK_INT(passes("192.168.1.7", "192.168.1.7"), 1);
	CHECK_INT(passes("192.168.1.7", "192.168.1.8"), 0);
	CHECK_INT(passes("192.168.1.0/24", "192.168.1.255"), 1);
	CHECK_INT(passes("192.168.1.0/24", "192.168.2.0"), 0);
	CHECK_INT(passes("192.168.0.0/23", "192.168.1.9"), 1);
	CHECK_INT(passes("192.168.0.0/23", "192.168.2.9"), 0);
	CHECK_INT(passes("0.0.0.0/0", "10.1.2.3"), 1);
	CHECK_INT(passes("0.0.0.0/0", "::1"), 0);
	CHECK_INT(passes("fd00::/7", "fc00::1"), 1);
	CHECK_INT(passes("::1", "::1"), 1);
	CHECK_INT(passes("::/0", "127.0.0.1"), 0);
}

PC_TEST(what_is_no_network_is_refused)
{
	static const char *const wrong[] = {"",         "host",       "1.2.3",  "1.2.3.4/33",
	                                    "1.2.3.4/", "1.2.3.4/-1", "::/129", "/8"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		udp_filter filter = {.count = 0};
		pc_err err = {""};
		CHECK_STATUS(udp_filter_add(&filter, wrong[i], &err), PC_EINVAL);
		CHECK(strstr(err.text, "from: expected at most 16"));
	}
}
