/* Timers, pace, frame headers, addresses, random bytes. */
#include "blob.h"
#include "budget.h"
#include "list.h"
#include "options.h"
#include "os.h"
#include "pace.h"
#include "timers.h"
#include "wire/inbound.h"

#include "test.h"

/* ---- threads ---- */

PC_TEST(small_machines_have_one_thread_and_none_has_more_than_eight_by_itself)
{
	const unsigned auto_of[][2] = {{1, 1}, {2, 1},  {3, 1},  {4, 2},  {5, 2},
	                               {8, 4}, {15, 7}, {16, 8}, {18, 8}, {256, 8}};
	for (size_t i = 0; i < sizeof auto_of / sizeof auto_of[0]; i++)
		CHECK(ws_threads_auto(auto_of[i][0]) == auto_of[i][1]);
}

PC_TEST(a_list_takes_links_at_both_ends)
{
	ws_link list, a = {0}, b = {0}, c = {0};
	ws_list_init(&list);
	ws_list_add_first(&list, &b);
	ws_list_add_first(&list, &a);
	ws_list_add(&list, &c);
	ws_list_add_first(&list, &c); /* is in it already */
	CHECK(ws_list_take(&list) == &a);
	CHECK(ws_list_take(&list) == &b);
	CHECK(ws_list_take(&list) == &c);
	CHECK(ws_list_is_empty(&list));
}

/* ---- timers ---- */

static uint64_t fired[2000];
static unsigned fired_count;

static void on_fire(ws_timer *timer)
{
	fired[fired_count++] = timer->at_ns;
}

PC_TEST(timers_fire_in_order_and_once_however_they_were_moved)
{
	static ws_timer timers[1000];
	ws_timers t = {NULL, 0, 0};
	uint64_t state = 7;
	CHECK(!ws_timers_reserve(&t, 1000));
	CHECK(ws_timers_next_ns(&t) == UINT64_MAX);
	for (unsigned i = 0; i < 5000; i++) {
		ws_timer *timer = &timers[(state >> 20) % 1000];
		state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		timer->fire = on_fire;
		if (state >> 62 == 0)
			ws_timer_clear(&t, timer);
		else
			ws_timer_set(&t, timer, (state >> 33) % 100000);
	}
	for (uint64_t now = 0; now <= 100000; now += 10000) {
		size_t before = t.count;
		unsigned already = fired_count;
		ws_timers_run(&t, now);
		CHECK_INT(before - t.count, fired_count - already);
		CHECK(ws_timers_next_ns(&t) > now);
		for (unsigned i = already; i < fired_count; i++)
			CHECK(fired[i] <= now && (i == already || fired[i] >= fired[i - 1]));
	}
	CHECK_INT(t.count, 0);
	for (unsigned i = 0; i < 1000; i++) CHECK_INT(timers[i].place, 0);
	CHECK(fired_count > 500 && fired_count <= 1000);
	ws_timers_free(&t);
}

static ws_timers shared;
static void on_fire_again(ws_timer *timer)
{
	fired_count++;
	ws_timer_set(&shared, timer, timer->at_ns + 10);
}

PC_TEST(a_timer_may_set_itself_again)
{
	ws_timer timer = {0, 0, on_fire_again};
	CHECK(!ws_timers_reserve(&shared, 1));
	ws_timer_set(&shared, &timer, 5);
	ws_timers_run(&shared, 40);
	CHECK_INT(fired_count, 4); /* 5, 15, 25, 35 */
	CHECK_INT(ws_timers_next_ns(&shared), 45);
	ws_timers_free(&shared);
}

/* ---- pace ---- */

/* Events wanted at given times; how many happen, the others wait until they are due. */
static unsigned run_pace(uint64_t period, uint64_t spacing, uint64_t jitter, unsigned wanted, uint64_t *ret_end)
{
	ws_pace p = {0};
	uint64_t state = 3, now = 0, waiting_from = 0;
	unsigned happened = 0;
	for (unsigned i = 0; i < wanted; i++) {
		state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		now = (i + 1) * spacing + (jitter ? (state >> 33) % jitter : 0);
		/* one that waited meanwhile happens when it is due */
		if (waiting_from && ws_pace_due_ns(&p, period) <= now) {
			ws_pace_spend(&p, period, ws_pace_due_ns(&p, period));
			happened++;
			waiting_from = 0;
		}
		if (ws_pace_due_ns(&p, period) <= now) {
			ws_pace_spend(&p, period, now);
			happened++;
			waiting_from = 0;
		} else {
			waiting_from = now;
		}
	}
	*ret_end = now;
	return happened;
}

PC_TEST(a_steady_event_at_the_rate_is_never_held_back)
{
	uint64_t end;
	CHECK_INT(run_pace(1000, 1000, 0, 500, &end), 500);
	CHECK(run_pace(1000, 1000, 400, 500, &end) >= 495); /* nor with jitter */
}

PC_TEST(more_than_the_rate_never_happens_on_average)
{
	uint64_t end;
	for (uint64_t spacing = 10; spacing < 1000; spacing += 90) {
		unsigned happened = run_pace(1000, spacing, spacing / 2, 3000, &end);
		CHECK(happened <= end / 1000 + 2);
		CHECK(happened >= end / 1000 - end / 20000 - 2);
	}
}

/* Viewers of one rate that came at any time are served together, at that rate, by a source ten times as fast. */
PC_TEST(aligned_paces_of_one_rate_are_due_together)
{
	enum { VIEWERS = 20, PERIOD = 1000, STEPS = 10000 };
	ws_pace p[VIEWERS] = {{0}};
	unsigned served[VIEWERS] = {0}, moments = 0;
	for (unsigned step = 1; step <= STEPS; step++) {
		uint64_t now = 12345 + step * PERIOD / 10;
		unsigned count = 0;
		for (unsigned i = 0; i < VIEWERS; i++) {
			if (step < i * 7 || ws_pace_due_ns(&p[i], PERIOD) > now) continue;
			ws_pace_spend(&p[i], PERIOD, now);
			ws_pace_align(&p[i], PERIOD);
			served[i]++;
			count++;
		}
		if (step < STEPS / 2) continue;
		CHECK(count == 0 || count == VIEWERS);
		moments += count != 0;
	}
	CHECK(moments >= STEPS / 20 - 1 && moments <= STEPS / 20 + 1);
	CHECK(served[0] <= STEPS / 10 + 2);
}

PC_TEST(periods_of_odd_rates_are_sane)
{
	CHECK_INT(ws_period_ns(60), 16666666);
	CHECK_INT(ws_period_ns(0.25), UINT64_C(4000000000));
	CHECK(ws_period_ns(1e300) == 1 && ws_period_ns(1e-300) <= UINT64_C(1000000000000000));
}

/* ---- lists ---- */

PC_TEST(a_link_is_in_one_list_at_most)
{
	ws_link list, a = {NULL, NULL}, b = {NULL, NULL};
	unsigned seen = 0;
	ws_list_init(&list);
	CHECK(ws_list_is_empty(&list) && !ws_list_take(&list));
	ws_list_add(&list, &a);
	ws_list_add(&list, &b);
	ws_list_add(&list, &a);
	WS_EACH(link, &list)
	{
		seen++;
		ws_list_remove(link);
	}
	CHECK_INT(seen, 2);
	CHECK(ws_list_is_empty(&list) && !ws_is_linked(&a));
	ws_list_remove(&a);
	ws_list_add(&list, &b);
	CHECK(ws_list_take(&list) == &b);
}

/* ---- ACKs at a glance ---- */

/* msgpack of @p frames with as many bytes as given, which need not be the fewest. */
static size_t put_ack(uint8_t to[16], uint64_t frames, unsigned number_bytes, uint8_t end)
{
	size_t n = 0;
	to[n++] = 0x93;
	to[n++] = WIRE_IN_ACK;
	if (!number_bytes) to[n++] = (uint8_t)frames;
	for (unsigned size = 1, head = 0xcc; number_bytes && size <= 8; size *= 2, head++)
		if (size == number_bytes) to[n++] = (uint8_t)head;
	for (unsigned i = number_bytes; i-- > 0;) to[n++] = (uint8_t)(frames >> 8 * i);
	to[n++] = end;
	return n;
}

PC_TEST(a_lone_ack_is_seen_whatever_its_number_and_nothing_else_is_taken_for_one)
{
	static const struct {
		uint64_t frames;
		unsigned bytes;
	} acks[] = {
	        {0, 0}, {127, 0}, {7, 1}, {255, 1}, {7, 2}, {300, 2}, {70000, 4}, {UINT32_MAX, 4}, {UINT64_MAX - 1, 8},
	        {1, 8}};
	uint8_t data[16], large[40];
	uint64_t frames;
	bool hidden;
	for (unsigned i = 0; i < 20; i++) {
		size_t n = put_ack(data, acks[i / 2].frames, acks[i / 2].bytes, i % 2 ? 0xc3 : 0xc2);
		CHECK(wire_is_lone_ack(data, n, &frames, &hidden));
		CHECK(frames == acks[i / 2].frames && hidden == (i % 2 == 1));
		CHECK(!wire_is_lone_ack(data, n - 1, &frames, &hidden));
		CHECK(!wire_is_lone_ack(data, n + 1, &frames, &hidden));
		data[n - 1] = 0xc0; /* nil is no bool */
		CHECK(!wire_is_lone_ack(data, n, &frames, &hidden));
		data[n - 1] = 0xc2;
		data[1] = WIRE_IN_PING;
		CHECK(!wire_is_lone_ack(data, n, &frames, &hidden));
	}
	memcpy(data, "\x93\x24\xe0\xc2", 4); /* -32 */
	CHECK(!wire_is_lone_ack(data, 4, &frames, &hidden));
	memcpy(data, "\x93\x24\xd0\x01\xc2", 5); /* int 8 */
	CHECK(!wire_is_lone_ack(data, 5, &frames, &hidden));
	for (size_t n = 4; n <= sizeof large; n++) { /* a map, whatever is behind it */
		memset(large, 0xc2, sizeof large);
		memcpy(large, "\x93\x24\x81", 3);
		CHECK(!wire_is_lone_ack(large, n, &frames, &hidden));
	}
}

/* ---- budget ---- */

PC_TEST(a_budget_is_kept_whatever_the_sizes_of_messages)
{
	ws_budget b = {0, 0};
	uint64_t now_ns = UINT64_C(5000000000), start_ns = now_ns, bytes = 0;
	const uint64_t sizes[] = {10, 4000, 900, 250000, 1};
	for (unsigned i = 0; now_ns < start_ns + UINT64_C(100000000000); now_ns += 1000000) {
		if (ws_budget_due_ns(&b, 50000, now_ns)) continue;
		ws_budget_spend(&b, 50000, sizes[i % 5], now_ns);
		bytes += sizes[i++ % 5];
	}
	CHECK(bytes > 49 * 100000 && bytes < 51 * 100000 + 250000); /* the last one may be owed */
}

PC_TEST(a_budget_says_when_and_is_open_then)
{
	ws_budget b = {0, 0};
	uint64_t due_ns, now_ns = UINT64_C(7000000000);
	CHECK(ws_budget_due_ns(&b, 1000, now_ns) == 0);
	ws_budget_spend(&b, 1000, 2100, now_ns); /* 100 were saved */
	due_ns = ws_budget_due_ns(&b, 1000, now_ns);
	CHECK(due_ns > now_ns + UINT64_C(1999000000) && due_ns < now_ns + UINT64_C(2001000000));
	CHECK(ws_budget_due_ns(&b, 1000, due_ns - 1000000) != 0);
	CHECK(ws_budget_due_ns(&b, 1000, due_ns) == 0);
	/* a higher limit works it off sooner */
	CHECK(ws_budget_due_ns(&b, 2000000, now_ns + 1100000) == 0);
}

/* ---- frames ---- */

PC_TEST(frame_headers_are_as_short_as_rfc_6455_wants)
{
	uint8_t h[10];
	CHECK(ws_frame_head(h, WS_FRAME_WHOLE, 0) == 2 && h[0] == 0x82 && h[1] == 0);
	CHECK(ws_frame_head(h, WS_FRAME_WHOLE, 125) == 2 && h[1] == 125);
	CHECK(ws_frame_head(h, WS_FRAME_WHOLE, 126) == 4 && h[1] == 126 && h[2] == 0 && h[3] == 126);
	CHECK(ws_frame_head(h, WS_FRAME_WHOLE, 65535) == 4 && h[2] == 255 && h[3] == 255);
	CHECK(ws_frame_head(h, WS_FRAME_WHOLE, 65536) == 10 && h[1] == 127 && h[6] == 0 && h[7] == 1 && h[8] == 0);
	CHECK(ws_frame_head(h, WS_FRAME_FIRST, 1) == 2 && h[0] == 0x02);
	CHECK(ws_frame_head(h, WS_FRAME_MIDDLE, 1) == 2 && h[0] == 0x00);
	CHECK(ws_frame_head(h, WS_FRAME_LAST, 1) == 2 && h[0] == 0x80);
}

PC_TEST(a_blob_lives_until_its_last_reference)
{
	ws_blob *a = ws_blob_begin(4), *b;
	CHECK(a);
	wire_buf_put(&a->buf, "abcd", 4);
	CHECK(!ws_blob_seal(a));
	CHECK_INT(ws_blob_frame_bytes(a), 6);
	CHECK_MEM(ws_blob_frame(a),
	          "\x82\x04"
	          "abcd",
	          6);
	b = ws_blob_hold(a);
	ws_blob_release(&a);
	CHECK(!a && !memcmp(ws_blob_message(b), "abcd", 4));
	ws_blob_release(&b);
	ws_blob_release(&b);
}

/* ---- addresses ---- */

PC_TEST(addresses_are_numeric_with_a_port)
{
	ws_address a;
	pc_err err = {{0}};
	CHECK_OK(ws_address_parse("127.0.0.1:7681", &a, &err), &err);
	CHECK(a.port == 7681 && a.is_loopback && !a.is_v6);
	CHECK_STR(a.text, "127.0.0.1");
	CHECK_OK(ws_address_parse("127.200.0.9:0", &a, &err), &err);
	CHECK(a.is_loopback);
	CHECK_OK(ws_address_parse("[::1]:65535", &a, &err), &err);
	CHECK(a.port == 65535 && a.is_loopback && a.is_v6);
	CHECK_OK(ws_address_parse("[::]:1", &a, &err), &err);
	CHECK(!a.is_loopback);
	CHECK_OK(ws_address_parse("0.0.0.0:1", &a, &err), &err);
	CHECK(!a.is_loopback);
	static const char *const bad[] = {
	        "",          "127.0.0.1", "localhost:1", "127.0.0.1:",   "127.0.0.1:65536", "127.0.0.1:1x",
	        "::1:80",    "[::1]",     "[::1:80",     ":80",          "127.1:80",        "1.2.3.4.5:6",
	        "[fe80::1]", "[]:80",     "*:80",        "127.0.0.1:+1", "127.0.0.1:-1",    "[127.0.0.1]:80"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		err.text[0] = '\0';
		CHECK_STATUS(ws_address_parse(bad[i], &a, &err), PC_EINVAL);
		CHECK(strstr(err.text, bad[i]));
	}
}

/* ---- secrets ---- */

PC_TEST(random_bytes_differ)
{
	uint8_t a[32] = {0}, b[32] = {0};
	CHECK(!ws_random(a, sizeof a) && !ws_random(b, sizeof b));
	CHECK(memcmp(a, b, sizeof a) != 0);
}
