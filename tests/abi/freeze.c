/* Offsets, sizes and numbers of 1.0, for ever. What fails here is not to be "updated": append instead. */
#include "freeze.h"

#include "test.h"

PC_TEST(the_structs_of_the_plugin_abi_lie_as_in_1_0)
{
	CHECK_INT(frozen_differences(frozen_plugin, FROZEN_COUNT(frozen_plugin)), 0);
	/* The only bytes without a name: the end of pc_option. */
	CHECK_INT(frozen_holes(frozen_plugin, FROZEN_COUNT(frozen_plugin)), sizeof(struct pc_option) - 52);
}

PC_TEST(the_shared_structs_lie_as_in_1_0)
{
	CHECK_INT(frozen_differences(frozen_control, FROZEN_COUNT(frozen_control)), 0);
	CHECK_INT(frozen_holes(frozen_control, FROZEN_COUNT(frozen_control)), 0);
}

PC_TEST(the_numbers_of_the_plugin_abi_are_those_of_1_0)
{
	static const int words[][2] = {{PC_LOG_ERROR, 0},
	                               {PC_LOG_WARN, 1},
	                               {PC_LOG_INFO, 2},
	                               {PC_LOG_DEBUG, 3},
	                               {PC_RD, 1},
	                               {PC_WR, 2},
	                               {PC_IO_READ, 1},
	                               {PC_IO_WRITE, 2},
	                               {PC_IO_ERROR, 4},
	                               {PC_COUNTER, 0},
	                               {PC_GAUGE, 1},
	                               {PC_OPT_BOOL, 0},
	                               {PC_OPT_INT, 1},
	                               {PC_OPT_REAL, 2},
	                               {PC_OPT_STRING, 3},
	                               {PC_OPT_DURATION, 4},
	                               {PC_OPT_SIZE, 5},
	                               {PC_OPT_REGION, 6},
	                               {PC_OPT_LIST, 7},
	                               {PC_OPT_ENUM, 8},
	                               {PC_OPT_REQUIRED, 1},
	                               {PC_OPT_RELOAD, 2},
	                               {PC_OPT_SECRET, 4},
	                               {PC_OPT_FILE, 8},
	                               {PC_REGION_ADDED, 1},
	                               {PC_REGION_REMOVED, 2},
	                               {PC_REGION_CHANGED, 3}};
	for (size_t i = 0; i < FROZEN_COUNT(words); i++)
		if (words[i][0] != words[i][1]) PC_FAIL("number %zu is %d, not %d", i, words[i][0], words[i][1]);
	CHECK_INT(PC_ABI_MAJOR, 1);
	CHECK_INT(PC_ABI(1, 2), 0x10002);
	CHECK_INT(PC_PLUGIN_MAGIC, 0x4E4C5050);
	CHECK_STR(PC_PLUGIN_SYMBOL, "pagecast_plugin");
	CHECK_STR(PC_EXT_WHY, "pagecast.why/1");
	CHECK_STR(PC_EXT_KEEPSAKE, "pagecast.keepsake/1");
}

PC_TEST(the_numbers_in_shared_memory_are_those_of_1_0)
{
	static const unsigned words[][2] = {{PC_CONTROL_MAJOR, 1},
	                                    {PC_CONTROL_BYTES, 4096},
	                                    {PC_CONTROL_ENDIAN, 0x01020304},
	                                    {PC_DIRECTORY_VERSION, 1},
	                                    {PC_NAME_BYTES, 64},
	                                    {PC_SLOT_MAX, 64},
	                                    {PC_REGION_LEGACY, 1},
	                                    {PC_REGION_FOREIGN, 2},
	                                    {PC_REGION_SYSTEM, 4},
	                                    {PC_REGION_MIRROR, 8},
	                                    {PC_STATE_INIT, 0},
	                                    {PC_STATE_LIVE, 1},
	                                    {PC_STATE_CLOSED, 2},
	                                    {PC_STATE_RETIRED, 3},
	                                    {PC_STATE_RECOVERING, 4},
	                                    {PC_PAYLOAD_SOURCE_STALE, 1},
	                                    {PC_PAYLOAD_RECOVERED, 2},
	                                    {PC_PAYLOAD_TORN, 4},
	                                    {PC_PAYLOAD_MIRROR_STALE, 8},
	                                    {PC_LIVENESS_NONE, 0},
	                                    {PC_LIVENESS_ROBUST_FUTEX, 1},
	                                    {PC_LIVENESS_PROCESS, 2},
	                                    {PC_SCHEMA_NONE, 0},
	                                    {PC_SCHEMA_LAYOUT_TEXT, 1},
	                                    {PC_ABSENT, 0},
	                                    {PC_STARTING, 1},
	                                    {PC_LIVE, 2},
	                                    {PC_STALE, 3},
	                                    {PC_DEAD, 4},
	                                    {PC_CLOSED, 5},
	                                    {PC_RETIRED, 6},
	                                    {PC_LEGACY, 7},
	                                    {PC_UNREACHABLE, 8},
	                                    {PC_WRITER_PLUGIN, 0},
	                                    {PC_WRITER_EXTERNAL, 1},
	                                    {PC_WRITER_LEGACY, 2},
	                                    {PC_FUTEX_OWNER_DIED, 0x40000000}};
	for (size_t i = 0; i < FROZEN_COUNT(words); i++)
		if (words[i][0] != words[i][1]) PC_FAIL("number %zu is %u, not %u", i, words[i][0], words[i][1]);
	CHECK(PC_CONTROL_MAGIC == UINT64_C(0x0A01545341434750));
	CHECK(PC_LOCK_OFFSET_WRITER == 0x7FFF0000 && PC_LOCK_OFFSET_OWNER == 0x7FFF0001);
	CHECK_STR(PC_CONTROL_SUFFIX, ".pagecast");
	CHECK_STR(PC_DIRECTORY_PREFIX, "pagecast.");
}

PC_TEST(the_status_codes_are_those_of_1_0)
{
	static const char *const names[] = {"PC_OK",         "PC_EINVAL",    "PC_ENOMEM",   "PC_EAGAIN",
	                                    "PC_EABSENT",    "PC_ENOTREADY", "PC_EVERSION", "PC_ECORRUPT",
	                                    "PC_EUNTRUSTED", "PC_ESTALE",    "PC_EBUSY",    "PC_EPERM",
	                                    "PC_ENOSPC",     "PC_ETIMEDOUT", "PC_EIO",      "PC_EUNSUPPORTED"};
	for (int i = 0; i < (int)FROZEN_COUNT(names); i++) CHECK_STR(pc_status_name((pc_status)-i), names[i]);
}
