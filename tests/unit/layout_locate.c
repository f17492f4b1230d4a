/* Fields that lie where the map says: used lengths, tables, variants, rows that describe themselves; and hostile maps. */
#include <pagecast/layout.h>
#include <stdlib.h>

#include "test.h"

static pc_layout *parse(const char *text)
{
	pc_layout *layout = NULL;
	pc_err err = {""};
	CHECK_OK(pc_layout_parse(text, strlen(text), &layout, &err), &err);
	return layout;
}

static void put(uint8_t *payload, uint64_t at, uint32_t n)
{
	memcpy(payload + at, &n, 4);
}

static pc_status find(const pc_layout *layout, const uint8_t *payload, uint64_t bytes, const char *path, pc_part *ret)
{
	return pc_payload_find(layout, payload, bytes, path, ret, NULL);
}

static uint64_t count_of(const pc_layout *layout, const uint8_t *payload, uint64_t bytes, const char *path)
{
	pc_part part;
	return find(layout, payload, bytes, path, &part) == PC_OK ? part.place.count : UINT64_MAX;
}

PC_TEST(a_count_from_the_map_is_never_more_than_there_is)
{
	uint8_t payload[36] = {0};
	pc_layout *layout = parse("n i32\nrow struct[4] count=n {\n a u32\n b u32\n}");
	pc_part part;
	put(payload, 0, 3);
	CHECK_INT(count_of(layout, payload, 36, "row"), 3);
	CHECK(find(layout, payload, 36, "row[2].b", &part) == PC_OK && part.place.offset == 4 + 16 + 4);
	pc_err err = {""};
	CHECK(pc_payload_find(layout, payload, 36, "row[3].b", &part, &err) == PC_EABSENT);
	CHECK_STR(err.text, "row has 3 of at most 4 in use");
	put(payload, 0, 4000000000u); /* negative */
	CHECK_INT(count_of(layout, payload, 36, "row"), 0);
	put(payload, 0, 2000000000u);
	CHECK(find(layout, payload, 36, "row", &part) == PC_OK);
	CHECK(part.place.count == 4 && part.place.is_cut);
	CHECK_INT(count_of(layout, payload, 20, "row"), 2); /* a map that is smaller than its layout */
	CHECK_INT(count_of(layout, payload, 2, "row"), UINT64_MAX);
	pc_layout_destroy(&layout);
}

PC_TEST(a_table_lies_where_its_header_says)
{
	uint8_t payload[200] = {0};
	pc_layout *layout =
	        parse("off u32\nstep u32\nn u32\nt struct[100] at=off stride=step count=n {\n a u32\n b f64\n}");
	pc_part part;
	put(payload, 0, 40);
	put(payload, 4, 32); /* larger than the 16 bytes that are known */
	put(payload, 8, 5);
	put(payload, 40 + 32 * 4, 77);
	CHECK(find(layout, payload, 200, "t[4].a", &part) == PC_OK && part.place.offset == 168);
	CHECK_INT(count_of(layout, payload, 200, "t"), 5);
	put(payload, 4, 4); /* rows of an older writer end behind `a` */
	CHECK(find(layout, payload, 200, "t[1].a", &part) == PC_OK && part.place.offset == 44);
	CHECK(find(layout, payload, 200, "t[1].b", &part) == PC_EABSENT);
	put(payload, 4, 0);
	CHECK_INT(count_of(layout, payload, 200, "t"), 0);
	put(payload, 4, 0xFFFFFFFFu);
	CHECK_INT(count_of(layout, payload, 200, "t"), 1);
	put(payload, 0, 199);
	CHECK_INT(count_of(layout, payload, 200, "t"), 0);
	put(payload, 0, 200);
	CHECK_INT(count_of(layout, payload, 200, "t"), UINT64_MAX);
	pc_err err = {""};
	pc_ref ref;
	CHECK(pc_layout_find(layout, "t", &ref, &err) == PC_EINVAL);
	CHECK_STR(err.text, "t lies where the map says: it can only be found in a payload");
	pc_layout_destroy(&layout);
}

PC_TEST(values_of_a_table_lie_in_the_payload_whole)
{
	pc_layout *layout = parse("off u32\nstep u32\nn u32\nt f64[8] at=off stride=step count=n\n"
	                          "s char[8][16] at=off stride=step count=n");
	uint8_t *payload = calloc(1, 48);
	pc_part part;
	CHECK(payload);
	put(payload, 0, 32);
	put(payload, 4, 1); /* shorter than a value: they overlap, and the last ends with the payload */
	put(payload, 8, 8);
	CHECK_INT(count_of(layout, payload, 48, "t"), 8);
	CHECK(find(layout, payload, 48, "t", &part) == PC_OK && part.place.element_bytes == 8);
	CHECK_INT(count_of(layout, payload, 48, "s"), 1);
	put(payload, 0, 41);
	CHECK_INT(count_of(layout, payload, 48, "t"), 0);
	free(payload);
	pc_layout_destroy(&layout);
}

PC_TEST(a_blob_is_read_by_its_second_layout_as_far_as_it_is_used)
{
	uint8_t payload[36] = {0};
	pc_layout *layout = parse("len u32\nctx u8[32] length=len {\n type u32\n shard u32\n}");
	pc_part part;
	put(payload, 0, 6);
	CHECK(find(layout, payload, 36, "ctx", &part) == PC_OK && part.place.units == 6);
	CHECK(find(layout, payload, 36, "ctx.type", &part) == PC_OK && part.place.offset == 4);
	CHECK(find(layout, payload, 36, "ctx.shard", &part) == PC_EABSENT);
	put(payload, 0, 0xFFFFFFFF);
	CHECK(find(layout, payload, 36, "ctx.shard", &part) == PC_OK);
	CHECK(find(layout, payload, 36, "ctx", &part) == PC_OK && part.place.units == 32 && part.place.is_cut);
	pc_layout_destroy(&layout);
}

PC_TEST(a_variant_is_there_while_its_field_says_so)
{
	uint8_t payload[24] = {0};
	pc_layout *layout = parse("kind enum32 labels=\"0:none,1:ac,2:acc\"\nver char[8]\na u32 when=\"kind=ac,5..7\"\n"
	                          "b u32 overlay=a when=\"kind!=ac\"\nc u32 when=\"ver=1.7*\"");
	pc_part part;
	CHECK(find(layout, payload, 24, "a", &part) == PC_EABSENT);
	CHECK(find(layout, payload, 24, "b", &part) == PC_OK);
	put(payload, 0, 1);
	CHECK(find(layout, payload, 24, "a", &part) == PC_OK);
	CHECK(find(layout, payload, 24, "b", &part) == PC_EABSENT);
	put(payload, 0, 6);
	CHECK(find(layout, payload, 24, "a", &part) == PC_OK);
	CHECK(find(layout, payload, 24, "c", &part) == PC_EABSENT);
	memcpy(payload + 4, "1.7.2", 6);
	CHECK(find(layout, payload, 24, "c", &part) == PC_OK);
	pc_layout_destroy(&layout);
}

PC_TEST(paths_are_looked_up_from_the_inside_out)
{
	uint8_t payload[64] = {0};
	pc_layout *layout =
	        parse("n u8\ncar struct[2] {\n m u8\n w u8 \n wheel u16[4] count=m\n tyre u16[4] count=n\n}");
	pc_part part;
	payload[0] = 1;
	payload[2] = 2;      /* car[0].m */
	payload[2 + 18] = 3; /* car[1].m */
	CHECK(find(layout, payload, 64, "car[0].wheel", &part) == PC_OK && part.place.count == 2);
	CHECK(find(layout, payload, 64, "car[1].wheel", &part) == PC_OK && part.place.count == 3);
	CHECK(find(layout, payload, 64, "car[1].tyre", &part) == PC_OK && part.place.count == 1);
	pc_layout_destroy(&layout);
}

/* iRacing's shape, small: rows of variables, three buffers, the newest of which counts. */
static const char rows_text[] =
        "numVars u32\nvarAt u32\nnumBuf u32\nbufLen u32\n"
        "buf struct[4] count=numBuf {\n tick i32\n offset u32\n}\n"
        "var struct[64] at=varAt count=numVars {\n type i32\n offset i32\n count i32\n name char[20]\n}\n"
        "row u8[64] at=buf.offset newest=buf.tick length=bufLen "
        "columns=\"table:var,name:name,type:type,offset:offset,count:count\" codes=\"1:bool,2:i32,4:f32\"";

static void fill_rows(uint8_t *payload)
{
	const uint32_t head[] = {3, 64, 3, 16, 10, 200, 30, 216, 20, 232, 99, 248};
	for (uint32_t i = 0; i < 12; i++) put(payload, 4 * i, head[i]);
	const uint32_t vars[3][3] = {{2, 0, 1}, {4, 4, 2}, {1, 12, 1}};
	const char *names[] = {"gear", "slip", "on"};
	for (uint32_t i = 0; i < 3; i++) {
		for (uint32_t k = 0; k < 3; k++) put(payload, 64 + 32 * i + 4 * k, vars[i][k]);
		memcpy(payload + 64 + 32 * i + 12, names[i], strlen(names[i]) + 1);
	}
}

PC_TEST(a_row_describes_itself_and_the_newest_buffer_counts)
{
	uint8_t payload[264] = {0};
	pc_layout *layout = parse(rows_text);
	pc_part part;
	pc_column column;
	fill_rows(payload);
	CHECK(find(layout, payload, 264, "row", &part) == PC_OK);
	CHECK_INT(part.place.offset, 216); /* tick 30; the fourth buffer, tick 99, is not in use */
	CHECK_INT(part.place.units, 16);
	CHECK_INT(pc_scope_columns(&part.scope, part.place.field), 3);
	CHECK(pc_scope_column(&part.scope, &part.place, 1, &column) == PC_OK);
	CHECK_STR(column.field.name, "slip");
	CHECK(column.field.type == PC_TYPE_F32 && column.field.count == 2 && column.field.offset == 220);
	CHECK(pc_scope_column(&part.scope, &part.place, 3, &column) == PC_EABSENT);
	put(payload, 64 + 32 + 4, 12); /* two f32 at byte 12 of 16 */
	CHECK(pc_scope_column(&part.scope, &part.place, 1, &column) == PC_EABSENT);
	put(payload, 64 + 32, 77); /* no such type */
	CHECK(pc_scope_column(&part.scope, &part.place, 1, &column) == PC_EABSENT);
	pc_layout_destroy(&layout);
}

/* Touch every byte that a reader of this scope would; with the address sanitizer, a wrong one ends the test. */
static uint64_t touch(const pc_scope *scope)
{
	static char text[8192];
	uint64_t sum = 0;
	for (uint32_t i = 0; i < pc_scope_count(scope); i++) {
		pc_place place;
		pc_scope inner;
		pc_value v;
		if (pc_scope_locate(scope, &scope->fields[i], &place) != PC_OK) continue;
		CHECK(place.offset < scope->payload_bytes);
		for (uint64_t k = 0; k < place.count; k++) {
			uint64_t at = place.offset + k * place.stride_bytes;
			CHECK(at + place.element_bytes <= scope->payload_bytes);
			if (place.field->fields) {
				pc_scope_enter(scope, &place, k, &inner);
				sum += touch(&inner);
			} else if (pc_value_get_used(place.field, scope->payload + at, place.units, text, sizeof text,
			                             &v) == PC_OK) {
				sum += v.bytes_count;
			}
		}
		for (uint32_t k = 0; k < pc_scope_columns(scope, place.field) && k < 256; k++) {
			pc_column column;
			if (pc_scope_column(scope, &place, k, &column) != PC_OK) continue;
			CHECK(column.field.offset + column.field.element_bytes * column.field.count <=
			      scope->payload_bytes);
			sum += scope->payload[column.field.offset];
		}
	}
	return sum;
}

PC_TEST(no_bytes_of_a_map_lead_out_of_it)
{
	static const char *const texts[] = {
	        rows_text,
	        "off i32\nstep i32\nn i32\nt struct[50] at=off stride=step count=n {\n a u32\n b f64\n c char[6]\n}\n"
	        "s char[300] at=off length=n format=json\nb u8[40] length=step {\n x u64\n y u16[3] count=z\n z u8\n}\n"
	        "w wchar16[9] at=step when=\"n!=0\""};
	uint64_t state = 88172645463325252u, sum = 0;
	for (size_t i = 0; i < 2; i++) {
		pc_layout *layout = parse(texts[i]);
		for (int round = 0; round < 20000; round++) {
			uint64_t bytes = 1 + (uint64_t)round % 264;
			uint8_t *payload = malloc(bytes); /* exactly: the sanitizer sees the byte behind it */
			for (uint64_t k = 0; k < bytes; k++) {
				state ^= state << 13, state ^= state >> 7, state ^= state << 17;
				payload[k] = (uint8_t)(state % 5 ? (k % 4 ? 0 : state >> 8) : state >> 16);
			}
			pc_scope top;
			pc_scope_top(layout, payload, bytes, &top);
			sum += touch(&top);
			free(payload);
		}
		pc_layout_destroy(&layout);
	}
	CHECK(sum != 0);
}
