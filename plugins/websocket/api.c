/* api.c - the JSON answers (PC-HTTP-02). */
#include "bridge.h"
#include "wire/json.h"

#include <pagecast/reader.h>
#include <stdlib.h>
#include <string.h>

#define READ_TRIES 3

static const char *kind_name(uint32_t kind)
{
	return kind == PC_WRITER_PLUGIN ? "plugin" : kind == PC_WRITER_EXTERNAL ? "external" : "legacy";
}

static void number(wire_json *j, const char *key, uint64_t v)
{
	wire_json_key(j, key);
	wire_json_uint(j, v);
}

static void text(wire_json *j, const char *key, const char *v)
{
	wire_json_key(j, key);
	wire_json_puts(j, v);
}

static void members(wire_json *j, ws_region *r)
{
	wire_live live;
	char sid[17], why[WS_WHY_BYTES];
	ws_region_look(r);
	ws_region_live(r, &live);
	wire_sid_text(r->info->schema[0] ? r->info->schema_id : 0, sid);
	text(j, "name", r->info->name);
	number(j, "id", r->rid);
	number(j, "generation", r->gen);
	number(j, "size", r->info->payload_bytes);
	text(j, "schema", sid);
	text(j, "state", pc_liveness_name((pc_liveness)live.state));
	wire_json_key(j, "heartbeat_age_ms");
	wire_json_time(j, live.hb_age_ms);
	wire_json_key(j, "write_age_ms");
	wire_json_time(j, live.write_age_ms);
	wire_json_key(j, "write_hz");
	wire_json_f32(j, live.write_hz);
	number(j, "tick", r->stamp.tick);
	number(j, "epoch", live.epoch);
	text(j, "writer", live.writer);
	number(j, "pid", live.pid);
	text(j, "kind", kind_name(r->info->writer_kind));
	number(j, "flags", r->info->flags);
	ws_region_why(r, live.state, why);
	if (why[0]) text(j, "why", why);
}

static void head(ws_bridge *b, wire_json *j)
{
	wire_json_open(j, '{');
	text(j, "instance", b->host->daemon);
	wire_json_key(j, "boot");
	wire_json_hex(j, b->boot, sizeof b->boot);
}

void ws_api_regions(ws_bridge *b, const ws_access *access, wire_buf *to)
{
	wire_json j = {.to = to};
	head(b, &j);
	wire_json_key(&j, "regions");
	wire_json_open(&j, '[');
	for (size_t i = 0; i < b->regions.count; i++) {
		if (!ws_access_reads(access, b->regions.by_rid[i]->info->name)) continue;
		wire_json_open(&j, '{');
		members(&j, b->regions.by_rid[i]);
		wire_json_close(&j, '}');
	}
	wire_json_close(&j, ']');
	wire_json_close(&j, '}');
	wire_buf_put(to, "\n", 1);
}

unsigned ws_api_region(ws_bridge *b, const ws_access *access, const char *name, wire_buf *to)
{
	ws_region *r = ws_region_by_name(&b->regions, name, strlen(name));
	wire_json j = {.to = to};
	struct pc_stamp stamp = {0};
	uint8_t *payload;
	size_t bytes;
	int rc = PC_EAGAIN;
	if (!r || !ws_access_reads(access, name)) return 404;
	if (r->info->payload_bytes > WS_DATA_BYTES_MAX) return 413;
	bytes = (size_t)r->info->payload_bytes;
	payload = malloc(bytes ? bytes : 1);
	for (int i = 0; payload && rc == PC_EAGAIN && i < READ_TRIES; i++)
		rc = b->host->read(r->source->handle, 0, payload, bytes, &stamp);
	if (rc) {
		free(payload);
		return 503;
	}
	ws_region_saw(r, &stamp);
	head(b, &j);
	members(&j, r);
	wire_json_key(&j, "values");
	wire_json_values(&j, ws_region_layout(r), payload, bytes);
	wire_json_close(&j, '}');
	wire_buf_put(to, "\n", 1);
	free(payload);
	return 200;
}
