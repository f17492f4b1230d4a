/* What a bridge leaves for the next one: what is read is what was written; whatever else is read does no harm. */
#include "keepsake.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

#define BYTES  300u
#define STATES 20u
#define FIELDS 3u

static uint64_t state = 7;

static uint32_t draw(uint32_t below)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((state >> 33) % below);
}

static void change(ws_delta *d)
{
	memcpy(ws_delta_room(d), d->now, d->bytes);
	for (uint32_t n = 1 + draw(4); n; n--) ws_delta_room(d)[draw((uint32_t)d->bytes)] ^= (uint8_t)(1 + draw(255));
}

/* Every state that a viewer may hold, by its number. */
static uint8_t seen[STATES + 1][BYTES];

static void fill(ws_kept *rows, uint64_t *field_seqs)
{
	rows[0] = (ws_kept){.rid = 1, .gen = 4, .name = "numbers.only", .payload_bytes = 77, .schema_id = 5, .seq = 12};
	rows[1] = (ws_kept){.rid = 9,
	                    .gen = 1,
	                    .name = "with.data",
	                    .payload_bytes = BYTES,
	                    .schema_id = UINT64_MAX,
	                    .has_data = true,
	                    .payload_flags = 2,
	                    .wseq = 1000,
	                    .unix_ns = 2000,
	                    .written_ns = 3000,
	                    .field_seqs = field_seqs,
	                    .field_count = FIELDS};
	CHECK(!ws_delta_init(&rows[1].delta, BYTES, 0));
	for (unsigned i = 1; i <= STATES; i++) {
		change(&rows[1].delta);
		(void)ws_delta_take(&rows[1].delta, false);
		memcpy(seen[i], rows[1].delta.now, BYTES);
	}
	rows[1].seq = rows[1].delta.seq;
	CHECK_INT(rows[1].seq, STATES);
	for (unsigned i = 0; i < FIELDS; i++) field_seqs[i] = i * 5;
}

static void write_two(wire_buf *to)
{
	ws_kept rows[2];
	uint64_t field_seqs[FIELDS];
	ws_keepsake k = {.rows = rows, .count = 2};
	memcpy(k.boot, "the boot of it.", sizeof k.boot);
	fill(rows, field_seqs);
	*to = (wire_buf){0};
	ws_keepsake_write(&k, to);
	CHECK(!to->failed);
	ws_delta_fini(&rows[1].delta);
}

/* What a bridge does with data that it has read: the next sample, and a patch from each state that it says to know. */
static void use(ws_kept *row, bool is_true)
{
	ws_delta *d = &row->delta;
	uint8_t *held = malloc(d->bytes ? d->bytes : 1);
	CHECK(held && row->payload_bytes == d->bytes);
	if (d->bytes) change(d);
	(void)ws_delta_take(d, d->bytes == 0);
	for (uint64_t base = d->seq > 2 * STATES ? d->seq - 2 * STATES : 0; base <= d->seq; base++) {
		wire_buf patch = {0};
		if (!ws_delta_knows(d, base)) continue;
		CHECK(ws_delta_patch(d, base, &patch, SIZE_MAX));
		if (is_true && base <= STATES) {
			memcpy(held, seen[base], BYTES);
			CHECK_OK(wire_patch_apply(held, BYTES, patch.data, patch.bytes), NULL);
			CHECK_MEM(held, d->now, BYTES);
		}
		wire_buf_free(&patch);
	}
	free(held);
}

PC_TEST(what_is_read_is_what_was_written)
{
	wire_buf buf;
	ws_keepsake k;
	ws_kept *row;
	write_two(&buf);
	CHECK(!ws_keepsake_read(buf.data, buf.bytes, &k));
	CHECK_MEM(k.boot, "the boot of it.", 16);
	CHECK_INT(k.count, 2);
	CHECK(!ws_keepsake_find(&k, 0) && !ws_keepsake_find(&k, 2) && !ws_keepsake_find(&k, 10));
	row = ws_keepsake_find(&k, 1);
	CHECK(row && !row->has_data && !strcmp(row->name, "numbers.only"));
	CHECK(row->gen == 4 && row->payload_bytes == 77 && row->schema_id == 5 && row->seq == 12);
	row = ws_keepsake_find(&k, 9);
	CHECK(row && row->has_data && !strcmp(row->name, "with.data") && row->delta.has_snapshot);
	CHECK(row->payload_flags == 2 && row->wseq == 1000 && row->unix_ns == 2000 && row->written_ns == 3000);
	CHECK(row->field_count == FIELDS && row->field_seqs[2] == 10);
	CHECK_MEM(row->delta.now, seen[STATES], BYTES);
	CHECK_INT(row->delta.known_from, 1);
	use(row, true);
	CHECK_INT(row->delta.seq, STATES + 1);
	ws_kept_drop_data(row);
	CHECK(!row->has_data && row->seq == STATES);
	ws_keepsake_free(&k);
	wire_buf_free(&buf);
}

PC_TEST(the_bytes_of_data_are_counted_right)
{
	ws_kept rows[2];
	uint64_t field_seqs[FIELDS];
	ws_keepsake k = {.rows = rows, .count = 2};
	wire_buf with = {0}, without = {0};
	fill(rows, field_seqs);
	ws_keepsake_write(&k, &with);
	rows[1].has_data = false;
	ws_keepsake_write(&k, &without);
	/* at least, and not much more: it is a bound */
	CHECK(with.bytes - without.bytes <= ws_kept_data_bytes(&rows[1]));
	CHECK(with.bytes - without.bytes + 16 > ws_kept_data_bytes(&rows[1]));
	wire_buf_free(&with);
	wire_buf_free(&without);
	ws_delta_fini(&rows[1].delta);
}

/* In a block of its own, so that the address sanitizer sees each byte beyond. */
static bool read_copy(const uint8_t *bytes, size_t count)
{
	uint8_t *copy = malloc(count ? count : 1);
	ws_keepsake k;
	const char *wrong;
	CHECK(copy);
	if (count) memcpy(copy, bytes, count);
	wrong = ws_keepsake_read(copy, count, &k);
	free(copy);
	CHECK(!wrong || (!k.count && !k.rows));
	for (size_t i = 0; i < k.count; i++)
		if (k.rows[i].has_data) use(&k.rows[i], false);
	ws_keepsake_free(&k);
	return !wrong;
}

PC_TEST(every_truncation_is_refused)
{
	wire_buf buf;
	write_two(&buf);
	for (size_t n = 0; n < buf.bytes; n++) CHECK(!read_copy(buf.data, n));
	CHECK(read_copy(buf.data, buf.bytes));
	wire_buf_put(&buf, "", 1);
	CHECK(!read_copy(buf.data, buf.bytes));
	wire_buf_free(&buf);
}

PC_TEST(every_bit_that_flips_is_refused_or_does_no_harm)
{
	wire_buf buf;
	unsigned refused = 0;
	write_two(&buf);
	for (size_t bit = 0; bit < 8 * buf.bytes; bit++) {
		buf.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		refused += !read_copy(buf.data, buf.bytes);
		buf.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	CHECK(refused > 8 * 100);
	wire_buf_free(&buf);
}

PC_TEST(words_at_random_places_do_no_harm)
{
	static const uint32_t words[] = {0, 1, 0x7fffffff, 0x80000000, UINT32_MAX, 0x01000000, BYTES, STATES};
	wire_buf buf;
	write_two(&buf);
	for (unsigned round = 0; round < 20000; round++) {
		size_t count = buf.bytes - (draw(4) ? 0 : draw((uint32_t)buf.bytes));
		uint8_t *copy = malloc(buf.bytes);
		CHECK(copy);
		memcpy(copy, buf.data, buf.bytes);
		for (uint32_t n = 1 + draw(4); n; n--) memcpy(copy + draw((uint32_t)buf.bytes - 4), &words[draw(8)], 4);
		(void)read_copy(copy, count);
		free(copy);
	}
	wire_buf_free(&buf);
}

static const char *refused(const ws_kept *rows, size_t count)
{
	ws_keepsake k = {.rows = (ws_kept *)rows, .count = count}, read;
	wire_buf buf = {0};
	const char *wrong;
	ws_keepsake_write(&k, &buf);
	wrong = ws_keepsake_read(buf.data, buf.bytes, &read);
	ws_keepsake_free(&read);
	wire_buf_free(&buf);
	return wrong ? wrong : "";
}

PC_TEST(each_contradiction_has_its_words)
{
	ws_kept good = {.rid = 3, .gen = 1, .name = "a", .payload_bytes = 8, .seq = 2}, rows[2] = {good, good};
	CHECK_STR(refused(rows, 1), "");
	CHECK_STR(refused(rows, 2), "regions are not in order");
	rows[0].rid = 0;
	CHECK_STR(refused(rows, 1), "a number is out of its bounds");
	rows[0] = good;
	rows[0].name[0] = '\0';
	CHECK_STR(refused(rows, 1), "a name is empty or too long");
	rows[0] = good;
	CHECK(!ws_delta_init(&rows[0].delta, 8, 1));
	(void)ws_delta_take(&rows[0].delta, false);
	rows[0].has_data = true;
	CHECK_STR(refused(rows, 1), "");
	rows[0].delta.marks[1] = 2;
	CHECK_STR(refused(rows, 1), "a change is newer than its region");
	rows[0].delta.marks[1] = 0;
	rows[0].delta.known_from = 3;
	CHECK_STR(refused(rows, 1), "numbers of states contradict each other");
	rows[0].delta.known_from = 2;
	rows[0].delta.unit_shift = 3;
	CHECK_STR(refused(rows, 1), "units of changes have another size");
	ws_delta_fini(&rows[0].delta);
}
