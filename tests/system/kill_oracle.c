/* kill_oracle ROUNDS [SEED] - kill -9 a writer at random moments, and check that nobody ever notices more than a death.
 *
 * Every byte of a payload is a function of its tick, so a reader can tell a whole commit from a mixed one, and of which
 * commit it is. Two processes race to be the writer of each round; the winner commits at full speed until it is killed,
 * in some rounds while it is still taking over. Two readers, one of snapshots and one of views, run through all of it on
 * one attach. The oracle: no byte of another tick; ticks and epochs never go back, neither within a reader nor from what
 * any reader has seen to what the next writer starts from; exactly one winner a round; a death is visible at once.     */
#define _GNU_SOURCE
#include "process_kit.h"

#ifdef _WIN32
#include <process.h>
#define getpid _getpid
#endif

enum cell { READY, WINNERS, WON, COMMITTED, REFUSED, STOP, MAX_TICK, READS, VIEWS, AGAIN, EARLY, EPOCH, CELLS };

struct setup {
	uint64_t bytes;
	uint32_t slots;
};
static const struct setup setups[] = {{69, 1}, {4099, 4}, {65536, 1}, {1000, 0}, {20000, 3}};

/* The payload of tick t is a window into one table of noise: no time is spent on making it, so that the moments of death
 * fall into the library, and two ticks differ nearly everywhere. */
#define WINDOWS 4093u
static unsigned char noise[65536 + WINDOWS];

static void make_noise(void)
{
	uint64_t x = 88172645463325252u;
	for (size_t i = 0; i < sizeof noise; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		noise[i] = (unsigned char)(x >> 24);
	}
}

static const unsigned char *payload_of(uint64_t tick)
{
	static const unsigned char zeroes[65536];
	return tick ? noise + tick % WINDOWS : zeroes;
}

static void check(const char *who, const unsigned char *p, size_t bytes, uint64_t tick)
{
	const unsigned char *want = payload_of(tick);
	for (size_t i = 0; i < bytes && memcmp(p, want, bytes); i++)
		if (p[i] != want[i])
			PC_FAIL("%s: torn: byte %zu of tick %" PRIu64 " is %d, not %d", who, i, tick, p[i], want[i]);
}

static uint64_t add(uint64_t *cell, uint64_t n)
{
	return __atomic_add_fetch(cell, n, __ATOMIC_ACQ_REL);
}

static void raise_to(uint64_t *cell, uint64_t v)
{
	uint64_t seen = pc_load_acquire_u64(cell);
	while (seen < v && !__atomic_compare_exchange_n(cell, &seen, v, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		;
}

/* ---- the writer that will be killed ------------------------------------------------------------------------ */

static void commit_in_place(pc_writer *w, size_t bytes, uint64_t tick)
{
	unsigned char *p = pc_writer_begin(w);
	CHECK(p != NULL);
	memcpy(p, payload_of(tick), bytes);
	CHECK_STATUS(pc_writer_commit(w), PC_OK);
}

static void begin_and_abort(pc_writer *w, size_t bytes)
{
	unsigned char *p = pc_writer_begin(w);
	CHECK(p != NULL);
	check("begin", p, bytes, pc_writer_control(w)->tick);
	memset(p, 0xee, bytes);
	pc_writer_abort(w);
}

static void commit_for_ever(pc_writer *w, size_t bytes, uint64_t *cells)
{
	int has_slots = pc_writer_control(w)->slot_count != 0;
	for (uint64_t t = pc_writer_control(w)->tick + 1;; t++) {
		if (t % 16 == 0 && has_slots) begin_and_abort(w, bytes);
		if (t % 4 == 0)
			commit_in_place(w, bytes, t);
		else
			CHECK_STATUS(pc_writer_write(w, 0, payload_of(t), bytes), PC_OK);
		if (t % 64 == 0) (void)pc_writer_beat(w);
		pc_store_release_u64(&cells[COMMITTED], 1);
	}
}

static void race_to_write(const char *name, uint64_t *cells)
{
	pc_writer *w = NULL;
	pc_err err = {""};
	pc_status s;
	add(&cells[READY], 1);
	s = pc_writer_open(name, NULL, &w, &err);
	if (s == PC_EBUSY) {
		add(&cells[REFUSED], 1);
		_exit(10);
	}
	CHECK_OK(s, &err);
	CHECK(add(&cells[WON], 1) <= cells[WINNERS]);
	if (pc_writer_control(w)->tick < pc_load_acquire_u64(&cells[MAX_TICK]))
		PC_FAIL("rolled back: a reader saw tick %" PRIu64 ", the next writer starts from %" PRIu64,
		        cells[MAX_TICK], pc_writer_control(w)->tick);
	if (pc_writer_control(w)->epoch <= cells[EPOCH]) PC_FAIL("epoch did not grow");
	cells[EPOCH] = pc_writer_control(w)->epoch;
	commit_for_ever(w, (size_t)pc_writer_payload_bytes(w), cells);
}

/* ---- the readers that must not notice ---------------------------------------------------------------------- */

/* Rest as long as was read: writers have to get to a processor, too. */
static void rest(uint64_t *since_ns)
{
	double ms = (double)(kit_now_ns() - *since_ns) / 1e6;
	if (ms < 2) return;
	kit_sleep_ms(ms);
	*since_ns = kit_now_ns();
}

static void read_snapshots(const char *name, uint64_t *cells)
{
	pc_reader *r = kit_read(name);
	size_t bytes = (size_t)pc_reader_payload_bytes(r);
	unsigned char *p = malloc(bytes);
	pc_snapshot_info info, last = {0};
	uint64_t since_ns = kit_now_ns();
	add(&cells[READY], 1);
	while (!pc_load_acquire_u64(&cells[STOP])) {
		rest(&since_ns);
		pc_status s = pc_reader_snapshot(r, p, bytes, &info);
		if (s == PC_EAGAIN) {
			add(&cells[AGAIN], 1);
			kit_yield();
			continue;
		}
		CHECK_STATUS(s, PC_OK);
		check("snapshot", p, bytes, info.tick);
		if (info.tick < last.tick) PC_FAIL("tick went back from %" PRIu64 " to %" PRIu64, last.tick, info.tick);
		if (info.epoch < last.epoch) PC_FAIL("epoch went back from %u to %u", last.epoch, info.epoch);
		last = info;
		raise_to(&cells[MAX_TICK], info.tick);
		add(&cells[READS], 1);
	}
}

static void read_views(const char *name, uint64_t *cells)
{
	pc_reader *r = kit_read(name);
	size_t bytes = (size_t)pc_reader_payload_bytes(r);
	unsigned char *p = malloc(bytes);
	uint64_t last = 0, since_ns = kit_now_ns();
	pc_view view;
	add(&cells[READY], 1);
	while (!pc_load_acquire_u64(&cells[STOP])) {
		rest(&since_ns);
		if (pc_reader_view(r, &view) != PC_OK) {
			kit_sleep_ms(0.05);
			continue;
		}
		memcpy(p, view.data, bytes);
		if (!pc_reader_still_valid(&view)) continue;
		check("view", p, bytes, view.info.tick);
		if (view.info.tick < last) PC_FAIL("tick went back from %" PRIu64 " to %" PRIu64, last, view.info.tick);
		last = view.info.tick;
		raise_to(&cells[MAX_TICK], last);
		add(&cells[VIEWS], 1);
	}
}

/* ---- the rounds --------------------------------------------------------------------------------------------- */

static unsigned seed;

static unsigned random_below(unsigned n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static void still_fine(kit_process child, const char *who)
{
	if (kit_has_ended(child)) PC_FAIL("the reader of %s ended: %d", who, kit_reap(child));
}

static void wait_for(const uint64_t *cell, uint64_t at_least)
{
	for (int i = 0; pc_load_acquire_u64(cell) < at_least; i++) {
		if (i > 200000) PC_FAIL("waited for too long");
		kit_sleep_ms(0.1);
	}
}

/* Both starters killed at once, with a bit of luck in the middle of taking over. */
static void early_round(const char *name, uint64_t *cells)
{
	kit_process a = kit_start(race_to_write, name, cells), b = kit_start(race_to_write, name, cells);
	int code;
	wait_for(&cells[READY], 1);
	kit_sleep_ms(random_below(1000) / 1000.0);
	kit_end(a);
	kit_end(b);
	code = kit_reap(a);
	CHECK(code == KIT_KILLED || code == 10);
	code = kit_reap(b);
	CHECK(code == KIT_KILLED || code == 10);
	add(&cells[EARLY], 1);
}

static void full_round(const char *name, uint64_t *cells)
{
	kit_process a = kit_start(race_to_write, name, cells), b = kit_start(race_to_write, name, cells);
	int is_a;
	/* The loser ends by itself, and only the loser does. */
	for (int i = 0; !kit_has_ended(a) && !kit_has_ended(b); i++) {
		if (i > 200000) PC_FAIL("nobody lost");
		kit_sleep_ms(0.1);
	}
	is_a = kit_has_ended(a);
	CHECK_INT(kit_reap(is_a ? a : b), 10);
	wait_for(&cells[COMMITTED], 1);
	CHECK_INT(cells[REFUSED], 1);
	kit_sleep_ms(random_below(2500) / 1000.0);
	CHECK_INT(kit_kill(is_a ? b : a), KIT_KILLED);
}

static void run(const struct setup *setup, int rounds)
{
	const char *name = kit_name("oracle");
	uint64_t *cells = kit_cells();
	pc_owner *owner = kit_own(name, setup->bytes, setup->slots);
	pc_reader *watch = kit_read(name);
	kit_process snapshots, views;
	cells[READY] = 0;
	snapshots = kit_start(read_snapshots, name, cells);
	views = kit_start(read_views, name, cells);
	wait_for(&cells[READY], 2);
	for (int i = 0; i < rounds; i++) {
		uint32_t epoch = pc_owner_control(owner)->epoch;
		pc_liveness found;
		int is_early = random_below(4) == 0;
		cells[READY] = cells[WON] = cells[COMMITTED] = cells[REFUSED] = 0;
		cells[WINNERS] =
		        is_early ? 2 : 1; /* of two that are shot one after the other, the second may still win */
		(is_early ? early_round : full_round)(name, cells);
		found = pc_reader_liveness(watch);
		if (found != PC_DEAD && !(found == PC_STARTING && !pc_owner_control(owner)->takeovers))
			PC_FAIL("%s after a kill", pc_liveness_name(found));
		CHECK(pc_owner_control(owner)->epoch <= epoch + 2);
		still_fine(snapshots, "snapshots");
		still_fine(views, "views");
	}
	pc_store_release_u64(&cells[STOP], 1);
	CHECK_INT(kit_reap(snapshots), 0);
	CHECK_INT(kit_reap(views), 0);
	printf("%6" PRIu64 " B, K=%u: %d rounds (%" PRIu64 " early), %" PRIu64 " commits, %" PRIu64
	       " snapshots (%" PRIu64 " times all busy), %" PRIu64 " views, payload repaired %" PRIu64
	       "x, slots %" PRIu64 "x\n",
	       setup->bytes, setup->slots, rounds, cells[EARLY], pc_owner_control(owner)->tick, cells[READS],
	       cells[AGAIN], cells[VIEWS], pc_owner_control(owner)->recovered_payload,
	       pc_owner_control(owner)->recovered_slot);
	CHECK(cells[READS] > 0 && (cells[VIEWS] > 0 || !setup->slots));
	pc_reader_close(&watch);
	pc_owner_close(&owner, 0);
}

/* The kit's name; the generated main() of other tests is not in this program. */
const char *pc_test_name(const char *what)
{
	static char name[64];
	static int next;
	(void)snprintf(name, sizeof name, "pct-%d-%s%d", (int)getpid(), what, next++);
	return name;
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 1000, setup_count = (int)(sizeof setups / sizeof *setups);
	(void)setvbuf(stdout, NULL, _IONBF, 0);
	seed = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : (unsigned)kit_now_ns();
	make_noise();
#ifdef _WIN32
	if (argc > 4 && !strcmp(argv[1], KIT_CHILD)) kit_be_child(argv + 2, argv[4]);
#endif
	printf("seed %u\n", seed);
	for (int i = 0; i < setup_count; i++) run(&setups[i], (rounds + setup_count - 1) / setup_count);
	return 0;
}
