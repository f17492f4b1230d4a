/* platform/posix/bell.c - see platform/bell.h. */
#define _GNU_SOURCE
#include "platform/bell.h"

#include "base/err.h"
#include "platform/process.h"
#include "platform/wait.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BELL_BYTES         64u
#define MADE_OFFSET        56u
#define MADE_MAGIC         UINT64_C(0x0a016c6c65426750) /* tells ours from one that a program made */
#define WRITABLE_BY_OTHERS 0022u

/* Past the mapping: its program may cut it short, and a load would be SIGBUS. */
static pc_status counter_of(const pc_bell *bell, uint32_t *ret)
{
	return pc_object_read(&bell->object, 0, ret, sizeof *ret) == PC_OK ? PC_OK : PC_EIO;
}

static pc_status open_bell(const char *plain, int writable, pc_bell *ret, pc_object_facts *facts, pc_err *err)
{
	pc_bell b = {0};
	pc_status s = pc_object_open(plain, writable, &b.object, facts, err);
	if (s != PC_OK) return s;
	if (facts->bytes < sizeof(uint32_t))
		s = pc_err_set(err, PC_ECORRUPT, "event '%s' is none: it has %llu bytes", plain,
		               (unsigned long long)facts->bytes);
	if (s == PC_OK)
		s = pc_map_open(&b.object, sizeof(uint32_t), (writable ? PC_MAP_WRITABLE : 0u) | PC_MAP_NOT_INHERITED,
		                &b.map, err);
	if (s == PC_OK) s = counter_of(&b, &b.seen);
	(void)snprintf(b.name, sizeof b.name, "%s", plain);
	b.handle = b.map.base;
	if (s == PC_OK) {
		*ret = b;
		return PC_OK;
	}
	pc_map_close(&b.map);
	pc_object_close(&b.object);
	return s;
}

static pc_status make(const char *plain, uint32_t mode, pc_err *err)
{
	static const uint64_t magic = MADE_MAGIC;
	pc_access access = {0600 | (mode & 0044), NULL};
	pc_object object = {0};
	pc_status s = pc_object_create(plain, BELL_BYTES, &access, &object, err);
	if (s != PC_OK) return s;
	s = pc_object_write(&object, MADE_OFFSET, &magic, sizeof magic);
	if (s == PC_OK) s = pc_object_publish(&object, plain, 0, err);
	pc_object_close(&object);
	return s;
}

pc_status pc_bell_create(const char *name, const pc_access *access, pc_bell *ret_bell, pc_err *err)
{
	char plain[PC_NAME_BYTES];
	pc_object_facts facts = {0};
	uint64_t magic = 0;
	pc_bell b = {0};
	pc_status s = pc_object_name(name, plain, err);
	if (s == PC_OK) s = make(plain, access->mode, err);
	if (s == PC_OK || s == PC_EBUSY) s = open_bell(plain, 1, &b, &facts, err);
	if (s == PC_ECORRUPT) s = pc_err_set(err, PC_EBUSY, "event '%s': something else has that name", plain);
	if (s != PC_OK) return s;
	if ((facts.uid != pc_process_uid() && facts.uid != 0) || facts.mode & WRITABLE_BY_OTHERS) {
		pc_bell_close(&b);
		return pc_err_set(err, PC_EUNTRUSTED, "event '%s' may be written by others, who could cut it short",
		                  plain);
	}
	/* To ring it is to write into it: never into what may be somebody's map. */
	if (pc_object_read(&b.object, MADE_OFFSET, &magic, sizeof magic) != PC_OK || magic != MADE_MAGIC) {
		pc_bell_close(&b);
		return pc_err_set(err, PC_EBUSY, "event '%s': something else has that name", plain);
	}
	b.is_made = 1;
	*ret_bell = b;
	return PC_OK;
}

void pc_bell_ring(pc_bell *bell)
{
	(void)__atomic_fetch_add((uint32_t *)bell->map.base, 1, __ATOMIC_RELEASE);
	pc_wake_all(bell->map.base);
}

pc_status pc_bell_open(const char *name, pc_bell *ret_bell, pc_err *err)
{
	char plain[PC_NAME_BYTES];
	pc_object_facts facts;
	pc_status s = pc_object_name(name, plain, err);
	return s == PC_OK ? open_bell(plain, 0, ret_bell, &facts, err) : s;
}

pc_status pc_bell_wait(pc_bell *bell, uint32_t timeout_ms)
{
	struct timespec most = {(time_t)(timeout_ms / 1000), (long)(timeout_ms % 1000) * 1000000};
	uint32_t now;
	if (counter_of(bell, &now) != PC_OK) return PC_EIO;
	if (now == bell->seen) {
		/* EFAULT: cut short meanwhile. */
		if (syscall(SYS_futex, bell->map.base, FUTEX_WAIT, now, &most, NULL, 0) && errno == EFAULT)
			return PC_EIO;
		if (counter_of(bell, &now) != PC_OK) return PC_EIO;
	}
	if (now == bell->seen) return PC_ETIMEDOUT;
	bell->seen = now;
	return PC_OK;
}

int pc_bell_is_named(const pc_bell *bell)
{
	return pc_object_is_named(bell->name, bell->object.file_id) == PC_OK;
}

void pc_bell_close(pc_bell *bell)
{
	if (bell->is_made) (void)pc_object_unlink(bell->name, bell->object.file_id);
	pc_map_close(&bell->map);
	pc_object_close(&bell->object);
	memset(bell, 0, sizeof *bell);
}
