/* thread.h - a thread, a lock, and something to sleep on. posix/ and win32/ hold the halves. */
#ifndef KIT_THREAD_H
#define KIT_THREAD_H
#include <stdint.h>

typedef struct kit_thread kit_thread;
/** Run @p fn(@p arg) on a new thread that takes no signals. @param name  for debuggers, ASCII @return NULL on failure */
kit_thread *kit_thread_start(void (*fn)(void *arg), void *arg, const char *name);
/** Wait for its end, free it, set *thread to NULL; accepts NULL. */
void kit_thread_join(kit_thread **thread);

typedef struct kit_lock kit_lock;
kit_lock *kit_lock_create(void); /* NULL: out of memory */
/** Set *lock to NULL; accepts NULL. */
void kit_lock_destroy(kit_lock **lock);
void kit_lock_take(kit_lock *lock);
void kit_lock_give(kit_lock *lock);

/** One thread sleeps on it: who rings while nobody sleeps wakes the next sleep at once. */
typedef struct kit_bell kit_bell;
kit_bell *kit_bell_create(void); /* NULL: out of memory */
/** Set *bell to NULL; accepts NULL. */
void kit_bell_destroy(kit_bell **bell);
/** [any thread, whatever it holds] */
void kit_bell_ring(kit_bell *bell);
/** Sleep until it rings, or so long. */
void kit_bell_sleep(kit_bell *bell, uint64_t ns);

#endif
