/* The C half: makes a section, lets the C++ half use and close it. */
#include <pagecast/win32.h>

int use_and_close(HANDLE section, const char *view);

int main(void)
{
	char name[64];
	HANDLE section;
	char *view;
	(void)snprintf(name, sizeof name, "pct-%lu-two-files", (unsigned long)GetCurrentProcessId());
	section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 64, name);
	view = section ? (char *)MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0) : NULL;
	if (!view) return 1;
	strcpy(view, "from C");
	if (use_and_close(section, view)) return 2;
	if (GetLastError() != 4711) return 3;                                         /* what the other file set */
	if (CloseHandle(section) || GetLastError() != ERROR_INVALID_HANDLE) return 4; /* it is closed */
	if (UnmapViewOfFile(view) || GetLastError() != ERROR_INVALID_ADDRESS) return 5;
	return OpenFileMappingA(FILE_MAP_READ, FALSE, name) ? 6 : 0;
}
