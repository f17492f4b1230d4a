/* Values of a viewer: what fits a field exactly is written, everything else is refused with its code. */
#include "wire/names.h"
#include "wire/set.h"

#include "test.h"

static const char layout_text[] = "on bool\n"
                                  "a i16 min=-100 max=100\n"
                                  "b u64\n"
                                  "f f32 min=0 max=10\n"
                                  "d f64\n"
                                  "mode enum8 labels=\"0:idle,1:run\"\n"
                                  "name char[4]\n"
                                  "wide wchar16[4]\n"
                                  "blob u8[4]\n"
                                  "list i16[3]\n"
                                  "w struct[2] {\n  slip f64\n}\n";

static pc_layout *layout;
static pc_err err;
static uint8_t payload[256];

/* The map as msgpack, in hex; its code, and on 0 the payload has it. */
static uint32_t put(const char *hex, const char *allowed)
{
	uint8_t bytes[300];
	size_t n = strlen(hex) / 2;
	wire_set set = {.fields = ""};
	uint32_t code;
	for (size_t i = 0; i < n; i++) {
		unsigned v = 0;
		CHECK_INT(sscanf(hex + 2 * i, "%2x", &v), 1);
		bytes[i] = (uint8_t)v;
	}
	CHECK(!wire_scan(bytes, n));
	if (!layout) CHECK_OK(pc_layout_parse(layout_text, strlen(layout_text), &layout, &err), &err);
	err.text[0] = 0;
	code = wire_set_read(layout, allowed, (wire_cursor){bytes, bytes + n}, &set, &err);
	if (!code) CHECK(wire_set_apply(&set, payload, pc_layout_bytes(layout)));
	if (code) CHECK(err.text[0]);
	wire_set_free(&set);
	return code;
}

static void get(const char *path, void *to, size_t bytes)
{
	pc_ref ref;
	CHECK_OK(pc_layout_find(layout, path, &ref, &err), &err);
	memcpy(to, payload + ref.offset, bytes);
}

PC_TEST(numbers_go_where_they_fit)
{
	int16_t a = 0;
	uint64_t b = 0;
	float f = 0;
	double d = 0;
	CHECK_INT(put("83a161d09ca162cfffffffffffffffffa16605", "*"), 0); /* a -100, b all bits, f 5 */
	get("a", &a, 2);
	get("b", &b, 8);
	get("f", &f, 4);
	CHECK_INT(a, -100);
	CHECK(b == UINT64_MAX && f >= 5 && f <= 5);
	CHECK_INT(put("81a164cb400921fb54442d18", "*"), 0);
	get("d", &d, 8);
	CHECK(d > 3.14159 && d < 3.1416);
	CHECK_INT(put("81a16165", "*"), WIRE_CANNOT);                 /* a 101: above max */
	CHECK_INT(put("81a161cd8000", "*"), WIRE_CANNOT);             /* a 32768: does not fit */
	CHECK_INT(put("81a161cb3ff0000000000000", "*"), WIRE_CANNOT); /* a 1.0: not whole */
	CHECK_INT(put("81a162ff", "*"), WIRE_CANNOT);                 /* b -1 */
	CHECK_INT(put("81a166cb7ff8000000000000", "*"), WIRE_CANNOT); /* f nan: it has bounds */
	CHECK_INT(put("81a164cb7ff8000000000000", "*"), 0);           /* d nan */
	CHECK_INT(put("81a166cb47f0000000000000", "*"), WIRE_CANNOT); /* f 3e38 and more: no float */
	CHECK_INT(put("81a164a13f", "*"), WIRE_CANNOT);               /* d "?" */
	CHECK_INT(put("81a1619101", "*"), WIRE_CANNOT);               /* a [1] */
	get("a", &a, 2);
	CHECK_INT(a, -100);
}

PC_TEST(truth_labels_texts_and_bytes)
{
	uint8_t on = 0, mode = 0, blob[4];
	char name[4];
	uint16_t wide[4];
	CHECK_INT(put("82a26f6ec3a46d6f6465a372756e", "*"), 0); /* on true, mode "run" */
	get("on", &on, 1);
	get("mode", &mode, 1);
	CHECK(on == 1 && mode == 1);
	CHECK_INT(put("81a46d6f646500", "*"), 0);
	CHECK_INT(put("81a46d6f646502", "*"), WIRE_CANNOT);       /* no label has 2 */
	CHECK_INT(put("81a46d6f6465a3666c79", "*"), WIRE_CANNOT); /* nor "fly" */
	CHECK_INT(put("81a26f6e01", "*"), WIRE_CANNOT);           /* on 1 */
	CHECK_INT(put("81a46e616d65a26869", "*"), 0);
	get("name", name, 4);
	CHECK_MEM(name, "hi\0\0", 4);
	CHECK_INT(put("81a46e616d65a568656c6c6f", "*"), WIRE_TOO_BIG);
	CHECK_INT(put("81a46e616d65a3610062", "*"), WIRE_CANNOT); /* a NUL inside */
	CHECK_INT(put("81a46e616d65c40161", "*"), WIRE_CANNOT);   /* bytes are no text */
	CHECK_INT(put("81a477696465a4f09f9880", "*"), 0);         /* one code, two units */
	get("wide", wide, 8);
	CHECK(wide[0] == 0xd83d && wide[1] == 0xde00 && !wide[2]);
	CHECK_INT(put("81a4626c6f62c4020102", "*"), 0);
	get("blob", blob, 4);
	CHECK_MEM(blob, "\1\2\0\0", 4);
	CHECK_INT(put("81a4626c6f62c4050102030405", "*"), WIRE_TOO_BIG);
	CHECK_INT(put("81a4626c6f62a161", "*"), WIRE_CANNOT);
}

PC_TEST(paths_reach_elements_and_arrays_come_whole)
{
	int16_t list[3];
	double slip = 0;
	CHECK_INT(put("81a46c69737493010203", "*"), 0);
	get("list", list, 6);
	CHECK(list[0] == 1 && list[1] == 2 && list[2] == 3);
	CHECK_INT(put("81a76c6973745b315d07", "*"), 0); /* list[1] 7 */
	get("list", list, 6);
	CHECK(list[0] == 1 && list[1] == 7 && list[2] == 3);
	CHECK_INT(put("81a9775b315d2e736c697002", "*"), 0); /* w[1].slip 2 */
	get("w[1].slip", &slip, 8);
	CHECK(slip >= 2 && slip <= 2);
	CHECK_INT(put("81a46c697374920102", "*"), WIRE_CANNOT);
	CHECK_INT(put("81a46c6973749401020304", "*"), WIRE_TOO_BIG);
	CHECK_INT(put("81a46c69737401", "*"), WIRE_CANNOT);
	CHECK_INT(put("81a17701", "*"), WIRE_CANNOT);       /* w */
	CHECK_INT(put("81a4775b305d80", "*"), WIRE_CANNOT); /* w[0] {} */
	CHECK_INT(put("81a76c6973745b335d07", "*"), WIRE_NOT_FOUND);
	CHECK_INT(put("81a17a01", "*"), WIRE_NOT_FOUND);
	CHECK_INT(put("80", "*"), WIRE_CANNOT);
	CHECK_INT(put("810101", "*"), WIRE_CANNOT); /* a key that is no text */
}

PC_TEST(only_allowed_fields_are_set)
{
	CHECK_INT(put("81a16101", "a"), 0);
	CHECK_INT(put("81a16201", "a"), WIRE_FORBIDDEN);
	CHECK_INT(put("81a9775b315d2e736c697002", "a,w[1]"), 0);
	CHECK_INT(put("81a9775b305d2e736c697002", "a,w[1]"), WIRE_FORBIDDEN);
	CHECK_INT(put("81a46c69737493010203", "list[1]"), WIRE_FORBIDDEN);
	CHECK_INT(put("81a16101", ""), WIRE_FORBIDDEN);
}

PC_TEST(one_wrong_value_and_nothing_is_written)
{
	int16_t a = 0;
	CHECK_INT(put("81a16107", "*"), 0);
	CHECK_INT(put("82a16108a162a13f", "*"), WIRE_CANNOT);
	get("a", &a, 2);
	CHECK_INT(a, 7);
}

PC_TEST(a_run_beyond_the_payload_is_refused)
{
	static const uint8_t map[] = {0x81, 0xa1, 'a', 1};
	wire_set set = {.fields = ""};
	CHECK_INT(put("81a16107", "*"), 0);
	CHECK_INT(wire_set_read(layout, "*", (wire_cursor){map, map + sizeof map}, &set, &err), 0);
	CHECK_STR(set.fields, "a");
	CHECK(!wire_set_apply(&set, payload, 2));
	CHECK(!wire_set_apply(&set, payload, 0));
	wire_set_free(&set);
}
