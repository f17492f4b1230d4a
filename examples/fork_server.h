/* fork_server.h - all that server and clients of the tutorial agree on: a name and a struct. */
#ifndef FORK_SERVER_H
#define FORK_SERVER_H
#include <stdbool.h>

#define FORK_SERVER_NAME "fork_server"

struct fork_server {
	bool a;
	float b;
	double c;
	char buffer[10];
};

#endif
