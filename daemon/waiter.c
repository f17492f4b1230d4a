/* daemon/waiter.c - threads that sleep on the words of regions which other programs write.
 *
 * One thread waits for up to REGIONS_MAX regions: two words each, notify and death, plus one of its own, the
 * bell, which rings when its set changes. What it looks at afterwards is the control page, never the word alone:
 * a writer may skip wakes, so after each change a region is looked at once more before it counts as quiet (see
 * platform/wait.h). A region whose watches are all inside their gap is not waited for until the first gap ends,
 * only its writer's death is: a fast writer does not cost more wake-ups than its watchers want to hear of.      */
#include "base/atomic.h"
#include "platform/wait.h"
#include "region/liveness.h"
#include "watch.h"

#include <stdlib.h>

#define REGIONS_MAX ((PC_WAIT_WORDS_MAX - 1) / 2)
#define STACK_BYTES (256u * 1024u)

/* What was last seen of a region, so that a difference is a change. */
struct seen {
	uint64_t tick, latest;
	uint32_t notify, state, epoch, word;
};

struct entry {
	pcd_body *body;
	struct seen seen;
	uint64_t again_ns; /* look once more then, 0 = no need */
};

struct pcd_waiter {
	struct pcd_waiter *next;
	pcd_watchers *w;
	uv_thread_t thread;
	uint32_t bell;       /* +1 per change of the set */
	uint32_t bell_heard; /* the thread has no older set in use */
	uint32_t count;
	struct entry entries[REGIONS_MAX];
};

static const uint32_t *death_word(const pcd_body *body)
{
	return (const uint32_t *)(const void *)((const char *)body->control + body->terms.liveness_offset);
}

/* The notify word is loaded first: whatever changes after that changes the word, or is found by the second look. */
static struct seen see(const pcd_body *body)
{
	const pc_control *c = body->control;
	struct seen s;
	s.notify = pc_load_acquire_u32(&c->notify);
	s.word = pc_death_seen(c, body->terms.liveness_kind, body->terms.liveness_offset);
	s.latest = pc_load_acquire_u64(&c->latest);
	s.tick = pc_load_acquire_u64(&c->tick);
	s.state = pc_load_acquire_u32(&c->state);
	s.epoch = pc_load_acquire_u32(&c->epoch);
	return s;
}

static uint64_t second_look_ns(const pcd_body *body)
{
	return body->control->notify_min_us * UINT64_C(1000) + PC_WAIT_SLACK_NS;
}

static void look(pcd_watchers *w, struct entry *e)
{
	struct seen s = see(e->body);
	uint64_t now = uv_hrtime();
	if (s.word != e->seen.word || s.state != e->seen.state || s.epoch != e->seen.epoch) {
		/* The kernel wakes one sleeper of a dead writer; the others are ours to wake. */
		if (s.word & PC_FUTEX_OWNER_DIED && !(e->seen.word & PC_FUTEX_OWNER_DIED))
			pc_wake_all(death_word(e->body));
		pcd_watch_look(w, e->body, now);
	}
	if (s.tick != e->seen.tick || s.latest != e->seen.latest) pcd_watch_changed(w, e->body, now);
	if (s.notify != e->seen.notify || s.tick != e->seen.tick || s.latest != e->seen.latest)
		e->again_ns = now + second_look_ns(e->body);
	else if (e->again_ns <= now)
		e->again_ns = 0;
	e->seen = s;
}

/* Looks at everything and says on which words to sleep, and until when. */
static uint32_t prepare(struct pcd_waiter *t, pc_wait_word words[PC_WAIT_WORDS_MAX], uint64_t *ret_until_ns)
{
	uint64_t now = uv_hrtime(), until = UINT64_MAX;
	uint32_t n = 0;
	words[n].word = &t->bell;
	words[n++].expected = t->bell;
	for (uint32_t i = 0; i < t->count; i++) {
		struct entry *e = t->entries + i;
		const pc_liveness_terms *terms = &e->body->terms;
		int dies = terms->liveness_kind != PC_LIVENESS_NONE;
		uint64_t quiet = pcd_watch_quiet_until(e->body);
		if (quiet <= now ||
		    pc_death_seen(e->body->control, terms->liveness_kind, terms->liveness_offset) != e->seen.word)
			look(t->w, e);
		quiet = pcd_watch_quiet_until(e->body);
		if (quiet <= now) {
			words[n].word = &e->body->control->notify;
			words[n++].expected = e->seen.notify;
			if (e->again_ns && e->again_ns < until) until = e->again_ns;
		} else if (quiet < until) {
			until = quiet;
		}
		if (dies && !(e->seen.word & PC_FUTEX_OWNER_DIED)) {
			words[n].word = death_word(e->body);
			words[n++].expected = e->seen.word;
		}
	}
	*ret_until_ns = until;
	return n;
}

static void waiter_run(void *waiter)
{
	struct pcd_waiter *t = waiter;
	pcd_watchers *w = t->w;
	uv_mutex_lock(&w->lock);
	while (!w->stop) {
		pc_wait_word words[PC_WAIT_WORDS_MAX];
		uint64_t until, now;
		uint32_t n;
		t->bell_heard = t->bell;
		uv_cond_broadcast(&w->waiters_seen);
		n = prepare(t, words, &until);
		uv_mutex_unlock(&w->lock);
		now = uv_hrtime();
		(void)pc_wait_any(words, n, until == UINT64_MAX ? -1 : until > now ? (int64_t)(until - now) : 0);
		uv_mutex_lock(&w->lock);
	}
	t->bell_heard = t->bell;
	uv_cond_broadcast(&w->waiters_seen);
	uv_mutex_unlock(&w->lock);
}

static void ring(struct pcd_waiter *t)
{
	(void)pc_add_u32(&t->bell, 1);
	pc_wake_all(&t->bell);
}

static struct pcd_waiter *waiter_new(pcd_watchers *w)
{
	uv_thread_options_t options = {.flags = UV_THREAD_HAS_STACK_SIZE, .stack_size = STACK_BYTES};
	struct pcd_waiter *t = calloc(1, sizeof *t);
	if (!t) return NULL;
	t->w = w;
	if (uv_thread_create_ex(&t->thread, &options, waiter_run, t)) {
		free(t);
		return NULL;
	}
	t->next = w->waiters;
	w->waiters = t;
	return t;
}

pc_status pcd_waiter_join(pcd_watchers *w, pcd_body *body)
{
	struct pcd_waiter *t = w->waiters;
	while (t && t->count == REGIONS_MAX) t = t->next;
	if (!t) t = waiter_new(w);
	if (!t) return PC_ENOMEM;
	t->entries[t->count].body = body;
	t->entries[t->count].seen = see(body);
	t->entries[t->count].again_ns = uv_hrtime() + second_look_ns(body);
	t->count++;
	body->waiter = t;
	ring(t);
	return PC_OK;
}

void pcd_waiter_leave(pcd_watchers *w, pcd_body *body)
{
	struct pcd_waiter *t = body->waiter;
	body->waiter = NULL;
	for (uint32_t i = 0; i < t->count; i++) {
		if (t->entries[i].body != body) continue;
		t->entries[i] = t->entries[--t->count];
		break;
	}
	if (w->stop) return; /* the threads are gone, or use nothing any more */
	ring(t);
	while (t->bell_heard != t->bell) uv_cond_wait(&w->waiters_seen, &w->lock);
}

void pcd_waiters_end(pcd_watchers *w)
{
	struct pcd_waiter *t, *next;
	uv_mutex_lock(&w->lock);
	for (t = w->waiters; t; t = t->next) ring(t);
	uv_mutex_unlock(&w->lock);
	for (t = w->waiters; t; t = next) {
		next = t->next;
		uv_thread_join(&t->thread);
		free(t);
	}
	uv_mutex_lock(&w->lock);
	w->waiters = NULL;
	for (uint32_t i = 0; i < w->body_count; i++) w->bodies[i]->waiter = NULL;
	uv_mutex_unlock(&w->lock);
}
