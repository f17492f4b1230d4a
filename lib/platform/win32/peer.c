/* platform/win32/peer.c - see peer.h. */
#include "platform/win32/peer.h"

#include <stdlib.h>

static struct {
	SRWLOCK lock;
	pc_peer *first;
} peers = {.lock = SRWLOCK_INIT};

static uint64_t start_of(HANDLE process)
{
	FILETIME created, ended, in_kernel, in_user;
	if (!GetProcessTimes(process, &created, &ended, &in_kernel, &in_user)) return 0;
	return (uint64_t)created.dwHighDateTime << 32 | created.dwLowDateTime;
}

uint64_t pc_peer_own_start(void)
{
	return start_of(GetCurrentProcess());
}

static void open_process(pc_peer *peer)
{
	if (peer->pid == GetCurrentProcessId()) {
		peer->is_gone = peer->created != pc_peer_own_start();
		return;
	}
	peer->process = OpenProcess(SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE, peer->pid);
	if (peer->process && start_of(peer->process) != peer->created) {
		/* Its successor under the same number. */
		(void)CloseHandle(peer->process);
		peer->process = NULL;
		peer->is_gone = 1;
	} else if (!peer->process) {
		peer->is_gone = GetLastError() == ERROR_INVALID_PARAMETER;
	}
}

pc_peer *pc_peer_find(uint32_t pid, uint64_t created)
{
	pc_peer *peer;
	AcquireSRWLockExclusive(&peers.lock);
	for (peer = peers.first; peer; peer = peer->next)
		if (peer->pid == pid && peer->created == created) break;
	if (peer) {
		peer->users++;
	} else if ((peer = calloc(1, sizeof *peer)) != NULL) {
		peer->pid = pid;
		peer->created = created;
		peer->users = 1;
		open_process(peer);
		peer->next = peers.first;
		peers.first = peer;
	}
	ReleaseSRWLockExclusive(&peers.lock);
	return peer;
}

pc_peer *pc_peer_keep(pc_peer *peer)
{
	AcquireSRWLockExclusive(&peers.lock);
	peer->users++;
	ReleaseSRWLockExclusive(&peers.lock);
	return peer;
}

void pc_peer_drop(pc_peer *peer)
{
	pc_peer **link;
	if (!peer) return;
	AcquireSRWLockExclusive(&peers.lock);
	if (--peer->users == 0) {
		for (link = &peers.first; *link != peer; link = &(*link)->next)
			;
		*link = peer->next;
		if (peer->process) (void)CloseHandle(peer->process);
		free(peer);
	}
	ReleaseSRWLockExclusive(&peers.lock);
}

int pc_peer_has_ended(const pc_peer *peer)
{
	if (peer->is_gone) return 1;
	if (peer->pid == GetCurrentProcessId()) return 0;
	if (!peer->process) return -1;
	return WaitForSingleObject(peer->process, 0) == WAIT_OBJECT_0;
}
