/* daemon/watch.c - see watch.h: the lists, and telling. */
#include "watch.h"

#include <stdlib.h>
#include <string.h>

/* ---- gaps that must end --------------------------------------------------------------------------------- */

static void later_add(pcd_watchers *w, pcd_region_watch *watch)
{
	uint64_t due = watch->called_ns + watch->gap_ns;
	watch->is_later = 1;
	watch->later_prev = NULL;
	watch->later = w->later;
	if (w->later) w->later->later_prev = watch;
	w->later = watch;
	if (due < w->pulse_due_ns) uv_cond_signal(&w->pulse_wake);
}

static void later_remove(pcd_watchers *w, pcd_region_watch *watch)
{
	if (!watch->is_later) return;
	watch->is_later = 0;
	if (watch->later) watch->later->later_prev = watch->later_prev;
	if (watch->later_prev)
		watch->later_prev->later = watch->later;
	else
		w->later = watch->later;
}

/* ---- telling -------------------------------------------------------------------------------------------- */

static void call(pcd_watchers *w, pcd_region_watch *watch, uint64_t now_ns)
{
	uv_thread_t self = uv_thread_self();
	uint64_t started_ns, took_ns;
	int on_loop;
	later_remove(w, watch);
	watch->called_ns = now_ns;
	w->calls++;
	on_loop = uv_thread_equal(&self, &w->loop);
	if (on_loop) w->calling++;
	started_ns = uv_hrtime();
	watch->fn(watch->arg, watch->handle);
	took_ns = uv_hrtime() - started_ns;
	if (on_loop) w->calling--;
	if (took_ns <= PCD_WATCH_BUDGET_NS) return;
	w->overruns++;
	pcd_log_line(w->log, PC_LOG_WARN, watch->who,
	             "a region watch took %.1f ms: it may only set a flag, wake a thread or post()",
	             (double)took_ns / 1e6);
}

void pcd_watch_changed(pcd_watchers *w, pcd_body *body, uint64_t now_ns)
{
	pcd_region_watch *watch, *next;
	for (watch = body->watches; watch; watch = next) {
		next = watch->next;
		if (!watch->called_ns || now_ns - watch->called_ns >= watch->gap_ns)
			call(w, watch, now_ns);
		else if (!watch->is_later)
			later_add(w, watch);
	}
}

void pcd_watch_end_gaps(pcd_watchers *w, uint64_t now_ns, uint64_t slack_ns, uint64_t *ret_due_ns)
{
	pcd_region_watch *watch, *next;
	uint64_t first = UINT64_MAX;
	for (watch = w->later; watch; watch = next) {
		uint64_t due = watch->called_ns + watch->gap_ns;
		next = watch->later;
		if (due <= now_ns + slack_ns)
			call(w, watch, now_ns);
		else if (due < first)
			first = due;
	}
	*ret_due_ns = first;
}

static void put(pcd_watchers *w, pcd_body *body, uint32_t index)
{
	w->bodies[index] = body;
	body->follow_index = index;
}

/* Not followed if the memory for that was missing. */
static int is_followed(const pcd_watchers *w, const pcd_body *body)
{
	return body->follow_index < w->body_count && w->bodies[body->follow_index] == body;
}

static void swap(pcd_watchers *w, pcd_body *body, uint32_t index)
{
	put(w, w->bodies[index], body->follow_index);
	put(w, body, index);
}

/* Those whose writer may fall silent are in front. */
static void sort_in(pcd_watchers *w, pcd_body *body, int is_lively)
{
	int was_lively = body->follow_index < w->lively_count;
	if (is_lively && !was_lively) swap(w, body, w->lively_count++);
	if (!is_lively && was_lively) swap(w, body, --w->lively_count);
}

static int may_fall_silent(const pcd_body *body)
{
	uint32_t l = body->liveness;
	return !body->in_process && (l == PC_LIVE || l == PC_STALE || l == PC_LEGACY || l == PC_UNREACHABLE);
}

void pcd_watch_look(pcd_watchers *w, pcd_body *body, uint64_t now_ns)
{
	uint32_t liveness;
	if (!body->control) return;
	liveness = (uint32_t)pcd_body_look(body, body->control, now_ns, pc_load_acquire_u64(&w->loop_beat_ns), NULL);
	if (liveness == body->liveness) return;
	pc_store_release_u32(&body->liveness, liveness);
	pc_store_release_u64(&w->turns, w->turns + 1);
	if (is_followed(w, body)) sort_in(w, body, may_fall_silent(body));
	w->look(w->look_arg);
	pcd_watch_changed(w, body, now_ns);
}

uint64_t pcd_watch_quiet_until(const pcd_body *body)
{
	uint64_t first = UINT64_MAX;
	for (const pcd_region_watch *watch = body->watches; watch; watch = watch->next) {
		uint64_t until = watch->called_ns ? watch->called_ns + watch->gap_ns : 0;
		if (until < first) first = until;
	}
	return first;
}

/* ---- the interface -------------------------------------------------------------------------------------- */

pc_status pcd_watchers_init(pcd_watchers *w, pcd_log *log, pcd_look_fn *look, void *arg)
{
	memset(w, 0, sizeof *w);
	w->log = log;
	w->look = look;
	w->look_arg = arg;
	w->pulse_due_ns = UINT64_MAX;
	w->loop_beat_ns = uv_hrtime();
	w->loop = uv_thread_self();
	if (uv_mutex_init(&w->lock) || uv_cond_init(&w->pulse_wake) || uv_cond_init(&w->waiters_seen)) return PC_ENOMEM;
	if (uv_thread_create(&w->pulse, pcd_pulse_run, w)) {
		w->stop = 1;
		return PC_ENOMEM;
	}
	return PC_OK;
}

void pcd_watchers_stop(pcd_watchers *w)
{
	uv_mutex_lock(&w->lock);
	if (w->stop) {
		uv_mutex_unlock(&w->lock);
		return;
	}
	w->stop = 1;
	uv_cond_signal(&w->pulse_wake);
	uv_mutex_unlock(&w->lock);
	pcd_waiters_end(w);
	uv_thread_join(&w->pulse);
}

void pcd_watchers_fini(pcd_watchers *w)
{
	if (!w->log) return;
	pcd_watchers_stop(w);
	PC_ASSERT(!w->body_count && !w->later);
	free(w->bodies);
	uv_cond_destroy(&w->waiters_seen);
	uv_cond_destroy(&w->pulse_wake);
	uv_mutex_destroy(&w->lock);
	w->log = NULL;
}

pc_status pcd_watchers_follow(pcd_watchers *w, pcd_body *body)
{
	pc_status s = PC_OK;
	uv_mutex_lock(&w->lock);
	if (w->body_count == w->body_room) {
		uint32_t room = w->body_room ? 2 * w->body_room : 64;
		pcd_body **more = realloc(w->bodies, room * sizeof *more);
		if (more) {
			w->bodies = more;
			w->body_room = room;
		} else {
			s = PC_ENOMEM;
		}
	}
	/* Watches it has already if replacing it failed: then it goes on where it was left. */
	if (s == PC_OK && body->watches && !body->in_process) s = pcd_waiter_join(w, body);
	if (s == PC_OK) {
		put(w, body, w->body_count++);
		sort_in(w, body, may_fall_silent(body));
		pcd_watch_look(w, body, uv_hrtime());
	}
	uv_mutex_unlock(&w->lock);
	return s;
}

void pcd_watchers_leave(pcd_watchers *w, pcd_body *body)
{
	uv_mutex_lock(&w->lock);
	if (is_followed(w, body)) {
		sort_in(w, body, 0);
		swap(w, body, --w->body_count);
	}
	if (body->waiter) pcd_waiter_leave(w, body);
	uv_mutex_unlock(&w->lock);
}

pc_status pcd_watch_add(pcd_watchers *w, pcd_region_watch *watch)
{
	pcd_body *body = watch->body;
	pc_status s = PC_OK;
	uv_mutex_lock(&w->lock);
	if (!body->in_process && !body->waiter && body->control && !w->stop) s = pcd_waiter_join(w, body);
	if (s == PC_OK) {
		watch->next = body->watches;
		body->watches = watch;
		pcd_body_hold(body);
	}
	uv_mutex_unlock(&w->lock);
	return s;
}

void pcd_watch_remove(pcd_watchers *w, pcd_region_watch *watch)
{
	pcd_body *body = watch->body;
	pcd_region_watch **at;
	if (!body) return;
	uv_mutex_lock(&w->lock);
	later_remove(w, watch);
	for (at = &body->watches; *at && *at != watch;) at = &(*at)->next;
	if (*at) *at = watch->next;
	if (!body->watches && body->waiter) pcd_waiter_leave(w, body);
	uv_mutex_unlock(&w->lock);
	watch->body = NULL;
	pcd_body_drop(body);
}

void pcd_watchers_touch(pcd_watchers *w, pcd_body *body, bool state_changed)
{
	uint64_t now;
	/* Only the loop adds watches, so this needs no lock: most regions of most daemons have none. */
	if (!body->watches && !state_changed) return;
	now = uv_hrtime();
	uv_mutex_lock(&w->lock);
	if (state_changed) pcd_watch_look(w, body, now);
	pcd_watch_changed(w, body, now);
	uv_mutex_unlock(&w->lock);
}

void pcd_watchers_beat(pcd_watchers *w, uint64_t now_ns)
{
	pc_store_release_u64(&w->loop_beat_ns, now_ns);
}

uint64_t pcd_watchers_calls(pcd_watchers *w, uint64_t *ret_overruns)
{
	uint64_t calls;
	uv_mutex_lock(&w->lock);
	calls = w->calls;
	*ret_overruns = w->overruns;
	uv_mutex_unlock(&w->lock);
	return calls;
}
