/* os.h - what record and replay need of the system: a thread, a lock, and something to sleep on. posix/ and win32/ hold the halves. */
#ifndef RECORD_OS_H
#define RECORD_OS_H
#include <stdbool.h>
#include <stdint.h>

typedef struct record_thread record_thread;
/** Run @p fn(@p arg) on a new thread that takes no signals. @return NULL on failure */
record_thread *record_thread_start(void (*fn)(void *arg), void *arg);
/** Wait for its end, free it, set *thread to NULL; accepts NULL. */
void record_thread_join(record_thread **thread);

/** A lock, and a bell that one thread sleeps on: who rings while nobody sleeps wakes the next sleep at once. */
typedef struct record_sync record_sync;
record_sync *record_sync_create(void); /* NULL: out of memory */
void record_sync_destroy(record_sync **sync);
void record_lock(record_sync *sync);
void record_unlock(record_sync *sync);
/** [any thread, whether it holds the lock or not] */
void record_ring(record_sync *sync);
/** Sleep until the bell rings or so long. Not while holding the lock. */
void record_sleep(record_sync *sync, uint64_t ns);

#endif
