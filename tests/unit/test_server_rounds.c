// SPDX-License-Identifier: BSD-3-Clause
// Requests at the edge under an online policy: who cannot wait for a slot is planned at once and alone, who
// waits is counted once, and an error of planning leaves the UE's session as it is.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/channel.h"
#include "base/clock.h"
#include "edge/process/server_private.h"

enum { UES = 3 };

// In place of edge/process/server.c: no socket breaks here.
void server_lose(struct server *s, struct session *session, const struct err *why)
{
	(void)s, (void)session;
	fail_msg("%s", why->text);
}

void server_watch_writes(struct server *s, struct session *session)
{
	(void)s, (void)session;
}

// One sub-task of 10 ms at the device's 1 GFLOP/s, and slots of 1 s.
struct lab {
	struct edge_ue ues[UES];
	struct edge_config config;
	struct snapshot_network seen;
	struct network *net;
	int channel[2], peer[UES];
	struct session *session[UES];
	struct server server;
	struct punctual punctual;
};

static const double work_flop[] = {1e7}, cut_bits[FEATURES_COUNT * 2] = {1e3, 1e3, 1e3, 1e3, 1e3, 1e3},
		    batch_s[] = {.001}, result_bytes[] = {100};

static void add_session(struct lab *lab, int ue)
{
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	struct session *x = session_new(pair[0]);
	assert_non_null(x);
	x->ue = ue;
	x->network = lab->net;
	x->next = lab->server.sessions;
	lab->server.sessions = lab->session[ue] = x;
	lab->peer[ue] = pair[1];
}

static void open_server(struct lab *lab)
{
	struct server *s = &lab->server;
	struct err err;
	s->config = &lab->config;
	s->models = (struct models){.n = 1, .networks = &lab->net};
	s->networks = (struct round_networks){.n = 1, .networks = &lab->seen, .result_bytes = result_bytes};
	if (boundaries_open(&s->slots, &lab->config, &s->networks, &err) < 0)
		fail_msg("%s", err.text);
	boundaries_start(s->slots, clock_now_ns());
	s->policy = boundaries_caller(s->slots);
	s->batcher = batcher_new(&lab->config.batching, NULL, NULL);
	s->pool = rows_pool_new();
	s->plan = plan_new(UES, 1);
	s->asked = calloc(UES, sizeof(struct session *));
	s->requests = calloc(UES, sizeof(*s->requests));
	s->answers = calloc(UES, sizeof(*s->answers));
	s->verdicts = calloc(UES, sizeof(*s->verdicts));
	s->n_runs = 1;
	s->punctual = &lab->punctual;
	assert_int_equal(channel_pair(lab->channel, NULL), 0);
	s->channel = lab->channel[0];
}

static int open_lab(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	struct edge_config *c = &lab->config;
	assert_int_equal(
	    network_parse(&lab->net, "network one\ninput 2x2x3\nsubtask A\nconv 1x1 4\n", "one", 1, NULL), 0);
	for (int i = 0; i < UES; i++)
		lab->ues[i] = (struct edge_ue){.uplink_bps = 1e7, .downlink_bps = 1e7};
	*c = (struct edge_config){.policy = "tw-1:og",
				  .mtu = 1500,
				  .max_batch = 1,
				  .power = {.n_freq = 1, .freq = {1}},
				  .online = {.slot_s = 1, .deadline_scale_s = 1, .rate_scale_bps = 1e7},
				  .n_ues = UES,
				  .n_networks = 1,
				  .ues = lab->ues};
	lab->seen = (struct snapshot_network){.name = "one",
					      .n_subtasks = 1,
					      .work_flop = work_flop,
					      .cut_bits = cut_bits,
					      .max_batch = 1,
					      .batch_s = batch_s};
	open_server(lab);
	for (int i = 0; i < UES; i++)
		add_session(lab, i);
	*state = lab;
	return 0;
}

static int close_lab(void **state)
{
	struct lab *lab = *state;
	struct server *s = &lab->server;
	for (int i = 0; i < UES; i++) {
		batcher_forget(s->batcher, &lab->session[i]->batch);
		session_free(lab->session[i]);
		close(lab->peer[i]);
	}
	batcher_free(s->batcher);
	rows_pool_free(s->pool);
	boundaries_close(s->slots);
	plan_free(s->plan);
	free(s->asked);
	free(s->requests);
	free(s->answers);
	free(s->verdicts);
	close(lab->channel[0]);
	close(lab->channel[1]);
	network_free(lab->net);
	free(lab);
	return 0;
}

// What session_request leaves of a request whose deadline is that far away.
static void ask(struct lab *lab, int ue, double deadline_s)
{
	struct session *x = lab->session[ue];
	int64_t now = clock_now_ns();
	x->state = SESSION_REQUESTED;
	x->request = (struct round_request){.ue = ue,
					    .request = {.arrival_ns = now,
							.f_min_flops = 1e8,
							.f_max_flops = 1e9,
							.kappa = 1e-27,
							.tx_power_w = .1},
					    .deadline_ns = now + s_to_ns(deadline_s)};
	server_admit(&lab->server, x, now);
}

static bool has_answer(const struct lab *lab, int ue)
{
	char byte;
	return recv(lab->peer[ue], &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
}

static void who_cannot_wait_is_planned_alone(void **state)
{
	struct lab *lab = *state;
	struct server *s = &lab->server;
	struct err err;
	ask(lab, 0, .3);
	ask(lab, 1, 10);
	ask(lab, 2, .2);
	assert_int_equal(s->n_waiting, 3);
	assert_true(s->round_closes_ns > clock_now_ns() && s->round_closes_ns <= clock_now_ns() + NS_PER_S);
	assert_int_equal(server_plan_urgent(s, &err), 0);
	assert_int_equal(s->n_waiting, 1);
	assert_int_equal(s->totals.rounds, 2);
	for (int ue = 0; ue < UES; ue++) {
		assert_int_equal(has_answer(lab, ue), ue != 1);
		assert_int_equal(lab->session[ue]->state == SESSION_REQUESTED, ue == 1);
	}
	assert_int_equal(server_plan_urgent(s, &err), 0); // nobody is left
	assert_int_equal(s->totals.rounds, 2);
}

// No plan fits an edge that runs no batch at all.
static void errors_of_planning_are_the_edges(void **state)
{
	struct lab *lab = *state;
	struct server *s = &lab->server;
	struct err err;
	s->n_runs = 0;
	ask(lab, 0, .3);
	assert_int_equal(server_plan_urgent(s, &err), -ENOTSUP);
	assert_non_null(strstr(err.text, "shares the GPU"));
	assert_int_equal(s->n_waiting, 1);
	assert_int_equal(lab->session[0]->state, SESSION_REQUESTED);
	assert_false(has_answer(lab, 0));
}

// A lost UE's request is no more.
static void the_lost_are_not_planned(void **state)
{
	struct lab *lab = *state;
	struct server *s = &lab->server;
	struct err err;
	ask(lab, 0, .3);
	lab->session[0]->state = SESSION_IDLE; // as server_lose leaves it
	s->n_waiting--;
	assert_int_equal(server_plan_urgent(s, &err), 0);
	assert_int_equal(s->n_waiting, 0);
	assert_int_equal(s->totals.rounds, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(who_cannot_wait_is_planned_alone, open_lab, close_lab),
	    cmocka_unit_test_setup_teardown(errors_of_planning_are_the_edges, open_lab, close_lab),
	    cmocka_unit_test_setup_teardown(the_lost_are_not_planned, open_lab, close_lab),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
