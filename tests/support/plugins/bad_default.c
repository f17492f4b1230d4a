/* A default that does not parse. */
#include "plugin_kit.h"

PC_TEST_DO_NOTHING

/* clang-format off */
static const struct pc_option options[] = {
	{ "interval", "soon", NULL, NULL, NULL, "", PC_OPT_DURATION, 0 },
	PC_TEST_OPTIONS_END };
/* clang-format on */

const struct pc_plugin pagecast_plugin = {PC_TEST_HEAD, .options = options, PC_TEST_REST("bad_default")};
