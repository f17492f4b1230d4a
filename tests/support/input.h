/* input.h - reading standard input, a pipe, without waiting for longer than a moment. */
#ifndef PC_INPUT_H
#define PC_INPUT_H
#include <stddef.h>
#include <unistd.h>

#ifdef _WIN32
#include <windows.h>

/* A thread reads, since not every pipe can be looked into (Wine's cannot if they come from outside). One piece at a time. */
static struct {
	HANDLE thread, asked, answered;
	char piece[4096];
	int bytes, at;
} pc_input;

static inline DWORD WINAPI pc_input_run(void *arg)
{
	(void)arg;
	do {
		(void)WaitForSingleObject(pc_input.asked, INFINITE);
		pc_input.bytes = read(0, pc_input.piece, sizeof pc_input.piece);
		pc_input.at = 0;
		(void)SetEvent(pc_input.answered);
	} while (pc_input.bytes > 0);
	return 0;
}

/** @return bytes; 0 the end; -1 nothing within the time */
static inline int pc_input_read(void *to, size_t room, int timeout_ms)
{
	if (!pc_input.thread) {
		pc_input.asked = CreateEventW(NULL, FALSE, TRUE, NULL);
		pc_input.answered = CreateEventW(NULL, TRUE, FALSE, NULL);
		pc_input.thread = CreateThread(NULL, 0, pc_input_run, NULL, 0, NULL);
	}
	if (WaitForSingleObject(pc_input.answered, (DWORD)timeout_ms) != WAIT_OBJECT_0) return -1;
	if (pc_input.bytes <= 0) return 0;
	int some = pc_input.bytes - pc_input.at < (int)room ? pc_input.bytes - pc_input.at : (int)room;
	memcpy(to, pc_input.piece + pc_input.at, (size_t)some);
	pc_input.at += some;
	if (pc_input.at == pc_input.bytes) {
		(void)ResetEvent(pc_input.answered);
		(void)SetEvent(pc_input.asked);
	}
	return some;
}
#else
#include <poll.h>

/** @return bytes; 0 the end; -1 nothing within the time */
static inline int pc_input_read(void *to, size_t room, int timeout_ms)
{
	struct pollfd in = {.fd = 0, .events = POLLIN};
	ssize_t n = poll(&in, 1, timeout_ms) > 0 ? read(0, to, room) : -1;
	return (int)n;
}
#endif

#endif
