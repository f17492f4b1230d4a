/* map_view.c - a plain Win32 program: what may be opened and mapped, and bytes far into a section.
 *
 *     map_view NAME access BYTES      each way to open it; a view of BYTES, and of one byte more than whole pages
 *     map_view NAME fault             a store through a view that is for reading
 *     map_view NAME peek OFFSET       the byte there
 *     map_view NAME poke OFFSET N     put N there, and flush
 *     map_view NAME views OFFSET      a view at OFFSET, wherever that is
 *     map_view NAME hold BYTES        create it with that size, as a program that comes first does, and hold it until the
 *                                     end of standard input
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define GRANULE 65536u
#define PAGE    4096u

static void open_as(const char *name, DWORD access, const char *what)
{
	HANDLE section = OpenFileMappingA(access, FALSE, name);
	void *view = section ? MapViewOfFile(section, access, 0, 0, 0) : NULL;
	if (view)
		printf("%s: ok\n", what);
	else
		printf("%s: error %lu\n", what, (unsigned long)GetLastError());
	if (view) (void)UnmapViewOfFile(view);
	if (section) (void)CloseHandle(section);
}

static void map_bytes(const char *name, unsigned long long bytes)
{
	HANDLE section = OpenFileMappingA(FILE_MAP_READ, FALSE, name);
	void *view = section ? MapViewOfFile(section, FILE_MAP_READ, 0, 0, (SIZE_T)bytes) : NULL;
	if (view)
		printf("%llu bytes: ok\n", bytes);
	else
		printf("%llu bytes: error %lu\n", bytes, (unsigned long)GetLastError());
	if (view) (void)UnmapViewOfFile(view);
	if (section) (void)CloseHandle(section);
}

static LONG WINAPI on_fault(EXCEPTION_POINTERS *info)
{
	printf("fault %08lx\n", (unsigned long)info->ExceptionRecord->ExceptionCode);
	(void)fflush(stdout);
	ExitProcess(0);
}

static int fault(const char *name)
{
	HANDLE section = OpenFileMappingA(FILE_MAP_READ, FALSE, name);
	volatile char *view = section ? MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0) : NULL;
	if (!view) return 1;
	printf("read %d\n", view[0]);
	(void)AddVectoredExceptionHandler(1, on_fault);
	view[0] = 1;
	printf("stored\n");
	return 1;
}

/* The granule that @p offset is in, by both halves of its number. */
static unsigned char *granule_at(const char *name, DWORD access, unsigned long long offset)
{
	unsigned long long start = offset - offset % GRANULE;
	HANDLE section = OpenFileMappingA(access, FALSE, name);
	void *view = section ? MapViewOfFile(section, access, (DWORD)(start >> 32), (DWORD)start,
	                                     (SIZE_T)(offset - start + 1))
	                     : NULL;
	if (view) return view;
	printf("error %lu\n", (unsigned long)GetLastError());
	exit(1);
}

static int views(const char *name, unsigned long long offset)
{
	HANDLE section = OpenFileMappingA(FILE_MAP_READ, FALSE, name);
	void *view = section ? MapViewOfFile(section, FILE_MAP_READ, (DWORD)(offset >> 32), (DWORD)offset, PAGE) : NULL;
	if (view)
		printf("ok\n");
	else
		printf("error %lu\n", (unsigned long)GetLastError());
	return 0;
}

static int hold(const char *name, unsigned long long bytes)
{
	HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, (DWORD)(bytes >> 32),
	                                    (DWORD)bytes, name);
	if (!section) return 1;
	printf("holds it%s, process %lu\n", GetLastError() == ERROR_ALREADY_EXISTS ? ", as it was" : "",
	       GetCurrentProcessId());
	(void)fflush(stdout);
	while (getchar() != EOF) continue;
	return CloseHandle(section) ? 0 : 1;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "", *verb = argc > 2 ? argv[2] : "";
	unsigned long long number = argc > 3 ? strtoull(argv[3], NULL, 0) : 0;
	if (!strcmp(verb, "access")) {
		open_as(name, FILE_MAP_READ, "read");
		open_as(name, FILE_MAP_WRITE, "write");
		open_as(name, FILE_MAP_ALL_ACCESS, "all");
		map_bytes(name, number);
		map_bytes(name, (number + PAGE - 1) / PAGE * PAGE + 1);
		return 0;
	}
	if (!strcmp(verb, "fault")) return fault(name);
	if (!strcmp(verb, "views")) return views(name, number);
	if (!strcmp(verb, "hold")) return hold(name, number);
	if (!strcmp(verb, "peek")) {
		printf("%u\n", granule_at(name, FILE_MAP_READ, number)[number % GRANULE]);
		return 0;
	}
	if (!strcmp(verb, "poke") && argc > 4) {
		unsigned char *view = granule_at(name, FILE_MAP_WRITE, number);
		view[number % GRANULE] = (unsigned char)atoi(argv[4]);
		if (FlushViewOfFile(view, 0)) return 0;
		printf("flush: error %lu\n", (unsigned long)GetLastError());
		return 1;
	}
	return 2;
}
