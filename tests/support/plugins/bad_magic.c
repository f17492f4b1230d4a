/* Not a plugin's magic. */
#include "plugin_kit.h"

PC_TEST_DO_NOTHING

const struct pc_plugin pagecast_plugin = {.magic = 0x12345678,
                                          .struct_size = sizeof(struct pc_plugin),
                                          .abi = PC_ABI(PC_ABI_MAJOR, 0),
                                          PC_TEST_REST("bad_magic")};
