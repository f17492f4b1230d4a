/* recorded.c - see recorded.h. */
#include "recorded.h"

#include <stdlib.h>
#include <string.h>

int cli_recording_open(const char *path, rec_reader **ret)
{
	pc_err err = {""};
	pc_status s = rec_reader_open(path, ret, &err);
	if (s == PC_OK) return CLI_OK;
	cli_error("%s", err.text);
	return CLI_FAILED;
}

const char *cli_event_name(unsigned event)
{
	static const char *const names[] = {"value", "begins", "state", "was paused", "ends"};
	return event < sizeof names / sizeof names[0] ? names[event] : "?";
}

cli_heard *cli_heard_of(cli_heard_list *list, const rec_channel *channel)
{
	cli_heard *h = list->first;
	while (h && h->channel != channel) h = h->next;
	if (h) return h;
	h = calloc(1, sizeof *h);
	if (!h) return NULL;
	h->channel = channel;
	if (channel->layout[0] &&
	    (pc_layout_parse(channel->layout, strlen(channel->layout), &h->layout, NULL) != PC_OK ||
	     pc_layout_bytes(h->layout) > channel->payload_bytes))
		pc_layout_destroy(&h->layout);
	if (!list->last) list->last = &list->first;
	*list->last = h;
	list->last = &h->next;
	return h;
}

void cli_heard_count(cli_heard *h, const rec_message *m)
{
	if (!h->first_ns) h->first_ns = m->log_ns;
	h->last_ns = m->log_ns;
	if (m->event == REC_VALUE) h->values++;
	if (m->missed == REC_UNKNOWN)
		h->unknown++;
	else if (m->missed)
		h->gaps++, h->missed += m->missed;
}

void cli_heard_free(cli_heard_list *list)
{
	for (cli_heard *h = list->first, *next; h; h = next) {
		next = h->next;
		pc_layout_destroy(&h->layout);
		free(h);
	}
	*list = (cli_heard_list){NULL, NULL};
}

cli_payload cli_heard_payload(const cli_heard *h, const rec_message *m)
{
	return (cli_payload){.bytes = m->payload, .count = m->payload_bytes, .layout = h->layout};
}
