/* Needs services that this daemon does not have yet. */
#include "plugin_kit.h"

PC_TEST_DO_NOTHING

const struct pc_plugin pagecast_plugin = {.magic = PC_PLUGIN_MAGIC,
                                          .struct_size = sizeof(struct pc_plugin),
                                          .abi = PC_ABI(PC_ABI_MAJOR, PC_ABI_MINOR + 1),
                                          PC_TEST_REST("newer_minor")};
