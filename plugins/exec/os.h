/* os.h - what exec needs of the operating system: a program, what it says, and its end. posix/ and win32/ hold the halves.
 *
 * A thread per program reads its output, one chunk at a time: it announces a chunk and waits until that is given back, so a
 * program that says more than is taken waits in its own write(). The program and all that it started end with us.        */
#ifndef EXEC_OS_H
#define EXEC_OS_H
#include <pagecast/status.h>
#include <stdbool.h>
#include <stddef.h>

#define EXEC_CHUNK_BYTES 65536u
#define EXEC_ARGS_MAX    64u

enum exec_chunk_kind {
	EXEC_OUTPUT, /* of its standard output */
	EXEC_ERRORS, /* of its standard error */
	EXEC_END     /* it ended; the last chunk. data: how, for people */
};
typedef struct exec_chunk {
	enum exec_chunk_kind kind;
	size_t bytes;
	char data[EXEC_CHUNK_BYTES];
} exec_chunk;

typedef struct exec_child exec_child;
/** A chunk is there, on the program's thread: hand it to the loop. @return false: nobody will take it, end */
typedef bool exec_announce_fn(void *arg);

/**
 * Start a program without a shell, its standard input empty, in a group (POSIX) or job (Windows) of its own.
 * @param argv    NULL-ended; argv[0] is sought along PATH. Copied
 * @param folder  where it starts, or NULL for the daemon's
 * @return PC_OK; PC_EABSENT no such program; PC_EPERM; PC_ENOMEM; PC_EIO; err says which. [loop]
 */
pc_status exec_child_start(const char *const *argv, const char *folder, exec_announce_fn *announce, void *arg,
                           exec_child **ret_child, pc_err *err);
/** The announced chunk, until exec_child_next(). [loop] */
const exec_chunk *exec_child_chunk(const exec_child *child);
/** Give the chunk back. [loop] */
void exec_child_next(exec_child *child);
/** Ask it to end, kill it after @p grace_ms, join its thread, free it, set *child to NULL; accepts NULL. [loop] */
void exec_child_stop(exec_child **child, unsigned grace_ms);

#endif
