/* Layout text to tables: grammar, offsets as a C compiler computes them, limits, messages. */
#include <pagecast/layout.h>

#include "test.h"

#include <stddef.h>
#include <time.h>

static pc_layout *parse(const char *text)
{
	pc_layout *layout = NULL;
	pc_err err = {""};
	CHECK_OK(pc_layout_parse(text, strlen(text), &layout, &err), &err);
	return layout;
}

/* Parsing fails with exactly this message. */
static void refuse(const char *text, const char *message)
{
	pc_layout *layout = NULL;
	pc_err err = {""};
	if (pc_layout_parse(text, strlen(text), &layout, &err) != PC_EINVAL) PC_FAIL("accepted: %s", text);
	CHECK(layout == NULL);
	CHECK_STR(err.text, message);
}

static void expect_canonical(const char *text, const char *canonical)
{
	pc_layout *layout = parse(text);
	CHECK_STR(pc_layout_text(layout, NULL), canonical);
	uint64_t id = pc_layout_id(layout);
	pc_layout_destroy(&layout);
	layout = parse(canonical);
	CHECK_STR(pc_layout_text(layout, NULL), canonical);
	CHECK(pc_layout_id(layout) == id);
	pc_layout_destroy(&layout);
	CHECK(layout == NULL);
}

static uint64_t offset_of(const pc_layout *layout, const char *path)
{
	pc_ref ref;
	pc_err err = {""};
	CHECK_OK(pc_layout_find(layout, path, &ref, &err), &err);
	return ref.offset;
}

PC_TEST(fork_server_has_the_offsets_of_c)
{
	struct fork_server {
		_Bool a;
		float b;
		double c;
		char buffer[10];
	};
	pc_layout *layout = parse("a bool\nb f32\nc f64\nbuffer char[10]\n");
	CHECK_INT(offset_of(layout, "a"), offsetof(struct fork_server, a));
	CHECK_INT(offset_of(layout, "b"), offsetof(struct fork_server, b));
	CHECK_INT(offset_of(layout, "c"), offsetof(struct fork_server, c));
	CHECK_INT(offset_of(layout, "buffer"), offsetof(struct fork_server, buffer));
	CHECK_INT(pc_layout_bytes(layout), sizeof(struct fork_server));
	CHECK_INT(pc_layout_align(layout), _Alignof(struct fork_server));
	pc_layout_destroy(&layout);
}

/* One struct under every packing, against this compiler. `tail` sees what nested sizes do. */
#define MEMBERS                         \
	uint8_t flag;                   \
	uint64_t wide;                  \
	struct {                        \
		uint8_t kind;           \
		double slip[3];         \
		struct {                \
			uint16_t id;    \
			uint32_t ticks; \
		} inner[2];             \
	} wheel[4];                     \
	uint16_t name[5];               \
	float tail;
#define MEMBERS_TEXT                                                                                        \
	"flag u8\nwide u64\nwheel struct[4] {\n kind enum8\n slip f64[3]\n inner struct[2] {\n  id u16\n  " \
	"ticks u32\n }\n}\nname wchar16[5]\ntail f32\n"

struct natural {
	MEMBERS
};
#pragma pack(push, 1)
struct packed1 {
	MEMBERS
};
#pragma pack(pop)
#pragma pack(push, 2)
struct packed2 {
	MEMBERS
};
#pragma pack(pop)
#pragma pack(push, 4)
struct packed4 {
	MEMBERS
};
#pragma pack(pop)

#define CHECK_LIKE_C(head, type)                                                                             \
	do {                                                                                                 \
		pc_layout *l = parse(head MEMBERS_TEXT);                                                     \
		CHECK_INT(offset_of(l, "wide"), offsetof(type, wide));                                       \
		CHECK_INT(offset_of(l, "wheel"), offsetof(type, wheel));                                     \
		CHECK_INT(offset_of(l, "wheel[1]"), offsetof(type, wheel[1]));                               \
		CHECK_INT(offset_of(l, "wheel[3].slip[2]"), offsetof(type, wheel[3].slip[2]));               \
		CHECK_INT(offset_of(l, "wheel[2].inner[1].ticks"), offsetof(type, wheel[2].inner[1].ticks)); \
		CHECK_INT(offset_of(l, "name"), offsetof(type, name));                                       \
		CHECK_INT(offset_of(l, "tail"), offsetof(type, tail));                                       \
		CHECK_INT(pc_layout_bytes(l), sizeof(type));                                                 \
		CHECK_INT(pc_layout_align(l), _Alignof(type));                                               \
		pc_layout_destroy(&l);                                                                       \
	} while (0)

PC_TEST(offsets_are_those_of_the_c_compiler_under_every_packing)
{
	CHECK_LIKE_C("", struct natural);
	CHECK_LIKE_C("layout packing=natural\n", struct natural);
	CHECK_LIKE_C("layout packing=8\n", struct natural);
	CHECK_LIKE_C("layout packing=packed\n", struct packed1);
	CHECK_LIKE_C("layout packing=1\n", struct packed1);
	CHECK_LIKE_C("layout packing=2\n", struct packed2);
	CHECK_LIKE_C("layout packing=4\n", struct packed4);
}

PC_TEST(canonical_text_says_everything_and_reads_back_the_same)
{
	expect_canonical("# the tutorial\na bool\n\nb f32 unit=\"degC\" # hot\nc f64\r\nbuffer char[10]",
	                 "layout size=32 align=8\n@0 a bool\n@4 b f32 unit=\"degC\"\n@8 c f64\n@16 buffer char[10]\n");
	expect_canonical("layout size=64 align=16\nx u8", "layout size=64 align=16\n@0 x u8\n");
	expect_canonical("w struct[2][3] {\n  s struct {\n    t i64\n  }\n}\nlast char",
	                 "layout size=56 align=8\n@0 w struct[2][3] size=8 align=8 {\n  @0 s struct size=8 align=8 {\n"
	                 "    @0 t i64\n  }\n}\n@48 last char[1]\n");
	expect_canonical("a f32[4] stride=16\nb u8", "layout size=56 align=4\n@0 a f32[4] stride=16\n@52 b u8\n");
	expect_canonical("m enum16 doc=\"say \\\"hi\\\"\\n\\tback\\\\slash \xC3\xA9\" labels=\"2:c\\,d\\:e,0:a, "
	                 "-0x1:\\\"q\\\"\"",
	                 "layout size=2 align=2\n@0 m enum16 doc=\"say \\\"hi\\\"\\n\\tback\\\\slash \xC3\xA9\" "
	                 "labels=\"-1:\\\"q\\\",0:a,2:c\\,d\\:e\"\n");
	expect_canonical(
	        "t f64 max=1e2 min=0.10 title=\"T\"\nu i32 min=-1.5e300 max=5e-324\nv u16 min=123456789 max=1e21",
	        "layout size=16 align=8\n@0 t f64 title=\"T\" min=0.1 max=100\n@8 u i32 min=-1.5e+300 max=5e-324\n"
	        "@12 v u16 min=123456789 max=1e+21\n");
}

PC_TEST(explicit_offsets_come_in_any_order_and_leave_gaps)
{
	pc_layout *layout = parse("layout size=0x40\n@0x20 late u32\n@2 early f64\nnext u8\n@1 first u8\n");
	uint32_t count;
	const pc_field *f = pc_layout_fields(layout, &count);
	CHECK_INT(count, 4);
	CHECK_STR(f[0].name, "first");
	CHECK_STR(f[1].name, "early");
	CHECK_STR(f[2].name, "next");
	CHECK_STR(f[3].name, "late");
	CHECK_INT(f[1].offset, 2);
	CHECK_INT(f[2].offset, 10);
	CHECK_INT(pc_layout_bytes(layout), 64);
	pc_layout_destroy(&layout);
}

PC_TEST(texts_and_blobs_keep_their_last_dimension)
{
	pc_layout *layout =
	        parse("a char[4][10]\nb char\nc u8\nd u8[6]\ne u8[2][6]\nf wchar16[7]\ng char[2][3][4][5][6]");
	const pc_field *f = pc_layout_fields(layout, NULL);
	CHECK_INT(f[0].count, 4);
	CHECK_INT(f[0].text_units, 10);
	CHECK_INT(f[0].element_bytes, 10);
	CHECK_INT(f[0].dim_count, 1);
	CHECK_INT(f[1].count, 1);
	CHECK_INT(f[1].text_units, 1);
	CHECK_INT(f[2].text_units, 0);
	CHECK_INT(f[2].dim_count, 0);
	CHECK_INT(f[3].text_units, 6);
	CHECK_INT(f[3].count, 1);
	CHECK_INT(f[4].count, 2);
	CHECK_INT(f[4].dims[0], 2);
	CHECK_INT(f[4].stride_bytes, 6);
	CHECK_INT(f[5].element_bytes, 14);
	CHECK_INT(f[6].dim_count, 4);
	CHECK_INT(f[6].count, 120);
	CHECK_INT(f[6].text_units, 6);
	pc_layout_destroy(&layout);
}

PC_TEST(layout_may_be_the_name_of_a_field)
{
	expect_canonical("layout f32", "layout size=4 align=4\n@0 layout f32\n");
	expect_canonical("layout size=8\nlayout f32", "layout size=8 align=4\n@0 layout f32\n");
	expect_canonical("\xEF\xBB\xBFlayout\nx u8", "layout size=1 align=1\n@0 x u8\n");
}

PC_TEST(a_wrong_line_is_named_with_its_column_and_what_was_expected)
{
	refuse("", "1:1: expected at least one field");
	refuse("layout\n# nothing\n", "3:1: expected at least one field");
	refuse("a\n",
	       "1:2: expected a type, found the end of the line; types are bool i8 u8 i16 u16 i32 u32 i64 u64 f32 f64 "
	       "char wchar16 enum8 enum16 enum32 struct bool32 wchar32");
	refuse("a flot",
	       "1:3: expected a type, found 'flot'; types are bool i8 u8 i16 u16 i32 u32 i64 u64 f32 f64 char "
	       "wchar16 enum8 enum16 enum32 struct bool32 wchar32");
	refuse("ok u8\n  3d f32", "2:3: expected a field name that starts with a letter or '_', found '3d'");
	refuse("a-b f32", "1:2: expected a space and a type, found '-b'");
	refuse("a f32 doc", "1:10: expected '=', found the end of the line");
	refuse("a f32 b", "1:7: unknown key 'b'; expected one of stride= unit= title= doc= min= max= scale= overlay= "
	                  "at= newest= count= "
	                  "when= role= signature= dead_value=");
	refuse("a f32 ; b f32", "1:7: expected a key such as doc=, found ';'");
	refuse("a f32 unti=\"x\"", "1:7: unknown key 'unti'; expected one of stride= unit= title= doc= min= max= "
	                           "scale= overlay= at= newest= count= "
	                           "when= role= signature= dead_value=");
	refuse("a f32 unit=x", "1:12: expected a text in double quotes, found 'x'");
	refuse("a f32 unit=\"x", "1:14: expected a closing double quote, found the end of the line");
	refuse("a f32 unit=\"x\ny u8", "1:14: expected a closing double quote, found the end of the line");
	refuse("a f32 unit=\"\\x\"", "1:13: unknown escape; expected \\\" \\\\ \\n or \\t");
	refuse("a f32 min=1 min=2", "1:13: min= is given twice");
	refuse("a f32 min=1unit=\"x\"", "1:11: expected a minimum, a finite number, found '1unit'");
	refuse("a f32 unit=\"x\"doc=\"y\"", "1:15: expected a space, found 'doc'");
	refuse("a f32 min=nan", "1:11: expected a minimum, a finite number, found 'nan'");
	refuse("a f32 min=1e999", "1:11: expected a minimum, a finite number, found '1e999'");
	refuse("a f32 min=2 max=1", "1:13: expected a maximum that is not below the minimum");
	refuse("a char[4] min=2", "1:11: min= is only for numbers");
	refuse("a f32 labels=\"0:x\"", "1:7: labels= is only for enum8, enum16 and enum32");
	refuse("a f32 size=8", "1:7: size= is only for the layout and structs");
	refuse("a f32 stride=8", "1:7: stride= is only for arrays");
	refuse("a f32[2] stride=2", "1:10: stride=2 is smaller than one element, 4 bytes");
	refuse("a f32[0]", "1:7: expected a dimension, a whole number 1..4294967295, found '0'");
	refuse("a f32[-1]", "1:7: expected a dimension, a whole number 1..4294967295, found '-1'");
	refuse("a f32[4", "1:8: expected ']', found the end of the line");
	refuse("a f32[1][1][1][1][1]", "1:18: expected at most 4 dimensions");
	refuse("@-1 a f32", "1:2: expected an offset in bytes, a whole number 0..1099511627776, found '-1'");
	refuse("@ a f32", "1:2: expected an offset in bytes, a whole number 0..1099511627776, found ' '");
	refuse("layout align=3\na u8", "1:14: expected an alignment that is a power of two");
	refuse("layout packing=3\na u8", "1:16: expected packing natural, packed, 1, 2, 4 or 8, found '3'");
	refuse("layout size=4 {\na u8", "1:15: expected a key such as doc=, found '{'");
	refuse("a u8\nlayout size=4",
	       "2:8: expected a type, found 'size'; types are bool i8 u8 i16 u16 i32 u32 i64 u64 f32 "
	       "f64 char wchar16 enum8 enum16 enum32 struct bool32 wchar32");
	refuse("layout size=3\na f32", "1:8: size=3 is smaller than the fields, which end at byte 4");
	refuse("w struct\n", "1:9: expected '{' and the fields of the struct, found the end of the line");
	refuse("w struct { a u8 }", "1:12: expected the end of the line, found 'a'");
	refuse("w struct {\na u8\n", "3:1: expected '}' for struct w");
	refuse("w struct {\n}\n", "2:1: expected at least one field");
	refuse("w struct size=3 {\na f32\n}\n", "1:10: size=3 is smaller than the fields, which end at byte 4");
	refuse("a u8\n}\n", "2:1: expected a field; no struct is open here");
	refuse("d\xC3\xA9j f32 \xFF", "1:9: expected UTF-8 text");
	refuse("a f32 doc=\"\xC3\xA9\xC3\xA9\" @", "1:16: expected a key such as doc=, found '@'");
	refuse("a f32\a", "1:6: expected a space, found ''");
}

PC_TEST(twins_and_overlaps_name_both_fields)
{
	refuse("a u8\nb f32\na u8", "3:1: field a is given twice");
	refuse("w struct {\n x u8\n x u8\n}", "3:2: field x is given twice");
	refuse("@0 temp f64\n@7 speed f32", "2:4: speed overlaps temp (bytes 7..7)");
	refuse("@7 speed f32\n@0 temp f64", "2:4: temp overlaps speed (bytes 7..7)");
	refuse("@0 grid f32[4] stride=16\n@20 x u8", "2:5: x overlaps grid (bytes 20..20)");
	refuse("@0 a u8\nb u8\n@0 w struct {\n x u16\n}", "3:4: w overlaps a (bytes 0..0)");
}

PC_TEST(labels_fit_their_enum_and_are_unique)
{
	refuse("e enum8 labels=\"\"", "1:17: expected the number of a label, as in \"0:idle,1:running\", found '\"'");
	refuse("e enum8 labels=\"idle\"",
	       "1:17: expected the number of a label, as in \"0:idle,1:running\", found 'idle'");
	refuse("e enum8 labels=\"1\"", "1:18: expected ':' and the text of the label");
	refuse("e enum8 labels=\"1:\"", "1:19: expected the text of the label");
	refuse("e enum8 labels=\"1:a:b\"", "1:20: expected ',' or '\"'; write a ':' of a label as \\:");
	refuse("e enum8 labels=\"1:a,1:b\"", "1:21: this label's number is given twice");
	refuse("e enum8 labels=\"1:a,2:a\"", "1:21: this label's text is given twice");
	refuse("e enum8 labels=\"256:a\"", "1:17: 256 does not fit enum8, 0..255");
	refuse("e enum8 labels=\"-1:n,255:a\"", "1:22: 255 does not fit enum8, -128..127");
	refuse("e enum8 labels=\"1:a", "1:20: expected a closing double quote");
	refuse("e enum8 labels=\"1:a\\x\"", "1:20: unknown escape; expected \\\" \\\\ \\, \\: \\n or \\t");
	refuse("e enum8 labels=0", "1:16: expected labels in double quotes, \"0:idle,1:running\", found '0'");
}

PC_TEST(sizes_that_overflow_are_refused)
{
	refuse("a f64[4294967295][4294967295][4294967295][4294967295]",
	       "1:1: expected at most 1099511627776 bytes in a layout");
	refuse("a f64[4294967295]\nb f64[4294967295][64]", "2:1: expected at most 1099511627776 bytes in a layout");
	refuse("a u8\nb u8[1099511627776]",
	       "2:6: expected a dimension, a whole number 1..4294967295, found '1099511627776'");
	refuse("@1099511627776 a u8", "1:16: expected at most 1099511627776 bytes in a layout");
	refuse("@18446744073709551615 a u8",
	       "1:2: expected an offset in bytes, a whole number 0..1099511627776, found '18446744073709551615'");
	refuse("w struct[4294967295] {\n v struct[4294967295] {\n x u8\n }\n}",
	       "1:1: expected at most 1099511627776 bytes in a layout");
	refuse("a u8[2] stride=1099511627777",
	       "1:16: expected a stride in bytes, a whole number 1..1099511627776, found '1099511627777'");
	pc_layout *layout = parse("layout size=1099511627776\n@1099511627775 a u8");
	CHECK(pc_layout_bytes(layout) == PC_LAYOUT_BYTES_MAX);
	pc_layout_destroy(&layout);
}

PC_TEST(nesting_and_names_have_limits)
{
	char text[4096] = "";
	for (unsigned i = 0; i < PC_LAYOUT_DEPTH_MAX; i++) strcat(text, "s struct {\n");
	strcat(text, "x u8\n");
	for (unsigned i = 0; i < PC_LAYOUT_DEPTH_MAX; i++) strcat(text, "}\n");
	pc_layout *layout = parse(text);
	CHECK_INT(offset_of(layout, "s.s.s.s.s.s.s.s.s.s.s.s.s.s.s.s.x"), 0);
	pc_layout_destroy(&layout);
	text[0] = '\0';
	for (unsigned i = 0; i <= PC_LAYOUT_DEPTH_MAX; i++) strcat(text, "s struct {\n");
	refuse(text, "17:1: expected at most 16 structs in each other");
	memset(text, 'n', 64);
	strcpy(text + 64, " u8");
	refuse(text, "1:1: expected a name of at most 63 characters");
	layout = parse(text + 1);
	pc_layout_destroy(&layout);
}

/* The largest layouts there are, in the orders that are worst for a naive check. */
static char *many_fields(uint32_t count, int reverse, int twins)
{
	char *text = malloc(PC_LAYOUT_TEXT_MAX * 2), *to = text;
	CHECK(text);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t n = reverse ? count - 1 - i : i;
		to += sprintf(to, "@%u f%x u8\n", twins ? 0u : n, twins && i == count - 1 ? 0 : n);
	}
	return text;
}

PC_TEST(the_largest_layout_parses_well_under_a_second)
{
	pc_layout *layout = NULL;
	pc_err err = {""};
	for (int reverse = 0; reverse < 2; reverse++) {
		char *text = many_fields(PC_LAYOUT_FIELDS_MAX, reverse, 0);
		clock_t start = clock();
		CHECK_OK(pc_layout_parse(text, strlen(text), &layout, &err), &err);
		for (int i = 0; i < 65536; i++) {
			char path[16];
			(void)snprintf(path, sizeof path, "f%x", (unsigned)i);
			CHECK_INT(offset_of(layout, path), i);
		}
		CHECK((double)(clock() - start) / CLOCKS_PER_SEC < 3.0); /* 0.1 s; quadratic would be minutes */
		CHECK_INT(pc_layout_bytes(layout), PC_LAYOUT_FIELDS_MAX);
		pc_layout_destroy(&layout);
		free(text);
	}
	char *text = many_fields(PC_LAYOUT_FIELDS_MAX, 0, 1);
	refuse(text, "65536:4: field f0 is given twice");
	free(text);
	text = many_fields(PC_LAYOUT_FIELDS_MAX + 1, 0, 0);
	refuse(text, "65537:8: expected at most 65536 fields in a layout");
	free(text);
}

PC_TEST(canonical_text_that_would_not_read_back_is_refused)
{
	char *text = malloc(PC_LAYOUT_TEXT_MAX + 16), *to = text;
	pc_layout *layout = NULL;
	pc_err err = {""};
	CHECK(text);
	for (int i = 0; i < 60000; i++) to += sprintf(to, "f%x u8[99999]\n", (unsigned)i);
	CHECK_STATUS(pc_layout_parse(text, strlen(text), &layout, &err), PC_EINVAL);
	CHECK(strstr(err.text, "1:1: expected at most 1048576 bytes of canonical text"));
	memset(text, ' ', PC_LAYOUT_TEXT_MAX + 1);
	CHECK_STATUS(pc_layout_parse(text, PC_LAYOUT_TEXT_MAX + 1, &layout, &err), PC_EINVAL);
	CHECK_STR(err.text, "1:1: expected at most 1048576 bytes of text, found 1048577");
	free(text);
}

PC_TEST(the_text_need_not_end_with_nul_and_err_may_be_null)
{
	pc_layout *layout = NULL;
	CHECK_OK(pc_layout_parse("a u8XXXX", 4, &layout, NULL), NULL);
	pc_layout_destroy(&layout);
	pc_layout_destroy(&layout);
	CHECK_STATUS(pc_layout_parse("nonsense", 8, &layout, NULL), PC_EINVAL);
	CHECK_STATUS(pc_layout_parse("a u8\0b u8", 9, &layout, NULL), PC_EINVAL);
	CHECK_STATUS(pc_layout_parse("e enum8 labels=\"1:\\\0x\"", 22, &layout, NULL), PC_EINVAL);
	CHECK_STATUS(pc_layout_parse(NULL, 0, &layout, NULL), PC_EINVAL);
}

PC_TEST(the_schema_id_is_fnv_1a_64_of_the_canonical_text)
{
	pc_layout *layout = parse("x u8");
	CHECK(pc_layout_id(layout) == UINT64_C(0xdfbcd931ddc07a1c)); /* computed elsewhere */
	pc_layout_destroy(&layout);
}

PC_TEST(type_names_are_complete)
{
	CHECK_STR(pc_type_name(PC_TYPE_BOOL), "bool");
	CHECK_STR(pc_type_name(PC_TYPE_STRUCT), "struct");
	CHECK_STR(pc_type_name(PC_TYPE_COUNT), "?");
	CHECK_STR(pc_type_name((pc_type)-1), "?");
}

PC_TEST(the_example_of_the_documentation_is_true)
{
	expect_canonical(
	        "# coolant loop\ntemp   f32 unit=\"degC\" min=0 max=120 doc=\"at the outlet\"\n"
	        "mode   enum8 labels=\"0:idle,1:running\"\nname   char[10]\nwheel  struct[4] {\n  slip f64\n}\n",
	        "layout size=48 align=8\n@0 temp f32 unit=\"degC\" doc=\"at the outlet\" min=0 max=120\n"
	        "@4 mode enum8 labels=\"0:idle,1:running\"\n@5 name char[10]\n@16 wheel struct[4] size=8 align=8 {\n"
	        "  @0 slip f64\n}\n");
}
