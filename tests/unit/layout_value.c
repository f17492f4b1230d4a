/* Paths to places, bytes to values and values to bytes. */
#include <pagecast/layout.h>

#include "test.h"

#include <math.h>

static const char *const text =
        "flag bool\nb i8\nc u8\nd i16\ne u16\nf i32\ng u32\nh i64\ni u64\nr f32\ns f64\n"
        "name char[10]\nwide wchar16[6]\nblob u8[4]\n"
        "state enum8 labels=\"0:idle,1:running,200:gone\"\nsign enum32 labels=\"-1:none,5:five\"\nbare enum16\n"
        "grid f32[2][3]\ntags char[2][4]\nwheel struct[4] stride=32 {\n slip f64\n pos struct {\n  x f32\n  y f32[2]\n "
        "}\n}\n";

static pc_layout *layout;
static unsigned char page[4096]; /* elements are tried at odd places */

static const pc_field *field(const char *path)
{
	pc_ref ref;
	pc_err err = {""};
	if (!layout) CHECK_OK(pc_layout_parse(text, strlen(text), &layout, &err), &err);
	CHECK_OK(pc_layout_find(layout, path, &ref, &err), &err);
	return ref.field;
}

static void set(const char *path, const char *value)
{
	pc_err err = {""};
	memset(page, 0xEE, sizeof page);
	CHECK_OK(pc_value_set(field(path), page + 1, value, &err), &err);
	CHECK_INT(page[0], 0xEE);
	CHECK_INT(page[1 + field(path)->element_bytes], 0xEE);
}

static void refuse(const char *path, const char *value, const char *message)
{
	pc_err err = {""};
	unsigned char before[64];
	memset(page, 0xEE, sizeof page);
	memcpy(before, page, sizeof before);
	CHECK_STATUS(pc_value_set(field(path), page, value, &err), PC_EINVAL);
	CHECK_STR(err.text, message);
	CHECK_MEM(page, before, sizeof before);
}

static pc_value get(const char *path)
{
	static char buf[64];
	pc_value v;
	CHECK_OK(pc_value_get(field(path), page + 1, buf, sizeof buf, &v), NULL);
	return v;
}

static void check_int(const char *path, const char *value, int64_t want)
{
	set(path, value);
	CHECK_INT(get(path).kind, PC_VALUE_INT);
	CHECK_INT(get(path).as.i, want);
}

static void check_text(const char *path, const char *value, const char *want)
{
	set(path, value);
	pc_value v = get(path);
	CHECK_INT(v.kind, PC_VALUE_TEXT);
	CHECK_STR(v.text, want);
	CHECK_INT(v.bytes_count, strlen(want));
}

PC_TEST(integers_take_their_whole_range_and_no_more)
{
	check_int("b", "-128", -128);
	check_int("b", "0x7f", 127);
	check_int("d", "-32768", -32768);
	check_int("f", "-2147483648", INT32_MIN);
	check_int("h", "-9223372036854775808", INT64_MIN);
	check_int("h", "9223372036854775807", INT64_MAX);
	set("i", "18446744073709551615");
	CHECK_INT(get("i").kind, PC_VALUE_UINT);
	CHECK(get("i").as.u == UINT64_MAX);
	set("c", "255");
	CHECK_INT(get("c").as.u, 255);
	set("g", "0xFFFFFFFF");
	CHECK_INT(get("g").as.u, UINT32_MAX);
	refuse("c", "300", "300 does not fit u8, 0..255");
	refuse("c", "-1", "-1 does not fit u8, 0..255");
	refuse("b", "128", "128 does not fit i8, -128..127");
	refuse("h", "9223372036854775808",
	       "9223372036854775808 does not fit i64, -9223372036854775808..9223372036854775807");
	refuse("h", "-9223372036854775809",
	       "-9223372036854775809 does not fit i64, -9223372036854775808..9223372036854775807");
	refuse("i", "18446744073709551616", "18446744073709551616 does not fit u64, 0..18446744073709551615");
	refuse("e", "1.5", "expected a whole number for e, found '1.5'");
	refuse("e", "", "expected a whole number for e, found ''");
	refuse("e", " 1", "expected a whole number for e, found ' 1'");
}

PC_TEST(bools_are_true_for_any_byte_but_zero)
{
	set("flag", "true");
	CHECK_INT(page[1], 1);
	CHECK_INT(get("flag").kind, PC_VALUE_BOOL);
	CHECK_INT(get("flag").as.i, 1);
	set("flag", "0");
	CHECK_INT(get("flag").as.i, 0);
	page[1] = 2; /* a foreign writer's truth */
	CHECK_INT(get("flag").as.i, 1);
	refuse("flag", "yes", "expected true or false for flag, found 'yes'");
}

PC_TEST(reals_take_nan_and_infinity_and_refuse_what_does_not_fit)
{
	set("r", "0.1");
	CHECK(get("r").as.r == (double)0.1f);
	set("s", "-2.5e3");
	CHECK(get("s").as.r == -2500);
	set("r", "nan");
	CHECK(isnan(get("r").as.r));
	set("s", "-inf");
	CHECK(isinf(get("s").as.r) && get("s").as.r < 0);
	refuse("r", "1e39", "1e39 does not fit f32");
	refuse("s", "1e309", "1e309 does not fit f64");
	refuse("s", "warm", "expected a number for s, found 'warm'");
}

PC_TEST(enums_go_by_label_or_number)
{
	check_int("state", "running", 1);
	CHECK_STR(get("state").label, "running");
	check_int("state", "200", 200); /* no negative label: unsigned */
	CHECK_STR(get("state").label, "gone");
	check_int("state", "7", 7);
	CHECK(get("state").label == NULL);
	check_int("sign", "none", -1);
	CHECK_STR(get("sign").label, "none");
	check_int("sign", "-2147483648", INT32_MIN);
	check_int("bare", "65535", 65535);
	refuse("state", "runing", "expected a label such as idle, or a number for state, found 'runing'");
	refuse("state", "256", "256 does not fit enum8, 0..255");
	refuse("state", "-1", "-1 does not fit enum8, 0..255");
	refuse("sign", "2147483648", "2147483648 does not fit enum32, -2147483648..2147483647");
	refuse("bare", "x", "expected a whole number for bare, found 'x'");
}

PC_TEST(char_text_is_cut_at_nul_and_repaired)
{
	check_text("name", "", "");
	check_text("name", "hello", "hello");
	CHECK_MEM(page + 1, "hello\0\0\0\0\0", 10);
	check_text("name", "0123456789", "0123456789"); /* fills the field: no NUL in it */
	check_text("name", "\xF0\x9F\x98\x80\xC3\xA9", "\xF0\x9F\x98\x80\xC3\xA9");
	refuse("name", "01234567890", "11 bytes do not fit name, char[10]");
	refuse("name", "a\xFF", "expected UTF-8 text for name");
	memcpy(page + 1, "a\xFF\xE2\x82z\0xxxx", 10);
	CHECK_STR(get("name").text, "a\xEF\xBF\xBD\xEF\xBF\xBDz");
	memset(page + 1, 0xFF, 10); /* the most that a text can grow */
	CHECK_INT(get("name").bytes_count, 30);
}

PC_TEST(wchar16_text_knows_surrogates)
{
	static const uint16_t odd[6] = {0xDC00, 'x', 0xD800, 'y', 0xD83D, 0xDE00};
	check_text("wide", "abcdef", "abcdef");
	check_text("wide", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
	refuse("wide", "abcde\xF0\x9F\x98\x80", "7 UTF-16 units do not fit wide, wchar16[6]");
	refuse("wide", "\xED\xA0\x80", "expected UTF-8 text for wide");
	memcpy(page + 1, odd, sizeof odd);
	CHECK_STR(get("wide").text, "\xEF\xBF\xBDx\xEF\xBF\xBDy\xF0\x9F\x98\x80");
	memset(page + 1, 0xD8, 12); /* ends with half a pair */
	CHECK_INT(get("wide").bytes_count, 18);
}

PC_TEST(blobs_are_hex_and_are_read_in_place)
{
	set("blob", "00fFa1");
	pc_value v = get("blob");
	CHECK_INT(v.kind, PC_VALUE_BLOB);
	CHECK(v.bytes == page + 1);
	CHECK_INT(v.bytes_count, 4);
	CHECK_MEM(v.bytes, "\x00\xff\xa1\x00", 4);
	refuse("blob", "0011223344", "5 bytes do not fit blob, u8[4]");
	refuse("blob", "0", "expected pairs of hex digits for blob, found '0'");
	refuse("blob", "0g", "expected pairs of hex digits for blob, found '0g'");
}

PC_TEST(a_text_needs_its_whole_buffer_and_a_struct_has_no_value)
{
	char buf[31];
	pc_value v;
	CHECK_STATUS(pc_value_get(field("name"), page, buf, 30, &v), PC_EINVAL);
	CHECK_STATUS(pc_value_get(field("name"), page, NULL, 31, &v), PC_EINVAL);
	CHECK_STATUS(pc_value_get(field("name"), page, buf, 31, &v), PC_OK);
	CHECK_STATUS(pc_value_get(field("wheel"), page, buf, 31, &v), PC_EINVAL);
	refuse("wheel", "1", "wheel is a struct: expected a path to one of its fields");
}

static pc_ref find(const char *path)
{
	pc_ref ref;
	pc_err err = {""};
	(void)field("flag");
	CHECK_OK(pc_layout_find(layout, path, &ref, &err), &err);
	return ref;
}

PC_TEST(paths_reach_elements_and_rests_of_arrays)
{
	uint64_t wheel = find("wheel").offset, grid = find("grid").offset;
	CHECK_INT(find("wheel").count, 4);
	CHECK_INT(find("wheel").dims_given, 0);
	CHECK_INT(find("wheel[3]").offset, wheel + 96);
	CHECK_INT(find("wheel[3]").count, 1);
	CHECK_INT(find("wheel[2].pos.y[1]").offset, wheel + 64 + 8 + 8);
	CHECK_INT(find("wheel[2].pos.y").count, 2);
	CHECK_INT(find("grid[1]").offset, grid + 12);
	CHECK_INT(find("grid[1]").count, 3);
	CHECK_INT(find("grid[1]").dims_given, 1);
	CHECK_INT(find("grid[1][2]").offset, grid + 20);
	CHECK_INT(find("tags[1]").offset, find("tags").offset + 4);
}

static void lost(const char *path, const char *message)
{
	pc_ref ref;
	pc_err err = {""};
	(void)field("flag");
	CHECK_STATUS(pc_layout_find(layout, path, &ref, &err), PC_EINVAL);
	CHECK_STR(err.text, message);
}

PC_TEST(a_path_that_leads_nowhere_says_why)
{
	lost("", "expected the name of a field");
	lost("nope", "no field nope");
	lost("nam", "no field nam");
	lost("names", "no field names");
	lost("wheel[0].slipp", "no field slipp in wheel");
	lost("wheel[4]", "index 4 of wheel is out of range, 0..3");
	lost("wheel[4294967296]", "index 4294967296 of wheel is out of range, 0..3");
	lost("wheel[99999999999999999999999]", "index 99999999999999999999 of wheel is out of range, 0..3");
	lost("wheel[]", "expected an index such as wheel[0]");
	lost("wheel[-1]", "expected an index such as wheel[0]");
	lost("wheel[1", "expected an index such as wheel[0]");
	lost("wheel.slip", "wheel is an array: expected 1 index before '.'");
	lost("wheel[0][0]", "wheel takes no more than 1 index");
	lost("name[0]", "name is not an array");
	lost("name.x", "name is char, not a struct");
	lost("wheel[0].", "expected the name of a field");
	lost("flag ", "expected '.', '[' or the end after flag");
	lost("grid[0]x", "expected '.', '[' or the end after grid");
}
