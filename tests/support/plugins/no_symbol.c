/* A shared library, but no plugin. */
int pc_test_just_a_library(void);
int pc_test_just_a_library(void)
{
	return 42;
}
