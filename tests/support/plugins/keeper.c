/* Leaves what its option says for the next run, and logs what it found of the last one, and what it is told elsewhere. */
#include "plugin_kit.h"

#include <stdio.h>

struct pc_inst {
	const struct pc_host *host;
	const struct pc_ext_keepsake *keepsake;
	char text[64];
	uint64_t pad;
	int fails;
};

static void say(const pc_inst *inst, const char *what, int status, const char *text)
{
	char line[160];
	(void)snprintf(line, sizeof line, "%s: %d '%s'", what, status, text);
	inst->host->log(inst->host, PC_LOG_INFO, line);
}

static int create(const struct pc_host *host, const pc_config *config, pc_inst **ret)
{
	const char *text = host->cfg_string(config, "leave");
	pc_inst *inst = calloc(1, sizeof *inst);
	if (!inst) return PC_ENOMEM;
	*ret = inst;
	inst->host = host;
	inst->keepsake = host->extension(host, PC_EXT_KEEPSAKE);
	(void)snprintf(inst->text, sizeof inst->text, "%s", text ? text : "");
	inst->pad = (uint64_t)host->cfg_int(config, "pad");
	inst->fails = (int)host->cfg_int(config, "fails");
	return inst->keepsake ? PC_OK : PC_EUNSUPPORTED;
}

static int start(pc_inst *inst)
{
	char *found = NULL;
	uint64_t bytes = 77;
	int rc = inst->keepsake->take(inst->host, NULL, 0, &bytes);
	static int tries; /* a plugin is never unloaded */
	if (inst->fails && !tries++) return PC_EIO;
	say(inst, "start", inst->keepsake->leave(inst->host, "x", 1), "");
	if (rc != PC_ENOSPC) {
		say(inst, "found", rc, bytes ? "?" : "");
		return PC_OK;
	}
	found = calloc(1, (size_t)bytes + 1);
	if (!found) return PC_ENOMEM;
	rc = inst->keepsake->take(inst->host, found, bytes, &bytes);
	say(inst, "found", rc, found);
	free(found);
	say(inst, "again", inst->keepsake->take(inst->host, NULL, 0, &bytes), "");
	return PC_OK;
}

static void stop(pc_inst *inst)
{
	size_t bytes = strlen(inst->text) + (size_t)inst->pad;
	char *all = calloc(1, bytes + 1);
	if (!all) return;
	memcpy(all, inst->text, strlen(inst->text));
	say(inst, "hands over", inst->keepsake->hands_over(inst->host), "");
	say(inst, "left", inst->keepsake->leave(inst->host, all, bytes), inst->text);
	say(inst, "twice", inst->keepsake->leave(inst->host, all, bytes), "");
	free(all);
}

static void destroy(pc_inst *inst)
{
	free(inst);
}

/* clang-format off */
static const struct pc_option options[] = {
	{ "leave", NULL, "1", "60", NULL, "what to leave", PC_OPT_STRING, 0 },
	{ "pad", "0", "0", "128MiB", NULL, "zeroes behind it", PC_OPT_SIZE, 0 },
	{ "fails", "false", NULL, NULL, NULL, "the first start() fails", PC_OPT_BOOL, 0 },
	PC_TEST_OPTIONS_END };
/* clang-format on */

const struct pc_plugin pagecast_plugin = {PC_TEST_HEAD, .options = options, .start = start, .stop = stop,
                                          PC_TEST_REST("keeper")};
