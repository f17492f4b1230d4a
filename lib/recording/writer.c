/* recording/writer.c - see writer.h and docs/recording.md.
 *
 * A chunk and its message indexes go out in one append, which is taken back if it fails: at every moment the file is
 * header and whole chunks, and at most the beginning of one more.                                              */
#include "recording/writer.h"

#include "base/err.h"
#include "recording/bytes.h"
#include "recording/compress.h"
#include "recording/file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct channel {
	uint64_t messages; /* in the file */
	rec_buf index;     /* of the chunk: pairs of time and offset */
};

struct rec_writer {
	rec_file file;
	uint64_t bytes;
	rec_buf chunk;              /* records */
	uint64_t first_ns, last_ns; /* of the chunk */
	uint64_t begin_ns, end_ns;  /* of the file */
	rec_buf schemas, channels;  /* records, for the summary */
	rec_buf chunk_indexes;      /* likewise */
	uint64_t *schema_ids;       /* schema n + 1 */
	struct channel *channel;    /* id n + 1 */
	uint32_t schema_count, channel_count, chunk_count, chunk_messages;
};

static pc_status no_memory(pc_err *err)
{
	return pc_err_set(err, PC_ENOMEM, "out of memory");
}

pc_status rec_writer_open(const char *path, rec_writer **ret, pc_err *err)
{
	rec_writer *w = calloc(1, sizeof *w);
	rec_buf head = {NULL, 0, 0, false};
	pc_status s;
	size_t at;
	if (!w) return no_memory(err);
	w->file = REC_NO_FILE;
	rec_put(&head, REC_MAGIC, REC_MAGIC_BYTES);
	at = rec_begin_record(&head, REC_HEADER);
	rec_put_text(&head, REC_PROFILE);
	rec_put_text(&head, "pagecast " PC_VERSION);
	rec_end_record(&head, at);
	s = head.failed ? no_memory(err) : rec_file_create(path, &w->file, err);
	if (s == PC_OK) {
		s = rec_file_append(w->file, 0, head.data, head.bytes, err);
		if (s != PC_OK) (void)rec_file_remove(path);
	}
	w->bytes = head.bytes;
	rec_buf_free(&head);
	if (s == PC_OK)
		*ret = w;
	else
		rec_writer_abandon(&w);
	return s;
}

void rec_writer_abandon(rec_writer **writer)
{
	rec_writer *w = *writer;
	if (!w) return;
	*writer = NULL;
	rec_file_close(w->file);
	for (uint32_t i = 0; i < w->channel_count; i++) rec_buf_free(&w->channel[i].index);
	rec_buf_free(&w->chunk);
	rec_buf_free(&w->schemas);
	rec_buf_free(&w->channels);
	rec_buf_free(&w->chunk_indexes);
	free(w->schema_ids);
	free(w->channel);
	free(w);
}

/* ---- into the chunk -------------------------------------------------------------------------------------- */

/* @return its number; 0 if there is no memory */
static uint16_t schema_of(rec_writer *w, const char *layout, uint64_t schema_id)
{
	uint64_t *more;
	char name[24];
	size_t at, begin;
	for (uint32_t i = 0; i < w->schema_count; i++)
		if (w->schema_ids[i] == schema_id) return (uint16_t)(i + 1);
	more = realloc(w->schema_ids, (w->schema_count + 1) * sizeof *more);
	if (!more) return 0;
	w->schema_ids = more;
	more[w->schema_count++] = schema_id;
	(void)snprintf(name, sizeof name, "%016" PRIx64, schema_id);
	begin = w->schemas.bytes;
	at = rec_begin_record(&w->schemas, REC_SCHEMA);
	rec_put_number(&w->schemas, w->schema_count, 2);
	rec_put_text(&w->schemas, name);
	rec_put_text(&w->schemas, REC_LAYOUT);
	rec_put_text(&w->schemas, layout);
	rec_end_record(&w->schemas, at);
	if (w->schemas.failed) return 0;
	rec_put(&w->chunk, w->schemas.data + begin, w->schemas.bytes - begin);
	return (uint16_t)w->schema_count;
}

static void put_metadata(rec_buf *b, const rec_channel *about)
{
	const struct {
		const char *key;
		uint64_t value;
	} pairs[] = {{"payload_bytes", about->payload_bytes},
	             {"stale_after_ms", about->stale_after_ms},
	             {"publish_hint_ms", about->publish_hint_ms}};
	char text[24];
	size_t at = b->bytes;
	rec_put_number(b, 0, 4);
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		(void)snprintf(text, sizeof text, "%" PRIu64, pairs[i].value);
		rec_put_text(b, pairs[i].key);
		rec_put_text(b, text);
	}
	rec_patch(b, at, b->bytes - at - 4, 4);
}

pc_status rec_writer_channel(rec_writer *w, const rec_channel *about, uint64_t schema_id, uint16_t *ret_id, pc_err *err)
{
	uint16_t schema = 0;
	struct channel *more;
	size_t at, begin = w->channels.bytes;
	if (w->channel_count == REC_CHANNELS_MAX)
		return pc_err_set(err, PC_EINVAL, "more than %u regions in one recording", REC_CHANNELS_MAX);
	if (!about->payload_bytes || about->payload_bytes > REC_PAYLOAD_MAX)
		return pc_err_set(err, PC_EINVAL, "%.100s: %" PRIu64 " bytes are more than a recording takes (%u MiB)",
		                  about->topic, about->payload_bytes, REC_PAYLOAD_MAX >> 20);
	if (about->layout[0] && !(schema = schema_of(w, about->layout, schema_id))) return no_memory(err);
	more = realloc(w->channel, (w->channel_count + 1) * sizeof *more);
	if (!more) return no_memory(err);
	w->channel = more;
	more[w->channel_count++] = (struct channel){0, {NULL, 0, 0, false}};
	*ret_id = (uint16_t)w->channel_count;
	at = rec_begin_record(&w->channels, REC_CHANNEL);
	rec_put_number(&w->channels, *ret_id, 2);
	rec_put_number(&w->channels, schema, 2);
	rec_put_text(&w->channels, about->topic);
	rec_put_text(&w->channels, REC_PROFILE);
	put_metadata(&w->channels, about);
	rec_end_record(&w->channels, at);
	if (!w->channels.failed) rec_put(&w->chunk, w->channels.data + begin, w->channels.bytes - begin);
	return w->channels.failed || w->chunk.failed ? no_memory(err) : PC_OK;
}

pc_status rec_writer_add(rec_writer *w, uint16_t id, const rec_message *m)
{
	struct channel *channel = w->channel + id - 1;
	uint64_t offset = w->chunk.bytes;
	size_t at = rec_begin_record(&w->chunk, REC_MESSAGE);
	PC_ASSERT(id && id <= w->channel_count);
	rec_put_number(&w->chunk, id, 2);
	rec_put_number(&w->chunk, (uint32_t)m->tick, 4);
	rec_put_number(&w->chunk, m->log_ns, 8);
	rec_put_number(&w->chunk, m->commit_unix_ns ? m->commit_unix_ns : m->log_ns, 8);
	rec_put_number(&w->chunk, m->tick, 8);
	rec_put_number(&w->chunk, m->missed, 8);
	rec_put_number(&w->chunk, m->epoch, 4);
	rec_put_number(&w->chunk, m->flags, 2);
	rec_put_number(&w->chunk, m->liveness, 1);
	rec_put_number(&w->chunk, m->event, 1);
	if (m->event == REC_VALUE) rec_put(&w->chunk, m->payload, (size_t)m->payload_bytes);
	rec_end_record(&w->chunk, at);
	rec_put_number(&channel->index, m->log_ns, 8);
	rec_put_number(&channel->index, offset, 8);
	if (w->chunk.failed || channel->index.failed) return PC_ENOMEM;
	if (!w->chunk_messages++ || m->log_ns < w->first_ns) w->first_ns = m->log_ns;
	if (w->chunk_messages == 1 || m->log_ns > w->last_ns) w->last_ns = m->log_ns;
	return PC_OK;
}

size_t rec_writer_pending(const rec_writer *w)
{
	return w->chunk.bytes;
}

uint64_t rec_writer_bytes(const rec_writer *w)
{
	return w->bytes;
}

/* ---- into the file --------------------------------------------------------------------------------------- */

static size_t put_chunk(const rec_writer *w, rec_buf *out)
{
	size_t at = rec_begin_record(out, REC_CHUNK), length_at, records_at;
	const char *compression = rec_compression();
	size_t name_at;
	rec_put_number(out, w->chunk_messages ? w->first_ns : 0, 8);
	rec_put_number(out, w->chunk_messages ? w->last_ns : 0, 8);
	rec_put_number(out, w->chunk.bytes, 8);
	rec_put_number(out, rec_crc32(0, w->chunk.data, w->chunk.bytes), 4);
	name_at = out->bytes;
	rec_put_text(out, compression);
	length_at = out->bytes;
	rec_put_number(out, 0, 8);
	records_at = out->bytes;
	if (!rec_compress(w->chunk.data, w->chunk.bytes, out) && !out->failed) { /* as it is, then */
		out->bytes = name_at;
		rec_put_text(out, "");
		length_at = out->bytes;
		rec_put_number(out, 0, 8);
		records_at = out->bytes;
		rec_put(out, w->chunk.data, w->chunk.bytes);
	}
	rec_patch(out, length_at, out->bytes - records_at, 8);
	rec_end_record(out, at);
	return out->bytes - records_at;
}

/* Behind the chunk in `out`, which goes to w->bytes of the file; the map of channels to offsets goes to `map`. */
static void put_message_indexes(const rec_writer *w, rec_buf *out, rec_buf *map)
{
	for (uint32_t i = 0; i < w->channel_count; i++) {
		const rec_buf *index = &w->channel[i].index;
		size_t at;
		if (!index->bytes) continue;
		rec_put_number(map, i + 1, 2);
		rec_put_number(map, w->bytes + out->bytes, 8);
		at = rec_begin_record(out, REC_MESSAGE_INDEX);
		rec_put_number(out, i + 1, 2);
		rec_put_number(out, index->bytes, 4);
		rec_put(out, index->data, index->bytes);
		rec_end_record(out, at);
	}
}

static void put_chunk_index(rec_writer *w, const rec_buf *map, size_t chunk_bytes, size_t all_bytes,
                            size_t records_bytes)
{
	rec_buf *b = &w->chunk_indexes;
	size_t at = rec_begin_record(b, REC_CHUNK_INDEX);
	bool is_plain = records_bytes == w->chunk.bytes;
	rec_put_number(b, w->chunk_messages ? w->first_ns : 0, 8);
	rec_put_number(b, w->chunk_messages ? w->last_ns : 0, 8);
	rec_put_number(b, w->bytes, 8);
	rec_put_number(b, chunk_bytes, 8);
	rec_put_number(b, map->bytes, 4);
	rec_put(b, map->data, map->bytes);
	rec_put_number(b, all_bytes - chunk_bytes, 8);
	rec_put_text(b, is_plain ? "" : rec_compression());
	rec_put_number(b, records_bytes, 8);
	rec_put_number(b, w->chunk.bytes, 8);
	rec_end_record(b, at);
}

static void count_chunk(rec_writer *w)
{
	if (w->chunk_messages) {
		if (!w->begin_ns || w->first_ns < w->begin_ns) w->begin_ns = w->first_ns;
		if (w->last_ns > w->end_ns) w->end_ns = w->last_ns;
	}
	for (uint32_t i = 0; i < w->channel_count; i++) {
		w->channel[i].messages += w->channel[i].index.bytes / 16;
		w->channel[i].index.bytes = 0;
	}
	w->chunk_count++;
	w->chunk.bytes = 0;
	w->chunk_messages = 0;
}

pc_status rec_writer_flush(rec_writer *w, pc_err *err)
{
	rec_buf out = {NULL, 0, 0, false}, map = {NULL, 0, 0, false};
	size_t records_bytes, chunk_bytes;
	pc_status s;
	if (!w->chunk.bytes) return PC_OK;
	records_bytes = put_chunk(w, &out);
	chunk_bytes = out.bytes;
	put_message_indexes(w, &out, &map);
	s = out.failed || map.failed || w->chunk.failed ? no_memory(err)
	                                                : rec_file_append(w->file, w->bytes, out.data, out.bytes, err);
	if (s == PC_OK) {
		put_chunk_index(w, &map, chunk_bytes, out.bytes, records_bytes);
		w->bytes += out.bytes;
		count_chunk(w);
	}
	rec_buf_free(&out);
	rec_buf_free(&map);
	return s;
}

static void put_statistics(const rec_writer *w, rec_buf *b)
{
	size_t at = rec_begin_record(b, REC_STATISTICS);
	uint64_t messages = 0;
	for (uint32_t i = 0; i < w->channel_count; i++) messages += w->channel[i].messages;
	rec_put_number(b, messages, 8);
	rec_put_number(b, w->schema_count, 2);
	rec_put_number(b, w->channel_count, 4);
	rec_put_number(b, 0, 4); /* attachments */
	rec_put_number(b, 0, 4); /* metadata */
	rec_put_number(b, w->chunk_count, 4);
	rec_put_number(b, w->begin_ns, 8);
	rec_put_number(b, w->end_ns, 8);
	rec_put_number(b, w->channel_count * UINT64_C(10), 4);
	for (uint32_t i = 0; i < w->channel_count; i++) {
		rec_put_number(b, i + 1, 2);
		rec_put_number(b, w->channel[i].messages, 8);
	}
	rec_end_record(b, at);
}

/* DataEnd, then the groups of the summary, where each lies, and the footer with a checksum of all behind DataEnd. */
static void put_end(const rec_writer *w, rec_buf *b)
{
	const struct {
		unsigned op;
		const rec_buf *records;
	} groups[] = {{REC_SCHEMA, &w->schemas}, {REC_CHANNEL, &w->channels}, {REC_CHUNK_INDEX, &w->chunk_indexes}};
	uint64_t start[4], length[4], summary, offsets;
	static const unsigned ops[4] = {REC_SCHEMA, REC_CHANNEL, REC_CHUNK_INDEX, REC_STATISTICS};
	size_t at = rec_begin_record(b, REC_DATA_END), from;
	rec_put_number(b, 0, 4);
	rec_end_record(b, at);
	from = b->bytes;
	summary = w->bytes + from;
	for (int i = 0; i < 4; i++) {
		start[i] = w->bytes + b->bytes;
		if (i < 3)
			rec_put(b, groups[i].records->data, groups[i].records->bytes);
		else
			put_statistics(w, b);
		length[i] = w->bytes + b->bytes - start[i];
	}
	offsets = w->bytes + b->bytes;
	for (int i = 0; i < 4; i++) {
		if (!length[i]) continue;
		at = rec_begin_record(b, REC_SUMMARY_OFFSET);
		rec_put_number(b, ops[i], 1);
		rec_put_number(b, start[i], 8);
		rec_put_number(b, length[i], 8);
		rec_end_record(b, at);
	}
	at = rec_begin_record(b, REC_FOOTER);
	rec_patch(b, at - 8, 20, 8);
	rec_put_number(b, summary, 8);
	rec_put_number(b, offsets, 8);
	if (!b->failed) rec_put_number(b, rec_crc32(0, b->data + from, b->bytes - from), 4);
	rec_put(b, REC_MAGIC, REC_MAGIC_BYTES);
}

pc_status rec_writer_finish(rec_writer **writer, pc_err *err)
{
	rec_writer *w = *writer;
	rec_buf end = {NULL, 0, 0, false};
	pc_status s = rec_writer_flush(w, err);
	if (s != PC_OK) return s;
	put_end(w, &end);
	s = end.failed || w->chunk_indexes.failed ? no_memory(err)
	                                          : rec_file_append(w->file, w->bytes, end.data, end.bytes, err);
	rec_buf_free(&end);
	if (s == PC_OK) rec_writer_abandon(writer);
	return s;
}
