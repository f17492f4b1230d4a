/* Says the same a hundred times per second, and now and then something that would break a careless log. */
#include "plugin_kit.h"

#include <stdio.h>

struct pc_inst {
	const struct pc_host *host;
	unsigned rounds;
	pc_watch *timer;
};

static int create(const struct pc_host *host, const pc_config *config, pc_inst **ret)
{
	(void)config;
	*ret = calloc(1, sizeof **ret);
	if (!*ret) return PC_ENOMEM;
	(*ret)->host = host;
	return PC_OK;
}

static void on_timer(void *arg)
{
	pc_inst *inst = arg;
	char text[64], *huge;
	for (int i = 0; i < 10; i++) inst->host->log(inst->host, PC_LOG_WARN, "again and again");
	(void)snprintf(text, sizeof text, "round %u", inst->rounds);
	inst->host->log(inst->host, PC_LOG_DEBUG, text);
	if (inst->rounds++) return;
	inst->host->log(inst->host, PC_LOG_INFO, "two\nlines, a \"quote\", a back\\slash, a bell \a and 100% %s %n");
	inst->host->log(inst->host, 99, "a level that does not exist");
	inst->host->log(inst->host, -5, "another level that does not exist");
	huge = malloc(100001);
	if (!huge) return;
	memset(huge, 'x', 100000);
	huge[100000] = 0;
	inst->host->log(inst->host, PC_LOG_INFO, huge);
	free(huge);
}

static int start(pc_inst *inst)
{
	return inst->host->timer(inst->host, 10 * PC_MS, 10 * PC_MS, on_timer, inst, &inst->timer);
}

static void destroy(pc_inst *inst)
{
	free(inst);
}

const struct pc_plugin pagecast_plugin = {PC_TEST_HEAD, .start = start, PC_TEST_REST("chatty")};
