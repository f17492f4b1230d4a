/* flow.c - see flow.h. */
#include "flow.h"

#define RATE_NS UINT64_C(250000000)

/* Messages that fit into one round trip. */
static uint32_t on_the_way(const ws_flow *f)
{
	double fits = f->hz * f->rtt_us / 1e6;
	return fits < WS_WINDOW_MAX ? (uint32_t)fits : WS_WINDOW_MAX;
}

static uint64_t bytes_window(const ws_flow *f, const ws_window *w)
{
	double fits = f->bytes_per_s * ((double)f->rtt_us * 1e3 + (double)WS_FLOW_QUEUE_NS) / 1e9 * 2;
	if (f->bytes_per_s <= 0 || fits >= (double)w->bytes) return w->bytes;
	if (fits >= WS_WINDOW_BYTES_MIN) return (uint64_t)fits;
	return w->bytes < WS_WINDOW_BYTES_MIN ? w->bytes : WS_WINDOW_BYTES_MIN;
}

uint32_t ws_window_ack(const ws_window *w)
{
	uint32_t messages = w->frames * 3 / 4;
	return messages ? messages : 1;
}

uint64_t ws_window_ack_bytes(const ws_window *w)
{
	return (w->bytes < WS_WINDOW_BYTES_MIN ? w->bytes : WS_WINDOW_BYTES_MIN) * 3 / 4;
}

bool ws_flow_is_open(const ws_flow *f, const ws_window *w)
{
	uint64_t under_way = f->sent - f->acked, frames = w->frames + (uint64_t)on_the_way(f);
	if (frames > WS_WINDOW_MAX) frames = WS_WINDOW_MAX;
	/* One may be as large as it likes: or it would never go. */
	return !under_way || (under_way < frames && f->bytes < bytes_window(f, w));
}

void ws_flow_sent(ws_flow *f, size_t bytes, uint64_t now_ns)
{
	uint64_t place = f->sent++ % WS_WINDOW_MAX;
	f->ring[place].bytes = bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes;
	f->ring[place].sent_us = (uint32_t)(now_ns / 1000);
	f->bytes += f->ring[place].bytes;
}

static void note_rate(ws_flow *f, uint64_t now_ns)
{
	uint64_t took_ns = now_ns - f->since_ns;
	if (took_ns < RATE_NS) return;
	if (f->since_ns) {
		f->hz = (double)f->since_acked * 1e9 / (double)took_ns;
		f->bytes_per_s = (double)f->since_bytes * 1e9 / (double)took_ns;
	}
	f->since_ns = now_ns;
	f->since_acked = f->since_bytes = 0;
}

void ws_flow_acked(ws_flow *f, uint64_t frames, uint64_t now_ns)
{
	uint32_t rtt_us;
	if (frames <= f->acked) return;
	/* Of the last one only: the viewer may acknowledge several at a time. */
	rtt_us = (uint32_t)(now_ns / 1000) - f->ring[(frames - 1) % WS_WINDOW_MAX].sent_us;
	if (!f->rtt_us || rtt_us < f->rtt_us) f->rtt_us = rtt_us ? rtt_us : 1;
	for (; f->acked < frames; f->acked++) {
		uint32_t bytes = f->ring[f->acked % WS_WINDOW_MAX].bytes;
		f->bytes -= bytes;
		f->since_bytes += bytes;
		f->since_acked++;
	}
	note_rate(f, now_ns);
}
