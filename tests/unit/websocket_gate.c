/* Who is let in: hosts, origins, subprotocols, secrets, and who tried too often. */
#include "gate.h"
#include "limiter.h"

#include "test.h"

static enum ws_verdict ask(const ws_gate *g, const char *host, const char *origin)
{
	ws_request r = {host, origin};
	return ws_gate_check(g, &r);
}

PC_TEST(a_loopback_address_is_also_localhost)
{
	ws_gate g = {{NULL, 0}, {NULL, 0}, false};
	ws_texts none = {NULL, 0};
	CHECK(!ws_gate_init(&g, "127.0.0.1", 7681, true, false, &none, &none));
	CHECK_INT(ask(&g, "127.0.0.1:7681", NULL), WS_PASS);
	CHECK_INT(ask(&g, "LocalHost:7681", NULL), WS_PASS);
	CHECK_INT(ask(&g, "127.0.0.1", NULL), WS_BAD_HOST);
	CHECK_INT(ask(&g, "127.0.0.1:76810", NULL), WS_BAD_HOST);
	CHECK_INT(ask(&g, "127.0.0.1:768", NULL), WS_BAD_HOST);
	CHECK_INT(ask(&g, "", NULL), WS_BAD_HOST);
	CHECK_INT(ask(&g, NULL, NULL), WS_BAD_HOST);
	ws_gate_free(&g);
}

PC_TEST(an_address_beyond_loopback_is_not_localhost)
{
	ws_gate g = {{NULL, 0}, {NULL, 0}, false};
	ws_texts none = {NULL, 0};
	CHECK(!ws_gate_init(&g, "192.168.1.5", 80, false, false, &none, &none));
	CHECK_INT(ask(&g, "localhost:80", NULL), WS_BAD_HOST);
	CHECK_INT(ask(&g, "192.168.1.5:80", NULL), WS_PASS);
	CHECK_INT(ask(&g, "192.168.1.5", NULL), WS_PASS); /* the default port of http is left out */
	ws_gate_free(&g);
}

PC_TEST(an_origin_needs_a_host_of_the_list_whatever_host_says)
{
	ws_gate g = {{NULL, 0}, {NULL, 0}, false};
	ws_texts hosts = {NULL, 0}, origins = {NULL, 0};
	CHECK(!ws_texts_add(&hosts, "Rig.Lan:8080") && !ws_texts_add(&origins, "https://Dash.example"));
	CHECK(!ws_gate_init(&g, "::1", 7681, true, false, &hosts, &origins));
	CHECK_INT(ask(&g, "[::1]:7681", "http://[::1]:7681"), WS_PASS);
	CHECK_INT(ask(&g, "rig.lan:8080", "https://rig.lan:8080"), WS_PASS);
	CHECK_INT(ask(&g, "[::1]:7681", "https://dash.example"), WS_PASS);
	CHECK_INT(ask(&g, "[::1]:7681", "http://dash.example"), WS_BAD_ORIGIN);
	CHECK_INT(ask(&g, "[::1]:7681", "null"), WS_BAD_ORIGIN);
	CHECK_INT(ask(&g, "[::1]:7681", "http://rig.lan:80801"), WS_BAD_ORIGIN);
	CHECK_INT(ask(&g, "[::1]:7681", "[::1]:7681"), WS_BAD_ORIGIN);
	CHECK_INT(ask(&g, "evil:7681", "http://evil:7681"), WS_BAD_HOST);
	ws_gate_free(&g);
	ws_texts_free(&hosts);
	ws_texts_free(&origins);
}

PC_TEST(behind_tls_only_pages_that_came_through_tls_connect)
{
	ws_gate g = {{NULL, 0}, {NULL, 0}, false};
	ws_texts none = {NULL, 0};
	CHECK(!ws_gate_init(&g, "192.168.1.5", 443, false, true, &none, &none));
	CHECK_INT(ask(&g, "192.168.1.5", "https://192.168.1.5"), WS_PASS); /* the default port of https is left out */
	CHECK_INT(ask(&g, "192.168.1.5:443", "https://192.168.1.5"), WS_PASS);
	CHECK_INT(ask(&g, "192.168.1.5:443", "http://192.168.1.5"), WS_BAD_ORIGIN);
	CHECK_INT(ask(&g, "192.168.1.5:443", "http://192.168.1.5:443"), WS_BAD_ORIGIN);
	ws_gate_free(&g);
}

PC_TEST(a_subprotocol_is_found_whole)
{
	CHECK(ws_gate_offers("pagecast.v1", "pagecast.v1"));
	CHECK(ws_gate_offers("a, pagecast.v1 ,b", "pagecast.v1"));
	CHECK(!ws_gate_offers("pagecast.v10", "pagecast.v1"));
	CHECK(!ws_gate_offers("xpagecast.v1", "pagecast.v1"));
	CHECK(!ws_gate_offers("", "pagecast.v1"));
	CHECK(!ws_gate_offers(" , ,", "pagecast.v1"));
	CHECK(!ws_gate_offers(NULL, "pagecast.v1"));
}

PC_TEST(secrets_are_equal_as_a_whole_only)
{
	CHECK(ws_same_secret("abc", 3, "abc", 3));
	CHECK(!ws_same_secret("abd", 3, "abc", 3));
	CHECK(!ws_same_secret("ab", 2, "abc", 3));
	CHECK(!ws_same_secret("abcabc", 6, "abc", 3));
	CHECK(!ws_same_secret("", 0, "abc", 3));
	CHECK(!ws_same_secret("", 0, "", 0));
	CHECK(!ws_same_secret("abc", 3, "", 0));
}

PC_TEST(ten_failures_block_an_address_for_the_rest_of_its_minute)
{
	ws_limiter l = {{{{0}, 0, 0}}};
	uint64_t t = 1000;
	for (int i = 1; i <= 10; i++) {
		CHECK(!ws_limiter_blocks(&l, "10.0.0.1", t));
		CHECK_INT(ws_limiter_failed(&l, "10.0.0.1", t), i == 10);
	}
	CHECK(ws_limiter_blocks(&l, "10.0.0.1", t));
	CHECK(!ws_limiter_blocks(&l, "10.0.0.2", t));
	CHECK(ws_limiter_blocks(&l, "10.0.0.1", t + WS_LIMITER_WINDOW_NS - 1));
	CHECK(!ws_limiter_blocks(&l, "10.0.0.1", t + WS_LIMITER_WINDOW_NS));
	CHECK(!ws_limiter_failed(&l, "10.0.0.1", t + WS_LIMITER_WINDOW_NS));
}

PC_TEST(failures_far_apart_never_block)
{
	ws_limiter l = {{{{0}, 0, 0}}};
	for (uint64_t i = 0; i < 100; i++) {
		uint64_t t = 1 + i * WS_LIMITER_WINDOW_NS / 9;
		CHECK(!ws_limiter_blocks(&l, "a", t));
		(void)ws_limiter_failed(&l, "a", t);
	}
}

PC_TEST(more_addresses_than_places_push_out_the_oldest)
{
	ws_limiter l = {{{{0}, 0, 0}}};
	char peer[16];
	for (unsigned i = 0; i < 10; i++) (void)ws_limiter_failed(&l, "first", 1);
	for (unsigned i = 0; i < WS_LIMITER_ADDRESSES - 1; i++) {
		(void)snprintf(peer, sizeof peer, "p%u", i);
		(void)ws_limiter_failed(&l, peer, 2 + i);
	}
	CHECK(ws_limiter_blocks(&l, "first", 500));
	(void)ws_limiter_failed(&l, "one more", 500);
	CHECK(!ws_limiter_blocks(&l, "first", 500));
	CHECK(!ws_limiter_blocks(&l, "p0", 500));
}
