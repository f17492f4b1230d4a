/* egress.c - see egress.h. */
#include "egress.h"

#include "bridge.h"

static uint64_t bridge_due_ns(const ws_bridge *b)
{
	uint64_t bytes_s = b->options->bytes_s;
	return bytes_s ? ws_budget_due_ns(&b->egress.budget, bytes_s, b->now_ns) : 0;
}

static ws_viewer *first_in_line(ws_bridge *b)
{
	return ws_list_is_empty(&b->egress.line) ? NULL : WS_OF(b->egress.line.next, ws_viewer, egress.in_line);
}

void ws_egress_serve(ws_worker *w)
{
	ws_bridge *b = w->bridge;
	ws_viewer *v;
	/* Whoever has more to say goes to the end of the line again, or nobody would be left at some time. */
	while ((v = first_in_line(b)) != NULL && v->worker == w && !bridge_due_ns(b)) {
		ws_list_remove(&v->egress.in_line);
		v->egress.is_first = true;
		ws_viewer_attend(v);
		v->egress.is_first = false;
	}
}

void ws_egress_rest(ws_worker *w)
{
	ws_bridge *b = w->bridge;
	const ws_viewer *v = first_in_line(b);
	uint64_t due_ns;
	if (!v || v->worker != w) {
		ws_timer_clear(&w->timers, &w->egress_timer);
		/* Its worker may have gone to sleep when others were first. */
		if (v && !v->worker->egress_timer.place) ws_worker_rouse(v->worker);
		return;
	}
	due_ns = bridge_due_ns(b);
	ws_timer_set(&w->timers, &w->egress_timer, due_ns ? due_ns : b->now_ns);
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
