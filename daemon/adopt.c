/* daemon/adopt.c - see adopt.h. */
#include "adopt.h"

#include "platform/holder.h"
#include "region/adopt.h"

#include <pagecast/reader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_PAUSE_NS UINT64_C(100000000)
#define NAMED_PAUSE_NS UINT64_C(1000000000)  /* between two searches for a program whose name is known */
#define ALL_PAUSE_NS   UINT64_C(10000000000) /* for anybody: reads more of /proc */

/* One search; outlives the adoption if that ends meanwhile. */
struct search {
	uv_work_t work;
	pcd_adoption *adoption; /* NULL: nobody wants to know any more */
	pc_holder_key key;
	uint32_t serial;
	char program[64]; /* "" anyone */
	pc_holder found[PC_HOLDERS_MAX];
	uint32_t count;
};

struct pcd_adoption {
	pcd_regions *regions;
	pcd_body *body;
	pcd_adoption_fn *look;
	void *look_arg;
	const char *program; /* borrowed from the configuration; NULL anyone */
	uint64_t period_ns;
	struct search *search; /* in progress */
	pc_holder holders[PC_HOLDERS_MAX];
	uint32_t count, serial; /* serial: of the map that they hold */
	bool had_some;          /* holders were known; whether that was the last of them a search decides */
	pc_holding holding;
	uint64_t moves_then;       /* evidence.moves when they were found gone, or looked for */
	uint64_t due_ns, pause_ns; /* of the next search */
	uint32_t restarts;
};

static const pc_evidence *evidence_of(const pcd_adoption *a)
{
	return pc_writer_evidence(a->body->writer);
}

/* ---- looking for processes ---------------------------------------------------------------------------------- */

static void close_all(pc_holder *holders, uint32_t *count)
{
	while (*count) pc_holder_close(holders + --*count);
}

static void remember(pcd_adoption *a, const pc_holder *holder)
{
	a->holding.pid = holder->pid;
	memcpy(a->holding.name, holder->name, sizeof a->holding.name);
}

static void take_found(pcd_adoption *a, struct search *s)
{
	bool was_gone = a->holding.state == PC_HOLDING_GONE;
	close_all(a->holders, &a->count);
	memcpy(a->holders, s->found, sizeof a->holders);
	a->count = s->count;
	s->count = 0;
	a->moves_then = evidence_of(a)->moves;
	if (a->count) {
		a->holding.state = PC_HOLDING_ALIVE;
		a->had_some = true;
		remember(a, a->holders);
		return;
	}
	if (a->had_some || (a->program && a->holding.state == PC_HOLDING_UNKNOWN)) a->holding.state = PC_HOLDING_GONE;
	if (!was_gone && !a->had_some && a->program)
		(void)snprintf(a->holding.name, sizeof a->holding.name, "%s", a->program);
	a->had_some = false;
}

static void search_run(uv_work_t *work)
{
	struct search *s = work->data;
	s->count = pc_holders_find(&s->key, s->program[0] ? s->program : NULL, s->found);
}

static void search_done(uv_work_t *work, int status)
{
	struct search *s = work->data;
	pcd_adoption *a = s->adoption;
	(void)status;
	if (a) {
		a->search = NULL;
		if (s->serial == a->serial) take_found(a, s);
		a->look(a->look_arg);
	}
	close_all(s->found, &s->count);
	free(s);
}

static void search_start(pcd_adoption *a, uint64_t now_ns)
{
	uint64_t most = a->program ? NAMED_PAUSE_NS : ALL_PAUSE_NS;
	struct search *s = calloc(1, sizeof *s);
	a->due_ns = now_ns + a->pause_ns;
	a->pause_ns = a->pause_ns * 2 < most ? a->pause_ns * 2 : most;
	if (!s) return;
	s->adoption = a;
	s->work.data = s;
	s->serial = a->serial;
	s->key = pc_holder_key_of(pc_writer_foreign(a->body->writer));
	if (a->program) (void)snprintf(s->program, sizeof s->program, "%s", a->program);
	if (uv_queue_work(a->regions->loop, &s->work, search_run, search_done))
		free(s);
	else
		a->search = s;
}

static void forget_holders(pcd_adoption *a)
{
	close_all(a->holders, &a->count);
	memset(&a->holding, 0, sizeof a->holding);
	a->had_some = false;
	a->due_ns = 0;
	a->pause_ns = FIRST_PAUSE_NS;
	a->moves_then = 0;
}

/* ---- the interface -------------------------------------------------------------------------------------------- */

pcd_adoption *pcd_adoption_create(pcd_regions *t, pcd_body *body, pcd_adoption_fn *look, void *arg)
{
	pcd_adoption *a = calloc(1, sizeof *a);
	if (!a) return NULL;
	a->regions = t;
	a->body = body;
	a->look = look;
	a->look_arg = arg;
	forget_holders(a);
	return a;
}

void pcd_adoption_set(pcd_adoption *adoption, const pcd_region_conf *conf)
{
	bool other = !adoption->program != !conf->process ||
	             (conf->process && strcmp(adoption->program, conf->process) != 0);
	adoption->program = conf->process;
	adoption->period_ns = conf->period_ms * UINT64_C(1000000);
	if (other) forget_holders(adoption);
}

void pcd_adoption_destroy(pcd_adoption **adoption)
{
	pcd_adoption *a = *adoption;
	*adoption = NULL;
	if (!a) return;
	if (a->search) a->search->adoption = NULL;
	close_all(a->holders, &a->count);
	free(a);
}

void pcd_adoption_before(pcd_adoption *adoption, uint64_t now_ns)
{
	for (uint32_t i = 0; i < adoption->count;) {
		if (!pc_holder_has_ended(adoption->holders + i)) {
			i++;
			continue;
		}
		remember(adoption, adoption->holders + i);
		pc_holder_close(adoption->holders + i);
		adoption->holders[i] = adoption->holders[--adoption->count];
		memset(adoption->holders + adoption->count, 0, sizeof adoption->holders[0]);
		if (adoption->count) {
			remember(adoption, adoption->holders);
		} else { /* perhaps others have come meanwhile */
			adoption->due_ns = now_ns;
			adoption->pause_ns = FIRST_PAUSE_NS;
		}
	}
}

/* Who writes now, if it is none of those that were known? */
static void reconsider(pcd_adoption *a, uint64_t now_ns)
{
	const pc_evidence *e = evidence_of(a);
	if (e->serial != a->serial) {
		forget_holders(a);
		a->serial = e->serial;
	}
	if (a->holding.state == PC_HOLDING_GONE && e->moves != a->moves_then) {
		a->holding.state = PC_HOLDING_UNKNOWN;
		a->due_ns = now_ns;
	}
	if (!a->count && !a->search && now_ns >= a->due_ns && pc_writer_foreign(a->body->writer))
		search_start(a, now_ns);
}

bool pcd_adoption_after(pcd_adoption *adoption, uint64_t now_ns)
{
	pc_writer *w = adoption->body->writer;
	const pc_evidence *e = evidence_of(adoption);
	pc_upstream found;
	int told;
	reconsider(adoption, now_ns);
	pc_evidence_judge(e, &adoption->holding, pc_writer_layout(w), adoption->body->info.payload_bytes,
	                  adoption->period_ns, now_ns, &found);
	told = pc_writer_say_upstream(w, &found);
	if (told)
		pcd_log_line(adoption->regions->log, PC_LOG_INFO, "daemon", "region '%s' is %s: %s",
		             adoption->body->info.name, pc_liveness_name((pc_liveness)found.liveness), found.why);
	if (e->restarts != adoption->restarts && e->restarts)
		pcd_log_line(adoption->regions->log, PC_LOG_INFO, "daemon",
		             "region '%s': its tick went back to %llu, its program was started anew",
		             adoption->body->info.name, (unsigned long long)e->went_back_to);
	adoption->restarts = e->restarts;
	return told != 0;
}
