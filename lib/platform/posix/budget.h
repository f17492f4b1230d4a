/* platform/posix/budget.h - asking before allocating, where the kernel would answer with the OOM killer. */
#ifndef PC_PLATFORM_POSIX_BUDGET_H
#define PC_PLATFORM_POSIX_BUDGET_H
#include <stdint.h>

/** 1 if the file system behind @p fd, and for a tmpfs the machine's memory too, can take @p more_bytes. [any thread] */
int pc_budget_allows(int fd, uint64_t more_bytes);

#endif
