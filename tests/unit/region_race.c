/* A writer and a reader thread over ONE mapping: what the thread sanitizer needs to see, as it tells races by addresses. */
#define _GNU_SOURCE
#include "process_kit.h"
#include "region/reader.h"
#include "region/writer.h"

#include <pthread.h>

#define WORDS 40u

struct race {
	const char *name;
	pc_writer *writer;
	uint64_t ready, stop;
};

static void *write_on(void *arg)
{
	struct race *race = arg;
	uint64_t words[WORDS];
	pc_writer *w = race->writer = kit_write(race->name);
	pc_store_release_u64(&race->ready, 1);
	for (uint64_t t = 1; !pc_load_acquire_u64(&race->stop); t++) {
		for (unsigned i = 0; i < WORDS; i++) words[i] = t + i;
		CHECK_STATUS(pc_writer_write(w, 0, words, sizeof words), PC_OK);
		if (t % 100 == 0) (void)pc_writer_write(w, 8, words + 1, 16); /* changes nothing but the tick */
		if (t % 1000 == 0) (void)pc_writer_beat(w);
	}
	pc_writer_close(&w);
	return NULL;
}

static void look_at_everything(pc_reader *r, uint64_t *last)
{
	uint64_t words[WORDS];
	pc_snapshot_info info;
	uint32_t events;
	CHECK_STATUS(pc_reader_snapshot(r, words, sizeof words, *last % 2 ? &info : NULL), PC_OK);
	for (unsigned i = 1; i < WORDS && words[0]; i++) CHECK_INT(words[i], words[0] + i);
	CHECK(words[0] >= *last);
	*last = words[0];
	(void)pc_reader_history(r, pc_load_acquire_u64(&r->at.control->latest), words, sizeof words, &info);
	(void)pc_reader_wait(r, 0, &events);
	(void)pc_reader_liveness(r);
}

static void race_with(uint32_t slots)
{
	struct race race = {.name = kit_name("race")};
	pc_owner *owner = kit_own(race.name, sizeof(uint64_t) * WORDS, slots);
	pc_reader *r = kit_read(race.name);
	uint64_t last = 0, end = kit_now_ns() + 300000000;
	pthread_t thread;
	CHECK_INT(pthread_create(&thread, NULL, write_on, &race), 0);
	while (!pc_load_acquire_u64(&race.ready)) kit_sleep_ms(1);
	/* Closing works by the maps, which stay the reader's own. */
	r->at.control = race.writer->at.control;
	r->at.payload = race.writer->at.payload;
	pc_place_slots(&r->at);
	while (kit_now_ns() < end || last <= 100) look_at_everything(r, &last);
	pc_store_release_u64(&race.stop, 1);
	r->at.control = r->at.control_map.base;
	CHECK_INT(pthread_join(thread, NULL), 0);
	pc_reader_close(&r);
	pc_owner_close(&owner, 0);
}

PC_TEST(a_writer_and_a_reader_of_one_mapping_do_not_race)
{
	race_with(1);
	race_with(4);
	race_with(3);
}
