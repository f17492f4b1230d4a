/* test.h - the whole of our test kit: named cases, a process each, checks that say what they saw. */
#ifndef PC_TEST_H
#define PC_TEST_H
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The name of a case is a sentence; CMake finds the line and makes a CTest of it. */
/* clang-format off */
#define PC_TEST(name) void pc_case_##name(void); void pc_case_##name(void)

#define PC_FAIL(...) (fprintf(stderr, "%s:%d: ", __FILE__, __LINE__), fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(1))
#define CHECK(condition) do { if (!(condition)) PC_FAIL("not true: %s", #condition); } while (0)
#define CHECK_INT(got, want) do { long long got_ = (long long)(got), want_ = (long long)(want); \
	if (got_ != want_) PC_FAIL("%s is %lld, not %lld", #got, got_, want_); } while (0)
#define CHECK_STR(got, want) do { const char *got_ = (got), *want_ = (want); \
	if (!got_ || strcmp(got_, want_)) PC_FAIL("%s is\n  \"%s\"\nnot\n  \"%s\"", #got, got_ ? got_ : "(null)", want_); } while (0)
#define CHECK_MEM(got, want, bytes) do { if (memcmp((got), (want), (bytes))) PC_FAIL("%s differs from %s", #got, #want); } while (0)
/* For a pc_status, with the text of a pc_err (or NULL). */
#define CHECK_OK(call, err) do { pc_status st_ = (call); const pc_err *e_ = (err); \
	if (st_ != PC_OK) PC_FAIL("%s: %s (%s)", #call, pc_status_name(st_), e_ ? e_->text : ""); } while (0)
#define CHECK_STATUS(call, want) do { pc_status st_ = (call), w_ = (want); \
	if (st_ != w_) PC_FAIL("%s: %s, not %s", #call, pc_status_name(st_), pc_status_name(w_)); } while (0)

/* clang-format on */

/* A shared-memory name that no other run uses: "pct-PID-what". Static buffer per call site's choice of `what`. */
const char *pc_test_name(const char *what);

#endif
