/* Recordings: what is written is read, a file cut anywhere is good up to its last whole chunk, and no byte is believed. */
#include "recording/bytes.h"
#include "recording/file.h"
#include "recording/reader.h"
#include "recording/writer.h"

#include "test.h"

#define CHUNKS  5
#define IN_EACH 7

static char path[96];

static void remove_file(void)
{
	(void)rec_file_remove(path);
}

/* Each payload says its tick, so that nothing can be invented. */
static void fill(unsigned char payload[40], uint64_t tick)
{
	for (int i = 0; i < 40; i++) payload[i] = (unsigned char)(tick * 7 + (uint64_t)i * (tick % 3));
	memcpy(payload, &tick, 8);
}

static void add(rec_writer *w, uint16_t channel, uint64_t tick)
{
	unsigned char payload[40];
	rec_message m = {.log_ns = 1000 * tick,
	                 .commit_unix_ns = 1000 * tick - 1,
	                 .tick = tick,
	                 .epoch = 3,
	                 .flags = 1,
	                 .liveness = 2,
	                 .payload = payload,
	                 .payload_bytes = 40};
	fill(payload, tick);
	CHECK_OK(rec_writer_add(w, channel, &m), NULL);
}

/* The whole file in memory; *ret_ends: where each chunk and its indexes end. */
static unsigned char *make(uint64_t *ret_bytes, uint64_t ret_ends[CHUNKS])
{
	rec_writer *w = NULL;
	rec_channel about = {.topic = "rig.car", .layout = "n u64\n", .payload_bytes = 40, .stale_after_ms = 500};
	rec_message event = {.log_ns = 1, .missed = REC_UNKNOWN, .event = REC_BEGINS};
	rec_file f;
	uint16_t a, b;
	size_t got;
	pc_err err = {""};
	unsigned char *data;
	(void)snprintf(path, sizeof path, "%s.mcap", pc_test_name("recording"));
	(void)atexit(remove_file);
	CHECK_OK(rec_writer_open(path, &w, &err), &err);
	CHECK_OK(rec_writer_channel(w, &about, 5, &a, &err), &err);
	about = (rec_channel){.topic = "raw", .layout = "", .payload_bytes = 40};
	CHECK_OK(rec_writer_channel(w, &about, 0, &b, &err), &err);
	CHECK_OK(rec_writer_add(w, a, &event), NULL);
	for (uint64_t chunk = 0, tick = 1; chunk < CHUNKS; chunk++) {
		for (int i = 0; i < IN_EACH; i++, tick++) add(w, tick % 2 ? a : b, tick);
		CHECK_OK(rec_writer_flush(w, &err), &err);
		ret_ends[chunk] = rec_writer_bytes(w);
	}
	CHECK_OK(rec_writer_finish(&w, &err), &err);
	CHECK(!w);
	CHECK_OK(rec_file_open(path, &f, ret_bytes, &err), &err);
	data = malloc((size_t)*ret_bytes);
	CHECK_OK(rec_file_read(f, 0, data, (size_t)*ret_bytes, &got), NULL);
	CHECK_INT(got, *ret_bytes);
	rec_file_close(f);
	return data;
}

/* Read all of it. @return values; each must be the next tick's and exactly what was written */
static uint64_t read_all(rec_reader *r, pc_status *ret_end)
{
	const rec_channel *channel;
	rec_message m;
	unsigned char want[40];
	uint64_t values = 0;
	pc_err err = {""};
	while ((*ret_end = rec_reader_next(r, &channel, &m, &err)) == PC_OK) {
		if (m.event != REC_VALUE) continue;
		values++;
		CHECK_INT(m.tick, values);
		CHECK_INT(m.payload_bytes, 40);
		fill(want, m.tick);
		CHECK_MEM(m.payload, want, 40);
		CHECK_STR(channel->topic, m.tick % 2 ? "rig.car" : "raw");
	}
	return values;
}

PC_TEST(what_is_written_is_read)
{
	uint64_t bytes, ends[CHUNKS];
	unsigned char *data = make(&bytes, ends);
	const rec_channel *channel;
	rec_message m;
	rec_reader *r = NULL;
	pc_err err = {""};
	pc_status end;
	CHECK_OK(rec_reader_open(path, &r, &err), &err);
	CHECK_OK(rec_reader_next(r, &channel, &m, &err), &err);
	CHECK_INT(m.event, REC_BEGINS);
	CHECK(m.missed == REC_UNKNOWN && !m.payload);
	CHECK_STR(channel->layout, "n u64\n");
	CHECK_INT(channel->stale_after_ms, 500);
	CHECK_OK(rec_reader_next(r, &channel, &m, &err), &err);
	CHECK_INT(m.epoch, 3);
	CHECK_INT(m.flags, 1);
	CHECK_INT(m.liveness, 2);
	CHECK_INT(m.log_ns, 1000);
	CHECK_INT(m.commit_unix_ns, 999);
	rec_reader_rewind(r);
	CHECK_INT(read_all(r, &end), CHUNKS * IN_EACH);
	CHECK_STATUS(end, PC_EABSENT);
	CHECK(rec_reader_facts(r)->is_whole);
	CHECK_INT(rec_reader_facts(r)->chunks, CHUNKS);
	CHECK_STR(rec_reader_channel(r, 1)->layout, "");
	CHECK(!rec_reader_channel(r, 2));
	rec_reader_close(&r);
	free(data);
}

PC_TEST(a_file_cut_anywhere_is_good_up_to_its_last_whole_chunk)
{
	uint64_t bytes, ends[CHUNKS];
	unsigned char *data = make(&bytes, ends);
	for (uint64_t cut = 0; cut < bytes; cut++) {
		unsigned char *copy = malloc(cut ? (size_t)cut : 1); /* exactly so large, for the sanitizer */
		rec_reader *r = NULL;
		pc_err err = {""};
		pc_status s, end;
		uint64_t whole = 0;
		memcpy(copy, data, (size_t)cut);
		s = rec_reader_open_memory(copy, (size_t)cut, &r, &err);
		if (s != PC_OK) {
			CHECK_STATUS(s, PC_ECORRUPT);
			CHECK(strstr(err.text, "too short"));
			CHECK(cut < 80);
		} else {
			uint64_t values = read_all(r, &end);
			/* the messages of a chunk are good when it is, although its indexes may be missing */
			for (int i = 0; i < CHUNKS; i++) whole += cut >= ends[i];
			CHECK(values == whole * IN_EACH || values == (whole + 1) * IN_EACH);
			CHECK_STATUS(end, PC_EABSENT);
			CHECK(!rec_reader_facts(r)->is_whole);
			CHECK(strstr(rec_reader_facts(r)->why, "cut off"));
		}
		rec_reader_close(&r);
		free(copy);
	}
	free(data);
}

/* The third chunk with one bit wrong at that place: it alone is left out, for a reason. */
static void check_left_out(size_t offset, const char *reason)
{
	uint64_t bytes, ends[CHUNKS], values = 0, damaged = 0;
	unsigned char *data = make(&bytes, ends);
	const rec_channel *channel;
	rec_message m;
	rec_reader *r = NULL;
	pc_err err = {""};
	pc_status s;
	data[ends[1] + offset] ^= 1;
	CHECK_OK(rec_reader_open_memory(data, (size_t)bytes, &r, &err), &err);
	while ((s = rec_reader_next(r, &channel, &m, &err)) != PC_EABSENT) {
		if (s == PC_OK && m.event == REC_VALUE) {
			unsigned char want[40];
			fill(want, m.tick);
			CHECK_MEM(m.payload, want, 40);
			CHECK(m.tick <= 2 * IN_EACH || m.tick > 3 * IN_EACH);
			values++;
		}
		if (s != PC_OK) {
			CHECK_STATUS(s, PC_ECORRUPT);
			CHECK(strstr(err.text, "is left out") && strstr(err.text, reason));
			damaged++;
		}
	}
	CHECK_INT(damaged, 1);
	CHECK_INT(values, (CHUNKS - 1) * IN_EACH);
	CHECK_INT(rec_reader_facts(r)->damaged, 1);
	rec_reader_close(&r);
	free(data);
}

PC_TEST(a_chunk_with_a_wrong_byte_is_left_out_and_the_others_are_read)
{
	check_left_out(9 + 60, ""); /* in its records: what says so depends on the compression */
}

PC_TEST(a_chunk_with_another_checksum_is_left_out)
{
	check_left_out(9 + 24, "its checksum is wrong");
}

PC_TEST(a_chunk_with_an_impossible_size_is_left_out)
{
	check_left_out(9 + 16 + 7, "its sizes are impossible");
}

PC_TEST(other_files_are_refused)
{
	static const char other[] = "\x89MCAP0\r\n\x01\x08\0\0\0\0\0\0\0\x04\0\0\0ros2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
	rec_reader *r = NULL;
	pc_err err = {""};
	CHECK_STATUS(rec_reader_open_memory("", 0, &r, &err), PC_ECORRUPT);
	CHECK_STATUS(rec_reader_open_memory("SQLite format 3 and so on and so on and so on", 45, &r, &err),
	             PC_ECORRUPT);
	CHECK_STR(err.text, "not an MCAP file");
	CHECK_STATUS(rec_reader_open_memory(other, sizeof other - 1, &r, &err), PC_ECORRUPT);
	CHECK(strstr(err.text, "but not of pagecast"));
	CHECK_STATUS(rec_reader_open("nowhere.mcap", &r, &err), PC_EABSENT);
	CHECK(strstr(err.text, "nowhere.mcap"));
}

PC_TEST(a_file_is_not_written_over)
{
	uint64_t bytes, ends[CHUNKS];
	rec_writer *w = NULL;
	pc_err err = {""};
	free(make(&bytes, ends));
	CHECK_STATUS(rec_writer_open(path, &w, &err), PC_EBUSY);
	CHECK(!w && strstr(err.text, path));
}

PC_TEST(the_checksum_is_that_of_zlib)
{
	CHECK_INT(rec_crc32(0, "123456789", 9), 0xCBF43926);
	CHECK_INT(rec_crc32(rec_crc32(0, "1234", 4), "56789", 5), 0xCBF43926);
}
