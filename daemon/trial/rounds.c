/* trial/rounds.c - lives of an instance, many of them, and what each left behind. */
#include "bench.h"

#include "host.h"
#include "plugin_host.h"
#include "residue.h"

#include "platform/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICKS       2u /* callbacks that a round waits for, before and after its reload */
#define WAIT_MS     8u /* and how long, if they do not come */
#define SETTLE_MS   500u
#define LEAK_BYTES  8u    /* a round: less is the allocator's own affair, */
#define LEAST_BYTES 1024u /* and so is less than this in all */

/* ---- what the observer sees ---- */

static pcd_trial_cost *cost_of(pcd_bench *bench, const pcd_call *call)
{
	for (size_t i = 0; i < sizeof bench->costs / sizeof *bench->costs; i++) {
		pcd_trial_cost *cost = &bench->costs[i];
		if (!cost->what) *cost = (pcd_trial_cost){.what = call->what, .budget_ns = call->budget_ns};
		if (!strcmp(cost->what, call->what)) return cost;
	}
	return &bench->costs[0];
}

static void show_call(pcd_record *record, const pcd_call *call)
{
	(void)snprintf(record->callback, sizeof record->callback, "%s", call ? call->what : "");
	record->progress++;
}

static void on_entered(void *arg, const pcd_call *call)
{
	pcd_bench *bench = arg;
	show_call(bench->record, call);
	if (!bench->depth++) bench->waited_ns = pcd_residue_waited_ns();
}

/* Without the time that other programs had the processor. */
static uint64_t held_ns(const pcd_bench *bench, const pcd_call *call, uint64_t own_ns)
{
	uint64_t waited_ns = own_ns > call->budget_ns ? pcd_residue_waited_ns() - bench->waited_ns : 0;
	return waited_ns < own_ns ? own_ns - waited_ns : 0;
}

static void on_left(void *arg, const pcd_call *call, uint64_t own_ns, bool left_begun)
{
	pcd_bench *bench = arg;
	pcd_trial_cost *cost = cost_of(bench, call);
	bench->depth--;
	own_ns = held_ns(bench, call, own_ns);
	cost->calls++;
	cost->over += own_ns > call->budget_ns;
	if (own_ns > cost->longest_ns) cost->longest_ns = own_ns;
	if (own_ns > bench->record->longest_ns) {
		bench->record->longest_ns = own_ns;
		(void)snprintf(bench->record->longest, sizeof bench->record->longest, "%s", call->what);
	}
	bench->record->callbacks++;
	if (call->budget_ns == bench->env.budget_ns) bench->run_callbacks++;
	if (left_begun)
		pcd_trial_add(
		        bench, PCD_FAULT,
		        "%s returned between begin() and commit(), which loses the change: end every begin() with "
		        "commit() or abort() before returning",
		        call->what);
	show_call(bench->record, call->outer);
}

static uint32_t open_regions(const pcd_instance *instance)
{
	uint32_t count = 0;
	for (const pc_region *r = instance->regions; r; r = r->next) count++;
	return count;
}

static void on_destroyed(void *arg, const pcd_instance *instance)
{
	pcd_bench *bench = arg;
	uint32_t open = open_regions(instance);
	if (!bench->is_in_run || !open) return;
	if (open > bench->open_at_start)
		pcd_trial_add(bench, PCD_FAULT,
		              "regions that callbacks open stay open, and become more while it runs: close() what you "
		              "open() there, or open it once in create()");
	else
		pcd_trial_add(bench, PCD_NOTE, "destroy() leaves %u region%s open, which the host closes", open,
		              open == 1 ? "" : "s");
}

static void on_misused(void *arg, const char *service, bool from_watch)
{
	pcd_trial_add(arg, PCD_FAULT,
	              "%s() was called %s and refused: it is for the loop thread; post() a function that calls it",
	              service, from_watch ? "from a region watch" : "on a thread of the plugin");
}

void pcd_trial_observe(pcd_bench *bench)
{
	bench->observer = (pcd_observer){bench, on_entered, on_left, on_destroyed, on_misused};
	bench->env.observer = &bench->observer;
}

void pcd_trial_judge_costs(pcd_bench *bench)
{
	for (size_t i = 0; i < sizeof bench->costs / sizeof *bench->costs && bench->costs[i].what; i++) {
		const pcd_trial_cost *c = &bench->costs[i];
		double longest_ms = (double)c->longest_ns / 1e6, budget_ms = (double)c->budget_ns / 1e6;
		if (!c->over) continue;
		/* A busy machine makes any callback late now and then, and not every system says by how much. */
		if (c->over * 10 >= c->calls && (c->over >= 3 || c->over == c->calls))
			pcd_trial_add(bench, PCD_FAULT,
			              "%s holds the loop for up to %.0f ms, %llu of %llu times longer than its budget "
			              "of %.0f "
			              "ms: do what takes time on a thread of your own and post() the result",
			              c->what, longest_ms, (unsigned long long)c->over, (unsigned long long)c->calls,
			              budget_ms);
		else
			pcd_trial_add(bench, PCD_NOTE, "%s took %.0f ms once, its budget is %.0f ms", c->what,
			              longest_ms, budget_ms);
	}
}

/* ---- one life ---- */

static void on_wake(uv_timer_t *timer)
{
	(void)timer;
}

/* Let the loop turn until it has called the plugin some times. */
static void turn(pcd_bench *bench)
{
	uint64_t end = uv_hrtime() + WAIT_MS * UINT64_C(1000000), enough = bench->run_callbacks + TICKS;
	(void)uv_timer_start(&bench->wake, on_wake, 1, 1);
	while (bench->run_callbacks < enough && uv_hrtime() < end) {
		(void)uv_run(&bench->loop, UV_RUN_ONCE);
		bench->record->progress++;
	}
	(void)uv_timer_stop(&bench->wake);
}

static void say_failed(pcd_bench *bench, pcd_instance *instance, const char *what, const char *of)
{
	char text[sizeof instance->error], plain[64];
	uint64_t at;
	(void)pcd_instance_last_error(instance, text, sizeof text, &at);
	(void)snprintf(plain, sizeof plain, "%s failed:", what);
	bool is_silent = !strncmp(text, plain, strlen(plain));
	if (!*of)
		pcd_trial_add(bench, PCD_FAULT, "%s%s%s%s: %s", is_silent ? "" : what,
		              is_silent ? "" : " failed: ", text,
		              is_silent ? ", and it does not say why (fail() would)" : "",
		              bench->options->config
		                      ? "correct its options or its regions in the configuration"
		                      : "set the options it needs with --set, or give --config with its regions");
	else if (is_silent)
		pcd_trial_add(bench, PCD_NOTE, "%s%s, and nobody is told why: call fail() before returning a status",
		              text, of);
}

/* @return false if it did not come up: said */
static bool run_once(pcd_bench *bench, pcd_instance *instance, pc_config **reloaded, const char *of)
{
	bench->is_in_run = 1;
	bench->open_at_start = UINT32_MAX;
	if (pcd_instance_create_run(instance)) {
		say_failed(bench, instance, "create()", of);
		bench->is_in_run = 0;
		return false;
	}
	if (pcd_instance_start_run(instance)) {
		say_failed(bench, instance, "start()", of);
		bench->is_in_run = 0;
		return false;
	}
	bench->open_at_start = open_regions(instance);
	turn(bench);
	if (reloaded && *reloaded) {
		if (pcd_instance_reload(instance, reloaded)) {
			char text[sizeof instance->error];
			uint64_t at;
			(void)pcd_instance_last_error(instance, text, sizeof text, &at);
			pcd_trial_add(bench, PCD_NOTE, "reload() refuses options that the table allows: %s", text);
		}
		turn(bench);
	}
	pcd_instance_stop(instance);
	bench->is_in_run = 0;
	return true;
}

static pcd_instance *make(pcd_bench *bench, const pcd_node *set)
{
	pcd_plugin_conf block = {.instance = PCD_TRIAL_INSTANCE, .plugin = bench->name};
	pc_config *options = NULL;
	pcd_instance *instance = NULL;
	if (pcd_trial_check(bench, set, &options) == PC_OK)
		instance = pcd_instance_create(&bench->env, &block, bench->plugin, options);
	if (instance)
		pcd_trial_wrap(&instance->host, &bench->record->service);
	else
		pcd_options_destroy(&options);
	return instance;
}

void pcd_trial_once(pcd_bench *bench, const pcd_node *set, const char *of)
{
	pcd_instance *instance = make(bench, set);
	if (!instance) return; /* refused: nothing of it reaches the plugin */
	(void)run_once(bench, instance, NULL, of);
	pcd_instance_destroy(&instance);
}

/* ---- many lives ---- */

typedef struct residue {
	uint32_t threads, descriptors;
	uint64_t heap_bytes;
} residue;

static residue count_residue(void)
{
	return (residue){pcd_residue_threads(), pcd_residue_descriptors(), pcd_residue_heap_bytes()};
}

/* A thread that was joined is still listed for a moment. */
static residue settled(pcd_bench *bench, const residue *before)
{
	uint64_t end = uv_hrtime() + SETTLE_MS * UINT64_C(1000000);
	residue now = count_residue();
	while ((now.threads > before->threads || now.descriptors > before->descriptors) && uv_hrtime() < end) {
		bench->record->progress++;
		pc_clock_sleep_ns(1000000);
		now = count_residue(); /* which may take long, too */
	}
	return now;
}

static void judge_count(pcd_bench *bench, const char *what, uint32_t before, uint32_t after, unsigned rounds,
                        const char *advice)
{
	uint32_t more = after > before ? after - before : 0;
	if (!before || !more) return;
	pcd_trial_add(bench, more * 2 >= rounds ? PCD_FAULT : PCD_NOTE, "%u %s more after %u rounds than before: %s",
	              more, what, rounds, advice);
}

static void judge_heap(pcd_bench *bench, uint64_t before, uint64_t half, uint64_t after, unsigned rounds)
{
	uint64_t more = after > before ? after - before : 0;
	/* What grows only once is a cache of somebody's. */
	if (!before || half <= before || after <= half || more < LEAST_BYTES || more / rounds < LEAK_BYTES) return;
	pcd_trial_add(
	        bench, PCD_FAULT,
	        "memory grows by %llu bytes with each round: free in destroy() what create() and callbacks allocate",
	        (unsigned long long)(more / rounds));
}

static void judge(pcd_bench *bench, const residue *before, const residue *half, unsigned rounds)
{
	residue after = settled(bench, before);
	judge_count(bench, "threads", before->threads, after.threads, rounds, "join in stop() what start() began");
	judge_count(bench, "descriptors", before->descriptors, after.descriptors, rounds,
	            "close in stop() or destroy() the files and sockets that you open");
	judge_heap(bench, before->heap_bytes, half->heap_bytes, after.heap_bytes, rounds);
}

/* The two sets of options that rounds alternate between. */
static pc_config *next_options(pcd_bench *bench, pcd_node *changed, unsigned round)
{
	pc_config *options = NULL;
	if (changed) (void)pcd_trial_check(bench, round % 2 ? bench->set : changed, &options);
	return options;
}

bool pcd_trial_rounds(pcd_bench *bench)
{
	unsigned rounds = bench->options->rounds, warm = rounds > 40 ? 20 : rounds / 2;
	pcd_instance *instance = make(bench, bench->set);
	pcd_node *changed = pcd_trial_changed(bench);
	residue before = {0}, half = {0};
	bool runs = instance != NULL;
	pcd_trial_hurry(1);
	for (unsigned i = 0; i < rounds && runs; i++) {
		if (i == warm) before = count_residue();
		if (i == warm + (rounds - warm) / 2) half = count_residue();
		pc_config *options = next_options(bench, changed, i);
		(void)snprintf(bench->record->doing, sizeof bench->record->doing, "in round %u of %u", i + 1, rounds);
		bench->record->rounds = i + 1;
		runs = run_once(bench, instance, &options, "");
		pcd_options_destroy(&options);
	}
	if (runs && rounds > warm) judge(bench, &before, &half, rounds - warm);
	if (instance) pcd_instance_destroy(&instance);
	return runs;
}
