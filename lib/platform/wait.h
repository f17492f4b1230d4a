/* platform/wait.h - sleeping on words in shared memory, and waking the sleepers.
 *
 * Words are in shared, possibly read-only mappings. Waiting compares and sleeps in one step, so a
 * change between the caller's load and the call is never lost:
 *
 *     words[i].expected = pc_load_acquire_u32(&control->notify);
 *     ... look at the regions; nothing new ...
 *     pc_wait_any(words, count, timeout_ns);
 *     ... look again, whatever it returned ...
 *
 * Writers may skip a wake for notify_min_us after the last one. Whoever waits on notify words alone
 * must therefore look once more notify_min_us + PC_WAIT_SLACK_NS after it loaded `expected`, before
 * it sleeps for longer on the same value; lib/region/wait.c shows how and why that is enough.    */
#ifndef PC_PLATFORM_WAIT_H
#define PC_PLATFORM_WAIT_H
#include <pagecast/status.h>
#include <stdint.h>

#define PC_WAIT_WORDS_MAX 128u
#define PC_WAIT_SLACK_NS  200000 /* a store is visible to every core well within this time */

typedef struct pc_wait_word {
	const uint32_t *word;
	uint32_t expected; /* value that the caller has seen and dealt with */
} pc_wait_word;

/**
 * Sleep until one of the words is woken or no longer holds its expected value. [any thread]
 *
 * Linux: futex_waitv(2); where the kernel lacks it, FUTEX_WAIT on the first word in slices of <= 50 ms.
 *
 * @param words       borrowed during the call; each word is mapped shared and stays so
 * @param count       1..PC_WAIT_WORDS_MAX
 * @param timeout_ns  < 0: for ever; 0: look only
 * @return PC_OK something may have changed (also after a signal: look again); PC_ETIMEDOUT;
 *         PC_EINVAL bad count; PC_EIO a word is not mapped
 */
pc_status pc_wait_any(const struct pc_wait_word *words, uint32_t count, int64_t timeout_ns);

/** Wake everybody who sleeps on @p word, in every process; a read-only mapping is enough. The caller has changed it before. [any thread] */
void pc_wake_all(const uint32_t *word);

/** For tests: behave as on a kernel without futex_waitv(2). Whole process. */
void pc_wait_use_slices(int on);

#endif
