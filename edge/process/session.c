// SPDX-License-Identifier: BSD-3-Clause
#include "edge/process/session.h"

#include <errno.h>
#include <stdlib.h>

struct session *session_new(int fd)
{
	struct session *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->ue = -1;
	s->stream = stream_new(fd, MESSAGE_MAX_TENSOR);
	if (!s->stream) {
		free(s);
		return NULL;
	}
	return s;
}

void session_free(struct session *s)
{
	if (!s)
		return;
	stream_free(s->stream);
	free(s);
}

static int check_header(const struct session *s, const struct message_header *h, const struct edge_config *c,
			struct err *err)
{
	if (h->run != c->run_id)
		return err_set(err, EPROTO, "a request of run %u at the edge of run %u", h->run, c->run_id);
	if (h->ue < 1 || h->ue > (uint32_t)c->n_ues)
		return err_set(err, EPROTO, "a request of ue%u: this run has ue1 to ue%d", h->ue, c->n_ues);
	if (s->ue >= 0 && s->ue != (int)h->ue - 1)
		return err_set(err, EPROTO, "a request of ue%u over the connection of ue%d", h->ue,
			       s->ue + 1);
	return 0;
}

int session_request(struct session *s, const struct message_header *h, const uint8_t *body,
		    const struct edge_config *config, struct network *const *networks,
		    struct desk_event *event, struct err *err)
{
	int r = check_header(s, h, config, err);
	r = r < 0 ? r : desk_read(event, h, body, err);
	if (r < 0)
		return r;
	const struct network *network = networks[config->ues[event->request.ue].network];
	if (event->request.message.network_hash != network->hash)
		return err_set(err, EPROTO,
			       "ue%u runs another %s than the edge (weights or description differ)", h->ue,
			       network->name);
	s->ue = event->request.ue;
	return 0;
}
