/* The snapshot with its marks: whatever a viewer holds, the patch brings it to the newest state. */
#include "delta.h"

#include "test.h"

static uint64_t state = 1;

static uint32_t draw(uint32_t below)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((state >> 33) % below);
}

#define STATES 40

/* A delta that has seen many states, and all of them to compare with. */
static void check_all_bases(size_t bytes, unsigned rounds, uint32_t mark_max)
{
	ws_delta d;
	uint8_t *seen[STATES + 1] = {NULL}, *held = malloc(bytes);
	CHECK(held && !ws_delta_init(&d, bytes, 0));
	d.mark_max = mark_max;
	for (unsigned k = 1; k <= rounds; k++) {
		uint8_t *next = ws_delta_room(&d);
		memcpy(next, d.now, bytes);
		for (uint32_t n = 1 + draw(6); n; n--) next[draw((uint32_t)bytes)] ^= (uint8_t)(1 + draw(255));
		if (k > 1 && !memcmp(next, d.now, bytes)) next[0] ^= 1;
		CHECK(ws_delta_take(&d, false));
		CHECK_INT(d.seq, k);
		seen[k] = malloc(bytes);
		CHECK(seen[k]);
		memcpy(seen[k], d.now, bytes);
		for (unsigned base = 1; base <= k; base++) {
			wire_buf patch = {0};
			if (!ws_delta_knows(&d, base)) continue;
			memcpy(held, seen[base], bytes);
			CHECK(ws_delta_patch(&d, base, &patch, SIZE_MAX));
			CHECK_OK(wire_patch_apply(held, bytes, patch.data, patch.bytes), NULL);
			CHECK_MEM(held, seen[k], bytes);
			if (base == k) CHECK_INT(patch.bytes, 0);
			wire_buf_free(&patch);
		}
	}
	for (unsigned k = 1; k <= rounds; k++) free(seen[k]);
	free(held);
	ws_delta_fini(&d);
}

PC_TEST(the_patch_from_any_state_leads_to_the_newest)
{
	static const size_t sizes[] = {1, 3, 4, 5, 255, 256, 257, 4096, 65537};
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) check_all_bases(sizes[i], STATES, UINT32_MAX);
}

PC_TEST(it_holds_with_units_of_64_bytes_too)
{
	check_all_bases(1048577 + 13, 6, UINT32_MAX);
}

PC_TEST(marks_that_run_out_move_their_origin_and_stay_right)
{
	check_all_bases(100, STATES, 7);
	check_all_bases(100, STATES, 1);
}

PC_TEST(a_patch_is_as_small_as_its_units)
{
	ws_delta d;
	wire_buf patch = {0};
	CHECK(!ws_delta_init(&d, 1000, 0));
	CHECK(ws_delta_take(&d, false));
	memcpy(ws_delta_room(&d), d.now, 1000);
	ws_delta_room(&d)[401] = 1;
	ws_delta_room(&d)[999] = 1;
	CHECK(ws_delta_take(&d, false));
	CHECK(ws_delta_patch(&d, 1, &patch, SIZE_MAX));
	CHECK_INT(patch.bytes, 3 + 4 + 3 + 4);
	CHECK(ws_delta_changed(&d, 1, 400, 1));
	CHECK(!ws_delta_changed(&d, 1, 404, 590));
	CHECK(!ws_delta_changed(&d, 2, 0, 1000));
	wire_buf_free(&patch);
	ws_delta_fini(&d);
}

PC_TEST(a_patch_gives_up_at_its_limit)
{
	ws_delta d;
	wire_buf patch = {0};
	CHECK(!ws_delta_init(&d, 100, 0));
	CHECK(ws_delta_take(&d, false));
	memset(ws_delta_room(&d), 7, 60);
	memset(ws_delta_room(&d) + 60, 0, 40);
	CHECK(ws_delta_take(&d, false));
	CHECK(!ws_delta_patch(&d, 1, &patch, 60));
	wire_buf_reset(&patch);
	CHECK(ws_delta_patch(&d, 1, &patch, 63));
	CHECK_INT(patch.bytes, 62);
	wire_buf_free(&patch);
	ws_delta_fini(&d);
}

PC_TEST(no_change_counts_only_if_it_must)
{
	ws_delta d;
	wire_buf patch = {0};
	CHECK(!ws_delta_init(&d, 10, 0));
	CHECK(!ws_delta_knows(&d, 0));
	CHECK(ws_delta_take(&d, false)); /* the first is always news */
	CHECK(!ws_delta_take(&d, false));
	CHECK_INT(d.seq, 1);
	CHECK(ws_delta_take(&d, true));
	CHECK_INT(d.seq, 2);
	CHECK(ws_delta_patch(&d, 1, &patch, SIZE_MAX));
	CHECK_INT(patch.bytes, 0);
	ws_delta_fini(&d);
}

PC_TEST(states_of_an_earlier_feed_are_not_known)
{
	ws_delta d;
	CHECK(!ws_delta_init(&d, 10, 41));
	CHECK(!ws_delta_knows(&d, 41));
	CHECK(ws_delta_take(&d, false));
	CHECK_INT(d.seq, 42);
	CHECK(!ws_delta_knows(&d, 41) && ws_delta_knows(&d, 42) && !ws_delta_knows(&d, 43));
	ws_delta_fini(&d);
}
