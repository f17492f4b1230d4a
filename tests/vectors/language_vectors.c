/* Fields that depend on the bytes, against the golden vectors: their schema and their values. */
#include "wire/encode.h"
#include "wire/json.h"
#include "wire/pack.h"

#include "vector_kit.h"

/* The map of a SCHEMA: what follows op and sid. */
static void check_schema(const json *row, const pc_layout *layout)
{
	size_t bytes;
	uint8_t *want = json_hex(json_need(row, "schema"), &bytes);
	wire_buf b = {0};
	wire_put_schema(&b, pc_layout_id(layout), layout);
	const size_t head = 1 + 1 + 17; /* array, op, text of 16 digits */
	if (b.failed || b.bytes != head + bytes || memcmp((const uint8_t *)b.data + head, want, bytes)) {
		for (size_t i = head; i < b.bytes; i++) fprintf(stderr, "%02x", ((const uint8_t *)b.data)[i]);
		PC_FAIL("\nis not the schema of %s", name_of(row));
	}
	wire_buf_free(&b);
	free(want);
}

PC_TEST(fields_that_depend_on_the_bytes_are_as_the_vectors_say)
{
	const json *rows = vectors("language.json");
	CHECK(rows->count >= 8);
	for (size_t i = 0; i < rows->count; i++) {
		const json *row = &rows->items[i];
		const char *text = word(row, "layout");
		size_t bytes;
		pc_layout *layout;
		wire_buf b = {0}, out = {0};
		wire_json j = {&out, false};
		pc_err err = {{0}};
		CHECK_OK(pc_layout_parse(text, strlen(text), &layout, &err), &err);
		CHECK_STR(pc_layout_text(layout, NULL), text);
		check_schema(row, layout);
		uint8_t *payload = json_hex(json_need(row, "payload"), &bytes);
		wire_pack_values(&b, layout, payload, bytes, NULL);
		check_bytes(row, &b);
		wire_json_values(&j, layout, payload, bytes);
		if (!json_equal(json_parse((const char *)out.data, out.bytes), json_need(row, "json")))
			PC_FAIL("%s: %.*s", name_of(row), (int)out.bytes, (const char *)out.data);
		wire_buf_free(&b);
		wire_buf_free(&out);
		pc_layout_destroy(&layout);
		free(payload);
	}
}
