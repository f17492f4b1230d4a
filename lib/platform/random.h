/* platform/random.h - unpredictable bytes. */
#ifndef PC_PLATFORM_RANDOM_H
#define PC_PLATFORM_RANDOM_H
#include <pagecast/status.h>
#include <stddef.h>

/** Fill @p dst from the system's generator. @return PC_OK; PC_EIO it has none. [any thread] */
pc_status pc_random_bytes(void *dst, size_t bytes);

#endif
