/* The small tools that parsers stand on: arena, growing text, sort, UTF-8, cursor, hash. */
#include "base/arena.h"
#include "base/cursor.h"
#include "base/edits.h"
#include "base/hash.h"
#include "base/sort.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "test.h"

PC_TEST(an_arena_gives_zeroed_aligned_memory_of_any_size)
{
	pc_arena arena = {0};
	CHECK(pc_arena_alloc(&arena, 0));
	for (size_t bytes = 1; bytes < 3000000; bytes = bytes * 3 + 1) {
		unsigned char *at = pc_arena_alloc(&arena, bytes);
		CHECK(at);
		CHECK_INT((uintptr_t)at % 16, 0);
		for (size_t i = 0; i < bytes; i++) CHECK(at[i] == 0);
		memset(at, 0xAA, bytes);
	}
	CHECK_STR(pc_arena_copy(&arena, "hello world", 5), "hello");
	CHECK(!pc_arena_alloc(&arena, SIZE_MAX));
	CHECK(!pc_arena_array(&arena, SIZE_MAX / 2, 4));
	pc_arena_free(&arena);
	pc_arena_free(&arena);
}

PC_TEST(a_strbuf_grows_and_is_never_null)
{
	pc_strbuf b = {0};
	size_t bytes;
	char *empty = pc_strbuf_take(&b, &bytes);
	CHECK_STR(empty, "");
	CHECK_INT(bytes, 0);
	free(empty);
	for (int i = 0; i < 1000; i++) pc_strbuf_printf(&b, "%d,", i);
	pc_strbuf_puts(&b, "end");
	pc_strbuf_add(&b, "xyz", 1);
	char *text = pc_strbuf_take(&b, &bytes);
	CHECK_INT(bytes, strlen(text));
	CHECK_INT(bytes, 10 * 2 + 90 * 3 + 900 * 4 + 4);
	CHECK(!strncmp(text, "0,1,2,3,", 8));
	CHECK_STR(text + bytes - 8, "999,endx");
	free(text);
	pc_strbuf_free(&b);
}

struct row {
	int key, place;
};

static int order_by_key(const void *a, const void *b)
{
	return ((const struct row *)a)->key - ((const struct row *)b)->key;
}

PC_TEST(the_sort_is_stable_at_every_length)
{
	static struct row rows[300];
	static const void *items[300], *scratch[300];
	for (int count = 0; count < 300; count++) {
		for (int i = 0; i < count; i++) {
			rows[i] = (struct row){(i * 7919 + count) % 17, i};
			items[i] = &rows[i];
		}
		pc_sort(items, scratch, (size_t)count, order_by_key);
		for (int i = 1; i < count; i++) {
			const struct row *a = items[i - 1], *b = items[i];
			CHECK(a->key < b->key || (a->key == b->key && a->place < b->place));
		}
	}
}

static void check_decode(const char *text, int taken, uint32_t code)
{
	uint32_t got = 0;
	CHECK_INT(pc_utf8_decode(text, strlen(text), &got), taken);
	CHECK_INT(got, code);
}

PC_TEST(utf8_takes_what_rfc_3629_allows_and_nothing_else)
{
	check_decode("A", 1, 'A');
	check_decode("\xC2\x80", 2, 0x80);
	check_decode("\xE0\xA0\x80", 3, 0x800);
	check_decode("\xED\x9F\xBF", 3, 0xD7FF);
	check_decode("\xF0\x90\x80\x80", 4, 0x10000);
	check_decode("\xF4\x8F\xBF\xBF", 4, 0x10FFFF);
	check_decode("\x80", -1, 0xFFFD);
	check_decode("\xC0\x80", -1, 0xFFFD);         /* overlong */
	check_decode("\xE0\x80\x80", -1, 0xFFFD);     /* overlong */
	check_decode("\xED\xA0\x80", -1, 0xFFFD);     /* surrogate */
	check_decode("\xF4\x90\x80\x80", -1, 0xFFFD); /* above U+10FFFF */
	check_decode("\xF5\x80\x80\x80", -1, 0xFFFD);
	check_decode("\xE2\x82", -2, 0xFFFD); /* cut short: one replacement for what is there */
	check_decode("\xF0\x9F\x98x", -3, 0xFFFD);
	CHECK_INT(pc_utf8_valid_bytes("ab\xFFz", 4), 2);
	CHECK_INT(pc_utf8_valid_bytes("a\0b", 3), 3);
}

PC_TEST(every_code_point_survives_utf8)
{
	for (uint32_t code = 0; code <= 0x10FFFF; code++) {
		char text[4];
		uint32_t back;
		if (code == 0xD800) code = 0xE000;
		size_t bytes = pc_utf8_encode(code, text);
		CHECK(pc_utf8_decode(text, bytes, &back) == (int)bytes && back == code);
		if (bytes > 1) CHECK(pc_utf8_decode(text, bytes - 1, &back) == -(int)(bytes - 1));
	}
}

PC_TEST(a_cursor_stops_at_its_end)
{
	char text[4];
	pc_cursor c = pc_cursor_of("abcdef", 3);
	CHECK(!pc_cursor_copy(&c, text, 4));
	CHECK(pc_cursor_copy(&c, text, 2));
	CHECK_MEM(text, "ab", 2);
	CHECK(!pc_cursor_accept(&c, 'x'));
	CHECK_INT(pc_cursor_take(&c), 'c');
	CHECK_INT(pc_cursor_take(&c), -1);
	CHECK_INT(pc_cursor_peek(&c), -1);
	CHECK(!pc_cursor_accept(&c, 'd'));
	CHECK_INT(pc_cursor_left(&c), 0);
}

PC_TEST(fnv_1a_64_gives_the_published_values)
{
	CHECK(pc_fnv1a64("", 0) == UINT64_C(0xcbf29ce484222325));
	CHECK(pc_fnv1a64("a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
	CHECK(pc_fnv1a64("foobar", 6) == UINT64_C(0x85944171f73967e8));
}

PC_TEST(edits_are_typing_errors_and_neither_case_nor_dash_counts)
{
	char long_word[3 * PC_EDITS_MAX];
	CHECK_INT(pc_edits_between("", ""), 0);
	CHECK_INT(pc_edits_between("", "abc"), 3);
	CHECK_INT(pc_edits_between("stale-After", "stale_after"), 0);
	CHECK_INT(pc_edits_between("speed", "sped"), 1);
	CHECK_INT(pc_edits_between("speed", "sqeed"), 1);
	CHECK_INT(pc_edits_between("speed", "speeed"), 1);
	CHECK_INT(pc_edits_between("speed", "psede"), 2); /* two pairs swapped */
	memset(long_word, 'x', sizeof long_word);
	long_word[sizeof long_word - 1] = '\0';
	CHECK_INT(pc_edits_between(long_word, "y"), PC_EDITS_MAX); /* of what is compared */
}
