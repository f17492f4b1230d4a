/* CRC-32C against the values of RFC 3720, appendix B.4. */
#include "base/crc32c.h"
#include "test.h"

PC_TEST(crc32c_agrees_with_the_rfc)
{
	unsigned char bytes[32];
	CHECK_INT(pc_crc32c("123456789", 9), 0xe3069283);
	memset(bytes, 0, sizeof bytes);
	CHECK_INT(pc_crc32c(bytes, sizeof bytes), 0x8a9136aa);
	memset(bytes, 0xff, sizeof bytes);
	CHECK_INT(pc_crc32c(bytes, sizeof bytes), 0x62a8ab43);
	for (unsigned i = 0; i < 32; i++) bytes[i] = (unsigned char)i;
	CHECK_INT(pc_crc32c(bytes, sizeof bytes), 0x46dd794e);
	CHECK_INT(pc_crc32c("", 0), 0);
}
