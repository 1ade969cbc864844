// SPDX-License-Identifier: BSD-3-Clause
#include "emu/sim/sim.h"

#include <errno.h>
#include <stdlib.h>

#include "emu/run/run.h"
#include "emu/sim/engine.h"

#define BURST 32

static int make_link(struct sim *s)
{
	const struct topology *t = s->topology;
	size_t n = (size_t)t->n_ues * LINK_DIRS;
	struct link_flow_config *flows = calloc(n, sizeof(*flows));
	if (!flows)
		return err_set(s->err, ENOMEM, "no memory");
	for (size_t i = 0; i < n; i++) {
		const struct ue_radio *radio = &s->plan->radio[i / LINK_DIRS];
		flows[i] = (struct link_flow_config){
		    .rate_bps = i % LINK_DIRS == LINK_UP ? radio->uplink_bps : radio->downlink_bps,
		    .delay_ns = t->cell.delay_ns,
		    .limit_bytes = (uint64_t)t->cell.queue_bytes};
	}
	s->link = link_new(&(struct link_config){.n_ues = (uint32_t)t->n_ues, .flows = flows}, 0, s->err);
	int r = s->link ? 0 : -errno;
	free(flows);
	return r;
}

int sim_new(struct sim **out, const struct run_plan *plan, struct results *results, struct err *err)
{
	struct sim *s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, ENOMEM, "no memory");
	s->plan = plan;
	s->topology = plan->topology;
	s->results = results;
	s->end_ns = plan->topology->duration_ns;
	s->err = err;
	int r = make_link(s);
	r = r < 0 ? r : sim_networks_open(&s->networks, plan, err);
	r = r < 0 ? r : transport_open(s);
	r = r < 0 ? r : datagrams_open(s);
	r = r < 0 ? r : ues_open(s);
	r = r < 0 ? r : edge_open(s);
	r = r < 0 ? r : capture_open(s);
	r = r < 0 ? r : sim_schedule(s, s->topology->shaper.interval_ns, EVENT_RECORD, 0);
	if (r < 0) {
		sim_free(s);
		return r;
	}
	*out = s;
	return 0;
}

void sim_free(struct sim *s)
{
	if (!s)
		return;
	capture_close(s);
	edge_close(s);
	ues_close(s);
	datagrams_close(s);
	transport_close(s);
	sim_networks_close(&s->networks);
	link_free(s->link);
	event_queue_free(&s->events);
	free(s);
}

void sim_tap(struct sim *s, sim_datagram_fn fn, void *user)
{
	s->tap = fn;
	s->tap_user = user;
}

struct sim_counts sim_counts(const struct sim *s)
{
	return s->counts;
}

int sim_schedule(struct sim *s, int64_t at_ns, enum event_kind kind, uint32_t index)
{
	return event_queue_push(&s->events, at_ns, kind, index) < 0
		   ? err_set(s->err, ENOMEM, "no memory for events")
		   : 0;
}

int64_t sim_airtime_ns(struct sim *s, uint32_t ue)
{
	struct link_counters counters;
	link_read_counters(s->link, ue, LINK_UP, s->now_ns, &counters);
	return counters.airtime_ns;
}

static void record_link(struct sim *s, uint32_t ue)
{
	const struct ue_radio *radio = &s->plan->radio[ue];
	struct link_record r = {.t_ns = s->now_ns,
				.ue = ue,
				.gain_db = radio->gain_db,
				.snr_db = radio->snr_db,
				.bandwidth_hz = s->topology->cell.bandwidth_hz};
	for (int dir = 0; dir < LINK_DIRS; dir++) {
		struct link_counters c;
		link_read_counters(s->link, ue, (enum link_dir)dir, s->now_ns, &c);
		r.rate_bps[dir] = link_rate(s->link, ue, (enum link_dir)dir);
		r.queue_bytes[dir] = c.queue_bytes;
		r.bytes[dir] = c.bytes;
		r.packets[dir] = c.packets;
		r.drops[dir] = c.drops;
		r.airtime_ns[dir] = c.airtime_ns;
	}
	results_links(s->results, &r, 1);
}

// The run is over when nobody has anything to do and nothing is under way.
static int record(struct sim *s)
{
	for (int i = 0; i < s->topology->n_ues; i++)
		record_link(s, (uint32_t)i);
	s->stop = s->now_ns >= s->end_ns && s->open_ues == 0 && link_next_event(s->link) == TIME_NEVER &&
		  edge_idle(s);
	return s->stop ? 0 : sim_schedule(s, s->now_ns + s->topology->shaper.interval_ns, EVENT_RECORD, 0);
}

static int handle(struct sim *s, const struct event *e)
{
	switch ((enum event_kind)e->kind) {
	case EVENT_DATAGRAM:
		break; // handled before, in place
	case EVENT_ARRIVAL:
		return ue_arrival(s, e->index);
	case EVENT_COMPUTED:
		return ue_computed(s, e->index);
	case EVENT_PATIENCE:
		ue_patience(s, e->index);
		return 0;
	case EVENT_REFILL:
		return transport_refill(s, e->index / LINK_DIRS, (enum link_dir)(e->index % LINK_DIRS));
	case EVENT_ROUND:
	case EVENT_EDGE:
		return edge_turn(s);
	case EVENT_BATCH_DONE:
		return edge_batch_done(s, e->index);
	case EVENT_RECORD:
		return record(s);
	}
	return 0;
}

static int next_event(struct sim *s)
{
	const struct event *first = event_queue_first(&s->events);
	s->now_ns = first->at_ns;
	s->counts.events++;
	if (first->kind == EVENT_DATAGRAM)
		return datagrams_send(s, first->index);
	struct event e = event_queue_pop(&s->events);
	return handle(s, &e);
}

static int deliver(struct sim *s, int64_t now)
{
	struct link_packet packets[BURST];
	s->now_ns = now;
	size_t n = link_dequeue(s->link, now, packets, BURST);
	int r = 0;
	s->counts.packets += n;
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (s->capture)
			capture_delivered(s, &packets[i]);
		if (packets[i].cookie & COOKIE_SEGMENT)
			r = transport_received(s, &packets[i]);
		else
			datagrams_received(s, &packets[i]);
	}
	return r;
}

int sim_run(struct sim *s, struct err *err)
{
	int r = 0;
	s->err = err;
	// EVENT_RECORD is always ahead: the queue is never empty.
	while (r == 0 && !s->stop) {
		int64_t delivery = link_next_event(s->link);
		r = delivery <= event_queue_first(&s->events)->at_ns ? deliver(s, delivery) : next_event(s);
	}
	datagrams_report(s);
	edge_report(s);
	int closed = capture_close(s);
	return r < 0 ? r : closed;
}

int simulate(const struct run_plan *plan, struct results *results, struct err *err)
{
	struct sim *s;
	results_set_virtual(results);
	int r = sim_new(&s, plan, results, err);
	if (r < 0)
		return r;
	r = sim_run(s, err);
	sim_free(s);
	return r;
}

int sim_command(int argc, char **argv)
{
	return run_command_with(
	    simulate,
	    "Runs a topology in virtual time, with the same link, tasks, policies and batches, and writes "
	    "the same run directory as `airbatch run`.",
	    argc, argv);
}
