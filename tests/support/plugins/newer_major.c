/* Built for an ABI that this daemon does not speak yet. */
#include "plugin_kit.h"

PC_TEST_DO_NOTHING

const struct pc_plugin pagecast_plugin = {.magic = PC_PLUGIN_MAGIC,
                                          .struct_size = 4000,
                                          .abi = PC_ABI(PC_ABI_MAJOR + 1, 0),
                                          .id = (const char *)8,
                                          .create = create,
                                          .destroy = destroy};
