/* daemon/posix/main.c - where the process begins. */
#include "daemon/main.h"

#include "daemon/os.h"

const char pcd_usage_of_system[] = "SIGHUP reads CONFIG again, SIGTERM and SIGINT end the daemon.\n";

int main(int argc, char **argv)
{
	pcd_os_prepare();
	return pcd_main(argc, argv);
}
