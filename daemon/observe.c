/* daemon/observe.c - see observe.h. */
#include "observe.h"

#include "adopt.h"
#include "companion.h"
#include "listen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRUST_NS UINT64_C(1000000000) /* an event that announced a change is believed for so long */
#define VAIN_NS \
	UINT64_C(100000000) /* one that announced nothing is not heard for at most so long, however rare looks are */

struct pcd_observer {
	uv_timer_t timer;
	pcd_regions *regions;
	pcd_body *body;
	pcd_adoption *adoption; /* NULL: the daemon has made the map */
	pcd_companion companion;
	pcd_listener *listener; /* NULL: no event is named */
	char event[64];
	bool is_rung;        /* this look is because the event was set */
	uint64_t trusted_ns; /* when the event last announced a change, 0: looks find what it does not announce */
	uint64_t sample_ns, idle_ns, pause_ns, changed_ns, due_ns;
};

static void on_sample(uv_timer_t *timer);

/* Due times are kept in ns and rounded up to the loop's milliseconds, so that periods do not drift. */
static void schedule(pcd_observer *o, uint64_t now)
{
	uint64_t now_ms = uv_now(o->regions->loop), due_ms, pause_ns = o->pause_ns;
	if (o->trusted_ns && now - o->trusted_ns < TRUST_NS) pause_ns = o->idle_ns;
	o->due_ns += pause_ns;
	if (o->due_ns <= now) o->due_ns = now + pause_ns;
	due_ms = (o->due_ns + 999999) / 1000000;
	(void)uv_timer_start(&o->timer, on_sample, due_ms > now_ms ? due_ms - now_ms : 1, 0);
}

/* Does the event announce what changes? Then looks of our own are few. */
static void note_event(pcd_observer *o, int changed, uint64_t now)
{
	uint64_t vain_ns = o->sample_ns;
	if (!o->listener) return;
	if (changed) o->trusted_ns = o->is_rung ? now : 0;
	if (o->is_rung) pcd_listener_in_vain(o->listener, changed ? 0 : vain_ns < VAIN_NS ? vain_ns : VAIN_NS);
	o->is_rung = false;
}

static void on_sample(uv_timer_t *timer)
{
	pcd_observer *o = timer->data;
	uint64_t now = uv_hrtime(), idle_ns = o->idle_ns;
	int changed = 0;
	pc_status s = PC_OK;
	bool is_free;
	if (o->adoption) pcd_adoption_before(o->adoption, now);
	is_free = pcd_companion_take(&o->companion, now);
	if (is_free) s = pc_writer_observe(o->body->writer, &changed);
	pcd_companion_give(&o->companion);
	if (s == PC_OK && o->adoption && pcd_adoption_after(o->adoption, now))
		pcd_watchers_touch(o->regions->watchers, o->body, true);
	if (s != PC_OK) {
		pcd_log_line(o->regions->log, PC_LOG_ERROR, "daemon", "region '%s' cannot be observed: %s",
		             o->body->info.name, pc_status_text(s));
		return;
	}
	if (!is_free) {
		(void)uv_timer_start(timer, on_sample, 1, 0);
		return;
	}
	note_event(o, changed, now);
	if (changed) {
		o->changed_ns = now;
		o->pause_ns = o->sample_ns;
		o->body->commits++;
		o->regions->commits++;
		pcd_watchers_touch(o->regions->watchers, o->body, false);
	} else if (now - o->changed_ns > PCD_OBSERVE_PATIENCE_NS && o->pause_ns < idle_ns) {
		o->pause_ns = o->pause_ns * 2 < idle_ns ? o->pause_ns * 2 : idle_ns;
	}
	schedule(o, now);
}

static void look_now(void *observer)
{
	pcd_observer *o = observer;
	(void)uv_timer_start(&o->timer, on_sample, 0, 0);
}

static void on_rang(void *observer)
{
	pcd_observer *o = observer;
	o->is_rung = true;
	o->due_ns = uv_hrtime();
	on_sample(&o->timer);
}

pc_status pcd_observer_start(pcd_regions *t, pcd_body *body, const pcd_region_conf *conf, pcd_observer **ret_observer,
                             pc_err *err)
{
	pcd_observer *o = calloc(1, sizeof *o);
	pc_status s;
	if (!o) return pc_err_set(err, PC_ENOMEM, "no memory for an observer");
	s = pcd_body_open_writer(t, body, "observer", err);
	if (s == PC_OK && conf->is_adopted) {
		o->adoption = pcd_adoption_create(t, body, look_now, o);
		if (!o->adoption) {
			pcd_body_close_writer(t, body);
			s = pc_err_set(err, PC_ENOMEM, "no memory for an observer");
		}
	}
	if (s != PC_OK) {
		free(o);
		return s;
	}
	o->regions = t;
	o->body = body;
	pcd_observer_set(o, conf);
	o->due_ns = o->changed_ns = uv_hrtime();
	(void)uv_timer_init(t->loop, &o->timer);
	o->timer.data = o;
	schedule(o, o->due_ns);
	if (o->adoption) on_sample(&o->timer); /* who asks at once is told what is known, not "absent" */
	*ret_observer = o;
	return PC_OK;
}

static void set_event(pcd_observer *o, const pcd_region_conf *conf)
{
	const char *name = conf->event ? conf->event : "";
	if (!strcmp(name, o->event)) return;
	pcd_listener_stop(&o->listener);
	o->trusted_ns = 0;
	(void)snprintf(o->event, sizeof o->event, "%s", name);
	if (!*name) return;
	o->listener = pcd_listener_create(o->regions->loop, o->regions->log, conf, on_rang, o);
	if (!o->listener)
		pcd_log_line(o->regions->log, PC_LOG_ERROR, "daemon",
		             "region '%s': event '%s' is not waited for: out of memory", o->body->info.name, name);
}

void pcd_observer_set(pcd_observer *observer, const pcd_region_conf *conf)
{
	uint64_t period_ns = conf->period_ms * UINT64_C(1000000);
	observer->sample_ns = observer->pause_ns = conf->sample_ns;
	observer->idle_ns = PCD_OBSERVE_IDLE_NS;
	/* Silence of a program is to be noticed within its period, or not much later. */
	if (period_ns && period_ns / 2 < observer->idle_ns) observer->idle_ns = period_ns / 2;
	if (observer->idle_ns < conf->sample_ns) observer->idle_ns = conf->sample_ns;
	if (observer->adoption) pcd_adoption_set(observer->adoption, conf);
	pcd_companion_close(&observer->companion);
	observer->companion = (pcd_companion){.name = conf->mutex,
	                                      .access = conf->is_adopted ? NULL : conf,
	                                      .region = observer->body->info.name,
	                                      .log = observer->regions->log};
	set_event(observer, conf);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void pcd_observer_stop(pcd_observer **observer)
{
	pcd_observer *o = *observer;
	if (!o) return;
	*observer = NULL;
	pcd_adoption_destroy(&o->adoption);
	pcd_listener_stop(&o->listener);
	pcd_companion_close(&o->companion);
	if (o->body->writer) pcd_body_close_writer(o->regions, o->body);
	uv_close((uv_handle_t *)&o->timer, on_closed);
}
