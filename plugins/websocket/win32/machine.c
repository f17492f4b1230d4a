/* win32/machine.c - how many processors there are for us, and the wall clock. */
#include "../os.h"

#include <windows.h>

unsigned ws_threads_max(void)
{
	return 1; /* there libwebsockets waits in poll(), and several of its contexts were never tried */
}

unsigned ws_cpu_count(void)
{
	return 1;
}

uint64_t ws_unix_us(void)
{
	FILETIME t; /* 100 ns since 1601 */
	GetSystemTimePreciseAsFileTime(&t);
	return (((uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime) - UINT64_C(116444736000000000)) / 10;
}
