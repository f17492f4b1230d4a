/* A default beyond the option's own maximum. */
#include "plugin_kit.h"

PC_TEST_DO_NOTHING

/* clang-format off */
static const struct pc_option options[] = {
	{ "count", "11", "1", "10", NULL, "", PC_OPT_INT, 0 },
	PC_TEST_OPTIONS_END };
/* clang-format on */

const struct pc_plugin pagecast_plugin = {PC_TEST_HEAD, .options = options, PC_TEST_REST("default_out_of_range")};
