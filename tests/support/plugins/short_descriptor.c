/* Its descriptor ends before the last field of 1.0. */
#include "plugin_kit.h"

PC_TEST_DO_NOTHING

const struct pc_plugin pagecast_plugin = {.magic = PC_PLUGIN_MAGIC,
                                          .struct_size = sizeof(struct pc_plugin) - sizeof(void *),
                                          .abi = PC_ABI(PC_ABI_MAJOR, 0),
                                          PC_TEST_REST("short_descriptor")};
