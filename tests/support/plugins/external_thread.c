/* A plugin with a thread of its own: it posts tasks until post() says that the instance stops, and is joined there. */
#include "plugin_kit.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

struct pc_inst {
	const struct pc_host *host;
	pc_region *region;
	uint64_t pause_ns;
	pthread_t thread, loop;
	int has_thread, strayed; /* strayed: a task ran elsewhere than on the loop thread */
	unsigned refused;        /* by post(), after stop() was called */
	uint64_t ran, posted;
};

static void on_task(void *arg)
{
	pc_inst *inst = arg;
	inst->ran++;
	if (!pthread_equal(pthread_self(), inst->loop)) inst->strayed = 1;
	(void)inst->host->write(inst->region, 0, &inst->ran, sizeof inst->ran);
}

static void *work(void *arg)
{
	pc_inst *inst = arg;
	struct timespec pause = {(time_t)(inst->pause_ns / 1000000000), (long)(inst->pause_ns % 1000000000)};
	while (!inst->host->post(inst->host, on_task, inst)) {
		(void)__atomic_add_fetch(&inst->posted, 1, __ATOMIC_RELAXED);
		(void)nanosleep(&pause, NULL);
	}
	__atomic_store_n(&inst->refused, 1, __ATOMIC_RELAXED);
	return NULL;
}

static int create(const struct pc_host *host, const pc_config *config, pc_inst **ret)
{
	struct pc_region_spec spec = {.struct_size = sizeof spec, .layout = "ran u64\n", .doc = "fed by a thread"};
	const char *region = host->cfg_string(config, "region");
	int s;
	*ret = calloc(1, sizeof **ret);
	if (!*ret) return PC_ENOMEM;
	(*ret)->host = host;
	(*ret)->pause_ns = (uint64_t)host->cfg_int(config, "pause");
	(*ret)->loop = pthread_self();
	s = host->declare(host, region, &spec);
	return s ? s : host->open(host, region, PC_WR, &(*ret)->region);
}

static int start(pc_inst *inst)
{
	inst->has_thread = !pthread_create(&inst->thread, NULL, work, inst);
	return inst->has_thread ? PC_OK : PC_ENOMEM;
}

static void stop(pc_inst *inst)
{
	char text[128];
	if (inst->has_thread) (void)pthread_join(inst->thread, NULL);
	(void)snprintf(text, sizeof text, "joined: %s, %s, %s", inst->refused ? "refused in the end" : "never refused",
	               inst->strayed ? "tasks ran elsewhere" : "tasks ran on the loop",
	               inst->ran <= inst->posted + 1 ? "none ran twice" : "tasks ran twice");
	inst->host->log(inst->host, PC_LOG_INFO, text);
}

static void destroy(pc_inst *inst)
{
	inst->host->close(inst->region);
	free(inst);
}

/* clang-format off */
static const struct pc_option options[] = {
	{ "region", "thread", NULL, NULL, NULL, "region that it declares", PC_OPT_REGION, 0 },
	{ "pause", "1ms", "0", "1h", NULL, "between two posts", PC_OPT_DURATION, 0 },
	PC_TEST_OPTIONS_END };
/* clang-format on */

const struct pc_plugin pagecast_plugin = {PC_TEST_HEAD, .options = options, .start = start, .stop = stop,
                                          PC_TEST_REST("external_thread")};
