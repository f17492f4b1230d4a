/* base/name.c - see name.h. */
#include "base/name.h"

#include "base/err.h"

#include <string.h>

#define ALLOWED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.$+#@ -"

static const char *skip(const char *name, const char *prefix)
{
	size_t bytes = strlen(prefix);
	return strncmp(name, prefix, bytes) ? NULL : name + bytes;
}

static int ends_in(const char *name, size_t bytes, const char *suffix)
{
	size_t suffix_bytes = strlen(suffix);
	return bytes >= suffix_bytes && !memcmp(name + bytes - suffix_bytes, suffix, suffix_bytes);
}

pc_status pc_name_parse(const char *name, char ret_name[PC_NAME_BYTES], enum pc_name_space *ret_space, pc_err *err)
{
	enum pc_name_space space = PC_NAME_PLAIN;
	const char *plain = name, *rest;
	size_t bytes;
	if (!name) return pc_err_set(err, PC_EINVAL, "a region needs a name");
	if ((rest = skip(name, "Local\\")) != NULL) {
		space = PC_NAME_LOCAL;
		plain = rest;
	} else if ((rest = skip(name, "Global\\")) != NULL) {
		space = PC_NAME_GLOBAL;
		plain = rest;
	}
	bytes = strlen(plain);
	if (!bytes || bytes > PC_NAME_LENGTH_MAX)
		return pc_err_set(err, PC_EINVAL, "region name '%.80s' is not 1..%u bytes long", plain,
		                  PC_NAME_LENGTH_MAX);
	if (strspn(plain, ALLOWED) != bytes)
		return pc_err_set(err, PC_EINVAL, "region name '%s' has a character outside [A-Za-z0-9_.$+#@ -]",
		                  plain);
	if (plain[0] == '.') return pc_err_set(err, PC_EINVAL, "region name '%s' starts with '.'", plain);
	if (ends_in(plain, bytes, PC_CONTROL_SUFFIX))
		return pc_err_set(err, PC_EINVAL, "region name '%s' ends in '" PC_CONTROL_SUFFIX "'", plain);
	memcpy(ret_name, plain, bytes + 1);
	if (ret_space) *ret_space = space;
	return PC_OK;
}

void pc_name_control(const char *name, char ret_name[PC_CONTROL_NAME_BYTES])
{
	size_t bytes = strlen(name);
	PC_ASSERT(bytes < PC_NAME_BYTES);
	memcpy(ret_name, name, bytes);
	memcpy(ret_name + bytes, PC_CONTROL_SUFFIX, sizeof PC_CONTROL_SUFFIX);
}
