/* A bridge in small: watches the table of regions and every region in it, and logs what it is told.
 *
 * A region's callback runs on a thread of the host, where only setting a flag and post() are allowed: the reading
 * happens in the posted task.                                                                                  */
#include "plugin_kit.h"

#include <stdio.h>

#define SEEN_MAX 64

struct seen {
	pc_inst *inst;
	uint32_t id, liveness, epoch;
	pc_region *region;
	pc_watch *watch;
	unsigned posted; /* a task is on its way; set on a thread of the host */
};

struct pc_inst {
	const struct pc_host *host;
	uint64_t gap_ns;
	int ticks;
	pc_watch *table;
	struct seen seen[SEEN_MAX];
};

static void say(pc_inst *inst, const char *what, const struct pc_region_info *info, const char *more)
{
	char text[256];
	(void)snprintf(text, sizeof text, "%s %s id %u generation %u%s", what, info->name, info->id, info->generation,
	               more);
	inst->host->log(inst->host, PC_LOG_INFO, text);
}

static void look(void *arg)
{
	struct seen *s = arg;
	pc_inst *inst = s->inst;
	const struct pc_host *h = inst->host;
	struct pc_stamp stamp;
	char more[128];
	__atomic_store_n(&s->posted, 0, __ATOMIC_SEQ_CST);
	if (!s->region) return;
	memset(&stamp, 0, sizeof stamp);
	if (h->stamp(s->region, &stamp)) return;
	if (!inst->ticks && stamp.liveness == s->liveness && stamp.epoch == s->epoch) return;
	s->liveness = stamp.liveness;
	s->epoch = stamp.epoch;
	(void)snprintf(more, sizeof more, " tick %llu liveness %u epoch %u writer '%s'", (unsigned long long)stamp.tick,
	               stamp.liveness, stamp.epoch, stamp.writer ? stamp.writer : "(null)");
	say(inst, "look", h->info(s->region), more);
}

static void on_change(void *arg, pc_region *region)
{
	struct seen *s = arg;
	(void)region;
	if (__atomic_exchange_n(&s->posted, 1, __ATOMIC_SEQ_CST)) return;
	if (s->inst->host->post(s->inst->host, look, s)) __atomic_store_n(&s->posted, 0, __ATOMIC_SEQ_CST);
}

static void let_go(struct seen *s)
{
	const struct pc_host *h = s->inst->host;
	h->cancel(s->watch);
	h->close(s->region);
	s->watch = NULL;
	s->region = NULL;
}

static void take(struct seen *s, const struct pc_region_info *info)
{
	pc_inst *inst = s->inst;
	int status = inst->host->open(inst->host, info->name, PC_RD, &s->region);
	if (!status) status = inst->host->watch(s->region, inst->gap_ns, on_change, s, &s->watch);
	if (status) {
		(void)inst->host->fail(inst->host, status, "cannot watch a region");
		return;
	}
	s->liveness = UINT32_MAX;
	on_change(s, s->region);
}

static void on_table(void *arg, int event, const struct pc_region_info *info)
{
	static const char *const words[] = {"?", "added", "removed", "changed"};
	pc_inst *inst = arg;
	struct seen *s = NULL;
	for (int i = 0; i < SEEN_MAX; i++)
		if (inst->seen[i].inst && inst->seen[i].id == info->id) s = &inst->seen[i];
	say(inst, event >= 1 && event <= 3 ? words[event] : "unknown event", info, "");
	if (event == PC_REGION_ADDED && s) inst->host->log(inst->host, PC_LOG_ERROR, "a region was added twice");
	if (event != PC_REGION_ADDED && !s) inst->host->log(inst->host, PC_LOG_ERROR, "an event of an unknown region");
	for (int i = 0; i < SEEN_MAX && !s; i++)
		if (!inst->seen[i].inst) s = &inst->seen[i];
	if (!s) return;
	s->inst = inst;
	s->id = info->id;
	let_go(s);
	if (event != PC_REGION_REMOVED) take(s, info);
}

static int create(const struct pc_host *host, const pc_config *config, pc_inst **ret)
{
	*ret = calloc(1, sizeof **ret);
	if (!*ret) return PC_ENOMEM;
	(*ret)->host = host;
	(*ret)->gap_ns = (uint64_t)host->cfg_int(config, "gap");
	(*ret)->ticks = (int)host->cfg_int(config, "ticks");
	return PC_OK;
}

static int start(pc_inst *inst)
{
	return inst->host->watch_regions(inst->host, on_table, inst, &inst->table);
}

static void stop(pc_inst *inst)
{
	inst->host->cancel(inst->table);
	for (int i = 0; i < SEEN_MAX; i++)
		if (inst->seen[i].inst) let_go(&inst->seen[i]);
}

static void destroy(pc_inst *inst)
{
	free(inst);
}

/* clang-format off */
static const struct pc_option options[] = {
	{ "gap", "10ms", "0", "1h", NULL, "reports of one region are at least this far apart", PC_OPT_DURATION, 0 },
	{ "ticks", "false", NULL, NULL, NULL, "log every report, not only changes of liveness and epoch", PC_OPT_BOOL, 0 },
	PC_TEST_OPTIONS_END };
/* clang-format on */

const struct pc_plugin pagecast_plugin = {PC_TEST_HEAD, .options = options, .start = start, .stop = stop,
                                          PC_TEST_REST("recorder")};
