/* Numbers to text and back. The code under test is compiled into this file a second time with a C library that speaks a
 * locale with a decimal comma, because a test machine may have no such locale. */
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_comma;

static void swap(char *text, char from, char to)
{
	for (; *text; text++)
		if (*text == from) *text = to;
}

/* What glibc does under de_DE: print a comma, and stop reading at a point. */
static int comma_snprintf(char *dst, size_t bytes, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int length = vsnprintf(dst, bytes, format, args);
	va_end(args);
	if (is_comma && strpbrk(format, "gfe")) swap(dst, '.', ',');
	return length;
}

static double comma_strtod(const char *text, char **end)
{
	char copy[600];
	if (!is_comma) return strtod(text, end);
	(void)snprintf(copy, sizeof copy, "%s", text);
	swap(copy, '.', ';');
	swap(copy, ',', '.');
	return strtod(copy, NULL);
}

static float comma_strtof(const char *text, char **end)
{
	char copy[600];
	if (!is_comma) return strtof(text, end);
	(void)snprintf(copy, sizeof copy, "%s", text);
	swap(copy, '.', ';');
	swap(copy, ',', '.');
	return strtof(copy, NULL);
}

#undef snprintf
#define snprintf comma_snprintf
#define strtod   comma_strtod
#define strtof   comma_strtof
#include "base/num.c"
#undef snprintf
#undef strtod
#undef strtof

#include "test.h"

static double f64_of(const char *text)
{
	double value = -12345;
	CHECK_INT(pc_num_parse_f64(text, strlen(text), &value), PC_NUM_OK);
	return value;
}

static void check_f64(double value, const char *text)
{
	char got[PC_NUM_TEXT_MAX];
	CHECK_INT(pc_num_format_f64(value, got), strlen(text));
	CHECK_STR(got, text);
	CHECK(f64_of(text) == value);
}

static void check_all(void)
{
	char got[PC_NUM_TEXT_MAX];
	float single;
	check_f64(0, "0");
	check_f64(0.1, "0.1");
	check_f64(-0.5, "-0.5");
	check_f64(0.1 + 0.2, "0.30000000000000004");
	check_f64(1000000, "1000000");
	check_f64(999999999999999, "999999999999999");
	check_f64(1e15, "1e+15");
	check_f64(1.5e300, "1.5e+300");
	check_f64(5e-324, "5e-324");
	check_f64(1.7976931348623157e308, "1.7976931348623157e+308");
	check_f64(2.2250738585072014e-308, "2.2250738585072014e-308");
	check_f64((double)INFINITY, "inf");
	check_f64(-(double)INFINITY, "-inf");
	pc_num_format_f64(-0.0, got);
	CHECK_STR(got, "-0");
	pc_num_format_f64((double)NAN, got);
	CHECK_STR(got, "nan");
	pc_num_format_f32(0.1f, got);
	CHECK_STR(got, "0.1");
	pc_num_format_f32(16777216.0f, got);
	CHECK_STR(got, "16777216");
	pc_num_format_f32(3.4028235e38f, got);
	CHECK_STR(got, "3.4028235e+38");
	CHECK_INT(pc_num_parse_f32("0.1", 3, &single), PC_NUM_OK);
	CHECK(single == 0.1f);
	CHECK_INT(pc_num_parse_f32("3.5e38", 6, &single), PC_NUM_RANGE);
}

PC_TEST(reals_are_shortest_and_read_back)
{
	check_all();
}

PC_TEST(a_locale_with_a_decimal_comma_changes_nothing)
{
	double value;
	is_comma = 1;
	check_all();
	CHECK_INT(pc_num_parse_f64("1,5", 3, &value), PC_NUM_SYNTAX);
}

PC_TEST(random_bits_read_back_as_the_same_double)
{
	uint64_t state = 1;
	for (int i = 0; i < 20000; i++) {
		char text[PC_NUM_TEXT_MAX];
		double value, back = 0;
		float single, single_back = 0;
		state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		uint64_t bits = state ^ state >> 29;
		uint32_t low = (uint32_t)(bits >> 16);
		memcpy(&value, &bits, sizeof value);
		memcpy(&single, &low, sizeof single);
		if (isnan(value) || isnan(single)) continue;
		CHECK_INT(pc_num_parse_f64(text, pc_num_format_f64(value, text), &back), PC_NUM_OK);
		CHECK_MEM(&back, &value, sizeof value);
		CHECK_INT(pc_num_parse_f32(text, pc_num_format_f32(single, text), &single_back), PC_NUM_OK);
		CHECK_MEM(&single_back, &single, sizeof single);
	}
}

PC_TEST(the_whole_text_must_be_the_number)
{
	static const char *const wrong[] = {"",    " 1", "1 ", "1.2.3", ".",   "+",     "-",   "e5",  "1e",    "1e+",
	                                    "0x1", "1f", "in", "nan1",  "--1", "1e5.5", "1_0", "1,5", "i\xCE", "\0"};
	double value;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (pc_num_parse_f64(wrong[i], strlen(wrong[i]), &value) != PC_NUM_SYNTAX)
			PC_FAIL("took '%s'", wrong[i]);
	CHECK_INT(pc_num_parse_f64("1\0", 2, &value), PC_NUM_SYNTAX);
	CHECK_INT(pc_num_parse_f64("1e999", 5, &value), PC_NUM_RANGE);
	CHECK_INT(pc_num_parse_f64("-1e999", 6, &value), PC_NUM_RANGE);
	CHECK(f64_of("1e-999") == 0);
	CHECK(f64_of(".5") == 0.5);
	CHECK(f64_of("5.") == 5);
	CHECK(f64_of("+5e-1") == 0.5);
	CHECK(isinf(f64_of("-Infinity")));
	CHECK(isnan(f64_of("NaN")));
	char *longest = malloc(1001);
	CHECK(longest);
	memset(longest, '1', 1001);
	CHECK_INT(pc_num_parse_f64(longest, 1000, &value), PC_NUM_SYNTAX);
	CHECK_INT(pc_num_parse_f64(longest, 400, &value), PC_NUM_RANGE);
	free(longest);
}

static void check_int(const char *text, bool negative, uint64_t magnitude)
{
	pc_int n;
	CHECK_INT(pc_num_parse_int(text, strlen(text), &n), PC_NUM_OK);
	CHECK_INT(n.negative, negative);
	CHECK(n.magnitude == magnitude);
}

PC_TEST(integers_keep_all_64_bits_and_their_sign)
{
	pc_int n;
	int64_t i;
	check_int("0", false, 0);
	check_int("-0", false, 0);
	check_int("+7", false, 7);
	check_int("007", false, 7);
	check_int("0x1F", false, 31);
	check_int("-0xff", true, 255);
	check_int("18446744073709551615", false, UINT64_MAX);
	check_int("0xFFFFFFFFFFFFFFFF", false, UINT64_MAX);
	CHECK_INT(pc_num_parse_int("18446744073709551616", 20, &n), PC_NUM_RANGE);
	CHECK_INT(pc_num_parse_int("0x10000000000000000", 19, &n), PC_NUM_RANGE);
	CHECK_INT(pc_num_parse_int("99999999999999999999x", 21, &n), PC_NUM_SYNTAX);
	static const char *const wrong[] = {"", "-", "0x", "1.0", "1e3", "a", "0xg", "- 1", "1 "};
	for (size_t k = 0; k < sizeof wrong / sizeof wrong[0]; k++)
		CHECK_INT(pc_num_parse_int(wrong[k], strlen(wrong[k]), &n), PC_NUM_SYNTAX);
	CHECK(pc_num_to_i64((pc_int){true, (uint64_t)1 << 63}, &i) && i == INT64_MIN);
	CHECK(!pc_num_to_i64((pc_int){true, ((uint64_t)1 << 63) + 1}, &i));
	CHECK(pc_num_to_i64((pc_int){false, INT64_MAX}, &i) && i == INT64_MAX);
	CHECK(!pc_num_to_i64((pc_int){false, (uint64_t)1 << 63}, &i));
}
