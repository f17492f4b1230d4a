/* The layout language beyond plain structs: overlays, bits, flags, encodings, named types, roles; their canonical text. */
#include <pagecast/layout.h>

#include "test.h"

static pc_layout *parse(const char *text)
{
	pc_layout *layout = NULL;
	pc_err err = {""};
	CHECK_OK(pc_layout_parse(text, strlen(text), &layout, &err), &err);
	return layout;
}

static void refuse(const char *text, const char *message)
{
	pc_layout *layout = NULL;
	pc_err err = {""};
	if (pc_layout_parse(text, strlen(text), &layout, &err) != PC_EINVAL) PC_FAIL("accepted: %s", text);
	CHECK_STR(err.text, message);
}

static void expect_canonical(const char *text, const char *canonical)
{
	pc_layout *layout = parse(text);
	CHECK_STR(pc_layout_text(layout, NULL), canonical);
	pc_layout_destroy(&layout);
	layout = parse(canonical);
	CHECK_STR(pc_layout_text(layout, NULL), canonical);
	pc_layout_destroy(&layout);
}

static const pc_field *field(const pc_layout *layout, const char *path)
{
	pc_ref ref;
	pc_err err = {""};
	CHECK_OK(pc_layout_find(layout, path, &ref, &err), &err);
	return ref.field;
}

PC_TEST(every_new_key_has_its_place_in_the_canonical_text)
{
	expect_canonical("a bool8\nb bool32\nc wchar32[4]\nd u8[8] encoding=utf-8\ne char[4] encoding=cp1252\n"
	                 "f char[4] encoding=utf-8 format=json",
	                 "layout size=40 align=4\n@0 a bool\n@4 b bool32\n@8 c wchar32[4]\n@24 d u8[8] encoding=utf-8\n"
	                 "@32 e char[4] encoding=cp1252\n@36 f char[4] format=json\n");
	expect_canonical(
	        "t i16 scale=0.1 unit=\"degC\"\nf u16 flags=\"4:c,0x1:a,2:b\"",
	        "layout size=4 align=2\n@0 t i16 unit=\"degC\" scale=0.1\n@2 f u16 flags=\"0x1:a,0x2:b,0x4:c\"\n");
	expect_canonical(
	        "a u16 bits=0..3\nb u16 bits=4\nc enum16 bits=5..15 labels=\"0:x\"\nd u16 bits=0..1",
	        "layout size=4 align=2\n@0 a u16 bits=0..3\n@0 b u16 bits=4\n@0 c enum16 labels=\"0:x\" bits=5..15\n"
	        "@2 d u16 bits=0..1\n");
	expect_canonical("table u8[8]\nints i32[2] overlay=table\nlast u8",
	                 "layout size=12 align=4\n@0 table u8[8]\n@0 ints i32[2] overlay=table\n@8 last u8\n");
	expect_canonical("n u32\nrow struct[8] count=n {\n x u8\n}\nlen u8\nb u8[4] length=len\nv u8 when=\"n=1,3..5\"",
	                 "layout size=20 align=4\n@0 n u32\n@4 row struct[8] size=1 align=1 count=n {\n  @0 x u8\n}\n"
	                 "@12 len u8\n@13 b u8[4] length=len\n@17 v u8 when=\"n=1,3..5\"\n");
	expect_canonical("off u32\nstep u32\nn u32\nt struct[9] at=off stride=step count=n {\n v f64\n}\nx u8",
	                 "layout size=16 align=4\n@0 off u32\n@4 step u32\n@8 n u32\n@12 x u8\n"
	                 "t struct[9] size=8 align=8 stride=step at=off count=n {\n  @0 v f64\n}\n");
	expect_canonical("s u32 signature=\"0x53\" dead_value=\"0\"\nk u32 role=tick\nb bool role=busy",
	                 "layout size=12 align=4\n@0 s u32 signature=\"0x53\" dead_value=\"0\"\n@4 k u32 role=tick\n"
	                 "@8 b bool role=busy\n");
	expect_canonical("n u8\nblob u8[16] length=n {\n id u32\n}",
	                 "layout size=17 align=1\n@0 n u8\n@1 blob u8[16] size=4 align=4 length=n {\n  @0 id u32\n}\n");
}

PC_TEST(a_named_type_is_written_out_where_it_is_used)
{
	expect_canonical("type vec packing=4 {\n x f64\n y f64\n}\ntype i32\npos vec\nw vec[2] stride=24 doc=\"d\"",
	                 "layout size=60 align=4\n@0 type i32\n@4 pos struct size=16 align=4 type=vec {\n  @0 x f64\n"
	                 "  @8 y f64\n}\n@20 w struct[2] size=16 align=4 stride=24 doc=\"d\" type=vec {\n  @0 x f64\n"
	                 "  @8 y f64\n}\n");
	refuse("type a {\n x u8\n}\ntype a {\n x u8\n}\ny a", "4:6: type a is given twice");
	refuse("type a {\n x a\n}", "2:4: expected a type, found 'a'; types are bool i8 u8 i16 u16 i32 u32 i64 u64 f32 "
	                            "f64 char wchar16 enum8 enum16 enum32 struct bool32 wchar32");
	refuse("type a {\n n u8\n x u16[4] count=m\n}\nm u8\ny a", "3:11: no field m in this struct or around it");
}

PC_TEST(types_in_types_are_counted_as_if_written_out)
{
	char text[2048] = "type t0 {\n a u8\n b u8\n}\n";
	for (int i = 1; i < 14; i++) {
		size_t used = strlen(text);
		(void)snprintf(text + used, sizeof text - used, "type t%d {\n a t%d\n b t%d\n c t%d\n d t%d\n}\n", i,
		               i - 1, i - 1, i - 1, i - 1);
	}
	strcat(text, "x t13\n");
	pc_layout *layout = NULL;
	pc_err err = {""};
	CHECK(pc_layout_parse(text, strlen(text), &layout, &err) == PC_EINVAL);
	CHECK(strstr(err.text, "expected at most 65536 fields in a layout"));
}

PC_TEST(bytes_are_shared_only_on_purpose)
{
	refuse("a u32\n@2 b u32", "2:4: b overlaps a (bytes 2..3)");
	refuse("a u32\n@2 b u32 overlay=c", "2:10: c is no other field of this struct that has a place");
	refuse("a u32\n@0 b u32 overlay=a\n@2 c u8", "3:4: c overlaps b (bytes 2..2)");
	refuse("a u8[4]\nb u8[8] overlay=a\n@6 c u8", "3:4: c overlaps b (bytes 6..6)");
	refuse("a u8 overlay=b\nb u8", "1:6: no field b before this one; without @ it must be one of the 1024 before");
	refuse("a u16 bits=0..3\n@0 b u16 bits=3..4", "2:4: a and b share bit 3");
	refuse("a u16 bits=0..3\n@0 b u16", "2:4: b overlaps a (bytes 0..1)");
	pc_layout *layout = parse("@8 a u8[4]\n@0 b u8[16] overlay=a\n@16 c u8");
	CHECK_INT(pc_layout_bytes(layout), 17);
	pc_layout_destroy(&layout);
}

PC_TEST(gaps_are_refused_where_they_are_forbidden)
{
	refuse("layout gaps=no\na u8\nb u32", "3:1: gap before b (bytes 1..3 belong to no field, gaps=no)");
	refuse("layout gaps=no\na u32\nb u8", "3:5: gap at the end (bytes 5..7 belong to no field, gaps=no)");
	refuse("layout gaps=no\ns struct {\n a u8\n @2 b u8\n}",
	       "4:5: gap before b (bytes 1..1 belong to no field, gaps=no)");
	expect_canonical("layout gaps=no packing=1\na u8\nb u32", "layout size=5 align=1\n@0 a u8\n@1 b u32\n");
}

PC_TEST(keys_that_do_not_fit_are_refused)
{
	refuse("a f32 bits=3", "1:7: bits= is only for integers, enums and bool");
	refuse("a u8 bits=3..9", "1:11: expected bits such as 3 or 0..3 of u8, 0..7, found '3..9'");
	refuse("a u8 flags=\"0x3:a,0x2:b\"", "1:19: this flag shares bits with one before it");
	refuse("a u8 flags=\"0x100:a\"", "1:13: expected a mask of bits of u8, 0x1..0xff");
	refuse("a char[4] encoding=utf8",
	       "1:20: expected an encoding, utf-8, latin1 or cp1250 .. cp1258, found 'utf8'");
	refuse("a wchar16[4] encoding=utf-8", "1:23: wchar16 is Unicode already; encoding= is for char[N] and u8[N]");
	refuse("a u8[4] format=json", "1:9: format= is only for texts");
	refuse("a u8\nb u8 count=a", "2:6: count= is only for arrays");
	refuse("n f32\nb u16[4] count=n", "2:10: count= needs an integer, n is f32");
	refuse("n u32[2]\nb u16[4] count=n", "2:10: n is an array: expected an index, n[0]");
	refuse("b struct[4] stride=n {\n x u8\n}\nn u8",
	       "1:13: a stride from the map is for tables: one dimension, and at=");
	refuse("n u8\n@4 t u8[4] at=n", "2:12: at= excludes an offset with @");
	refuse("n u8\nt struct[2] at=n {\n m u8\n s u8 at=m\n}",
	       "2:1: t has fields with at=, which need a struct that is there once, at a fixed place");
	refuse("n u8\nb u8 when=\"n\"", "2:6: expected when=\"FIELD=VALUE,...\" or \"FIELD!=VALUE\"");
	refuse("n u8\nb u8 when=\"n=x\"",
	       "2:6: when=: expected a number, a range such as 1..3 or a label of n, found 'x'");
	refuse("b u8[4] {\n x u64\n}", "1:1: the fields of b reach to byte 8 of its 4");
	refuse("b u8[4] size=4", "1:9: size= is only for the layout and structs");
	refuse("n u8 at=n", "1:10: expected at least one field without at=");
	refuse("a u8 scale=0", "1:6: expected a scale other than 0");
}

PC_TEST(roles_are_there_once_and_fit_their_fields)
{
	refuse("a u32 role=tick\nb u32 role=tick", "2:1: role tick is given twice, to a and b");
	refuse("a f32 role=tick", "1:1: role tick needs a whole integer, a is f32");
	refuse("a struct[2] {\n t u32 role=tick\n}",
	       "2:2: t cannot have a role: it is not there exactly once, at a fixed place");
	refuse("a u32 role=seq_begin", "1:1: role seq_begin needs a field with role seq_end, and the other way round");
	refuse("a u32 role=ticks",
	       "1:12: expected tick, seq_begin, seq_end, seq_odd, busy, timestamp or used_bytes, found 'ticks'");
	refuse("a u8 signature=\"300\"", "1:6: 300 does not fit u8, 0..255");
	refuse("a u8 signature=\"3\" dead_value=\"3\"", "1:20: expected a dead_value other than the signature");
	pc_layout *layout = parse("h struct {\n b u32 role=seq_begin\n e u32 role=seq_end\n}\nt f64 role=timestamp");
	uint64_t offset;
	CHECK_STR(pc_layout_role(layout, PC_ROLE_SEQ_END, &offset)->name, "e");
	CHECK_INT(offset, 4);
	CHECK(pc_layout_role(layout, PC_ROLE_TICK, NULL) == NULL);
	pc_layout_destroy(&layout);
}

static void check_text(const char *type, const char *hex_text, const char *utf8)
{
	char text[64], bytes[32] = {0}, again[32] = {0}, buffer[128];
	size_t count = strlen(hex_text) / 2;
	pc_err err = {""};
	pc_value v;
	(void)snprintf(text, sizeof text, "t %s", type);
	pc_layout *layout = parse(text);
	const pc_field *f = field(layout, "t");
	for (size_t i = 0; i < count; i++) {
		char pair[3] = {hex_text[2 * i], hex_text[2 * i + 1], 0};
		bytes[i] = (char)strtoul(pair, NULL, 16);
	}
	CHECK(pc_field_text_bytes(f) <= sizeof buffer);
	CHECK(pc_value_get(f, bytes, buffer, pc_field_text_bytes(f), &v) == PC_OK);
	CHECK(v.kind == PC_VALUE_TEXT);
	CHECK_STR(v.text, utf8);
	CHECK_OK(pc_value_set(f, again, utf8, &err), &err);
	CHECK(!memcmp(bytes, again, sizeof bytes));
	pc_layout_destroy(&layout);
}

PC_TEST(texts_are_read_and_written_in_their_encoding)
{
	check_text("char[8]", "c3a4", "\xC3\xA4");
	check_text("u8[8] encoding=utf-8", "e282ac", "\xE2\x82\xAC");
	check_text("char[8] encoding=latin1", "e4a980", "\xC3\xA4\xC2\xA9\xC2\x80");
	check_text("char[8] encoding=cp1252", "e480", "\xC3\xA4\xE2\x82\xAC");
	check_text("u8[8] encoding=cp1251", "cff0", "\xD0\x9F\xD1\x80");
	check_text("wchar32[4]", "00f60100e4000000", "\xF0\x9F\x98\x80\xC3\xA4");
	pc_layout *layout = parse("t char[8] encoding=cp1252");
	pc_err err = {""};
	char bytes[8];
	CHECK(pc_value_set(field(layout, "t"), bytes, "\xD0\x9F", &err) == PC_EINVAL);
	CHECK_STR(err.text, "'\xD0\x9F' is not in cp1252, the encoding of t");
	pc_layout_destroy(&layout);
}

PC_TEST(bits_and_flags_change_only_themselves)
{
	pc_layout *layout = parse("gear i8 bits=0..3\non bool bits=4\nmode enum8 bits=5..7 labels=\"1:idle\"\n"
	                          "f u16 flags=\"0x1:abs,0x2:tc,0x30:pair\"");
	unsigned char bytes[4] = {0};
	pc_err err = {""};
	pc_value v;
	char text[32];
	CHECK_OK(pc_value_set(field(layout, "gear"), bytes, "-1", &err), &err);
	CHECK_INT(bytes[0], 0x0F);
	CHECK_OK(pc_value_set(field(layout, "on"), bytes, "true", &err), &err);
	CHECK_OK(pc_value_set(field(layout, "mode"), bytes, "idle", &err), &err);
	CHECK_INT(bytes[0], 0x3F);
	CHECK(pc_value_get(field(layout, "gear"), bytes, NULL, 0, &v) == PC_OK && v.as.i == -1);
	CHECK(pc_value_get(field(layout, "mode"), bytes, NULL, 0, &v) == PC_OK && v.as.i == 1);
	CHECK_STR(v.label, "idle");
	CHECK(pc_value_set(field(layout, "gear"), bytes, "8", &err) == PC_EINVAL);
	CHECK_STR(err.text, "8 does not fit i8, -8..7");
	const pc_field *f = field(layout, "f");
	CHECK_OK(pc_value_set(f, bytes + 2, "tc|pair|0x100", &err), &err);
	CHECK(pc_value_get(f, bytes + 2, NULL, 0, &v) == PC_OK && v.as.u == 0x132);
	CHECK_INT(pc_flags_text(f, v.as.u, text, sizeof text), strlen("tc|pair|0x100"));
	CHECK_STR(text, "tc|pair|0x100");
	(void)pc_flags_text(f, 0, text, sizeof text);
	CHECK_STR(text, "0");
	(void)pc_flags_text(f, 0x11, text, sizeof text);
	CHECK_STR(text, "abs|0x10");
	pc_layout_destroy(&layout);
}
