/* posix_client.c - the tutorial's client without Win32: shm_open, mmap, read. posix_client [NAME] */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

#include "fork_server.h"

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "/" FORK_SERVER_NAME;
	const int fd = shm_open(name, O_RDONLY, 0);
	const struct fork_server *s = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *s, PROT_READ, MAP_SHARED, fd, 0);
	if (s == MAP_FAILED) return perror(name), 1;
	printf("a=%s b=%g c=%g buffer=%.10s\n", s->a ? "true" : "false", (double)s->b, s->c, s->buffer);
	return 0;
}
