/* copy_section.c - a plain Win32 program: the bytes of a section, all its pages, to a file. copy_section NAME FILE */
#include <stdio.h>
#include <windows.h>

int main(int argc, char **argv)
{
	HANDLE section = argc == 3 ? OpenFileMappingA(FILE_MAP_READ, FALSE, argv[1]) : NULL;
	const void *view = section ? MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0) : NULL;
	MEMORY_BASIC_INFORMATION facts;
	FILE *to = view ? fopen(argv[2], "wb") : NULL;
	if (!to || !VirtualQuery(view, &facts, sizeof facts)) {
		fprintf(stderr, "copy_section NAME FILE: error %lu\n", (unsigned long)GetLastError());
		return 1;
	}
	return fwrite(view, 1, facts.RegionSize, to) != facts.RegionSize || fclose(to);
}
