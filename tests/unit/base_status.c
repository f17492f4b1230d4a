/* The status table is complete and every code has its own sentence. */
#include <pagecast/status.h>

#include "test.h"

PC_TEST(every_status_has_a_name_and_a_sentence)
{
	CHECK_STR(pc_status_name(PC_OK), "PC_OK");
	CHECK_STR(pc_status_name(PC_EBUSY), "PC_EBUSY");
	CHECK_STR(pc_status_text(PC_ETIMEDOUT), "timed out");
	CHECK_STR(pc_status_name((pc_status)-99), "PC_E?");
	for (int s = 0; s >= PC_EUNSUPPORTED; s--)
		for (int t = 0; t > s; t--)
			CHECK(strcmp(pc_status_text((pc_status)s), pc_status_text((pc_status)t)) != 0);
}
