/* A mandatory text is missing. */
#include "plugin_kit.h"

PC_TEST_DO_NOTHING

const struct pc_plugin pagecast_plugin = {PC_TEST_HEAD,     .id = "no_summary", .version = "1.0.0",
                                          .license = "MIT", .create = create,   .destroy = destroy};
