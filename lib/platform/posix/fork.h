/* platform/posix/fork.h - what a forked child must not inherit. Inside the posix half only. */
#ifndef PC_PLATFORM_POSIX_FORK_H
#define PC_PLATFORM_POSIX_FORK_H
#include <pagecast/status.h>

/** From now on a forked child starts by closing @p fd. @return PC_OK; PC_ENOMEM */
pc_status pc_fork_watch_fd(int fd);
/** Close @p fd and forget it, as one step for a fork() in between. */
void pc_fork_close_fd(int fd);

#endif
