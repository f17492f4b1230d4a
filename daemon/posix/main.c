/* daemon/posix/main.c - where the process begins. */
#include "daemon/main.h"

#include "daemon/os.h"

const char pcd_usage_of_system[] =
        "SIGHUP reads CONFIG again, SIGUSR1 writes the state of everything into the log, SIGTERM and SIGINT\n"
        "end the daemon, SIGUSR2 ends it and leaves all regions to its next start.\n";

int main(int argc, char **argv)
{
	pcd_os_prepare();
	return pcd_main(argc, argv);
}
