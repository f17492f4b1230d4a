/* The mutex by which foreign programs guard their map: a robust one in shared memory, whose holder dies. */
#define _GNU_SOURCE
#include "platform/companion.h"
#include "process_kit.h"

#include <pthread.h>

static pthread_mutex_t *make(const char *name, mode_t mode)
{
	char path[256];
	pthread_mutexattr_t attributes;
	pthread_mutex_t *mutex;
	int fd;
	kit_path(name, "", path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	CHECK_INT(fchmod(fd, mode), 0);
	CHECK_INT(ftruncate(fd, sizeof *mutex), 0);
	mutex = mmap(NULL, sizeof *mutex, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(mutex != MAP_FAILED);
	(void)close(fd);
	(void)pthread_mutexattr_init(&attributes);
	(void)pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	(void)pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	CHECK_INT(pthread_mutex_init(mutex, &attributes), 0);
	return mutex;
}

static pthread_mutex_t *shared;

static void hold_for_ever(const char *name, uint64_t *cells)
{
	(void)name;
	CHECK_INT(pthread_mutex_lock(shared), 0);
	pc_store_release_u64(&cells[0], 1);
	for (;;) kit_sleep_ms(100);
}

PC_TEST(a_mutex_whose_holder_died_is_ours_and_says_so)
{
	const char *name = kit_name("mutex");
	uint64_t *cells = kit_cells();
	pc_companion c = {0};
	pc_err err = {""};
	kit_process pid;
	CHECK_STATUS(pc_companion_open(name, &c, NULL), PC_EABSENT);
	shared = make(name, 0600);
	CHECK_OK(pc_companion_open(name, &c, &err), &err);
	CHECK_STATUS(pc_companion_try(&c), PC_OK);
	CHECK_INT(pthread_mutex_trylock(shared), EBUSY);
	pc_companion_give(&c);
	pid = kit_spawn(hold_for_ever, name, cells);
	CHECK_STATUS(pc_companion_try(&c), PC_EBUSY);
	kit_kill(pid);
	CHECK_STATUS(pc_companion_try(&c), PC_ESTALE);
	pc_companion_give(&c);
	CHECK_STATUS(pc_companion_try(&c), PC_OK);
	pc_companion_give(&c);
	pc_companion_close(&c);
	pc_companion_close(&c);
}

PC_TEST(a_mutex_that_anybody_may_write_or_that_is_none_is_refused)
{
	const char *loose = kit_name("loose"), *small = kit_name("small");
	pc_companion c = {0};
	(void)make(loose, 0666);
	CHECK_STATUS(pc_companion_open(loose, &c, NULL), PC_EUNTRUSTED);
	kit_put_payload(small, "x", 1);
	CHECK_STATUS(pc_companion_open(small, &c, NULL), PC_ECORRUPT);
}
