/* Needs a function that nobody has: must be refused when it is loaded, not crash when it is called. */
#include "plugin_kit.h"

void pc_test_a_function_that_nobody_has(void);

struct pc_inst {
	int unused;
};

static int create(const struct pc_host *host, const pc_config *config, pc_inst **ret)
{
	(void)host, (void)config, (void)ret;
	pc_test_a_function_that_nobody_has();
	return PC_EIO;
}

static void destroy(pc_inst *inst)
{
	free(inst);
}

const struct pc_plugin pagecast_plugin = {PC_TEST_HEAD, PC_TEST_REST("unresolved")};
