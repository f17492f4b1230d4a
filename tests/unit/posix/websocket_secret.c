/* The token file, and its mode. */
#include "os.h"

#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

#define FRESH "0123456789012345678901234567890123456789abc"

PC_TEST(a_file_of_secrets_is_made_once_and_for_its_owner_alone)
{
	char path[200], text[100] = "";
	size_t bytes = 0;
	bool exposed = true;
	struct stat st;
	pc_err err = {{0}};
	(void)snprintf(path, sizeof path, "/tmp/%s", pc_test_name("token"));
	(void)umask(0);
	CHECK_STATUS(ws_secret_read(path, text, sizeof text, &bytes, &exposed, &err), PC_EABSENT);
	CHECK_OK(ws_secret_create(path, FRESH, &err), &err);
	CHECK(!stat(path, &st));
	CHECK_INT(st.st_mode & 07777, 0600);
	CHECK_INT(st.st_nlink, 1);
	CHECK_STATUS(ws_secret_create(path, "another", &err), PC_EBUSY);
	CHECK_OK(ws_secret_read(path, text, sizeof text, &bytes, &exposed, &err), &err);
	CHECK_STR(text, FRESH);
	CHECK_INT(bytes, strlen(FRESH));
	CHECK(!exposed);
	CHECK_STATUS(ws_secret_read(path, text, strlen(FRESH), &bytes, &exposed, &err), PC_EINVAL);
	CHECK(!chmod(path, 0640));
	CHECK_OK(ws_secret_read(path, text, sizeof text, &bytes, &exposed, &err), &err);
	CHECK(exposed);
	CHECK_OK(ws_secret_remove(path, &err), &err);
	CHECK_STATUS(ws_secret_read(path, text, sizeof text, &bytes, &exposed, &err), PC_EABSENT);
}
