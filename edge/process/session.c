// SPDX-License-Identifier: BSD-3-Clause
#include "edge/process/session.h"

#include <errno.h>
#include <stdlib.h>

struct session *session_new(int fd)
{
	struct session *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->from = s->ue = -1;
	s->stream = stream_new(fd, MESSAGE_HELLO_SIZE);
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

uint32_t session_largest_body(const struct network *network, enum features features)
{
	int64_t most = sizeof(((struct err *)0)->text);
	for (int cut = 0; cut < network->n_subtasks; cut++) {
		int64_t bytes = features_cut_bytes(network, cut, features);
		most = bytes > most ? bytes : most;
	}
	return most < MESSAGE_MAX_TENSOR ? (uint32_t)most : MESSAGE_MAX_TENSOR;
}

size_t session_backlog(const struct edge_config *config, const struct round_networks *networks, int ue)
{
	const struct edge_ue *u = &config->ues[ue];
	size_t open = u->open_jobs > 1 ? (size_t)u->open_jobs : 1;
	size_t answer = MESSAGE_HEADER_SIZE + MESSAGE_PLAN_MOST + sizeof(((struct err *)0)->text);
	return (open + 1) * (answer + MESSAGE_HEADER_SIZE + (size_t)networks->result_bytes[u->network]);
}

int session_request(const struct message_header *h, const uint8_t *body, const struct edge_config *config,
		    struct network *const *networks, struct desk_event *event, struct err *err)
{
	int r = desk_read(event, h, body, err);
	if (r < 0)
		return r;
	const struct network *network = networks[config->ues[event->request.ue].network];
	if (event->request.message.network_hash != network->hash)
		return err_set(err, EPROTO,
			       "ue%u runs another %s than the edge (weights or description differ)", h->ue,
			       network->name);
	return 0;
}
