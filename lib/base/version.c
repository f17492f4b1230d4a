/* base/version.c - which library this is. */
#include <pagecast/status.h>

const char *pc_version(void)
{
	return PC_VERSION;
}
