/* wire/names.h - the numbers of pagecast.v1: ops, codes, flags, limits (docs/protocol.md). */
#ifndef PC_WIRE_NAMES_H
#define PC_WIRE_NAMES_H
#include <stdint.h>

#define WIRE_SUBPROTOCOL "pagecast.v1"
#define WIRE_MINOR       0u
#define WIRE_BOOT_BYTES  16u
/** A time or an age that does not exist: nil on the wire. */
#define WIRE_NEVER UINT64_MAX

enum wire_op {
	/* bridge to viewer */
	WIRE_HELLO = 1,
	WIRE_ANN = 2,
	WIRE_UNANN = 3,
	WIRE_SCHEMA = 4,
	WIRE_RES = 5,
	WIRE_UPD = 6,
	WIRE_VAL = 7,
	WIRE_LIVE = 8,
	WIRE_HB = 9,
	WIRE_PONG = 10,
	WIRE_STATUS = 11,
	WIRE_ERR = 12,
	WIRE_BYE = 13,
	/* viewer to bridge */
	WIRE_IN_HELLO = 32,
	WIRE_IN_SUB = 33,
	WIRE_IN_UNSUB = 34,
	WIRE_IN_GETSCHEMA = 35,
	WIRE_IN_ACK = 36,
	WIRE_IN_PING = 37,
	WIRE_IN_RATE = 38,
	WIRE_IN_SET = 39,
	WIRE_OP_IGNORED = 64 /* from here on whole arrays are skipped */
};

enum wire_code {
	WIRE_FINE = 0,
	WIRE_BAD = 400,
	WIRE_UNAUTHORISED = 401,
	WIRE_FORBIDDEN = 403,
	WIRE_NOT_FOUND = 404,
	WIRE_UNKNOWN_OP = 405,
	WIRE_CONFLICT = 409,
	WIRE_TOO_BIG = 413,
	WIRE_ENCODING = 415,
	WIRE_CANNOT = 422,
	WIRE_TOO_MANY = 429,
	WIRE_INTERNAL = 500,
	WIRE_NOT_NOW = 503
};

enum wire_close {
	WIRE_CLOSE_NORMAL = 1000,
	WIRE_CLOSE_STOPPING = 1001,
	WIRE_CLOSE_TEXT = 1003,
	WIRE_CLOSE_TOO_BIG = 1009,
	WIRE_CLOSE_INTERNAL = 1011,
	WIRE_CLOSE_RESTART = 1012,
	WIRE_CLOSE_FULL = 1013,
	WIRE_CLOSE_MALFORMED = 4400,
	WIRE_CLOSE_SLOW = 4408,
	WIRE_CLOSE_FLOOD = 4429,
	WIRE_CLOSE_TOKEN = 4501,
	WIRE_CLOSE_FORBIDDEN = 4503,
	WIRE_CLOSE_VERSION = 4505,
	WIRE_CLOSE_ABUSE = 4509
};

/** In the flags of ANN, beside enum pc_region_flags of control.h. */
enum wire_ann_flags { WIRE_ANN_WRITABLE = 256 };

enum wire_update_flags {
	WIRE_KEY = 1,
	WIRE_CONFLATED = 2,
	WIRE_TORN = 4,
	WIRE_REPLAY = 8,
	WIRE_FINAL = 16,
	WIRE_WRITER_NOT_LIVE = 32,
	WIRE_SOURCE_STALE = 64,
	WIRE_RECOVERED = 128
};

enum wire_encoding { WIRE_ENC_UPD = 0, WIRE_ENC_VAL = 1 };
enum wire_status_level { WIRE_STATUS_ERROR = 0, WIRE_STATUS_WARNING = 1, WIRE_STATUS_NOTE = 2 };

/* msgpack ext types of arrays of numbers (PC-VAL-02) */
enum wire_ext {
	WIRE_EXT_I8 = 16,
	WIRE_EXT_U8 = 17,
	WIRE_EXT_I16 = 18,
	WIRE_EXT_U16 = 19,
	WIRE_EXT_I32 = 20,
	WIRE_EXT_U32 = 21,
	WIRE_EXT_I64 = 22,
	WIRE_EXT_U64 = 23,
	WIRE_EXT_F32 = 24,
	WIRE_EXT_F64 = 25
};

#define WIRE_IN_BYTES_MAX       16384u /* PC-LIM-01 */
#define WIRE_IN_HELLO_BYTES_MAX 4096u  /* PC-IN-01 */
#define WIRE_IN_DEPTH_MAX       6u     /* PC-LIM-02 */
#define WIRE_IN_ITEMS_MAX       2048u
#define WIRE_GLOB_BYTES_MAX     128u /* PC-SUB-01 */
#define WIRE_ANN_ROWS_MAX       100u /* PC-ANN-01 */

#endif
