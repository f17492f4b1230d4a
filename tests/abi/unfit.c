/* unfit.c - a plugin with one fault, chosen by FAULT when it is compiled: what `pagecast plugin test` must find. With FAULT_NONE it
 * has none, so that each finding is the fault's. tests/kit/trial.py says what is to be said of each.             */
#include <pagecast/plugin.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	FAULT_NONE,
	FAULT_MEMORY,      /* create() allocates, nobody frees */
	FAULT_DESCRIPTOR,  /* start() opens, nobody closes */
	FAULT_THREAD,      /* start() begins, nobody joins */
	FAULT_SLOW,        /* the timer takes longer than its budget */
	FAULT_OFF_LOOP,    /* a thread calls begin() */
	FAULT_IN_WATCH,    /* a region watch calls commit() */
	FAULT_REGIONS,     /* each tick opens the region once more */
	FAULT_BEGUN,       /* a tick that begins and does not commit */
	FAULT_CRASH,       /* a tick that writes to address 0 */
	FAULT_CRASH_VALUE, /* the same with step = 100 only */
	FAULT_CRASH_LAST,  /* destroy() does */
	FAULT_HANG,        /* stop() does not return */
	FAULT_EXIT,        /* start() ends the process */
	FAULT_NO_RELOAD,   /* options marked, no reload() */
	FAULT_LIMIT,       /* a min that is no number */
	FAULT_SILENT,      /* create() fails without a word */
	FAULT_CONSTRUCTOR  /* crashes while it is loaded */
};

struct pc_inst {
	const struct pc_host *host;
	pc_region *region, *reader;
	pc_watch *timer, *watch;
	pthread_t thread;
	int has_thread;
	double step;
};

static volatile int *volatile nowhere;

static void nap(long ms)
{
	struct timespec time = {ms / 1000, ms % 1000 * 1000000};
	(void)nanosleep(&time, NULL);
}

static void *work(void *arg)
{
	pc_inst *inst = arg;
	if (FAULT == FAULT_OFF_LOOP) (void)inst->host->begin(inst->region);
	while (FAULT == FAULT_THREAD) nap(1000);
	return NULL;
}

static void tick(void *arg)
{
	pc_inst *inst = arg;
	const struct pc_host *host = inst->host;
	pc_region *more = NULL;
	double *payload = host->begin(inst->region);
	if (!payload) return;
	*payload += inst->step;
	if (FAULT == FAULT_CRASH || (FAULT == FAULT_CRASH_VALUE && inst->step > 99)) *nowhere = 1;
	if (FAULT == FAULT_BEGUN) return;
	(void)host->commit(inst->region);
	if (FAULT == FAULT_SLOW) nap(30);
	if (FAULT == FAULT_REGIONS) (void)host->open(host, "unfit", PC_RD, &more);
}

static void on_change(void *arg, pc_region *region)
{
	pc_inst *inst = arg;
	(void)region;
	if (FAULT == FAULT_IN_WATCH) (void)inst->host->commit(inst->region);
}

static int reload(pc_inst *inst, const pc_config *config)
{
	inst->step = inst->host->cfg_real(config, "step");
	return PC_OK;
}

static int create(const struct pc_host *host, const pc_config *config, pc_inst **ret)
{
	struct pc_region_spec spec = {0};
	pc_inst *inst = calloc(1, sizeof *inst);
	int s;
	if (!inst || FAULT == FAULT_SILENT) {
		free(inst);
		return PC_EIO;
	}
	*ret = inst;
	inst->host = host;
	(void)reload(inst, config);
	spec.struct_size = sizeof spec;
	spec.layout = "value f64\n";
	s = host->declare(host, "unfit", &spec);
	if (s == PC_OK) s = host->open(host, "unfit", PC_WR, &inst->region);
	if (s == PC_OK) s = host->open(host, "unfit", PC_RD, &inst->reader);
	if (FAULT == FAULT_MEMORY) inst->host = malloc(40) ? host : NULL;
	return s;
}

static int start(pc_inst *inst)
{
	const struct pc_host *host = inst->host;
	if (FAULT == FAULT_EXIT) exit(3);
#ifdef _WIN32
	if (FAULT == FAULT_DESCRIPTOR && !fopen("NUL", "r")) return PC_EIO;
#else
	if (FAULT == FAULT_DESCRIPTOR && !fopen("/dev/null", "r")) return PC_EIO;
#endif
	if (FAULT == FAULT_THREAD || FAULT == FAULT_OFF_LOOP)
		inst->has_thread = !pthread_create(&inst->thread, NULL, work, inst);
	if (host->watch(inst->reader, 0, on_change, inst, &inst->watch)) return PC_EIO;
	return host->timer(host, 0, 50000000, tick, inst, &inst->timer);
}

static void stop(pc_inst *inst)
{
	while (FAULT == FAULT_HANG) nap(1000);
	if (inst->has_thread && FAULT != FAULT_THREAD) (void)pthread_join(inst->thread, NULL);
	inst->host->cancel(inst->timer);
	inst->host->cancel(inst->watch);
}

static void destroy(pc_inst *inst)
{
	inst->host->close(inst->reader);
	inst->host->close(inst->region);
	if (FAULT == FAULT_CRASH_LAST) *nowhere = 1;
	free(inst);
}

/* clang-format off */
static const struct pc_option options[] = {
	{ "step", FAULT == FAULT_LIMIT ? NULL : "1", FAULT == FAULT_LIMIT ? "none" : "0", FAULT == FAULT_LIMIT ? NULL : "100", NULL, "how far", FAULT == FAULT_LIMIT ? PC_OPT_STRING : PC_OPT_REAL, PC_OPT_RELOAD },
	{ NULL, NULL, NULL, NULL, NULL, NULL, 0, 0 } };

PC_EXPORT const struct pc_plugin pagecast_plugin = {
	PC_PLUGIN_MAGIC, sizeof pagecast_plugin, PC_ABI(1, 0), 0, "unfit", "1.0.0", "MIT", "has one fault",
	options, create, start, FAULT == FAULT_NO_RELOAD ? NULL : reload, stop, destroy };
/* clang-format on */

__attribute__((constructor)) static void begin(void)
{
	if (FAULT == FAULT_CONSTRUCTOR) *nowhere = 1;
}
