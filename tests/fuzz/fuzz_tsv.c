/* fuzz_tsv.c - any bytes as a table: refused with a line, or a layout of which everything else can be made. */
#include "everything_of.h"
#include "layout/tsv_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	pc_layout *layout = NULL;
	char name[64] = "";
	pc_err err = {""};
	pc_status s = ly_tsv_read((const char *)data, bytes, &layout, name, &err);
	PC_ASSERT((s == PC_OK) == (layout != NULL) && (s == PC_OK) == !*err.text);
	if (layout) everything_of(layout, name);
	pc_layout_destroy(&layout);
	return 0;
}
