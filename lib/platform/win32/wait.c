/* platform/win32/wait.c - sleeping on words; see platform/wait.h.
 *
 * Between processes a wake is a pair of manual-reset events per control section, used in turn: who has seen n wakes sleeps on
 * the event of n + 1, which the wake n + 1 sets and the wake n + 2 resets. Comparing and sleeping are two steps here, so a
 * sleeper that the system holds up between them through two whole wakes has missed both: that is why nobody sleeps longer than
 * a slice without comparing again. A writer killed between its count and its event leaves the wrong event set, and then a
 * slice is the pause between two comparisons, and short.
 * Inside this process, and for words in memory that is not shared, sleepers are on a list, and nothing can be missed. */
#include "platform/wait.h"

#include "platform/clock.h"
#include "platform/lock.h"
#include "platform/win32/death.h"

#include <stdlib.h>
#include <string.h>

#define SLICE_MS   100u /* longest sleep without comparing */
#define TURN_MS    10u  /* the same where there are more things to wait for than the system takes at once */
#define STALE_MS   1u   /* pause after a wake that changed nothing */
#define HANDLES    MAXIMUM_WAIT_OBJECTS
#define NS_PER_MS  UINT64_C(1000000)
#define FOREVER_NS UINT64_MAX

/* One call of pc_wait_any(), as pc_wake_all() sees it. */
typedef struct sleeper {
	struct sleeper *next;
	const pc_wait_word *words;
	uint32_t count;
	HANDLE bell;
} sleeper;

static struct {
	SRWLOCK lock;
	sleeper *first;
	HANDLE spare_bells[8]; /* events of calls that returned */
	unsigned spare_count;
} sleepers = {.lock = SRWLOCK_INIT};

/* What to wait for besides the bell. Peers are held, so that no handle is closed under us. */
typedef struct wait_set {
	HANDLE handles[2 * PC_WAIT_WORDS_MAX];
	pc_peer *peers[PC_WAIT_WORDS_MAX];
	uint32_t count, peer_count;
} wait_set;

void pc_wait_use_slices(int on)
{
	(void)on; /* there is nothing else */
}

static void enlist(sleeper *s)
{
	AcquireSRWLockExclusive(&sleepers.lock);
	s->bell = sleepers.spare_count ? sleepers.spare_bells[--sleepers.spare_count] : NULL;
	if (!s->bell) s->bell = CreateEventW(NULL, FALSE, FALSE, NULL);
	s->next = sleepers.first;
	sleepers.first = s;
	ReleaseSRWLockExclusive(&sleepers.lock);
}

static void discharge(sleeper *s)
{
	HANDLE too_many = NULL;
	AcquireSRWLockExclusive(&sleepers.lock);
	for (sleeper **link = &sleepers.first; *link; link = &(*link)->next) {
		if (*link != s) continue;
		*link = s->next;
		break;
	}
	if (s->bell) (void)ResetEvent(s->bell);
	if (s->bell && sleepers.spare_count < sizeof sleepers.spare_bells / sizeof sleepers.spare_bells[0])
		sleepers.spare_bells[sleepers.spare_count++] = s->bell;
	else
		too_many = s->bell;
	ReleaseSRWLockExclusive(&sleepers.lock);
	if (too_many) (void)CloseHandle(too_many);
}

static void ring(const uint32_t *word)
{
	AcquireSRWLockShared(&sleepers.lock);
	for (const sleeper *s = sleepers.first; s; s = s->next)
		for (uint32_t i = 0; i < s->count; i++)
			if (s->words[i].word == word && s->bell) (void)SetEvent(s->bell);
	ReleaseSRWLockShared(&sleepers.lock);
}

/* Offset of a word inside its control page; 0 if it is in none. */
static size_t place_of(const pc_view_entry *entry, const uint32_t *word)
{
	size_t at = entry ? (size_t)((const unsigned char *)word - entry->base) : 0;
	return entry && entry->is_control && at < PC_CONTROL_BYTES ? at : 0;
}

static int is_death_word(size_t place)
{
	return place == offsetof(pc_control, robust) + offsetof(pc_death, word);
}

static uint32_t value_of(const uint32_t *word)
{
	size_t place;
	uint32_t now = pc_load_acquire_u32(word);
	pc_view_begin();
	place = place_of(pc_view_find(word), word);
	pc_view_end();
	return is_death_word(place) ? pc_death_load(word) : now;
}

static int something_changed(const pc_wait_word *words, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (value_of(words[i].word) != words[i].expected) return 1;
	return 0;
}

static void add_peer(wait_set *set, pc_peer *peer)
{
	if (!peer || !peer->process) return;
	for (uint32_t i = 0; i < set->peer_count; i++)
		if (set->peers[i] == peer) return; /* many regions, one writer */
	set->peers[set->peer_count++] = pc_peer_keep(peer);
}

/* @return 1 every word has something that will wake us; 0 some have to be looked at */
static int collect(const pc_wait_word *words, uint32_t count, wait_set *set)
{
	int complete = 1;
	set->count = set->peer_count = 0;
	pc_view_begin();
	for (uint32_t i = 0; i < count; i++) {
		pc_view_entry *entry = pc_view_find(words[i].word);
		size_t place = place_of(entry, words[i].word);
		if (place == offsetof(pc_control, notify)) {
			if (pc_view_open_events(entry))
				set->handles[set->count++] = entry->events[(words[i].expected + 1) & 1];
			else
				complete = 0;
		} else if (is_death_word(place) && !(words[i].expected & PC_FUTEX_OWNER_DIED)) {
			add_peer(set, pc_death_peer(entry));
		}
	}
	pc_view_end();
	for (uint32_t i = 0; i < set->peer_count; i++) set->handles[set->count++] = set->peers[i]->process;
	return complete;
}

static void let_go(wait_set *set)
{
	for (uint32_t i = 0; i < set->peer_count; i++) pc_peer_drop(set->peers[i]);
	set->peer_count = set->count = 0;
}

/* Wait for the bell and a part of the set. @return 1 something is signalled */
static int wait_part(HANDLE bell, const wait_set *set, uint32_t from, DWORD ms)
{
	HANDLE handles[HANDLES];
	DWORD count = 0, found;
	if (bell) handles[count++] = bell;
	while (from < set->count && count < HANDLES) handles[count++] = set->handles[from++];
	if (!count) {
		Sleep(ms);
		return 0;
	}
	found = WaitForMultipleObjects(count, handles, FALSE, ms);
	if (found == WAIT_FAILED) Sleep(ms < TURN_MS ? ms : TURN_MS);
	return found < WAIT_OBJECT_0 + count;
}

static void wait_slice(HANDLE bell, const wait_set *set, int complete, uint64_t left_ns)
{
	uint64_t left_ms = (left_ns + NS_PER_MS - 1) / NS_PER_MS;
	uint32_t per_part = HANDLES - 1;
	DWORD most = set->count > per_part || !complete ? TURN_MS : SLICE_MS;
	DWORD ms = left_ms < most ? (DWORD)left_ms : most;
	for (uint32_t from = 0; from == 0 || from < set->count; from += per_part)
		if (wait_part(bell, set, from, ms)) return;
}

pc_status pc_wait_any(const struct pc_wait_word *words, uint32_t count, int64_t timeout_ns)
{
	uint64_t start, spent = 0, limit = timeout_ns < 0 ? FOREVER_NS : (uint64_t)timeout_ns;
	sleeper self = {.words = words, .count = count};
	pc_status s = PC_ETIMEDOUT;
	if (!count || count > PC_WAIT_WORDS_MAX) return PC_EINVAL;
	if (something_changed(words, count)) return PC_OK;
	if (timeout_ns == 0) return PC_ETIMEDOUT;
	start = pc_clock_mono_ns();
	enlist(&self);
	while (spent < limit) {
		wait_set set;
		uint64_t before = spent;
		int complete = collect(words, count, &set);
		if (something_changed(words, count)) {
			s = PC_OK;
		} else {
			wait_slice(self.bell, &set, complete, limit - spent);
			if (something_changed(words, count)) s = PC_OK;
		}
		let_go(&set);
		if (s == PC_OK) break;
		spent = pc_clock_mono_ns() - start;
		if (spent - before < STALE_MS * NS_PER_MS) {
			pc_clock_sleep_ns(limit - spent < STALE_MS * NS_PER_MS ? limit - spent : STALE_MS * NS_PER_MS);
			spent = pc_clock_mono_ns() - start;
		}
	}
	discharge(&self);
	return s;
}

void pc_wake_all(const uint32_t *word)
{
	pc_view_entry *entry;
	ring(word);
	pc_view_begin();
	entry = pc_view_find(word);
	/* A death needs no event: its sleepers wait for the process, and whoever marks it counts a wake as well. */
	if (entry && entry->is_writable && place_of(entry, word) == offsetof(pc_control, notify)) {
		uint32_t wakes = pc_load_acquire_u32(word);
		if (entry->events[(wakes + 1) & 1]) (void)ResetEvent(entry->events[(wakes + 1) & 1]);
		if (entry->events[wakes & 1]) (void)SetEvent(entry->events[wakes & 1]);
	}
	pc_view_end();
}
