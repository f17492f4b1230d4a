/* fuzz_descriptor.c - the file of a plugin, as `pagecast plugin info` reads it, and everything it says of its options. */
#include "descriptor/file.h"
#include "descriptor/option.h"

#include "base/err.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	pc_descriptor_file d = {.text_count = 0};
	pc_err err = {""};
	pc_status s = pc_descriptor_read(data, bytes, &d, &err);
	if (s != PC_OK) PC_ASSERT(err.text[0]);
	for (const struct pc_option *o = s == PC_OK ? d.api.options : NULL; o && o->key; o++) {
		char word[64];
		PC_ASSERT(pc_option_expected(o).text[0]);
		for (uint32_t i = 0; pc_option_word(o, i, word); i++) PC_ASSERT(word[0]);
	}
	pc_descriptor_file_free(&d);
	return 0;
}
