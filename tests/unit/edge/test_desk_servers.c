// SPDX-License-Identifier: BSD-3-Clause
// The desk with further servers, and the stations there, under drawn events: every job is answered exactly
// once, whichever server has it and whoever is lost; each server runs its jobs first come first served on its
// cores; what no edge and no server sends is refused and changes nothing.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "edge/desk/station.h"
#include "tests/unit/edge/desk_lab.h"

enum { SERVERS = 2, JOBS = 400, MOST_EVENTS = 64 };

static const struct edge_server servers[SERVERS] = {
    {.name = "near", .cores = 1, .wan_bps = 1e8, .wan_delay_s = .002},
    {.name = "far", .cores = 3, .wan_bps = 1e7, .wan_delay_s = .02}};

// ---- a policy that sends each job somewhere, by its deadline

static int place_of(const struct snapshot_job *job)
{
	return (int)((unsigned)(1e9 * job->deadline_s) % (SERVERS + 2)) - 1; // -1 = its device
}

static int plan_anywhere(const struct policy *self, const struct snapshot *s, struct plan *plan,
			 struct err *err)
{
	(void)self, (void)err;
	assert_int_equal(s->n_servers, 1 + SERVERS);
	for (int i = 0; i < s->n_servers; i++)
		assert_true(s->servers[i].cores > 0 && s->servers[i].core_free_s);
	for (int m = 0; m < s->n_jobs; m++) {
		struct plan_job *job = &plan->jobs[m];
		int place = place_of(&s->jobs[m]);
		job->freq_flops = place < 0 ? 1e9 : 0;
		if (place < 0)
			continue;
		job->cut = 0;
		job->group = m;
		job->server = place;
		double start_s = 100 + m; // late and apart, whatever runs before
		for (int n = 0; n < LAB_SUBTASKS; n++) {
			struct plan_batch *b = &plan->batches[plan->n_batches++];
			*b = (struct plan_batch){.server = place,
						 .subtask = n,
						 .group = m,
						 .n_jobs = 1,
						 .first = plan->n_members,
						 .start_s = start_s,
						 .edge_freq = 1};
			start_s += snapshot_server_batch_s(s, place, 0, n, 1);
			plan->members[plan->n_members++] = m;
		}
	}
	return 0;
}

static const struct policy anywhere = {
    .abi = POLICY_ABI, .name = "anywhere", .summary = "drawn", .plan = plan_anywhere};

// ---- the world around

enum happening { REQUEST, TENSOR, EDGE_BATCH, TO_SERVER, SERVER_BATCH, FROM_SERVER };

struct event {
	int64_t at_ns;
	uint64_t order; // of equal instants
	enum happening what;
	int ue, server;
	uint32_t number, batch;
	struct message_header header;
	uint8_t body[MESSAGE_PLAN_MOST];
};

struct job {
	bool asked, answered, local, resulted, closed, lost;
};

struct world {
	struct desk_lab lab;
	struct station *station[SERVERS];
	struct rng *rng;
	struct event events[JOBS * 4];
	int n_events;
	uint64_t order;
	int64_t now_ns, wan_ns[SERVERS][2];
	uint32_t numbers[LAB_UES];
	struct job jobs[LAB_UES][JOBS + 1];
	int64_t input_ns[SERVERS][JOBS], start_ns[SERVERS][JOBS], end_ns[SERVERS][JOBS];
	int n_served[SERVERS];
	int n_begun;
};

static struct event *add(struct world *w, enum happening what, int64_t at_ns)
{
	struct event *e = &w->events[w->n_events++];
	*e = (struct event){.at_ns = at_ns, .order = w->order++, .what = what};
	return e;
}

static struct event take_first(struct world *w)
{
	int first = 0;
	for (int i = 1; i < w->n_events; i++) {
		const struct event *a = &w->events[i], *b = &w->events[first];
		if (a->at_ns < b->at_ns || (a->at_ns == b->at_ns && a->order < b->order))
			first = i;
	}
	struct event e = w->events[first];
	w->events[first] = w->events[--w->n_events];
	return e;
}

static int64_t draw_ns(struct world *w, int64_t most_ns)
{
	return (int64_t)rng_below(w->rng, (uint64_t)most_ns);
}

// Over a WAN that keeps the order, dir 0 = to the server.
static struct event *over_wan(struct world *w, int server, int dir, enum happening what)
{
	int64_t at_ns = w->now_ns + draw_ns(w, 5 * NS_PER_MS), *last_ns = &w->wan_ns[server][dir];
	*last_ns = at_ns > *last_ns ? at_ns : *last_ns;
	struct event *e = add(w, what, *last_ns);
	e->server = server;
	return e;
}

static void ask(struct world *w, int ue)
{
	if (w->n_begun == JOBS)
		return;
	w->n_begun++;
	struct event *e = add(w, REQUEST, w->now_ns + draw_ns(w, 10 * NS_PER_MS));
	e->ue = ue;
}

static struct job *job_of(struct world *w, const struct desk_job *job)
{
	return &w->jobs[job->request.ue][job->number];
}

static void send_on(struct world *w, const struct desk_action *a)
{
	struct event *e = over_wan(w, a->job->batch.server - 1, 0, TO_SERVER);
	size_t size;
	e->header = desk_message(w->lab.desk, a, e->body, &size);
	assert_int_equal(size > 0, a->kind == DESK_TELL_SERVER);
	assert_int_equal(e->header.ue, a->job->request.ue + 1);
	e->header.body = (uint32_t)size + desk_message_rest(w->lab.desk, a);
	assert_true(e->header.body > 0);
}

static void answered(struct world *w, const struct desk_job *job)
{
	struct job *j = job_of(w, job);
	assert_true(j->asked && !j->answered && !j->lost);
	j->answered = true;
	j->local = job->plan.cut == LAB_SUBTASKS;
	assert_true(!j->local || job->plan.server == 0);
	if (j->local)
		return;
	struct event *e = add(w, TENSOR, w->now_ns + draw_ns(w, 10 * NS_PER_MS));
	e->ue = job->request.ue;
	e->number = job->number;
}

static void act(struct world *w, const struct desk_action *a)
{
	struct job *j = a->job ? job_of(w, a->job) : NULL;
	switch (a->kind) {
	case DESK_START_BATCH:
		add(w, EDGE_BATCH, w->now_ns + lab_batch_ns(a->batch->booking.subtask, 1))->batch =
		    a->batch->id;
		assert_int_equal(a->batch->id % (SERVERS + 1), 1);
		break;
	case DESK_NOTE_BATCH:
		assert_int_equal(a->record->server, 0);
		break;
	case DESK_SEND_PLAN:
		answered(w, a->job);
		break;
	case DESK_TELL_SERVER:
	case DESK_FORWARD:
		send_on(w, a);
		break;
	case DESK_SEND_RESULT:
		assert_true(j->answered && !j->local && !j->resulted && !j->lost);
		assert_int_equal(a->job->result.n_values, 10);
		j->resulted = true;
		break;
	case DESK_CLOSE:
		assert_true(!j->closed && (j->local || j->resulted || j->lost));
		j->closed = true;
		ask(w, a->job->request.ue);
		break;
	case DESK_NOTE_ROUND:
		break;
	default:
		fail_msg("action %d: %s", (int)a->kind, a->kind == DESK_REFUSE ? a->why->text : "");
	}
}

static void tell(struct world *w, const struct desk_event *e)
{
	struct desk_action a;
	lab_tell(w->lab.desk, e);
	while (desk_next(w->lab.desk, &a))
		act(w, &a);
}

static void follow(struct world *w, int server)
{
	struct station_action a;
	while (station_next(w->station[server], &a)) {
		if (a.kind == STATION_START_BATCH) {
			struct event *e =
			    add(w, SERVER_BATCH, w->now_ns + lab_batch_ns(a.batch->booking.subtask, 1));
			e->server = server;
			e->batch = a.batch->id;
			assert_int_equal(a.batch->id % (SERVERS + 1), (unsigned)(server + 2) % (SERVERS + 1));
		} else if (a.kind == STATION_NOTE_BATCH) {
			assert_int_equal(a.record->server, server + 1);
		} else {
			struct event *e = over_wan(w, server, 1, FROM_SERVER);
			int n = w->n_served[server]++;
			e->header = a.header;
			e->header.body = MESSAGE_RESULT_SIZE + 4 * a.result.n_values;
			message_put_result(e->body, &a.result);
			w->input_ns[server][n] = a.result.upload_end_ns;
			w->start_ns[server][n] = a.result.batch_start_ns;
			w->end_ns[server][n] = a.result.batch_end_ns;
		}
	}
}

static struct batch_times times_of(int64_t end_ns, int subtask)
{
	int64_t run_ns = lab_batch_ns(subtask, 1);
	return (struct batch_times){
	    .start_ns = end_ns - run_ns, .end_ns = end_ns, .noticed_ns = end_ns, .run_ns = run_ns};
}

static void edge_batch_ended(struct world *w, const struct event *e)
{
	struct desk_event told = {.kind = DESK_BATCH_ENDED, .now_ns = w->now_ns};
	told.ended.batch = e->batch;
	told.ended.times = times_of(w->now_ns, desk_batch(w->lab.desk, e->batch)->booking.subtask);
	tell(w, &told);
}

static void server_batch_ended(struct world *w, const struct event *e)
{
	struct station *s = w->station[e->server];
	struct err err;
	struct batch_times times = times_of(w->now_ns, station_batch(s, e->batch)->booking.subtask);
	assert_int_equal(station_ended(s, e->batch, &times, &err), 0);
	follow(w, e->server);
	assert_int_equal(station_ended(s, e->batch, &times, &err), -EINVAL);
	station_run(s, w->now_ns);
	follow(w, e->server);
}

static void at_server(struct world *w, const struct event *e)
{
	struct err err;
	struct station *s = w->station[e->server];
	struct message_header h = e->header;
	if (h.type == MESSAGE_TENSOR) {
		h.task += 1000;
		assert_int_equal(station_message(s, &h, e->body, w->now_ns, &err), -EPROTO);
		h.task -= 1000;
	}
	if (station_message(s, &h, e->body, w->now_ns, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(station_message(s, &h, e->body, w->now_ns, &err), -EPROTO); // twice
	follow(w, e->server);
}

static void back_at_edge(struct world *w, const struct event *e)
{
	struct err err;
	struct desk_event told = {.now_ns = w->now_ns};
	assert_int_equal(desk_read_server(&told, e->server + 1, &e->header, e->body, &err), 0);
	told.served.server = 2 - e->server;
	if (desk_find(w->lab.desk, told.served.ue, told.served.number))
		assert_int_equal(desk_take(w->lab.desk, &told, &err), -EPROTO); // from another server
	told.served.server = e->server + 1;
	tell(w, &told);
}

static void happen(struct world *w, const struct event *e)
{
	w->now_ns = e->at_ns;
	if (e->what == REQUEST) {
		uint32_t number = ++w->numbers[e->ue];
		struct desk_event told =
		    lab_request(e->ue, number, w->now_ns, w->now_ns + NS_PER_S + draw_ns(w, 1000));
		w->jobs[e->ue][number].asked = true;
		tell(w, &told);
	} else if (e->what == TENSOR && !w->jobs[e->ue][e->number].lost) {
		struct desk_event told = {.kind = DESK_TENSOR, .now_ns = w->now_ns};
		told.tensor.ue = e->ue;
		told.tensor.number = e->number;
		tell(w, &told);
	} else if (e->what == EDGE_BATCH) {
		edge_batch_ended(w, e);
	} else if (e->what == TO_SERVER) {
		at_server(w, e);
	} else if (e->what == SERVER_BATCH) {
		server_batch_ended(w, e);
	} else if (e->what == FROM_SERVER) {
		back_at_edge(w, e);
	}
}

static void lose_somebody(struct world *w)
{
	int ue = (int)rng_below(w->rng, LAB_UES);
	for (uint32_t n = 1; n <= w->numbers[ue]; n++)
		w->jobs[ue][n].lost |= w->jobs[ue][n].asked && !w->jobs[ue][n].closed;
	tell(w, &(struct desk_event){.kind = DESK_UE_LOST, .now_ns = w->now_ns, .lost_ue = ue});
}

static void do_what_is_due(struct world *w)
{
	while (desk_plan_due_ns(w->lab.desk) <= w->now_ns)
		tell(w, &(struct desk_event){.kind = DESK_PLAN, .now_ns = w->now_ns});
	tell(w, &(struct desk_event){.kind = DESK_RUN, .now_ns = w->now_ns});
}

static void live(struct world *w, int loses_one_in)
{
	for (;;) {
		int64_t due_ns = desk_due_ns(w->lab.desk);
		if (w->n_events == 0 && due_ns == TIME_NEVER)
			return;
		assert_true(w->n_events < JOBS * 4 - MOST_EVENTS);
		int64_t next_ns = TIME_NEVER;
		for (int i = 0; i < w->n_events; i++)
			next_ns = w->events[i].at_ns < next_ns ? w->events[i].at_ns : next_ns;
		if (due_ns < next_ns) {
			w->now_ns = due_ns > w->now_ns ? due_ns : w->now_ns;
		} else {
			struct event e = take_first(w);
			happen(w, &e);
			if (loses_one_in > 0 && rng_below(w->rng, (uint64_t)loses_one_in) == 0)
				lose_somebody(w);
		}
		do_what_is_due(w);
	}
}

static void open_world(struct world *w, uint64_t seed)
{
	struct err err;
	w->rng = rng_new(seed, 1, RNG_TEST, 0);
	lab_open(&w->lab, "anywhere", &anywhere, BATCH_ON_CORES, 3);
	lab_close(&w->lab);
	w->lab.config.batching.id_step = SERVERS + 1;
	w->lab.config.n_servers = SERVERS;
	w->lab.config.servers = (struct edge_server *)servers;
	assert_int_equal(desk_open(&w->lab.desk, &w->lab.config, &w->lab.networks, &anywhere, &err), 0);
	for (int i = 0; i < SERVERS; i++)
		assert_int_equal(station_open(&w->station[i], i + 1, desk_config(w->lab.desk),
					      desk_networks(w->lab.desk), &err),
				 0);
	for (int ue = 0; ue < LAB_UES; ue++)
		for (int k = 0; k < 3; k++)
			ask(w, ue);
}

static void close_world(struct world *w)
{
	for (int i = 0; i < SERVERS; i++)
		station_close(w->station[i]);
	lab_close(&w->lab);
	rng_free(w->rng);
	free(w);
}

static int by_start(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

// Kiefer and Wolfowitz: inputs in their order find the core that is free first.
static void check_fcfs(struct world *w, int server)
{
	int n = w->n_served[server], cores = servers[server].cores;
	int64_t free_ns[8] = {0}, service_ns = 0, *input = w->input_ns[server], *start = w->start_ns[server];
	for (int k = 0; k < LAB_SUBTASKS; k++)
		service_ns += lab_batch_ns(k, 1);
	for (int i = 0; i < n; i++)
		assert_int_equal(w->end_ns[server][i] - start[i], service_ns);
	qsort(input, (size_t)n, sizeof(*input), by_start);
	qsort(start, (size_t)n, sizeof(*start), by_start);
	for (int i = 0; i < n; i++) {
		int64_t *core = free_ns;
		for (int c = 1; c < cores; c++)
			core = free_ns[c] < *core ? &free_ns[c] : core;
		assert_int_equal(start[i], *core > input[i] ? *core : input[i]);
		*core = start[i] + service_ns;
	}
	struct server_record totals = station_totals(w->station[server]);
	assert_int_equal(totals.jobs, n);
	assert_int_equal(totals.batches, LAB_SUBTASKS * n);
	assert_int_equal(totals.busy_ns, n * service_ns);
	assert_true(n > 20 && station_idle(w->station[server]));
}

static void check_all(struct world *w)
{
	for (int ue = 0; ue < LAB_UES; ue++)
		for (uint32_t n = 1; n <= w->numbers[ue]; n++) {
			const struct job *j = &w->jobs[ue][n];
			assert_true(j->asked && j->closed && (j->lost || j->answered));
			assert_true(j->lost || j->local != j->resulted);
		}
	for (int i = 0; i < SERVERS; i++)
		check_fcfs(w, i);
	assert_true(desk_idle(w->lab.desk) && w->n_begun == JOBS);
}

static void once(int loses_one_in)
{
	uint64_t seed = (uint64_t)clock_now_ns();
	struct world *w = calloc(1, sizeof(*w));
	assert_non_null(w);
	print_message("seed %llu\n", (unsigned long long)seed);
	open_world(w, seed);
	live(w, loses_one_in);
	check_all(w);
	close_world(w);
}

static void every_job_is_answered_once(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		once(0);
}

static void lost_ues_leave_nothing_behind(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		once(25);
}

static void results_that_nobody_waits_for_are_refused(void **state)
{
	(void)state;
	struct err err;
	struct world *w = calloc(1, sizeof(*w));
	assert_non_null(w);
	open_world(w, 1);
	struct desk_event e = {.kind = DESK_SERVED, .served = {.server = 1, .number = 1}};
	assert_int_equal(desk_take(w->lab.desk, &e, &err), -EPROTO); // never asked for
	assert_non_null(strstr(err.text, "has not asked for"));
	e.served.server = 9;
	assert_int_equal(desk_take(w->lab.desk, &e, &err), -EPROTO);
	e.served.server = 1;
	e.served.ue = LAB_UES;
	assert_int_equal(desk_take(w->lab.desk, &e, &err), -EPROTO);
	struct message_plan plan = {.cut = 0, .server = 2};
	struct message_header h = {.type = MESSAGE_PLAN, .ue = 1, .task = 1};
	uint8_t body[MESSAGE_PLAN_MOST];
	h.body = (uint32_t)message_put_plan(body, &plan);
	assert_int_equal(station_message(w->station[0], &h, body, 0, &err), -EPROTO); // of another server
	plan = (struct message_plan){.cut = LAB_SUBTASKS, .server = 1};
	message_put_plan(body, &plan);
	assert_int_equal(station_message(w->station[0], &h, body, 0, &err),
			 -EPROTO); // nothing is left to run
	h.ue = LAB_UES + 1;
	assert_int_equal(station_message(w->station[0], &h, body, 0, &err), -EPROTO);
	h.type = MESSAGE_RESULT;
	assert_int_equal(station_message(w->station[0], &h, body, 0, &err), -EPROTO);
	close_world(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_job_is_answered_once),
	    cmocka_unit_test(lost_ues_leave_nothing_behind),
	    cmocka_unit_test(results_that_nobody_waits_for_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
