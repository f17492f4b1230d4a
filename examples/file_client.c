/* file_client.c - a region on a file without any library: open, mmap, read. file_client FILE OFFSET */
#define _FILE_OFFSET_BITS 64
#define _POSIX_C_SOURCE   200809L
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PAGE 65536LL /* a multiple of every system's page: a view starts at one */

int main(int argc, char **argv)
{
	const long long offset = argc > 2 ? atoll(argv[2]) : 0;
	const int fd = argc > 1 ? open(argv[1], O_RDONLY) : -1;
	const unsigned char *view =
	        fd < 0 ? MAP_FAILED : mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, (off_t)(offset / PAGE * PAGE));
	if (view == MAP_FAILED) return perror(argc > 1 ? argv[1] : "file_client FILE OFFSET"), 1;
	printf("byte %lld is %u\n", offset, view[offset % PAGE]);
	return 0;
}
