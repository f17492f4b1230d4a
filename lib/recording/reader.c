/* recording/reader.c - see reader.h. Nothing in a file is believed: every length is held against what is there. */
#include "recording/reader.h"

#include "base/err.h"
#include "recording/bytes.h"
#include "recording/compress.h"
#include "recording/file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_HEAD  9u /* opcode and length */
#define FOOTER_BYTES 20u
#define OTHER_MAX    (16u << 20) /* of a record outside of chunks that we look into */
#define LAYOUT_MAX   (1u << 20)

struct schema {
	uint16_t id;
	char *text;
};

struct rec_reader {
	rec_file file;
	const uint8_t *memory; /* in its place */
	uint64_t at;           /* of the next record */
	uint64_t chunk_at;
	rec_buf raw;      /* what was read of the file */
	uint8_t *records; /* of the chunk */
	rec_in in;        /* in them */
	struct schema *schemas;
	rec_channel **channels;
	uint32_t schema_count, channel_count;
	bool is_over;
	rec_facts facts;
};

static pc_status no_memory(pc_err *err)
{
	return pc_err_set(err, PC_ENOMEM, "out of memory");
}

/* ---- bytes of the file ----------------------------------------------------------------------------------- */

/* So many bytes, or NULL with *ret_s != PC_OK. Good until the next call. */
static const uint8_t *fetch(rec_reader *r, uint64_t at, size_t bytes, pc_status *ret_s)
{
	size_t got = 0;
	*ret_s = PC_OK;
	if (at > r->facts.file_bytes || bytes > r->facts.file_bytes - at) {
		*ret_s = PC_ECORRUPT;
		return NULL;
	}
	if (r->memory) return r->memory + at;
	if (r->raw.room < bytes) {
		uint8_t *more = realloc(r->raw.data, bytes);
		if (!more) {
			*ret_s = PC_ENOMEM;
			return NULL;
		}
		r->raw.data = more;
		r->raw.room = bytes;
	}
	*ret_s = rec_file_read(r->file, at, r->raw.data, bytes, &got);
	if (*ret_s == PC_OK && got != bytes) *ret_s = PC_EIO; /* shortened meanwhile */
	return *ret_s == PC_OK ? r->raw.data : NULL;
}

static bool text_is(const char *text, size_t bytes, const char *word)
{
	return text && strlen(word) == bytes && !memcmp(text, word, bytes);
}

/* ---- schemas and channels -------------------------------------------------------------------------------- */

static pc_status take_schema(rec_reader *r, rec_in in)
{
	uint16_t id = (uint16_t)rec_take_number(&in, 2);
	size_t name_bytes, encoding_bytes, bytes;
	(void)rec_take_text(&in, &name_bytes);
	const char *encoding = rec_take_text(&in, &encoding_bytes), *text = rec_take_text(&in, &bytes);
	struct schema *more;
	if (in.failed || !id || bytes > LAYOUT_MAX || memchr(text, 0, bytes) ||
	    !text_is(encoding, encoding_bytes, REC_LAYOUT))
		return PC_ECORRUPT;
	for (uint32_t i = 0; i < r->schema_count; i++)
		if (r->schemas[i].id == id) return PC_OK; /* the same again */
	more = realloc(r->schemas, (r->schema_count + 1) * sizeof *more);
	if (!more) return PC_ENOMEM;
	r->schemas = more;
	more[r->schema_count] = (struct schema){id, malloc(bytes + 1)};
	if (!more[r->schema_count].text) return PC_ENOMEM;
	memcpy(more[r->schema_count].text, text, bytes);
	more[r->schema_count++].text[bytes] = '\0';
	return PC_OK;
}

static bool take_decimal(rec_in *in, uint64_t *ret)
{
	size_t bytes;
	const char *text = rec_take_text(in, &bytes);
	uint64_t value = 0;
	if (!text || !bytes || bytes > 18) return false;
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] < '0' || text[i] > '9') return false;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	*ret = value;
	return true;
}

static bool take_metadata(rec_in *in, rec_channel *c)
{
	uint64_t bytes = rec_take_number(in, 4), value = 0;
	const uint8_t *at = rec_take(in, bytes);
	rec_in pairs = {at, at ? at + bytes : at, !at};
	while (!pairs.failed && pairs.at < pairs.end) {
		size_t key_bytes, skipped;
		const char *key = rec_take_text(&pairs, &key_bytes);
		if (text_is(key, key_bytes, "payload_bytes")) {
			if (!take_decimal(&pairs, &c->payload_bytes)) return false;
		} else if (text_is(key, key_bytes, "stale_after_ms")) {
			if (!take_decimal(&pairs, &value)) return false;
			c->stale_after_ms = (uint32_t)value;
		} else if (text_is(key, key_bytes, "publish_hint_ms")) {
			if (!take_decimal(&pairs, &value)) return false;
			c->publish_hint_ms = (uint32_t)value;
		} else {
			(void)rec_take_text(&pairs, &skipped);
		}
	}
	return !pairs.failed;
}

static pc_status read_channel(const rec_reader *r, rec_in *in, rec_channel *c)
{
	uint16_t schema;
	size_t topic_bytes, encoding_bytes;
	c->id = (uint16_t)rec_take_number(in, 2);
	schema = (uint16_t)rec_take_number(in, 2);
	const char *topic = rec_take_text(in, &topic_bytes), *encoding = rec_take_text(in, &encoding_bytes);
	if (!take_metadata(in, c) || in->failed || !topic_bytes || topic_bytes >= sizeof c->topic ||
	    memchr(topic, 0, topic_bytes) || !text_is(encoding, encoding_bytes, REC_PROFILE) || !c->payload_bytes ||
	    c->payload_bytes > REC_PAYLOAD_MAX)
		return PC_ECORRUPT;
	memcpy(c->topic, topic, topic_bytes);
	c->layout = schema ? NULL : "";
	for (uint32_t i = 0; i < r->schema_count; i++)
		if (r->schemas[i].id == schema) c->layout = r->schemas[i].text;
	return c->layout ? PC_OK : PC_ECORRUPT;
}

static rec_channel *channel_of(const rec_reader *r, uint16_t id)
{
	for (uint32_t i = r->channel_count; i--;)
		if (r->channels[i]->id == id) return r->channels[i];
	return NULL;
}

static pc_status take_channel(rec_reader *r, rec_in in)
{
	rec_channel c = {.id = 0}, **more;
	pc_status s = read_channel(r, &in, &c);
	if (s != PC_OK || channel_of(r, c.id)) return s;
	if (r->channel_count == REC_CHANNELS_MAX) return PC_ECORRUPT;
	more = realloc(r->channels, (r->channel_count + 1) * sizeof(rec_channel *));
	if (!more) return PC_ENOMEM;
	r->channels = more;
	more[r->channel_count] = malloc(sizeof c);
	if (!more[r->channel_count]) return PC_ENOMEM;
	*more[r->channel_count++] = c;
	return PC_OK;
}

/* ---- messages -------------------------------------------------------------------------------------------- */

static pc_status take_message(rec_reader *r, rec_in in, const rec_channel **ret_channel, rec_message *m)
{
	const rec_channel *c = channel_of(r, (uint16_t)rec_take_number(&in, 2));
	uint64_t left;
	(void)rec_take_number(&in, 4);
	*m = (rec_message){.log_ns = rec_take_number(&in, 8)};
	m->commit_unix_ns = rec_take_number(&in, 8);
	m->tick = rec_take_number(&in, 8);
	m->missed = rec_take_number(&in, 8);
	m->epoch = (uint32_t)rec_take_number(&in, 4);
	m->flags = (uint16_t)rec_take_number(&in, 2);
	m->liveness = (uint8_t)rec_take_number(&in, 1);
	m->event = (uint8_t)rec_take_number(&in, 1);
	if (in.failed || !c) return PC_ECORRUPT;
	left = (uint64_t)(in.end - in.at);
	if (left != (m->event == REC_VALUE ? c->payload_bytes : 0)) return PC_ECORRUPT;
	m->payload = m->event == REC_VALUE ? in.at : NULL;
	m->payload_bytes = left;
	*ret_channel = c;
	return PC_OK;
}

/* The next message of the chunk. @return PC_OK; PC_EABSENT its end; PC_ECORRUPT; PC_ENOMEM */
static pc_status next_in_chunk(rec_reader *r, const rec_channel **ret_channel, rec_message *ret)
{
	while (r->in.at < r->in.end) {
		unsigned op = (unsigned)rec_take_number(&r->in, 1);
		uint64_t bytes = rec_take_number(&r->in, 8);
		const uint8_t *content = rec_take(&r->in, bytes);
		rec_in in = {content, content ? content + bytes : content, !content};
		pc_status s = PC_OK;
		if (r->in.failed) return PC_ECORRUPT;
		if (op == REC_MESSAGE) return take_message(r, in, ret_channel, ret);
		if (op == REC_SCHEMA) s = take_schema(r, in);
		if (op == REC_CHANNEL) s = take_channel(r, in);
		if (s != PC_OK) return s;
	}
	return PC_EABSENT;
}

/* ---- chunks ---------------------------------------------------------------------------------------------- */

static pc_status damaged(rec_reader *r, pc_status s, const char *what, pc_err *err)
{
	r->in = (rec_in){NULL, NULL, false};
	if (s == PC_ENOMEM) return no_memory(err);
	r->facts.damaged++;
	return pc_err_set(err, s, "the chunk at byte %" PRIu64 " is left out: %s", r->chunk_at, what);
}

static pc_status unpack(rec_reader *r, const char *compression, size_t name_bytes, const uint8_t *from, uint64_t bytes,
                        uint64_t room, pc_err *err)
{
	pc_status s;
	if (text_is(compression, name_bytes, "")) {
		if (bytes != room) return damaged(r, PC_ECORRUPT, "its sizes contradict each other", err);
		memcpy(r->records, from, (size_t)bytes);
		return PC_OK;
	}
	if (!text_is(compression, name_bytes, "zstd"))
		return damaged(r, PC_EUNSUPPORTED, "its compression is neither zstd nor none", err);
	s = rec_decompress(from, (size_t)bytes, r->records, (size_t)room);
	if (s == PC_EUNSUPPORTED) return damaged(r, s, "this pagecast was built without zstd", err);
	return s == PC_OK ? PC_OK : damaged(r, s, "it cannot be decompressed", err);
}

static pc_status take_chunk(rec_reader *r, rec_in in, pc_err *err)
{
	uint64_t room, packed;
	uint32_t crc;
	size_t name_bytes;
	uint8_t *more;
	pc_status s;
	(void)rec_take(&in, 16);
	room = rec_take_number(&in, 8);
	crc = (uint32_t)rec_take_number(&in, 4);
	const char *compression = rec_take_text(&in, &name_bytes);
	packed = rec_take_number(&in, 8);
	const uint8_t *from = rec_take(&in, packed);
	if (!from || !room || room > REC_CHUNK_MAX) return damaged(r, PC_ECORRUPT, "its sizes are impossible", err);
	more = realloc(r->records, (size_t)room);
	if (!more) return no_memory(err);
	r->records = more;
	s = unpack(r, compression, name_bytes, from, packed, room, err);
	if (s != PC_OK) return s;
	if (crc && crc != rec_crc32(0, more, (size_t)room))
		return damaged(r, PC_ECORRUPT, "its checksum is wrong", err);
	r->in = (rec_in){more, more + room, false};
	r->facts.chunks++;
	r->facts.chunk_bytes += room;
	r->facts.packed_bytes += packed;
	return PC_OK;
}

/* ---- the file -------------------------------------------------------------------------------------------- */

static pc_status end_of(rec_reader *r, const char *format, uint64_t number)
{
	r->is_over = true;
	if (format) (void)snprintf(r->facts.why, sizeof r->facts.why, format, number);
	return PC_EABSENT;
}

/* Behind DataEnd: the summary, which we do not need, and the footer. */
static pc_status look_at_end(rec_reader *r)
{
	pc_status s;
	uint64_t tail = RECORD_HEAD + FOOTER_BYTES + REC_MAGIC_BYTES;
	const uint8_t *footer =
	        r->facts.file_bytes - r->at >= tail ? fetch(r, r->facts.file_bytes - tail, (size_t)tail, &s) : NULL;
	r->facts.is_whole = footer && footer[0] == REC_FOOTER &&
	                    !memcmp(footer + RECORD_HEAD + FOOTER_BYTES, REC_MAGIC, REC_MAGIC_BYTES);
	return end_of(r, r->facts.is_whole ? NULL : "cut off behind its data, at byte %" PRIu64, r->facts.file_bytes);
}

static pc_status take_other(rec_reader *r, unsigned op, uint64_t bytes, pc_err *err)
{
	const uint8_t *content;
	rec_in in;
	pc_status s;
	if (op != REC_SCHEMA && op != REC_CHANNEL && op != REC_CHUNK) return PC_OK;
	if (bytes > (op == REC_CHUNK ? REC_CHUNK_MAX : OTHER_MAX))
		return damaged(r, PC_ECORRUPT, "it is too large", err);
	content = fetch(r, r->chunk_at + RECORD_HEAD, (size_t)bytes, &s);
	if (!content) return pc_err_set(err, s, "cannot read at byte %" PRIu64, r->chunk_at);
	in = (rec_in){content, content + bytes, false};
	if (op == REC_CHUNK) return take_chunk(r, in, err);
	s = op == REC_SCHEMA ? take_schema(r, in) : take_channel(r, in);
	return s == PC_OK ? PC_OK : damaged(r, s, "what it says of regions is wrong", err);
}

/* One record of the file. @return PC_OK; PC_EABSENT the end; as rec_reader_next() */
static pc_status next_record(rec_reader *r, pc_err *err)
{
	pc_status s;
	uint64_t left = r->facts.file_bytes - r->at, bytes;
	const uint8_t *head = left >= RECORD_HEAD ? fetch(r, r->at, RECORD_HEAD, &s) : NULL;
	rec_in in;
	unsigned op;
	if (left < RECORD_HEAD) return end_of(r, "cut off at byte %" PRIu64 ", where a record should follow", r->at);
	if (!head) return pc_err_set(err, s, "cannot read at byte %" PRIu64, r->at);
	in = (rec_in){head, head + RECORD_HEAD, false};
	op = (unsigned)rec_take_number(&in, 1);
	bytes = rec_take_number(&in, 8);
	if (op == REC_DATA_END) return look_at_end(r);
	if (!op || bytes > left - RECORD_HEAD)
		return end_of(r, "cut off, or damaged, in the record at byte %" PRIu64, r->at);
	r->chunk_at = r->at;
	r->at += RECORD_HEAD + bytes;
	return take_other(r, op, bytes, err);
}

pc_status rec_reader_next(rec_reader *r, const rec_channel **ret_channel, rec_message *ret, pc_err *err)
{
	for (;;) {
		pc_status s = next_in_chunk(r, ret_channel, ret);
		if (s == PC_OK) {
			r->facts.messages++;
			return PC_OK;
		}
		if (s != PC_EABSENT) return damaged(r, s, "a record in it is wrong", err);
		if (r->is_over) return PC_EABSENT;
		s = next_record(r, err);
		if (s != PC_OK) return s;
	}
}

/* ---- its life -------------------------------------------------------------------------------------------- */

static pc_status check_head(rec_reader *r, pc_err *err)
{
	pc_status s;
	const uint8_t *head = fetch(r, 0, REC_MAGIC_BYTES + RECORD_HEAD + 4 + sizeof REC_PROFILE - 1, &s);
	rec_in in;
	uint64_t bytes;
	size_t profile_bytes;
	if (!head && s != PC_ECORRUPT) return pc_err_set(err, s, "cannot read its head: %s", pc_status_text(s));
	if (!head)
		return pc_err_set(err, PC_ECORRUPT, "too short for a recording: %" PRIu64 " bytes",
		                  r->facts.file_bytes);
	if (memcmp(head, REC_MAGIC, REC_MAGIC_BYTES)) return pc_err_set(err, PC_ECORRUPT, "not an MCAP file");
	in = (rec_in){head + REC_MAGIC_BYTES, head + REC_MAGIC_BYTES + RECORD_HEAD + 4 + sizeof REC_PROFILE - 1, false};
	bytes = rec_take_number(&in, 1) == REC_HEADER ? rec_take_number(&in, 8) : 0;
	const char *profile = rec_take_text(&in, &profile_bytes);
	if (!text_is(profile, profile_bytes, REC_PROFILE))
		return pc_err_set(err, PC_ECORRUPT,
		                  "an MCAP file, but not of pagecast: its profile is not " REC_PROFILE);
	if (bytes > r->facts.file_bytes - REC_MAGIC_BYTES - RECORD_HEAD)
		return pc_err_set(err, PC_ECORRUPT, "too short for a recording: %" PRIu64 " bytes",
		                  r->facts.file_bytes);
	r->at = REC_MAGIC_BYTES + RECORD_HEAD + bytes;
	return PC_OK;
}

static pc_status begin(rec_reader *r, rec_reader **ret, pc_err *err)
{
	pc_status s = check_head(r, err);
	if (s == PC_OK)
		*ret = r;
	else
		rec_reader_close(&r);
	return s;
}

pc_status rec_reader_open(const char *path, rec_reader **ret, pc_err *err)
{
	rec_reader *r = calloc(1, sizeof *r);
	pc_status s;
	if (!r) return no_memory(err);
	s = rec_file_open(path, &r->file, &r->facts.file_bytes, err);
	if (s == PC_OK) {
		pc_err why = {""};
		s = begin(r, ret, &why);
		return s == PC_OK ? s : pc_err_set(err, s, "%.120s: %.120s", path, why.text);
	}
	free(r);
	return s;
}

pc_status rec_reader_open_memory(const void *data, size_t bytes, rec_reader **ret, pc_err *err)
{
	rec_reader *r = calloc(1, sizeof *r);
	if (!r) return no_memory(err);
	r->file = REC_NO_FILE;
	r->memory = data;
	r->facts.file_bytes = bytes;
	return begin(r, ret, err);
}

void rec_reader_rewind(rec_reader *r)
{
	r->in = (rec_in){NULL, NULL, false};
	r->is_over = false;
	r->facts = (rec_facts){.file_bytes = r->facts.file_bytes};
	(void)check_head(r, NULL);
}

const rec_facts *rec_reader_facts(const rec_reader *r)
{
	return &r->facts;
}

const rec_channel *rec_reader_channel(const rec_reader *r, uint32_t n)
{
	return n < r->channel_count ? r->channels[n] : NULL;
}

void rec_reader_close(rec_reader **reader)
{
	rec_reader *r = *reader;
	if (!r) return;
	*reader = NULL;
	rec_file_close(r->file);
	for (uint32_t i = 0; i < r->schema_count; i++) free(r->schemas[i].text);
	for (uint32_t i = 0; i < r->channel_count; i++) free(r->channels[i]);
	free(r->schemas);
	free(r->channels);
	free(r->records);
	rec_buf_free(&r->raw);
	free(r);
}
