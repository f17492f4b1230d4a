/* The window of a viewer: small and young, wider where the way is long, never wider for a queue. */
#include "flow.h"

#include "test.h"

#define MS UINT64_C(1000000)

static const ws_window terms = {4, 262144};

/* A link of a rate and a delay with a queue of its own in front; a message is wanted every period. */
typedef struct link_state {
	uint64_t arrives_ns[1u << 16]; /* by number */
	uint64_t free_ns;
	unsigned sent, arrived, most;
	uint64_t worst_ns; /* age at arrival, in the second half */
} link_state;

static link_state l;

static void run(ws_flow *f, uint64_t seconds, uint64_t period_ns, size_t bytes, double bytes_per_s, uint64_t delay_ns)
{
	uint64_t end = seconds * 1000 * MS, next = MS;
	memset(&l, 0, sizeof l);
	for (uint64_t now = MS; now < end; now += MS / 4) {
		while (l.arrived < l.sent && l.arrives_ns[l.arrived] + delay_ns <= now)
			ws_flow_acked(f, ++l.arrived, now);
		if (now < next || !ws_flow_is_open(f, &terms)) continue;
		next = now + period_ns;
		l.free_ns = (l.free_ns > now ? l.free_ns : now) + (uint64_t)((double)bytes / bytes_per_s * 1e9);
		l.arrives_ns[l.sent++] = l.free_ns + delay_ns;
		if (now > end / 2 && l.free_ns + delay_ns - now > l.worst_ns) l.worst_ns = l.free_ns + delay_ns - now;
		ws_flow_sent(f, bytes, now);
		if (f->sent - f->acked > l.most) l.most = (unsigned)(f->sent - f->acked);
	}
}

PC_TEST(four_messages_without_an_answer_and_no_more)
{
	ws_flow f = {0};
	for (int i = 0; i < 4; i++) {
		CHECK(ws_flow_is_open(&f, &terms));
		ws_flow_sent(&f, 100, MS);
	}
	CHECK(!ws_flow_is_open(&f, &terms));
	ws_flow_acked(&f, 1, 2 * MS);
	CHECK(ws_flow_is_open(&f, &terms));
	CHECK_INT(f.bytes, 300);
	ws_flow_acked(&f, 1, 3 * MS);
	CHECK_INT(f.acked, 1);
}

/* Whatever size its messages have, and though its window is as small as it gets. */
PC_TEST(a_viewer_that_acknowledges_as_rarely_as_it_may_is_never_left_waiting)
{
	static const ws_window smallest = {4, WS_WINDOW_BYTES_MIN}, odd = {1, 5000};
	const ws_window *windows[] = {&terms, &smallest, &odd};
	for (size_t w = 0; w < 3; w++) {
		for (size_t bytes = 1; bytes < 3 * WS_WINDOW_BYTES_MIN; bytes += 997) {
			ws_flow f = {.bytes_per_s = 1, .rtt_us = 1};
			while (f.sent < ws_window_ack(windows[w]) && f.sent * bytes < ws_window_ack_bytes(windows[w])) {
				CHECK(ws_flow_is_open(&f, windows[w]));
				ws_flow_sent(&f, bytes, MS);
			}
			/* the ACK is on its way: of messages that the bridge packs one more may go meanwhile */
			if (windows[w] != &odd && bytes <= 16384) CHECK(ws_flow_is_open(&f, windows[w]));
		}
	}
}

PC_TEST(sixteen_kilobytes_are_acknowledged_no_more_often_than_small_messages)
{
	CHECK_INT(ws_window_ack(&terms), 3);
	CHECK(ws_window_ack_bytes(&terms) > 2 * (16384 + 60) && ws_window_ack_bytes(&terms) <= 3 * (16384 + 60));
}

PC_TEST(one_message_may_be_larger_than_the_window)
{
	ws_flow f = {0};
	CHECK(ws_flow_is_open(&f, &terms));
	ws_flow_sent(&f, 10 << 20, MS);
	CHECK(!ws_flow_is_open(&f, &terms));
	ws_flow_acked(&f, 1, 2 * MS);
	CHECK(ws_flow_is_open(&f, &terms));
}

PC_TEST(a_long_way_gets_the_full_rate)
{
	ws_flow f = {0};
	run(&f, 20, 1000 * MS / 60, 1000, 1e9, 100 * MS); /* 200 ms there and back at 60 Hz: 12 on their way */
	CHECK(l.sent > 19 * 55);
	CHECK(l.most <= 4 + 13);
}

PC_TEST(a_near_viewer_that_freezes_is_owed_four)
{
	ws_flow f = {0};
	run(&f, 10, 10 * MS, 1000, 1e9, MS / 2);
	CHECK(l.sent > 900);
	for (int i = 0; i < 100; i++)
		if (ws_flow_is_open(&f, &terms)) ws_flow_sent(&f, 1000, 10000 * MS);
	CHECK(f.sent - f.acked <= 4);
}

PC_TEST(a_slow_link_does_not_fill_its_queue)
{
	ws_flow f = {0};
	run(&f, 60, 1000 * MS / 60, 13500, 200000, MS);
	CHECK(l.worst_ns < 500 * MS);
	CHECK(l.sent > 60 * 14); /* and is used to the full */
	memset(&f, 0, sizeof f);
	run(&f, 60, 1000 * MS / 60, 16384, 100000, 20 * MS);
	CHECK(l.worst_ns < 1100 * MS); /* six messages of 164 ms each */
}

PC_TEST(numbers_wrap_and_nothing_is_lost)
{
	ws_flow f = {0};
	for (uint64_t n = 1; n < 100000; n++) {
		ws_flow_sent(&f, (size_t)(n % 1000), n * 100 * MS);
		ws_flow_acked(&f, n, n * 100 * MS + MS);
		CHECK(f.bytes == 0 && f.rtt_us == 1000);
	}
}
