/* fuzz_dwarf.c - any bytes as an object file with debug information: refused with a reason, or a layout. */
#define _GNU_SOURCE
#include "dwarf/debug.h"
#include "everything_of.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void read_type(const char *path, const char *type)
{
	const ly_wanted wanted = {.path = path, .type = type};
	pc_layout *layout = NULL;
	char name[64] = "";
	pc_strbuf more = {0};
	pc_err err = {""};
	pc_status s = ly_dwarf_read(&wanted, &layout, name, &more, &err);
	PC_ASSERT((s == PC_OK) == (layout != NULL) && (s == PC_OK) == !*err.text);
	if (layout) everything_of(layout, name);
	pc_layout_destroy(&layout);
	pc_strbuf_free(&more);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static const char *const types[] = {"Known", "Bits", "Named", "Tight"};
	char path[64];
	int fd = memfd_create("fuzz", 0);
	PC_ASSERT(fd >= 0 && write(fd, data, bytes) == (ssize_t)bytes);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) read_type(path, types[i]);
	(void)close(fd);
	return 0;
}
