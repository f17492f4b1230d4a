/* versus.h - one writer, one reader in another process that wants the newest value: what each way of doing it has to say.
 *
 * A program is versus.c and one way; so a library that is not installed is missing in one program only. */
#ifndef VERSUS_H
#define VERSUS_H
#include <stdbool.h>
#include <stddef.h>

typedef struct versus_way {
	const char *name;
	bool may_tear; /* a value may come half old: the bare limit */
	/** Before the processes part: what both need. @p where: a name, a path, as run.py and the way agree. */
	void (*begin)(const char *where, size_t bytes);
	void (*end)(void);
	void (*open_writer)(void);
	void (*publish)(const void *value);
	/** Returns once values that are published from now on will arrive. */
	void (*open_reader)(void);
	/** The newest value into @p value, without waiting; false: none since the last. A value that was seen before may come. */
	bool (*take)(void *value);
	/** The writer's or the reader's process is about to end. */
	void (*leave)(void);
	/** Sleep until there may be a new one, a second at most. */
	void (*wait)(void);
} versus_way;

extern const versus_way versus;

/** Say what failed and end. */
_Noreturn void versus_fail(const char *what, const char *why);

#endif
