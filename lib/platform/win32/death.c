/* platform/win32/death.c - who is bound to a control page, and whether that process ended; see platform/lock.h. */
#include "platform/win32/death.h"

#include "base/atomic.h"
#include "platform/lock.h"
#include "platform/process.h"
#include "platform/wait.h"
#include "platform/win32/mutant.h"

#include <string.h>

uint32_t pc_liveness_kind_of_platform(void)
{
	return PC_LIVENESS_PROCESS;
}

uint32_t pc_death_word_offset(void)
{
	return (uint32_t)offsetof(pc_death, word);
}

pc_status pc_death_arm(void *bytes, pc_err *err)
{
	pc_death *death = bytes;
	(void)err;
	/* The word last: whoever sees it sees whose it is. */
	pc_store_release_u32(&death->word, 0);
	memset((char *)bytes + sizeof death->word, 0, sizeof *death - sizeof death->word);
	pc_store_relaxed_u32(&death->pid, GetCurrentProcessId());
	pc_store_relaxed_u64(&death->created, pc_peer_own_start());
	pc_store_release_u32(&death->word, GetCurrentThreadId() & ~PC_FUTEX_OWNER_DIED);
	return PC_OK;
}

int pc_death_disarm(void *bytes)
{
	pc_death *death = bytes;
	if (pc_load_relaxed_u32(&death->pid) == GetCurrentProcessId() &&
	    !(pc_load_acquire_u32(&death->word) & PC_FUTEX_OWNER_DIED))
		pc_store_release_u32(&death->word, 0);
	return 1;
}

void pc_death_mark(void *bytes)
{
	pc_death *death = bytes;
	(void)pc_or_u32(&death->word, PC_FUTEX_OWNER_DIED);
	pc_wake_all(&death->word);
}

/* A consistent look at bytes that another process may be writing. */
static int read_death(const pc_death *shared, pc_death *ret_death)
{
	for (int i = 0; i < 8; i++) {
		ret_death->word = pc_load_acquire_u32(&shared->word);
		ret_death->pid = pc_load_relaxed_u32(&shared->pid);
		ret_death->created = pc_load_relaxed_u64(&shared->created);
		pc_fence_acquire();
		if (pc_load_relaxed_u32(&shared->word) == ret_death->word) return 1;
	}
	return 0;
}

pc_peer *pc_death_peer(pc_view_entry *entry)
{
	pc_death now;
	if (!read_death((const pc_death *)(const void *)(entry->base + offsetof(pc_control, robust)), &now))
		return NULL;
	if (!now.word || now.word & PC_FUTEX_OWNER_DIED) return NULL;
	if (!entry->peer || entry->peer->pid != now.pid || entry->peer->created != now.created) {
		pc_peer_drop(entry->peer);
		entry->peer = pc_peer_find(now.pid, now.created);
	}
	return entry->peer;
}

/* Where the process may not be asked, its lock is: a writer arms the word after taking it, and disarms before letting go. */
static int has_ended(pc_view_entry *entry)
{
	const pc_peer *peer = pc_death_peer(entry);
	wchar_t name[PC_SECTION_UNITS];
	int ended = peer ? pc_peer_has_ended(peer) : 0;
	if (ended >= 0) return ended;
	pc_mutant_name(entry->name, PC_LOCK_OFFSET_WRITER, name);
	return pc_mutant_is_held(name) == 0;
}

uint32_t pc_death_load(const void *bytes)
{
	const pc_death *death = bytes;
	uint32_t word = pc_load_acquire_u32(&death->word);
	pc_view_entry *entry;
	int ended;
	if (!word || word & PC_FUTEX_OWNER_DIED) return word;
	pc_view_begin();
	entry = pc_view_find(bytes);
	ended = entry && entry->is_control && has_ended(entry);
	pc_view_end();
	if (!ended) return word;
	/* It may have closed, or a successor may have started, while we looked. */
	return pc_load_acquire_u32(&death->word) == word ? word | PC_FUTEX_OWNER_DIED
	                                                 : pc_load_acquire_u32(&death->word);
}
