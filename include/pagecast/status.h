/* pagecast/status.h - every result code of the library, in one table.
 * SPDX-License-Identifier: MIT
 *
 * A code exists only if a caller acts differently on it. The library never logs and never exits:
 * it returns a code and, where the caller lent a `pc_err`, one line of text for a person.        */
#ifndef PAGECAST_STATUS_H
#define PAGECAST_STATUS_H
#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32) && defined(PC_BUILD_SHARED)
#define PC_API __declspec(dllexport)
#elif defined(_WIN32) && defined(PC_USE_SHARED)
#define PC_API __declspec(dllimport)
#elif defined(__GNUC__)
#define PC_API __attribute__((visibility("default")))
#else
#define PC_API
#endif

/* X(name, value, text) */
#define PC_STATUS_TABLE(X)                                                       \
	X(PC_OK, 0, "ok")                                                        \
	X(PC_EINVAL, -1, "invalid argument or input")                            \
	X(PC_ENOMEM, -2, "out of memory")                                        \
	X(PC_EAGAIN, -3, "every try met a write in progress")                    \
	X(PC_EABSENT, -4, "no such region yet")                                  \
	X(PC_ENOTREADY, -5, "the region is still being set up")                  \
	X(PC_EVERSION, -6, "written by an incompatible version")                 \
	X(PC_ECORRUPT, -7, "not a pagecast control page, or a damaged one")      \
	X(PC_EUNTRUSTED, -8, "owned or writable by somebody who is not trusted") \
	X(PC_ESTALE, -9, "retired or gone: open it again")                       \
	X(PC_EBUSY, -10, "held by another process")                              \
	X(PC_EPERM, -11, "permission denied")                                    \
	X(PC_ENOSPC, -12, "no space left, in memory or on the disk")             \
	X(PC_ETIMEDOUT, -13, "timed out")                                        \
	X(PC_EIO, -14, "the operating system refused")                           \
	X(PC_EUNSUPPORTED, -15, "not supported here")

typedef enum pc_status {
#define PC_X(name, value, text) name = value,
	PC_STATUS_TABLE(PC_X)
#undef PC_X
} pc_status;

/** Caller-owned text of one failure; always ended by NUL, empty when there is nothing to add. */
typedef struct pc_err {
	char text[256];
} pc_err;

/** Name of a status, e.g. "PC_EBUSY"; "PC_E?" for an unknown value. Static storage. [any thread] */
PC_API const char *pc_status_name(pc_status s);
/** Sentence for a status, e.g. "held by another process". Static storage. [any thread] */
PC_API const char *pc_status_text(pc_status s);
/** Version of the library that is running, e.g. "0.1.0". Static storage. [any thread] */
PC_API const char *pc_version(void);

#ifdef __cplusplus
}
#endif
#endif
