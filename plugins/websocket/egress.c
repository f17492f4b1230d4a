/* egress.c - see egress.h. */
#include "egress.h"

#include "bridge.h"

static void on_timer(ws_timer *timer)
{
	(void)timer; /* that the thread woke is all: the turn serves the line */
}

void ws_egress_init(ws_bridge *b)
{
	ws_list_init(&b->egress.line);
	b->egress.timer.fire = on_timer;
}

static uint64_t bridge_due_ns(const ws_bridge *b)
{
	uint64_t bytes_s = b->options->bytes_s;
	return bytes_s ? ws_budget_due_ns(&b->egress.budget, bytes_s, b->now_ns) : 0;
}

void ws_egress_serve(ws_bridge *b)
{
	/* Whoever has more to say goes to the end of the line again, or nobody would be left at some time. */
	while (!ws_list_is_empty(&b->egress.line) && !bridge_due_ns(b)) {
		ws_viewer *v = WS_OF(ws_list_take(&b->egress.line), ws_viewer, egress.in_line);
		v->egress.is_first = true;
		ws_viewer_attend(v);
		v->egress.is_first = false;
	}
}

void ws_egress_rest(ws_bridge *b)
{
	uint64_t due_ns;
	if (ws_list_is_empty(&b->egress.line)) {
		ws_timer_clear(&b->timers, &b->egress.timer);
		return;
	}
	due_ns = bridge_due_ns(b);
	ws_timer_set(&b->timers, &b->egress.timer, due_ns ? due_ns : b->now_ns);
}

bool ws_egress_is_limited(const ws_viewer *v)
{
	return v->bridge->options->bytes_s || v->bridge->options->viewer_bytes_s;
}

/* Once for each message that waits, however often it is looked at meanwhile. */
static bool hold(ws_viewer *v, uint64_t *total)
{
	if (!v->egress.is_held) {
		v->egress.is_held = true;
		v->egress.held++;
		++*total;
	}
	return false;
}

bool ws_egress_allows(ws_viewer *v, uint64_t *ret_due_ns)
{
	ws_bridge *b = v->bridge;
	const ws_options *o = b->options;
	uint64_t due_ns = o->viewer_bytes_s ? ws_budget_due_ns(&v->egress.budget, o->viewer_bytes_s, b->now_ns) : 0;
	if (due_ns) {
		*ret_due_ns = due_ns;
		return hold(v, &b->totals.held_viewer);
	}
	if (!o->bytes_s) {
		ws_list_remove(&v->egress.in_line);
		return true;
	}
	if (v->egress.is_first || (ws_list_is_empty(&b->egress.line) && !bridge_due_ns(b))) return true;
	*ret_due_ns = UINT64_MAX;
	ws_list_add(&b->egress.line, &v->egress.in_line);
	return hold(v, &b->totals.held_bridge);
}

void ws_egress_sent(ws_viewer *v, uint64_t bytes)
{
	ws_bridge *b = v->bridge;
	const ws_options *o = b->options;
	v->egress.is_held = v->egress.is_first = false;
	if (o->viewer_bytes_s) ws_budget_spend(&v->egress.budget, o->viewer_bytes_s, bytes, b->now_ns);
	if (o->bytes_s) ws_budget_spend(&b->egress.budget, o->bytes_s, bytes, b->now_ns);
}
