/* The wire room against the golden vectors: every message both ways, patches, values, schemas, globs. */
#include "wire/encode.h"
#include "wire/glob.h"
#include "wire/inbound.h"
#include "wire/json.h"
#include "wire/pack.h"
#include "wire/patch.h"

#include "vector_kit.h"

static uint64_t time_of(const json *v)
{
	return v->kind == JSON_NULL ? WIRE_NEVER : json_uint(v);
}

static uint64_t sid_of(const char *text)
{
	return strtoull(text, NULL, 16);
}

/* ---- bridge to viewer ---- */

static void put_hello(wire_buf *b, const json *m)
{
	const json *info = json_need(m, "info"), *limits = json_need(info, "limits"), *caps = json_need(info, "caps");
	const char *names[8] = {0};
	size_t bytes;
	uint8_t *boot = json_hex(json_need(json_need(m, "boot"), "$bin"), &bytes);
	wire_hello h = {.boot = boot,
	                .t_us = number(m, "t_us"),
	                .mono_us = number(m, "mono_us"),
	                .daemon = word(info, "daemon"),
	                .instance = word(info, "instance"),
	                .hb_ms = (uint32_t)number(info, "hb_ms"),
	                .may_write = !strcmp(word(info, "access"), "rw"),
	                .caps = names};
	h.limits = (wire_limits){.msg_bytes = (uint32_t)number(limits, "msg_bytes"),
	                         .msgs_per_s = (uint32_t)number(limits, "msgs_per_s"),
	                         .subs = (uint32_t)number(limits, "subs"),
	                         .frames = (uint32_t)number(limits, "frames"),
	                         .window_bytes = number(limits, "window_bytes"),
	                         .hz = (uint32_t)number(limits, "hz"),
	                         .ack = (uint32_t)number(limits, "ack"),
	                         .ack_bytes = number(limits, "ack_bytes")};
	CHECK_INT(bytes, WIRE_BOOT_BYTES);
	for (size_t i = 0; i < caps->count; i++) names[i] = caps->items[i].text;
	wire_put_hello(b, &h);
	free(boot);
}

static void put_ann(wire_buf *b, const json *m)
{
	const json *rows = json_need(m, "rows");
	wire_put_ann(b, json_need(m, "last")->is_true, (uint32_t)rows->count);
	for (size_t i = 0; i < rows->count; i++) {
		const json *r = rows->items[i].items;
		char paths[256] = "";
		for (size_t k = 0; rows->items[i].count > 11 && k < r[11].count; k++)
			(void)snprintf(paths + strlen(paths), sizeof paths - strlen(paths), "%s%s", k ? "," : "",
			               r[11].items[k].text);
		wire_ann a = {.rid = (uint32_t)json_uint(&r[0]),
		              .name = r[1].text,
		              .gen = (uint32_t)json_uint(&r[2]),
		              .size = json_uint(&r[3]),
		              .schema_id = sid_of(r[4].text),
		              .flags = (uint32_t)json_uint(&r[5]),
		              .state = (uint32_t)json_uint(&r[6]),
		              .stale_ms = (uint32_t)json_uint(&r[7]),
		              .hint_ms = (uint32_t)json_uint(&r[8]),
		              .kind = (uint32_t)json_uint(&r[9]),
		              .doc = r[10].text,
		              .set = paths};
		wire_put_ann_row(b, &a);
	}
}

static void put_unann(wire_buf *b, const json *m)
{
	const json *rids = json_need(m, "rids");
	uint32_t list[16];
	for (size_t i = 0; i < rids->count; i++) list[i] = (uint32_t)json_uint(&rids->items[i]);
	wire_put_unann(b, list, (uint32_t)rids->count);
}

static void put_res(wire_buf *b, const json *m)
{
	const json *rows = json_need(m, "rows");
	wire_res_row list[16];
	for (size_t i = 0; i < rows->count; i++)
		list[i] = (wire_res_row){(uint32_t)json_uint(&rows->items[i].items[0]),
		                         (uint32_t)json_uint(&rows->items[i].items[1])};
	wire_put_res(b, number(m, "ref"), (uint32_t)number(m, "code"), list, (uint32_t)rows->count);
}

static void put_upd(wire_buf *b, const json *m)
{
	size_t bytes;
	uint8_t *data = json_hex(json_need(json_need(m, "data"), "$bin"), &bytes);
	wire_update u = {.rid = (uint32_t)number(m, "rid"),
	                 .gen = (uint32_t)number(m, "gen"),
	                 .base = number(m, "base"),
	                 .seq = number(m, "seq"),
	                 .wseq = number(m, "wseq"),
	                 .t_us = time_of(json_need(m, "t_us")),
	                 .age_ms = time_of(json_need(m, "age_ms")),
	                 .flags = (uint32_t)number(m, "flags")};
	wire_put_upd(b, &u, data, bytes);
	free(data);
}

static void put_live(wire_buf *b, const json *m)
{
	const json *rows = json_need(m, "rows");
	wire_put_live(b, number(m, "t_us"), (uint32_t)rows->count);
	for (size_t i = 0; i < rows->count; i++) {
		const json *r = rows->items[i].items;
		wire_live l = {.rid = (uint32_t)json_uint(&r[0]),
		               .state = (uint32_t)json_uint(&r[1]),
		               .hb_age_ms = time_of(&r[2]),
		               .write_age_ms = time_of(&r[3]),
		               .epoch = (uint32_t)json_uint(&r[4]),
		               .pid = (uint32_t)json_uint(&r[5]),
		               .write_hz = (float)json_need(&r[6], "$f32")->number,
		               .writer = r[7].text,
		               .why = rows->items[i].count > 8 ? r[8].text : NULL};
		wire_put_live_row(b, &l);
	}
}

static void put_hb(wire_buf *b, const json *m)
{
	const json *stats = json_need(m, "stats");
	wire_hb h = {.n = number(m, "n"),
	             .t_us = number(m, "t_us"),
	             .mono_us = number(m, "mono_us"),
	             .viewers = (uint32_t)number(stats, "viewers"),
	             .regions = (uint32_t)number(stats, "regions"),
	             .conflated = number(stats, "conflated"),
	             .sent_bytes = number(stats, "sent_bytes"),
	             .held = number(stats, "held")};
	wire_put_hb(b, &h);
}

static void put_pong(wire_buf *b, const json *m)
{
	wire_put_pong(b, number(m, "n"), number(m, "t_us"));
}

static void put_status(wire_buf *b, const json *m)
{
	wire_put_status(b, (unsigned)number(m, "level"), word(m, "id"), word(m, "text"), number(m, "ttl_ms"));
}

static void put_err(wire_buf *b, const json *m)
{
	const json *ref = json_need(m, "ref");
	uint64_t value = ref->kind == JSON_NULL ? 0 : json_uint(ref);
	wire_put_err(b, ref->kind == JSON_NULL ? NULL : &value, (uint32_t)number(m, "code"), word(m, "text"));
}

static void put_bye(wire_buf *b, const json *m)
{
	wire_put_bye(b, (uint32_t)number(m, "code"), word(m, "text"), number(m, "reconnect_ms"));
}

static const struct {
	const char *op;
	void (*put)(wire_buf *b, const json *meaning);
} encoders[] = {{"HELLO", put_hello}, {"ANN", put_ann},       {"UNANN", put_unann}, {"RES", put_res},
                {"UPD", put_upd},     {"LIVE", put_live},     {"HB", put_hb},       {"PONG", put_pong},
                {"ERR", put_err},     {"STATUS", put_status}, {"BYE", put_bye},     {NULL, NULL}};

PC_TEST(every_message_to_a_viewer_has_the_bytes_of_its_vector)
{
	const json *rows = vectors("server.json");
	unsigned seen = 0;
	for (size_t i = 0; i < rows->count; i++) {
		const json *m = json_need(&rows->items[i], "meaning");
		wire_buf b = {0};
		for (unsigned k = 0;; k++) {
			if (!encoders[k].op) PC_FAIL("%s: no encoder", name_of(&rows->items[i]));
			if (strcmp(encoders[k].op, word(m, "op"))) continue;
			encoders[k].put(&b, m);
			seen |= 1u << k;
			break;
		}
		check_bytes(&rows->items[i], &b);
		wire_buf_free(&b);
	}
	CHECK_INT(seen, (1u << 11) - 1);
}

PC_TEST(every_layout_has_the_schema_of_its_vector)
{
	const json *rows = vectors("schema.json");
	CHECK(rows->count >= 3);
	for (size_t i = 0; i < rows->count; i++) {
		const char *text = word(&rows->items[i], "layout");
		pc_layout *layout;
		wire_buf b = {0};
		pc_err err = {{0}};
		char sid[17];
		CHECK_OK(pc_layout_parse(text, strlen(text), &layout, &err), &err);
		CHECK_STR(pc_layout_text(layout, NULL), text);
		wire_sid_text(pc_layout_id(layout), sid);
		CHECK_STR(sid, word(&rows->items[i], "sid"));
		wire_put_schema(&b, pc_layout_id(layout), layout);
		check_bytes(&rows->items[i], &b);
		wire_buf_free(&b);
		pc_layout_destroy(&layout);
	}
}

PC_TEST(every_type_has_the_value_of_its_vector_in_msgpack_and_json)
{
	const json *rows = vectors("values.json");
	CHECK(rows->count >= 15);
	for (size_t i = 0; i < rows->count; i++) {
		const json *row = &rows->items[i], *changed = json_need(row, "changed"),
		           *text = json_need(row, "layout");
		uint8_t flags[16] = {0}, *payload;
		size_t bytes;
		pc_layout *layout = NULL;
		wire_buf b = {0}, out = {0};
		wire_json j = {&out, false};
		pc_err err = {{0}};
		if (text->kind == JSON_TEXT)
			CHECK_OK(pc_layout_parse(text->text, strlen(text->text), &layout, &err), &err);
		payload = json_hex(json_need(row, "payload"), &bytes);
		for (size_t k = 0; k < changed->count; k++) flags[k] = changed->items[k].is_true;
		wire_pack_values(&b, layout, payload, bytes, changed->kind == JSON_NULL ? NULL : flags);
		check_bytes(row, &b);
		wire_json_values(&j, layout, payload, bytes);
		CHECK(!out.failed);
		if (!json_equal(json_parse((const char *)out.data, out.bytes), json_need(row, "json")))
			PC_FAIL("%s: %.*s", name_of(row), (int)out.bytes, (const char *)out.data);
		wire_buf_free(&b);
		wire_buf_free(&out);
		pc_layout_destroy(&layout);
		free(payload);
	}
}

/* ---- viewer to bridge ---- */

static void check_span(const json *want, wire_span got)
{
	if (!want) {
		CHECK(!got.at);
		return;
	}
	CHECK(got.at && got.bytes == strlen(want->text) && !memcmp(got.at, want->text, got.bytes));
}

static void check_real(const json *want, double got)
{
	const json *f = json_get(want, "$f64") ? json_get(want, "$f64") : json_get(want, "$f32");
	double value = f ? f->number : (double)json_uint(want);
	CHECK(!(value < got || value > got));
}

static void check_options(const json *want, const wire_sub_options *o)
{
	const json *hz = json_get(want, "hz"), *enc = json_get(want, "enc"), *live = json_get(want, "live_only");
	CHECK_INT(o->has_hz, hz != NULL);
	if (hz) check_real(hz, o->hz);
	CHECK_INT(o->encoding, enc ? json_uint(enc) : 0);
	CHECK_INT(o->live_only, live && live->is_true);
	CHECK_INT(o->has_held, json_get(want, "gen") && json_get(want, "seq"));
	if (!o->has_held) return;
	CHECK_INT(o->gen, number(want, "gen"));
	CHECK_INT(o->seq, number(want, "seq"));
}

static void check_target(const json *want, const wire_target *t)
{
	check_span(want->kind == JSON_TEXT ? want : NULL, t->name);
	if (want->kind != JSON_TEXT) CHECK_INT(t->rid, json_uint(want));
}

static void check_targets(const json *m, wire_in *in)
{
	const json *rows = json_need(m, in->op == WIRE_IN_SUB ? "rows" : "targets");
	wire_target t;
	CHECK_INT(in->as.targets.count, rows->count);
	for (size_t i = 0; i < rows->count; i++) {
		CHECK(wire_next_target(in, &t));
		check_target(in->op == WIRE_IN_SUB ? &rows->items[i].items[0] : &rows->items[i], &t);
		if (in->op == WIRE_IN_SUB) check_options(&rows->items[i].items[1], &t.options);
	}
	CHECK(!wire_next_target(in, &t));
}

static void check_hello(const json *m, const wire_in *in)
{
	const json *info = json_need(m, "info"), *resume = json_get(info, "resume");
	size_t bytes;
	CHECK_INT(in->as.hello.minor, number(m, "minor"));
	check_span(json_get(info, "token"), in->as.hello.token);
	check_span(json_get(info, "agent"), in->as.hello.agent);
	CHECK_INT(in->as.hello.resume != NULL, resume != NULL);
	if (resume) {
		uint8_t *boot = json_hex(json_need(resume, "$bin"), &bytes);
		CHECK_MEM(in->as.hello.resume, boot, WIRE_BOOT_BYTES);
		free(boot);
	}
}

static void check_in(const json *m, wire_in *in)
{
	static const char *const ops[] = {"HELLO", "SUB", "UNSUB", "GETSCHEMA", "ACK", "PING", "RATE", "SET"};
	CHECK_STR(ops[in->op - WIRE_IN_HELLO], word(m, "op"));
	if (json_get(m, "ref")) CHECK_INT(in->ref, number(m, "ref"));
	switch (in->op) {
	case WIRE_IN_HELLO: check_hello(m, in); break;
	case WIRE_IN_SUB:
	case WIRE_IN_UNSUB: check_targets(m, in); break;
	case WIRE_IN_GETSCHEMA: check_span(json_need(m, "sid"), in->as.sid); break;
	case WIRE_IN_ACK:
		CHECK_INT(in->as.ack.frames, number(m, "frames"));
		CHECK_INT(in->as.ack.hidden, json_need(m, "hidden")->is_true);
		break;
	case WIRE_IN_PING: CHECK(in->as.ping == number(m, "n")); break;
	case WIRE_IN_RATE:
		CHECK_INT(in->as.rate.lift, json_need(m, "max_hz")->kind == JSON_NULL);
		if (!in->as.rate.lift) check_real(json_need(m, "max_hz"), in->as.rate.max_hz);
		break;
	default: CHECK_INT(in->as.set.rid, number(m, "rid"));
	}
}

PC_TEST(every_message_of_a_viewer_is_read_as_its_vector_says)
{
	const json *rows = vectors("client.json");
	unsigned seen = 0;
	for (size_t i = 0; i < rows->count; i++) {
		const json *meaning = json_need(&rows->items[i], "meaning");
		const char *why;
		size_t bytes;
		uint8_t *data = json_hex(json_need(&rows->items[i], "hex"), &bytes);
		wire_cursor c = {data, data + bytes};
		wire_in in;
		why = wire_scan(data, bytes);
		if (why) PC_FAIL("%s: %s", name_of(&rows->items[i]), why);
		for (size_t k = 0; k < meaning->count; k++) {
			if (wire_next(&c, &in, &why) != WIRE_NEXT_MESSAGE)
				PC_FAIL("%s: %s", name_of(&rows->items[i]), why);
			check_in(&meaning->items[k], &in);
			seen |= 1u << (in.op - WIRE_IN_HELLO);
		}
		CHECK_INT(wire_next(&c, &in, &why), WIRE_NEXT_END);
		free(data);
	}
	CHECK_INT(seen, 0xff);
}

/* What wire alone makes of a message: NULL if it finds nothing wrong. */
static const char *fault_of(const uint8_t *data, size_t bytes)
{
	const char *why = wire_scan(data, bytes);
	wire_cursor c = {data, data + bytes};
	enum wire_next next = WIRE_NEXT_MESSAGE;
	wire_in in;
	while (!why && next == WIRE_NEXT_MESSAGE) next = wire_next(&c, &in, &why);
	return next == WIRE_NEXT_END ? NULL : why;
}

PC_TEST(every_bad_message_is_refused_with_a_reason)
{
	const json *rows = vectors("bad.json");
	for (size_t i = 0; i < rows->count; i++) {
		const json *row = &rows->items[i];
		bool by_wire = !strcmp(word(row, "by"), "wire");
		size_t bytes;
		uint8_t *data = json_hex(json_need(row, "hex"), &bytes);
		const char *why = fault_of(data, bytes);
		if (by_wire && (!why || !why[0])) PC_FAIL("%s: accepted", name_of(row));
		if (!by_wire && why) PC_FAIL("%s: refused by its bytes: %s", name_of(row), why);
		free(data);
	}
}

PC_TEST(every_cut_of_a_good_message_is_refused_and_never_read_past_its_end)
{
	const json *rows = vectors("client.json");
	for (size_t i = 0; i < rows->count; i++) {
		size_t bytes;
		uint8_t *data = json_hex(json_need(&rows->items[i], "hex"), &bytes);
		for (size_t cut = 0; cut < bytes && bytes < 300; cut++) {
			uint8_t *exact = malloc(cut ? cut : 1); /* so that the sanitizer sees one byte too far */
			CHECK(exact);
			memcpy(exact, data, cut);
			/* a cut between two arrays leaves a good message */
			(void)fault_of(exact, cut);
			free(exact);
		}
		free(data);
	}
}

/* ---- patches, globs ---- */

PC_TEST(every_patch_does_what_its_vector_says)
{
	const json *rows = vectors("patch.json");
	for (size_t i = 0; i < rows->count; i++) {
		const json *row = &rows->items[i], *want = json_need(row, "after");
		size_t bytes, patch_bytes, after_bytes = 0;
		uint8_t *payload = json_hex(json_need(row, "before"), &bytes);
		uint8_t *patch = json_hex(json_need(row, "hex"), &patch_bytes);
		uint8_t *after = json_hex(want->kind == JSON_NULL ? json_need(row, "before") : want, &after_bytes);
		pc_status st = wire_patch_apply(payload, bytes, patch, patch_bytes);
		if (st != (want->kind == JSON_NULL ? PC_EINVAL : PC_OK))
			PC_FAIL("%s: %s", name_of(row), pc_status_name(st));
		if (memcmp(payload, after, after_bytes)) PC_FAIL("%s: other bytes", name_of(row));
		free(payload);
		free(patch);
		free(after);
	}
}

PC_TEST(runs_written_are_the_bytes_of_the_vector)
{
	uint8_t to[1000] = {0}, from[1000];
	wire_buf b = {0};
	wire_patch p = {.to = &b};
	for (size_t i = 0; i < sizeof from; i++) from[i] = (uint8_t)(i * 31 + 7);
	wire_patch_run(&p, 0, from, 1);
	wire_patch_run(&p, 130, from + 130, 200);
	wire_patch_run(&p, 330, from + 330, 1);
	wire_patch_run(&p, 999, from + 999, 1);
	CHECK_MEM(b.data, "\x00\x01\x07\x81\x01\xc8\x01", 7);
	CHECK_OK(wire_patch_apply(to, sizeof to, b.data, b.bytes), NULL);
	for (size_t i = 0; i < sizeof to; i++)
		CHECK_INT(to[i], i == 0 || (i >= 130 && i <= 330) || i == 999 ? from[i] : 0);
	wire_buf_free(&b);
}

PC_TEST(every_glob_matches_what_its_vector_says)
{
	const json *rows = vectors("glob.json");
	for (size_t i = 0; i < rows->count; i++) {
		const char *p = word(&rows->items[i], "pattern"), *t = word(&rows->items[i], "text");
		if (wire_glob_match(p, strlen(p), t, strlen(t)) != json_need(&rows->items[i], "match")->is_true)
			PC_FAIL("\"%s\" over \"%s\"", p, t);
	}
	CHECK(wire_glob_is_pattern("a.*", 3));
	CHECK(!wire_glob_is_pattern("a.*", 2));
	CHECK(!wire_glob_is_pattern(NULL, 0));
}

PC_TEST(memory_that_cannot_be_had_sticks_until_reset)
{
	wire_buf b = {0};
	wire_buf_put(&b, "abc", 3);
	CHECK(!wire_buf_reserve(&b, SIZE_MAX / 2));
	CHECK(b.failed);
	wire_put_pong(&b, 1, 2);
	CHECK_INT(b.bytes, 3);
	wire_buf_reset(&b);
	wire_put_pong(&b, 1, 2);
	CHECK(!b.failed && b.bytes == 4);
	wire_buf_free(&b);
}
