/* wire/pack.c - the only place that calls msgpack-c.
 *
 * It packs and never unpacks: msgpack_unpack() allocates by the lengths that the bytes declare, five bytes
 * are enough to ask for half a gigabyte. What comes in is read by inbound.c. */
#include "wire/pack.h"

#include "wire/names.h"

#include <msgpack.h>
#include <string.h>

static int append(void *data, const char *bytes, size_t count)
{
	wire_buf *b = data;
	wire_buf_put(b, bytes, count);
	return b->failed ? -1 : 0;
}

static msgpack_packer packer(wire_buf *b)
{
	msgpack_packer p;
	msgpack_packer_init(&p, b, append);
	return p;
}

void wire_pack_array(wire_buf *b, uint32_t count)
{
	msgpack_packer p = packer(b);
	(void)msgpack_pack_array(&p, count);
}

void wire_pack_map(wire_buf *b, uint32_t pairs)
{
	msgpack_packer p = packer(b);
	(void)msgpack_pack_map(&p, pairs);
}

void wire_pack_uint(wire_buf *b, uint64_t v)
{
	msgpack_packer p = packer(b);
	(void)msgpack_pack_uint64(&p, v);
}

void wire_pack_int(wire_buf *b, int64_t v)
{
	msgpack_packer p = packer(b);
	(void)msgpack_pack_int64(&p, v);
}

void wire_pack_bool(wire_buf *b, bool v)
{
	msgpack_packer p = packer(b);
	(void)(v ? msgpack_pack_true(&p) : msgpack_pack_false(&p));
}

void wire_pack_nil(wire_buf *b)
{
	msgpack_packer p = packer(b);
	(void)msgpack_pack_nil(&p);
}

void wire_pack_f32(wire_buf *b, float v)
{
	msgpack_packer p = packer(b);
	(void)msgpack_pack_float(&p, v);
}

void wire_pack_f64(wire_buf *b, double v)
{
	msgpack_packer p = packer(b);
	(void)msgpack_pack_double(&p, v);
}

void wire_pack_str(wire_buf *b, const char *text, size_t bytes)
{
	msgpack_packer p = packer(b);
	(void)msgpack_pack_str(&p, bytes);
	wire_buf_put(b, text, bytes);
}

void wire_pack_text(wire_buf *b, const char *text)
{
	wire_pack_str(b, text, text ? strlen(text) : 0);
}

void wire_pack_bin(wire_buf *b, const void *data, size_t bytes)
{
	msgpack_packer p = packer(b);
	(void)msgpack_pack_bin(&p, bytes);
	wire_buf_put(b, data, bytes);
}

void wire_pack_ext(wire_buf *b, int type, size_t bytes)
{
	msgpack_packer p = packer(b);
	(void)msgpack_pack_ext(&p, bytes, (int8_t)type);
}

void wire_pack_time(wire_buf *b, uint64_t v)
{
	if (v == WIRE_NEVER)
		wire_pack_nil(b);
	else
		wire_pack_uint(b, v);
}
