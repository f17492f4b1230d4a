/* fuzz_inbound.c - any bytes as a viewer's message, as a glob and as a patch: refused, or read within their bounds. */
#include "wire/glob.h"
#include "wire/inbound.h"
#include "wire/patch.h"

#include "base/err.h"

#include <string.h>

static void touch(wire_span span)
{
	volatile unsigned char sum = 0;
	for (size_t i = 0; span.at && i < span.bytes; i++) sum = (unsigned char)(sum + (unsigned char)span.at[i]);
	(void)sum;
	if (span.at) PC_ASSERT(wire_is_utf8((const uint8_t *)span.at, span.bytes));
}

static void read_targets(wire_in *in)
{
	uint64_t count = in->as.targets.count, seen = 0;
	wire_target t;
	for (; wire_next_target(in, &t); seen++) {
		touch(t.name);
		(void)wire_glob_match(t.name.at ? t.name.at : "", t.name.bytes, "rig-1.wheel/front.left", 22);
	}
	PC_ASSERT(seen == count && count <= WIRE_IN_ITEMS_MAX);
}

static void read_one(wire_in *in)
{
	uint8_t boot[WIRE_BOOT_BYTES];
	switch (in->op) {
	case WIRE_IN_HELLO:
		touch(in->as.hello.token);
		touch(in->as.hello.agent);
		if (in->as.hello.resume) memcpy(boot, in->as.hello.resume, sizeof boot);
		break;
	case WIRE_IN_SUB:
	case WIRE_IN_UNSUB: read_targets(in); break;
	case WIRE_IN_GETSCHEMA: touch(in->as.sid); break;
	case WIRE_IN_RATE: PC_ASSERT(in->as.rate.lift || in->as.rate.max_hz >= 0); break;
	default: PC_ASSERT(in->op <= WIRE_IN_SET);
	}
}

static void read_all(const uint8_t *data, size_t bytes)
{
	wire_cursor c = {data, data + bytes};
	enum wire_next next = WIRE_NEXT_MESSAGE;
	const char *why = NULL;
	wire_in in;
	while ((next = wire_next(&c, &in, &why)) == WIRE_NEXT_MESSAGE) read_one(&in);
	PC_ASSERT(next == WIRE_NEXT_MALFORMED ? why != NULL : c.at == c.end);
}

/* What is taken at a glance is what reading finds. */
static void glance(const uint8_t *data, size_t bytes)
{
	wire_cursor c = {data, data + bytes};
	uint64_t frames = 0;
	bool hidden = false;
	const char *why = NULL;
	wire_in in;
	if (!wire_is_lone_ack(data, bytes, &frames, &hidden)) return;
	PC_ASSERT(!wire_scan(data, bytes) && wire_next(&c, &in, &why) == WIRE_NEXT_MESSAGE);
	PC_ASSERT(in.op == WIRE_IN_ACK && in.as.ack.frames == frames && in.as.ack.hidden == hidden && c.at == c.end);
}

static void as_patch(const uint8_t *data, size_t bytes)
{
	uint8_t payload[64], before[64];
	memset(before, 0x5a, sizeof before);
	memcpy(payload, before, sizeof payload);
	if (wire_patch_apply(payload, sizeof payload, data, bytes) != PC_OK)
		PC_ASSERT(!memcmp(payload, before, sizeof payload));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	wire_cursor whole = {data, data + bytes};
	as_patch(data, bytes);
	glance(data, bytes);
	(void)wire_glob_match((const char *)data, bytes, "rig-1.wheel/front.left", 22);
	if (wire_scan(data, bytes)) return 0;
	while (whole.at != whole.end) PC_ASSERT(wire_skip(&whole));
	read_all(data, bytes);
	return 0;
}
