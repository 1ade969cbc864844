// SPDX-License-Identifier: BSD-3-Clause
// Further servers in virtual time: hosts of edge/desk/station.h behind the WAN. A task takes its server's
// median.
#include "sim/engine_private.h"

#include <errno.h>
#include <stdlib.h>

#include "edge/desk/station.h"
#include "setup/wan.h"

#define BURST 32

static int64_t alone_ns(const struct sim *s, const struct batch *b)
{
	return sim_networks_run_ns(&s->networks, b->member[0]->server, b->booking.network, b->booking.subtask,
				   b->n_members);
}

static int send_result(struct sim *s, uint32_t server, const struct station_action *a)
{
	uint8_t bytes[MESSAGE_RESULT_SIZE];
	message_put_result(bytes, &a->result);
	return transport_send(s, &s->wan, server, LINK_DOWN, &a->header, bytes, sizeof(bytes),
			      a->result.n_values * (uint32_t)sizeof(float));
}

// Does what the server asks for.
static int follow(struct sim *s, uint32_t server)
{
	struct station_action a;
	int r = 0;
	while (r == 0 && station_next(s->stations[server], &a))
		switch (a.kind) {
		case STATION_START_BATCH:
			r = sim_schedule(s, s->now_ns + alone_ns(s, a.batch), EVENT_SERVED, a.batch->id);
			break;
		case STATION_NOTE_BATCH:
			results_batch(s->results, a.record);
			break;
		case STATION_SEND_RESULT:
			r = send_result(s, server, &a);
			break;
		}
	return r;
}

// The numbers of a server's batches count in steps from its own.
static uint32_t server_of(const struct sim *s, uint32_t id)
{
	return (id - 1) % (uint32_t)(s->topology->n_servers + 1) - 1;
}

int servers_batch_done(struct sim *s, uint32_t id)
{
	uint32_t server = server_of(s, id);
	struct station *station = s->stations[server];
	const struct batch *b = station_batch(station, id);
	int64_t p95_ns = sim_networks_p95_ns(&s->networks, (int)server + 1, b->booking.network,
					     b->booking.subtask, b->n_members);
	const struct batch_times times = batch_times_of_profile(b, s->now_ns, alone_ns(s, b), p95_ns);
	int r = station_ended(station, id, &times, s->err);
	r = r < 0 ? r : follow(s, server);
	station_run(station, s->now_ns);
	return r < 0 ? r : follow(s, server);
}

// A server's result is back at the edge.
static int served(struct sim *s, uint32_t server, const struct sim_message *m)
{
	struct desk_event e = {.now_ns = s->now_ns};
	int r = desk_read_server(&e, (int)server + 1, &m->header, m->bytes + MESSAGE_HEADER_SIZE, s->err);
	r = r < 0 ? r : edge_tell(s, &e);
	return r < 0 ? r : edge_turn(s);
}

static int wan_received(struct sim *s, uint32_t server, enum link_dir dir, const struct sim_message *m)
{
	if (dir == LINK_DOWN)
		return served(s, server, m);
	int r = station_message(s->stations[server], &m->header, m->bytes + MESSAGE_HEADER_SIZE, s->now_ns,
				s->err);
	return r < 0 ? r : follow(s, server);
}

int servers_deliver(struct sim *s, int64_t now_ns)
{
	struct link_packet packets[BURST];
	s->now_ns = now_ns;
	size_t n = cell_dequeue(s->wan.cell, now_ns, packets, BURST);
	int r = 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = packets[i].fate == LINK_DELIVERED ? transport_received(s, &s->wan, &packets[i])
						      : transport_lost(s, &s->wan, &packets[i]);
	return r;
}

int servers_send(struct sim *s, int server, const struct message_header *header, const void *head,
		 size_t head_size, uint32_t rest)
{
	return transport_send(s, &s->wan, (uint32_t)server - 1, LINK_UP, header, head, head_size, rest);
}

// What stations look up, beside desks: the edge's own configuration with its networks' numbers.
static int open_stations(struct sim *s)
{
	const struct edge_config *config = desk_config(s->edge->desk);
	const struct round_networks *networks = desk_networks(s->edge->desk);
	int r = 0;
	for (int i = 0; r == 0 && i < s->topology->n_servers; i++)
		r = station_open(&s->stations[i], i + 1, config, networks, s->err);
	return r;
}

int servers_open(struct sim *s)
{
	if (!s->edge || s->topology->n_servers == 0)
		return 0;
	s->wan = (struct sim_net){
	    .n = (uint32_t)s->topology->n_servers, .refill = EVENT_WAN_REFILL, .received = wan_received};
	s->stations = calloc(s->wan.n, sizeof(struct station *));
	if (!s->stations)
		return err_set(s->err, ENOMEM, "no memory for %u servers", s->wan.n);
	s->wan.cell = wan_new(s->topology, s->err);
	if (!s->wan.cell)
		return -errno;
	int r = transport_open(s, &s->wan);
	return r < 0 ? r : open_stations(s);
}

void servers_close(struct sim *s)
{
	transport_close(&s->wan);
	cell_free(s->wan.cell);
	for (int i = 0; s->stations && i < s->topology->n_servers; i++)
		station_close(s->stations[i]);
	free(s->stations);
}

bool servers_idle(const struct sim *s)
{
	for (int i = 0; s->stations && i < s->topology->n_servers; i++)
		if (!station_idle(s->stations[i]))
			return false;
	return !s->wan.cell || cell_next_event(s->wan.cell) == TIME_NEVER;
}

void servers_report(struct sim *s)
{
	for (int i = 0; s->stations && i < s->topology->n_servers; i++) {
		struct server_record record = station_totals(s->stations[i]);
		results_server(s->results, &record);
	}
}
