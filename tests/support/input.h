/* input.h - waiting for standard input, a pipe, for a moment only. */
#ifndef PC_INPUT_H
#define PC_INPUT_H
#include <stdbool.h>
#include <unistd.h>

#ifdef _WIN32
#include <windows.h>

/** True if read() would not wait: bytes, or the end. */
static inline bool pc_input_is_ready(int timeout_ms)
{
	HANDLE in = GetStdHandle(STD_INPUT_HANDLE);
	DWORD bytes = 0;
	for (int waited = 0;; waited += 5) {
		if (!PeekNamedPipe(in, NULL, 0, NULL, &bytes, NULL) || bytes) return true;
		if (waited >= timeout_ms) return false;
		Sleep(5);
	}
}
#else
#include <poll.h>

/** True if read() would not wait: bytes, or the end. */
static inline bool pc_input_is_ready(int timeout_ms)
{
	struct pollfd in = {.fd = 0, .events = POLLIN};
	return poll(&in, 1, timeout_ms) > 0;
}
#endif

#endif
