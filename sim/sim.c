// SPDX-License-Identifier: BSD-3-Clause
#include "sim/sim.h"

#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "records/progress/progress.h"
#include "sim/engine_private.h"

#define BURST 32
#define MOST_DRAIN_NS (30 * NS_PER_S)
#define MOST_LOST_NS (90 * NS_PER_S) // longer than any packet is under way
#define ATTEND_TURNS 4096	     // of the loop: some milliseconds

static int make_cell(struct sim *s)
{
	int r = assembly_new(&s->assembly, &s->run->resolved->cell, 0, s->err);
	if (r < 0)
		return r;
	s->cell = assembly_cell(s->assembly);
	assembly_set_origin(s->assembly, 0, 0);
	return 0;
}

static int radio_received(struct sim *s, uint32_t ue, enum link_dir dir, const struct sim_message *m)
{
	return dir == LINK_UP ? edge_message(s, m) : ue_message(s, ue, m);
}

static int open_radio(struct sim *s)
{
	s->radio = (struct sim_net){.cell = s->cell,
				    .n = (uint32_t)s->topology->n_ues,
				    .rates_vary = assembly_varies(&s->run->resolved->cell),
				    .refill = EVENT_REFILL,
				    .received = radio_received,
				    .handed = ue_handed};
	return transport_open(s, &s->radio);
}

int sim_new(struct sim **out, const struct prepared_run *run, struct results *results, struct err *err)
{
	struct sim *s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, ENOMEM, "no memory");
	s->run = run;
	s->topology = run->topology;
	s->results = results;
	s->end_ns = run->topology->duration_ns;
	s->err = err;
	int r = make_cell(s);
	r = r < 0 ? r : sim_networks_open(&s->networks, run, err);
	r = r < 0 ? r : open_radio(s);
	r = r < 0 ? r : datagrams_open(s);
	r = r < 0 ? r : ues_open(s);
	r = r < 0 ? r : edge_open(s);
	r = r < 0 ? r : servers_open(s);
	r = r < 0 ? r : sim_capture_open(s);
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
	sim_capture_close(s);
	servers_close(s);
	edge_close(s);
	ues_close(s);
	datagrams_close(s);
	transport_close(&s->radio);
	sim_networks_close(&s->networks);
	assembly_free(s->assembly);
	event_queue_free(&s->events);
	free(s);
}

void sim_tap(struct sim *s, sim_datagram_fn fn, void *user)
{
	s->tap = fn;
	s->tap_user = user;
}

void sim_interrupt_by(struct sim *s, const volatile sig_atomic_t *interrupted)
{
	s->interrupted = interrupted;
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

struct ue_moment sim_moment(struct sim *s, uint32_t ue)
{
	struct link_counters up, down;
	cell_read_counters(s->cell, ue, LINK_UP, s->now_ns, &up);
	cell_read_counters(s->cell, ue, LINK_DOWN, s->now_ns, &down);
	return (struct ue_moment){s->now_ns, up.airtime_ns, down.airtime_ns};
}

// The edge plans with the rates that the base station last reported.
void sim_record_link(struct sim *s, uint32_t ue)
{
	struct link_record r;
	struct impairment_config impairments[LINK_DIRS];
	link_record_read(&r, s->cell, ue, s->now_ns, impairments);
	link_record_expect(&r, impairments);
	results_links(s->results, &r, 1);
	edge_radio(s, &r);
}

// Nothing is under way; or it waits for a channel that may never come back, or is sent and lost again and
// again.
static bool is_drained(const struct sim *s)
{
	bool waits = s->radio.rates_vary && s->now_ns >= s->end_ns + MOST_DRAIN_NS;
	bool hopeless = s->lost && s->now_ns >= s->arrived_ns + MOST_LOST_NS;
	return waits || hopeless || cell_next_event(s->cell) == TIME_NEVER;
}

static int cut_short(struct sim *s)
{
	int r = 0;
	for (int i = 0; r == 0 && s->ues && i < s->topology->n_ues; i++)
		r = ue_stop(s, (uint32_t)i);
	return r < 0 ? r : err_set(s->err, EINTR, "interrupted: the records are of the part that ran");
}

// What the world outside wants: to see how far it is, and perhaps an end.
static int attend(struct sim *s)
{
	run_progress_show(s->run->progress, s->results, s->now_ns);
	return s->interrupted && *s->interrupted ? cut_short(s) : 0;
}

// The run is over when nobody has anything to do and nothing is under way.
static int record(struct sim *s)
{
	for (int i = 0; i < s->topology->n_ues; i++)
		sim_record_link(s, (uint32_t)i);
	int r = attend(s);
	if (r < 0)
		return r;
	s->stop = s->now_ns >= s->end_ns && s->open_ues == 0 && is_drained(s) &&
		  (!s->edge || desk_idle(s->edge->desk)) && servers_idle(s);
	return s->stop ? 0 : sim_schedule(s, s->now_ns + s->topology->shaper.interval_ns, EVENT_RECORD, 0);
}

static int handle(struct sim *s, const struct event *e)
{
	switch ((enum event_kind)e->kind) {
	case EVENT_DATAGRAM:
		break; // handled before, in place
	case EVENT_UE:
		return ue_wake(s, e->index);
	case EVENT_REFILL:
		return transport_room(s, &s->radio, e->index);
	case EVENT_WAN_REFILL:
		return transport_room(s, &s->wan, e->index);
	case EVENT_SERVED:
		return servers_batch_done(s, e->index);
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
	size_t n = cell_dequeue(s->cell, now, packets, BURST);
	int r = 0;
	s->counts.packets += n;
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (s->capture)
			sim_capture_left(s, &packets[i]);
		s->lost = packets[i].fate != LINK_DELIVERED;
		if (!s->lost)
			s->arrived_ns = now;
		if (packets[i].fate != LINK_DELIVERED) {
			r = packets[i].cookie & COOKIE_SEGMENT ? transport_lost(s, &s->radio, &packets[i])
							       : 0;
			continue;
		}
		if (packets[i].cookie & COOKIE_SEGMENT)
			r = transport_received(s, &s->radio, &packets[i]);
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
	for (uint32_t turn = 1; r == 0 && !s->stop; turn++) {
		if (turn % ATTEND_TURNS == 0 && (r = attend(s)) < 0)
			break;
		int64_t delivery = cell_next_event(s->cell), first = event_queue_first(&s->events)->at_ns;
		int64_t far = s->wan.cell ? cell_next_event(s->wan.cell) : TIME_NEVER;
		r = far < delivery && far <= first ? servers_deliver(s, far)
		    : delivery <= first		   ? deliver(s, delivery)
						   : next_event(s);
	}
	datagrams_report(s);
	if (s->edge)
		results_edge(s->results, desk_totals(s->edge->desk));
	servers_report(s);
	sim_capture_close(s);
	return r;
}

int simulate_until(const struct prepared_run *run, struct results *results,
		   const volatile sig_atomic_t *interrupted, struct err *err)
{
	struct sim *s = NULL;
	results_set_virtual(results);
	int r = sim_new(&s, run, results, err);
	if (r < 0)
		return r;
	sim_interrupt_by(s, interrupted);
	struct err unseen;
	if (run_progress_listen(run->progress, run->directory, &unseen) < 0)
		log_warn("others cannot watch this simulation: %s", unseen.text);
	r = sim_run(s, err);
	run_progress_end(run->progress);
	sim_free(s);
	return r;
}

int simulate(const struct prepared_run *run, struct results *results, struct err *err)
{
	return simulate_until(run, results, NULL, err);
}
