/* share_section.c - gives a file the name of a section, for as long as it runs: programs in this session, or in this Wine or Proton
 * prefix, that open or create the section by its name get the file's pages, with no copy in between.
 *
 *     share_section FILE NAME BYTES      share_section Z:\dev\shm\game Local\game 32768
 *
 * On Linux below, pagecastd serves the same file as the region `game`. Ends with its standard input. Windows only;
 * pagecastd for Windows does the same with `backing: file`.                                                        */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>

static int fail(const wchar_t *what)
{
	fprintf(stderr, "%ls: error %lu\n", what, (unsigned long)GetLastError());
	return 1;
}

int wmain(int argc, wchar_t **argv);
int wmain(int argc, wchar_t **argv)
{
	unsigned long long bytes = argc == 4 ? _wcstoui64(argv[3], NULL, 10) : 0;
	HANDLE file, section;
	if (!bytes) {
		fprintf(stderr, "usage: share_section FILE NAME BYTES\n");
		return 2;
	}
	file = CreateFileW(argv[1], GENERIC_READ | GENERIC_WRITE,
	                   FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_ALWAYS,
	                   FILE_ATTRIBUTE_NORMAL, NULL);
	if (file == INVALID_HANDLE_VALUE) return fail(argv[1]);
	section = CreateFileMappingW(file, NULL, PAGE_READWRITE, (DWORD)(bytes >> 32), (DWORD)bytes, argv[2]);
	if (!section) return fail(argv[2]);
	if (GetLastError() == ERROR_ALREADY_EXISTS) {
		fprintf(stderr, "%ls exists already, on other pages: start before whoever creates it\n", argv[2]);
		return 1;
	}
	printf("sharing\n");
	fflush(stdout);
	while (getchar() != EOF) {
	}
	CloseHandle(section); /* the name goes with the last handle */
	CloseHandle(file);
	return 0;
}
