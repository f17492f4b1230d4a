/* file_client_win32.c - the same on Windows, by the region's name: a view far behind 4 GiB. file_client_win32 NAME OFFSET */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#define GRANULE 65536ull /* views start at a multiple of it */

int main(int argc, char **argv)
{
	const unsigned long long offset = argc > 2 ? strtoull(argv[2], NULL, 0) : 0, start = offset / GRANULE * GRANULE;
	HANDLE section = OpenFileMappingA(FILE_MAP_READ, FALSE, argc > 1 ? argv[1] : "");
	const unsigned char *view = section ? MapViewOfFile(section, FILE_MAP_READ, (DWORD)(start >> 32), (DWORD)start,
	                                                    (SIZE_T)(offset - start + 1))
	                                    : NULL;
	if (!view) return printf("error %lu\n", (unsigned long)GetLastError()), 1;
	printf("byte %llu is %u\n", offset, view[offset % GRANULE]);
	return 0;
}
