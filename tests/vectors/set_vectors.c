/* The vectors of SET: values of a viewer against a layout. */
#include "wire/names.h"
#include "wire/set.h"

#include "vector_kit.h"

PC_TEST(every_set_does_what_its_vector_says)
{
	const json *rows = vectors("set.json");
	for (size_t i = 0; i < rows->count; i++) {
		const json *row = &rows->items[i];
		const char *text = word(row, "layout");
		size_t bytes, map_bytes, after_bytes = 0;
		uint8_t *payload = json_hex(json_need(row, "before"), &bytes),
		        *map = json_hex(json_need(row, "hex"), &map_bytes);
		pc_layout *layout = NULL;
		wire_set set = {.fields = ""};
		pc_err err = {""};
		uint32_t code;
		CHECK_OK(pc_layout_parse(text, strlen(text), &layout, &err), &err);
		code = wire_set_read(layout, word(row, "allowed"), (wire_cursor){map, map + map_bytes}, &set, &err);
		if (code != number(row, "code")) PC_FAIL("%s: %u (%s)", name_of(row), code, err.text);
		if (!code) {
			uint8_t *after = json_hex(json_need(row, "after"), &after_bytes);
			CHECK(wire_set_apply(&set, payload, bytes) && after_bytes == bytes);
			if (memcmp(payload, after, bytes)) PC_FAIL("%s: other bytes", name_of(row));
			free(after);
		}
		wire_set_free(&set);
		pc_layout_destroy(&layout);
		free(payload);
		free(map);
	}
}
