/* Slips in a security descriptor are found on every system. */
#include "config/sddl.h"

#include "test.h"

PC_TEST(descriptors_that_windows_takes_are_taken)
{
	static const char *const good[] = {"D:(A;;GR;;;WD)(A;;GA;;;OW)",
	                                   "O:BAG:SYD:P(A;;GR;;;WD)(A;;GA;;;S-1-5-32-544)S:(ML;;NW;;;LW)",
	                                   "O:S-1-5-18D:PAI(D;;GW;;;AN)(A;OICI;0x1f01ff;;;BA)"};
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		if (pcd_sddl_wrong(good[i])) PC_FAIL("%s: %s", good[i], pcd_sddl_wrong(good[i]));
}

PC_TEST(every_prefix_of_a_descriptor_is_judged_without_reading_beyond_it)
{
	static const char whole[] = "O:BAG:SYD:P(A;;GR;;;WD)(A;;GA;;;OW)S:(ML;;NW;;;LW)";
	for (size_t bytes = 0; bytes < sizeof whole; bytes++) {
		char *copy = malloc(bytes + 1);
		CHECK(copy != NULL);
		memcpy(copy, whole, bytes);
		copy[bytes] = 0;
		/* Whole after each entry of the list of users, and nowhere else. */
		int is_whole = bytes == strlen("O:BAG:SYD:P(A;;GR;;;WD)") ||
		               bytes == strlen("O:BAG:SYD:P(A;;GR;;;WD)(A;;GA;;;OW)") ||
		               bytes == strlen("O:BAG:SYD:P(A;;GR;;;WD)(A;;GA;;;OW)S:") || bytes == strlen(whole);
		CHECK_INT(!pcd_sddl_wrong(copy), is_whole);
		free(copy);
	}
}
