/* partner.c - a Windows program that shares a map with others the way its authors agreed: by a mutex and an event.
 *
 *     partner hold MUTEX              takes the mutex, says so, gives it back when its input ends
 *     partner wait EVENT COUNT        says each time that the event was set
 *     partner copy MUTEX MAP COUNT    copies the counter's map under the mutex; says how many copies were torn
 *     partner write MAP EVENT EVERY   makes a map of 8 bytes and an event, writes the one and sets the other, each EVERY ms
 *     partner auto EVENT              makes an event that wakes one waiter only                                         */
#include <windows.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char *what)
{
	printf("%s: error %lu\n", what, (unsigned long)GetLastError());
	return 1;
}

static void say(const char *what, unsigned long n)
{
	printf("%s %lu\n", what, n);
	fflush(stdout);
}

static int hold(const char *name)
{
	HANDLE mutex = OpenMutexA(SYNCHRONIZE | MUTEX_MODIFY_STATE, FALSE, name);
	if (!mutex) return fail(name);
	if (WaitForSingleObject(mutex, INFINITE) == WAIT_FAILED) return fail("wait");
	say("held", 0);
	while (getchar() != EOF) continue;
	ReleaseMutex(mutex);
	say("given", 0);
	return 0;
}

static int wait_for(const char *name, unsigned long count)
{
	HANDLE event = OpenEventA(SYNCHRONIZE, FALSE, name);
	if (!event) return fail(name);
	say("waiting", 0);
	for (unsigned long i = 1; i <= count; i++) {
		if (WaitForSingleObject(event, 20000) != WAIT_OBJECT_0) return fail("wait");
		say("woken", i);
	}
	return 0;
}

static int copy(const char *mutex_name, const char *map_name, unsigned long count)
{
	HANDLE mutex = OpenMutexA(SYNCHRONIZE | MUTEX_MODIFY_STATE, FALSE, mutex_name);
	HANDLE section = OpenFileMappingA(FILE_MAP_READ, FALSE, map_name);
	const unsigned char *map = section ? MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0) : NULL;
	MEMORY_BASIC_INFORMATION info;
	unsigned long torn = 0;
	unsigned char *mine;
	size_t bytes = 24 + 400000;
	if (!mutex || !map || !VirtualQuery(map, &info, sizeof info) || info.RegionSize < bytes) return fail("open");
	mine = malloc(bytes);
	if (!mine) return 1;
	for (unsigned long i = 0; i < count; i++) {
		if (WaitForSingleObject(mutex, INFINITE) == WAIT_FAILED) return fail("wait");
		memcpy(mine, map, bytes);
		ReleaseMutex(mutex);
		for (size_t at = 24; at < bytes; at++)
			if (mine[at] != mine[0]) {
				torn++;
				break;
			}
		Sleep(1);
	}
	say("torn", torn);
	return 0;
}

static int write_map(const char *map_name, const char *event_name, unsigned long every_ms)
{
	HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 4096, map_name);
	HANDLE event = CreateEventA(NULL, TRUE, FALSE, event_name);
	volatile uint64_t *map = section ? MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0) : NULL;
	if (!event || !map) return fail("create");
	say("writing", 0);
	for (;;) {
		map[0]++;
		PulseEvent(event);
		Sleep(every_ms);
	}
}

static int auto_event(const char *name)
{
	if (!CreateEventA(NULL, FALSE, FALSE, name)) return fail(name);
	say("made", 0);
	while (getchar() != EOF) continue;
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	if (!strcmp(what, "hold")) return hold(argv[2]);
	if (!strcmp(what, "auto")) return auto_event(argv[2]);
	if (!strcmp(what, "wait") && argc == 4) return wait_for(argv[2], strtoul(argv[3], NULL, 10));
	if (!strcmp(what, "copy") && argc == 5) return copy(argv[2], argv[3], strtoul(argv[4], NULL, 10));
	if (!strcmp(what, "write") && argc == 5) return write_map(argv[2], argv[3], strtoul(argv[4], NULL, 10));
	return 2;
}
