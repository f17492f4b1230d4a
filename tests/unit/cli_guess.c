/* cli_guess.c - what bytes are taken for, from samples of structs that are known here. */
#include "test.h"

#include "layout/guess.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES 40u

struct map {
	uint32_t tick;
	float speed, gear, zero;
	double position[2];
	uint64_t milliseconds;
	char name[24];
	uint16_t title[8];
	int32_t mode, signed_one;
	uint8_t nothing[40];
	uint8_t tail[3];
};

struct found {
	ly_guess at[64];
	uint32_t count;
	uint64_t end;
};

static void keep(void *arg, const ly_guess *g)
{
	struct found *f = arg;
	CHECK(g->offset == f->end && g->bytes > 0 && f->count < 64); /* all bytes, in order */
	f->end = g->offset + g->bytes;
	f->at[f->count++] = *g;
}

static const ly_guess *at(const struct found *f, uint64_t offset)
{
	for (uint32_t i = 0; i < f->count; i++)
		if (f->at[i].offset == offset) return &f->at[i];
	CHECK(!"no piece begins there");
	return NULL;
}

static struct map map_at(uint32_t i)
{
	struct map m = {
	        .tick = 100 + i * 3, .speed = 12.5f + (float)i * 0.37f, .gear = 1.5f, .mode = 3, .signed_one = -40};
	m.position[0] = 1234.567890123 + i * 0.1234567;
	m.position[1] = -0.25;
	m.milliseconds = UINT64_C(1700000000000) + i * 50;
	strcpy(m.name, i % 2 ? "Monza" : "Spa-Francorchamps");
	for (int k = 0; k < 5; k++) m.title[k] = (uint16_t) "Hello"[k];
	m.tail[0] = 0xFF;
	m.tail[2] = (uint8_t)i;
	return m;
}

static void guess(const void *samples, size_t each, uint32_t count, uint64_t bytes, struct found *ret)
{
	const uint8_t *all[SAMPLES];
	memset(ret, 0, sizeof *ret);
	for (uint32_t i = 0; i < count; i++) all[i] = (const uint8_t *)samples + i * each;
	const ly_samples s = {all, count, bytes};
	ly_guess_all(&s, keep, ret);
	CHECK(ret->end == bytes);
}

PC_TEST(known_structs_are_guessed_right)
{
	static struct map maps[SAMPLES];
	static struct found f;
	for (uint32_t i = 0; i < SAMPLES; i++) maps[i] = map_at(i);
	guess(maps, sizeof *maps, SAMPLES, offsetof(struct map, tail) + 3, &f);
	static const struct {
		size_t offset;
		const char *type, *note;
		uint32_t moves;
	} expected[] = {{offsetof(struct map, tick), "u32", "counter", SAMPLES - 1},
	                {offsetof(struct map, speed), "f32", "", SAMPLES - 1},
	                {offsetof(struct map, gear), "f32", "", 0},
	                {offsetof(struct map, position), "f64", "", SAMPLES - 1},
	                {offsetof(struct map, position) + 8, "f64", "", 0},
	                {offsetof(struct map, milliseconds), "u64", "unix time in ms", SAMPLES - 1},
	                {offsetof(struct map, name), "char", "", SAMPLES - 1},
	                {offsetof(struct map, title), "wchar16", "", 0},
	                {offsetof(struct map, mode), "i32", "", 0},
	                {offsetof(struct map, signed_one), "i32", "", 0},
	                {offsetof(struct map, nothing), "", "", 0},
	                {offsetof(struct map, tail), "u8", "", SAMPLES - 1}};
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		const ly_guess *g = at(&f, expected[i].offset);
		CHECK(!strcmp(g->type, expected[i].type) && !strcmp(g->note, expected[i].note));
		CHECK(g->moves == expected[i].moves);
	}
	CHECK(!strcmp(at(&f, offsetof(struct map, name))->first, "Spa-Francorchamps"));
	CHECK(!strcmp(at(&f, offsetof(struct map, name))->last, "Monza"));
	CHECK(!strcmp(at(&f, offsetof(struct map, title))->first, "Hello"));
	CHECK(!strcmp(at(&f, offsetof(struct map, signed_one))->first, "-40"));
	CHECK(at(&f, offsetof(struct map, nothing))->bytes == 40);
	CHECK(!strcmp(at(&f, offsetof(struct map, tail))->first, "ff0000"));
}

#pragma pack(push, 1)
struct packed {
	uint32_t tick;
	uint8_t hash[9]; /* moves like nothing: no number */
	float speed;
	double distance;
	uint32_t count;
	uint8_t tail[3];
};
#pragma pack(pop)

PC_TEST(numbers_of_packed_structs_are_found_where_they_are)
{
	struct packed samples[SAMPLES];
	struct found f = {.count = 0};
	uint32_t random = 12345;
	for (uint32_t i = 0; i < SAMPLES; i++) {
		struct packed p = {.tick = 7 + i,
		                   .speed = 3.5f + 0.25f * (float)i,
		                   .distance = 100.5 + i * 0.125,
		                   .count = 900 + i * 2};
		for (size_t k = 0; k < sizeof p.hash; k++)
			p.hash[k] = (uint8_t)((random = random * 1664525u + 1013904223u) >> 24);
		p.tail[0] = 0xF1;
		samples[i] = p;
	}
	guess(samples, sizeof samples[0], SAMPLES, sizeof samples[0], &f);
	CHECK_STR(at(&f, offsetof(struct packed, tick))->note, "counter");
	CHECK_STR(at(&f, offsetof(struct packed, speed))->type, "f32");
	CHECK_STR(at(&f, offsetof(struct packed, speed))->note, "unaligned");
	CHECK_STR(at(&f, offsetof(struct packed, distance))->type, "f64");
	CHECK_STR(at(&f, offsetof(struct packed, count))->note, "counter");
	CHECK(f.end == sizeof samples[0]);
}

PC_TEST(any_bytes_of_any_length_are_taken_apart_whole)
{
	static uint8_t samples[SAMPLES][257];
	static struct found f;
	uint64_t state = 1;
	for (size_t i = 0; i < sizeof samples; i++) {
		state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
		((uint8_t *)samples)[i] = i % 3 ? (uint8_t)(state >> 40) : 0;
	}
	for (uint32_t count = 1; count <= SAMPLES; count += 13)
		for (uint64_t bytes = 1; bytes <= 200; bytes++) guess(samples, sizeof samples[0], count, bytes, &f);
	memset(samples, 0, sizeof samples);
	guess(samples, sizeof samples[0], 2, 257, &f);
	CHECK(f.count == 1 && !*f.at[0].type);
	memset(samples, 'x', sizeof samples); /* a text that nothing ends */
	guess(samples, sizeof samples[0], 2, 257, &f);
	CHECK(f.count == 1 && !strcmp(f.at[0].type, "char") && f.at[0].bytes == 257);
}
