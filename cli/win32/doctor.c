/* win32/doctor.c - see doctor.h. Sections go with their last handle, so nothing is left behind and nothing can be taken away;
 * there is no folder that could be full. What remains are the daemons, their plugins and the configuration. */
#include "doctor.h"

#include <string.h>

bool cli_os_object_look(const char *name, cli_object *ret)
{
	(void)name;
	memset(ret, 0, sizeof *ret);
	return false;
}

pc_status cli_os_region_remove(const char *name, uint64_t control_id, uint64_t payload_id, pc_err *err)
{
	(void)control_id;
	(void)payload_id;
	return pc_err_set(err, PC_EUNSUPPORTED, "%s: sections go with their last handle", name);
}

bool cli_os_space(cli_space *ret)
{
	memset(ret, 0, sizeof *ret);
	return false;
}

bool cli_os_process_look(uint32_t pid, uint64_t start, uint64_t pidns, cli_process *ret)
{
	(void)pid;
	(void)start;
	(void)pidns;
	memset(ret, 0, sizeof *ret);
	return false;
}

uint64_t cli_os_files_max(void)
{
	return 0;
}

uint64_t cli_os_maps_max(void)
{
	return 0;
}

uint32_t cli_os_uid(void)
{
	return 0;
}
