// The C++ half: a HANDLE and a view that the C half made are known here, and end here.
#include <pagecast/win32.h>

extern "C" int use_and_close(HANDLE section, const char *view);

int use_and_close(HANDLE section, const char *view)
{
	const char *again = static_cast<const char *>(MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0));
	if (!again || strcmp(again, "from C")) return 1;
	LARGE_INTEGER size;
	size.QuadPart = (LONGLONG)1 << 32;
	if (size.HighPart != 1 || size.LowPart != 0) return 2;
	if (!UnmapViewOfFile(again) || !UnmapViewOfFile(view)) return 3;
	if (!CloseHandle(section)) return 4;
	SetLastError(4711);
	return 0;
}
