/* dialects.c - what the load client says to each kind of server, and how payloads are found in what comes back. */
#define _GNU_SOURCE
#include "stamp.h"
#include "viewer.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- plain: one payload per frame (limit, Node ws) ------------------------------------------------------------- */

static void plain_open(fan_viewer *v)
{
	v->is_ready = true;
}

static void plain_take(fan_viewer *v, const uint8_t *data, size_t bytes)
{
	if (bytes >= FAN_STAMP_BYTES) fan_saw(v, data);
}

static void nothing(fan_viewer *v)
{
	(void)v;
}

#define ACK_BYTES 49152u /* limits.ack_bytes of the default window */

/* ---- pagecast.v1 ------------------------------------------------------------------------------------------------ */

static size_t pack_uint(uint8_t *to, uint64_t n)
{
	to[0] = 0xcf;
	for (int i = 0; i < 8; i++) to[1 + i] = (uint8_t)(n >> (56 - 8 * i));
	return 9;
}

static void pagecast_open(fan_viewer *v)
{
	uint8_t m[256];
	size_t n = 0;
	size_t target_bytes = strlen(fan_target) & 31;
	double hz = fan_hz;
	uint64_t bits;
	memcpy(m, "\x93\x20\x00\x80", 4); /* HELLO */
	n = 4;
	memcpy(m + n, "\x93\x21\x01\x91\x92", 5); /* SUB to INSTANCE.r0, .r1, ... or to some of them */
	n += 5;
	m[n++] = (uint8_t)(0xa0 | target_bytes);
	memcpy(m + n, fan_target, target_bytes);
	n += target_bytes;
	memcpy(m + n, "\x81\xa2hz\xcb", 5);
	n += 5;
	memcpy(&bits, &hz, 8);
	for (int i = 0; i < 8; i++) m[n++] = (uint8_t)(bits >> (56 - 8 * i));
	fan_say(v, m, n);
}

/* Behind one msgpack item; NULL if it is not whole. Containers are not expected where this is used, but counted. */
static const uint8_t *skip(const uint8_t *p, const uint8_t *end)
{
	uint64_t open = p != NULL;
	for (; open && p < end; open--) {
		static const uint8_t fixed[] = {0, 0, 0, 0, 1, 2, 4, 3, 4, 6, 4, 8, 1,
		                                2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17};
		uint8_t head = *p++;
		unsigned length_bytes;
		uint64_t length = 0;
		if (head <= 0x7f || head >= 0xe0) continue;
		if (head <= 0x8f) {
			open += 2u * (head & 15u);
			continue;
		}
		if (head <= 0x9f) {
			open += head & 15u;
			continue;
		}
		if (head <= 0xbf) {
			p += head & 31u;
			continue;
		}
		if (head <= 0xc3) continue;
		if (head >= 0xca && head <= 0xd8) {
			p += fixed[head - 0xc0];
			continue;
		}
		length_bytes = head <= 0xc6   ? 1u << (head - 0xc4)
		               : head <= 0xc9 ? 1u << (head - 0xc7)
		               : head <= 0xdb ? 1u << (head - 0xd9)
		               : head <= 0xdd ? 2u << (head - 0xdc)
		                              : 2u << (head - 0xde);
		if ((size_t)(end - p) < length_bytes) return NULL;
		for (unsigned i = 0; i < length_bytes; i++) length = length << 8 | *p++;
		if (head >= 0xde)
			open += 2 * length;
		else if (head >= 0xdc)
			open += length;
		else
			p += length + (head >= 0xc7 && head <= 0xc9);
	}
	return open || !p || p > end ? NULL : p;
}

/* A KEY, which has base 0, is the payload; of a patch only the number of updates is of interest. */
static void pagecast_update(fan_viewer *v, const uint8_t *head, const uint8_t *end)
{
	const uint8_t *p = skip(skip(head, end), end);
	bool is_key = p && *p == 0;
	for (int i = 2; i < 8 && p; i++) p = skip(p, end);
	if (!p || *p < 0xc4 || *p > 0xc6) return;
	p += 1 + (1u << (*p - 0xc4));
	fan_saw(v, is_key && p + FAN_STAMP_BYTES <= end ? p : NULL);
}

static void pagecast_take(fan_viewer *v, const uint8_t *data, size_t bytes)
{
	const uint8_t *p = data, *end = data + bytes;
	bool has_data = false;
	while (p && p < end) {
		const uint8_t *next = skip(p, end);
		if (p[0] == 0x9a && p[1] == 6 && next) {
			pagecast_update(v, p + 2, next);
			has_data = true;
		} else if ((p[0] & 0xf0) == 0x90 && p[1] == 5) {
			v->is_ready = true; /* RES of the SUB */
		} else if ((p[0] & 0xf0) == 0x90 && (p[1] == 12 || p[1] == 13)) {
			(void)fprintf(stderr, "load: the bridge says ERR or BYE\n");
			exit(1);
		}
		p = next;
	}
	v->data_messages += has_data;
	if (has_data) v->unacked_bytes += bytes;
}

static void pagecast_ack(fan_viewer *v)
{
	uint8_t m[16] = {0x93, 36};
	size_t n = 2;
	/* A large message may fill the window of bytes by itself. */
	if (v->data_messages < v->acked + fan_ack && v->unacked_bytes < ACK_BYTES) return;
	v->acked = v->data_messages;
	v->unacked_bytes = 0;
	n += pack_uint(m + n, v->acked);
	m[n++] = 0xc2;
	fan_say(v, m, n);
}

static void pagecast_ping(fan_viewer *v)
{
	fan_say(v, "\x92\x25\x00", 3);
}

/* ---- streams inside frames: MQTT 3.1.1, NATS -------------------------------------------------------------------- */

static void keep_stream(fan_viewer *v, const uint8_t *rest, size_t bytes)
{
	uint8_t *all = bytes ? malloc(bytes) : NULL;
	if (bytes && !all) exit(1);
	if (all) memcpy(all, rest, bytes);
	free(v->stream);
	v->stream = all;
	v->stream_bytes = bytes;
}

/* What was left over with what came: valid until the next call. */
static const uint8_t *joined(const fan_viewer *v, const uint8_t *data, size_t *bytes)
{
	static uint8_t *all;
	static size_t room;
	size_t need = v->stream_bytes + *bytes;
	if (!v->stream_bytes) return data;
	if (need > room) {
		room = 2 * need;
		all = realloc(all, room);
		if (!all) exit(1);
	}
	memcpy(all, v->stream, v->stream_bytes);
	memcpy(all + v->stream_bytes, data, *bytes);
	*bytes = need;
	return all;
}

static void mqtt_open(fan_viewer *v)
{
	char id[32];
	uint8_t m[64] = {0x10, 0, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0};
	int n = snprintf(id, sizeof id, "v%d", v->fd);
	m[1] = (uint8_t)(12 + n);
	m[12] = 0;
	m[13] = (uint8_t)n;
	memcpy(m + 14, id, (size_t)n);
	memcpy(m + 14 + n, "\x82\x06\x00\x01\x00\x01#\x00", 8);
	fan_say(v, m, (size_t)n + 22);
}

/* Bytes of the packet at @p p, 0 = not whole yet; where its body begins in *ret_body. */
static size_t mqtt_packet(const uint8_t *p, size_t bytes, size_t *ret_body)
{
	size_t length = 0, at = 1;
	for (unsigned shift = 0; shift < 28; shift += 7) {
		if (at >= bytes) return 0;
		length |= (size_t)(p[at] & 127u) << shift;
		if (!(p[at++] & 128)) break;
	}
	*ret_body = at;
	return at + length <= bytes ? at + length : 0;
}

static void mqtt_take(fan_viewer *v, const uint8_t *data, size_t bytes)
{
	const uint8_t *p = joined(v, data, &bytes);
	size_t body = 0, n;
	for (; bytes && (n = mqtt_packet(p, bytes, &body)) != 0; p += n, bytes -= n) {
		if (p[0] >> 4 == 9) v->is_ready = true;
		if (p[0] >> 4 == 3) fan_saw(v, p + body + 2 + (p[body] << 8 | p[body + 1]));
	}
	keep_stream(v, p, bytes);
}

static void nats_open(fan_viewer *v)
{
	static const char hello[] = "CONNECT {\"verbose\":false}\r\nSUB r.* 1\r\nPING\r\n";
	fan_say(v, hello, sizeof hello - 1);
}

/* Bytes of the line or message at @p p, 0 = not whole yet. */
static size_t nats_one(fan_viewer *v, const char *p, size_t bytes)
{
	const char *end = memchr(p, '\n', bytes);
	size_t line = end ? (size_t)(end - p) + 1 : 0, length;
	const char *number = end;
	if (!end) return 0;
	if (!strncmp(p, "PONG", 4)) v->is_ready = true;
	if (!strncmp(p, "PING", 4)) fan_say(v, "PONG\r\n", 6);
	if (strncmp(p, "MSG ", 4)) return line;
	while (number > p && number[-1] != ' ') number--;
	length = strtoul(number, NULL, 10);
	if (line + length + 2 > bytes) return 0;
	fan_saw(v, (const uint8_t *)p + line);
	return line + length + 2;
}

static void nats_take(fan_viewer *v, const uint8_t *data, size_t bytes)
{
	const uint8_t *p = joined(v, data, &bytes);
	size_t n;
	for (; bytes > 5 && (n = nats_one(v, (const char *)p, bytes)) != 0; p += n, bytes -= n) {
	}
	keep_stream(v, p, bytes);
}

const fan_dialect fan_dialects[] = {
        {"plain", "/", "", plain_open, plain_take, nothing, nothing},
        {"pagecast", "/ws", "pagecast.v1", pagecast_open, pagecast_take, pagecast_ack, pagecast_ping},
        {"mqtt", "/mqtt", "mqtt", mqtt_open, mqtt_take, nothing, nothing},
        {"nats", "/", "", nats_open, nats_take, nothing, nothing},
        {0},
};
