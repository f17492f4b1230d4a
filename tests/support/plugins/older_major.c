/* Built for an ABI that this daemon does not speak: nothing behind the head may be believed, not even the size. */
#include "plugin_kit.h"

PC_TEST_DO_NOTHING

const struct pc_plugin pagecast_plugin = {.magic = PC_PLUGIN_MAGIC,
                                          .struct_size = 8,
                                          .abi = PC_ABI(PC_ABI_MAJOR - 1, 7),
                                          .id = (const char *)8,
                                          .create = create,
                                          .destroy = destroy};
