// SPDX-License-Identifier: BSD-3-Clause
// The edge process as the desk's host, replaying: a chain of batches ends when its profile says, however late
// the loop looks; what goes back to the UE is what was prepared for its input, cut and encoding, said not to
// be computed; and who cannot be planned hears why.
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/channel.h"
#include "base/clock.h"
#include "edge/desk/served.h"
#include "edge/process/server_private.h"
#include "tests/unit/edge/desk_lab.h"

enum { UES = 2, SUBTASKS = 3, CUT = 1, TASK = 4, INPUTS = 3 };
// A is little work and its output small, B much work: who cannot do B in time cuts between them.
static const char small[] = "network small\ninput 20x20x3\nsubtask A\nconv 4x4 4 stride 4 relu6\n"
			    "subtask B\nconv 5x5 200 pad 2\nconv 1x1 12\nsubtask CLS\npool 5x5\nfc 10\n";

struct lab {
	struct network *net;
	struct profile *profile;
	struct executor *executor;
	struct drift drift;
	struct samples *samples;
	struct snapshot_network seen;
	struct edge_ue ues[UES];
	struct edge_config config;
	double result_bytes;
	struct session *session[UES], *of_ue[UES];
	char cache[64], path[PATH_MAX];
	int channel[2], peer[UES];
	struct server server;
	struct punctual punctual;
};

// F_n(b) = (n + b) ms with n from 1, the 95th percentile twice that.
static int64_t stated_ns(int subtask, int b)
{
	return (subtask + 1 + b) * NS_PER_MS;
}

static void open_models(struct lab *lab)
{
	struct err err = {0};
	snprintf(lab->cache, sizeof(lab->cache), "/tmp/airbatch-test-XXXXXX");
	assert_non_null(mkdtemp(lab->cache));
	assert_int_equal(setenv("AIRBATCH_CACHE", lab->cache, 1), 0);
	assert_int_equal(network_parse(&lab->net, small, "small.net", 1, NULL), 0);
	if (samples_ensure(lab->net, 1, INPUTS, lab->path, sizeof(lab->path), NULL, NULL, &err) < 0 ||
	    samples_open(&lab->samples, lab->path, lab->net, &err) < 0)
		fail_msg("%s", err.text);
	lab->profile = profile_new(lab->net, UES);
	for (int i = 0; i < SUBTASKS * UES; i++) {
		double s = ns_to_s(stated_ns(i / UES, i % UES + 1));
		lab->profile->entries[i] = (struct profile_entry){
		    .runs = 1, .median_s = s, .p95_s = 2 * s, .min_s = s, .max_s = 2 * s};
	}
	profile_make_monotone(lab->profile);
	assert_int_equal(served_network(&lab->seen, &lab->result_bytes, lab->net, lab->profile, &err), 0);
	assert_int_equal(drift_open(&lab->drift, lab->profile), 0);
	lab->server.models = (struct models){.n = 1,
					     .networks = &lab->net,
					     .profiles = &lab->profile,
					     .executors = &lab->executor,
					     .samples = &lab->samples,
					     .drift = &lab->drift,
					     .seen = &lab->seen,
					     .result_bytes = &lab->result_bytes};
}

static void add_session(struct lab *lab, int ue)
{
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	lab->of_ue[ue] = lab->session[ue] = session_new(pair[0]);
	lab->session[ue]->ue = ue;
	lab->peer[ue] = pair[1];
}

static void fill_config(struct lab *lab)
{
	for (int i = 0; i < UES; i++)
		lab->ues[i] = (struct edge_ue){.uplink_bps = 1e7, .downlink_bps = 1e7};
	lab->ues[1].features = FEATURES_INT8;
	lab->config = (struct edge_config){.policy = "ip-ssa",
					   .mtu = 1500,
					   .batching = {.mode = BATCH_BY_SIZE, .size = UES},
					   .power = {.n_freq = 1, .freq = {1}},
					   .n_ues = UES,
					   .n_networks = 1,
					   .ues = lab->ues};
}

static int open_lab(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	struct server *s = &lab->server;
	struct err err;
	fill_config(lab);
	open_models(lab);
	s->config = &lab->config;
	s->networks = models_for_rounds(&s->models);
	if (desk_open(&s->desk, s->config, &s->networks, NULL, &err) < 0)
		fail_msg("%s", err.text);
	s->totals = desk_totals(s->desk);
	s->totals->modelled = 1;
	s->pool = rows_pool_new();
	s->n_runs = 1;
	s->punctual = &lab->punctual;
	s->runs = calloc(2, sizeof(*s->runs));
	s->of_ue = lab->of_ue;
	s->epoll = -1;
	assert_int_equal(channel_pair(lab->channel, NULL), 0);
	s->channel = lab->channel[0];
	for (int ue = 0; ue < UES; ue++)
		add_session(lab, ue);
	*state = lab;
	return 0;
}

static int close_lab(void **state)
{
	struct lab *lab = *state;
	for (int i = 0; i < UES; i++) {
		session_free(lab->session[i]);
		close(lab->peer[i]);
	}
	desk_close(lab->server.desk);
	rows_pool_free(lab->server.pool);
	free(lab->server.runs);
	close(lab->channel[0]);
	close(lab->channel[1]);
	samples_close(lab->samples);
	drift_close(&lab->drift);
	served_network_free(&lab->seen);
	profile_free(lab->profile);
	network_free(lab->net);
	unlink(lab->path);
	rmdir(lab->cache);
	free(lab);
	return 0;
}

static void tell(struct lab *lab, const struct desk_event *event)
{
	struct err err;
	if (server_tell(&lab->server, event, &err) < 0)
		fail_msg("%s", err.text);
}

static void read_message(const struct lab *lab, int ue, uint8_t *bytes, size_t size, struct message_header *h)
{
	struct err err;
	assert_int_equal(recv(lab->peer[ue], bytes, size, MSG_WAITALL), size);
	assert_int_equal(message_get_header(bytes, h, &err), 0);
}

static void expect_plan(const struct lab *lab, int ue)
{
	uint8_t bytes[MESSAGE_HEADER_SIZE + MESSAGE_PLAN_SIZE];
	struct message_header h;
	read_message(lab, ue, bytes, sizeof(bytes), &h);
	assert_int_equal(h.type, MESSAGE_PLAN);
	assert_int_equal(h.subtask, CUT);
}

static void ask_for(struct lab *lab, int ue, uint32_t number, int64_t at_ns)
{
	struct desk_event e = {.kind = DESK_REQUEST, .now_ns = at_ns};
	e.request.ue = ue;
	e.request.number = number;
	e.request.deadline_ns = at_ns + 60 * NS_PER_MS;
	e.request.asked_ns = at_ns;
	e.request.message = (struct message_request){
	    .arrival_ns = at_ns, .f_min_flops = 1e5, .f_max_flops = 5e6, .kappa = 1e-27, .tx_power_w = .1};
	tell(lab, &e);
}

static void ask(struct lab *lab, int ue, int64_t at_ns)
{
	ask_for(lab, ue, TASK, at_ns);
}

// Both UEs ask at at_ns and are answered.
static void plan_both(struct lab *lab, int64_t at_ns)
{
	struct channel_message m;
	for (int ue = 0; ue < UES; ue++)
		ask(lab, ue, at_ns);
	tell(lab, &(struct desk_event){.kind = DESK_PLAN, .now_ns = at_ns});
	assert_int_equal(channel_receive(lab->channel[1], &m), 1);
	assert_int_equal(m.type, CHANNEL_ROUND);
	for (int ue = 0; ue < UES; ue++)
		expect_plan(lab, ue);
}

static void input(struct lab *lab, int ue, int64_t at_ns)
{
	struct server *s = &lab->server;
	server_note_tensor(s, desk_find(s->desk, ue, TASK), at_ns, at_ns);
	tell(lab, &(struct desk_event){.kind = DESK_TENSOR, .now_ns = at_ns, .tensor = {ue, TASK}});
}

static struct batch_record next_record(const struct lab *lab)
{
	struct channel_message m;
	struct batch_record record;
	do
		assert_int_equal(channel_receive(lab->channel[1], &m), 1);
	while (m.type == CHANNEL_JOB);
	assert_int_equal(m.type, CHANNEL_BATCH);
	memcpy(&record, m.body, m.size);
	return record;
}

static void check_result(const struct lab *lab, int ue, int64_t start_ns, int64_t end_ns)
{
	uint8_t bytes[MESSAGE_HEADER_SIZE + MESSAGE_RESULT_SIZE + 10 * sizeof(float)];
	struct message_header h;
	struct message_result result;
	struct err err;
	read_message(lab, ue, bytes, sizeof(bytes), &h);
	assert_int_equal(message_get_result(bytes + MESSAGE_HEADER_SIZE, h.body, &result, &err), 0);
	assert_int_equal(result.computed, 0);
	assert_int_equal(result.batch_start_ns, start_ns);
	assert_int_equal(result.batch_end_ns, end_ns);
	assert_int_equal(result.batch_run_ns, end_ns - start_ns);
	int sample = (TASK - 1 + ue) % INPUTS;
	assert_memory_equal(bytes + MESSAGE_HEADER_SIZE + MESSAGE_RESULT_SIZE,
			    samples_split_result(lab->samples, sample, CUT, lab->ues[ue].features),
			    10 * sizeof(float));
}

static void a_late_loop_bends_no_chain(void **state)
{
	struct lab *lab = *state;
	struct server *s = &lab->server;
	int64_t now = clock_now_ns(), start = now - 300 * NS_PER_MS, wake, at = start;
	struct tape tape;
	struct desk *other;
	struct err err;
	tape_listen(&tape, s->desk);
	plan_both(lab, start - 20 * NS_PER_MS);
	input(lab, 0, start - NS_PER_MS);
	input(lab, 1, start);
	s->replay_wake_ns = start; // what an earlier turn of the loop would have said
	assert_int_equal(server_run_batches(s, &wake, &err), 0);
	assert_true(wake == TIME_NEVER && s->n_running == 0);
	for (int n = CUT; n < SUBTASKS; at += stated_ns(n++, UES)) {
		struct batch_record r = next_record(lab);
		assert_int_equal(r.n_members, UES);
		assert_int_equal(r.start_ns, at);
		assert_int_equal(r.end_ns, at + stated_ns(n, UES));
		assert_int_equal(r.run_ns, stated_ns(n, UES));
		assert_int_equal(r.profile_ns, stated_ns(n, UES));
		assert_int_equal(r.profile_p95_ns, 2 * stated_ns(n, UES));
		assert_true(r.replayed && r.noticed_ns >= now);
	}
	for (int ue = 0; ue < UES; ue++)
		check_result(lab, ue, start, at);
	// What the process told its desk, told to another one, gives the same actions.
	assert_int_equal(desk_open(&other, s->config, &s->networks, NULL, &err), 0);
	tape_replay(&tape, other);
	tape_free(&tape);
	desk_close(other);
}

// An input was there when it came: its batch starts then, not when the loop wakes, and the loop is told when
// the batch ends.
static void a_late_input_starts_its_batch(void **state)
{
	struct lab *lab = *state;
	struct server *s = &lab->server;
	int64_t start = clock_now_ns() - NS_PER_S, last = start + NS_PER_MS / 2, wake;
	int64_t then = last + stated_ns(CUT, UES), end = then + stated_ns(CUT + 1, UES);
	struct err err;
	plan_both(lab, start - 20 * NS_PER_MS);
	input(lab, 0, start);
	input(lab, 1, last);
	s->replay_wake_ns = start;
	assert_int_equal(server_replay_until(s, then - 1, &wake, &err), 0);
	assert_int_equal(wake, then);
	assert_int_equal(s->n_running, 1);
	assert_int_equal(server_replay_until(s, end + NS_PER_MS, &wake, &err), 0);
	assert_int_equal(wake, TIME_NEVER);
	assert_int_equal(next_record(lab).start_ns, last);
	for (int ue = 0; ue < UES; ue++)
		check_result(lab, ue, last, end);
}

static int fail_to_plan(const struct policy *policy, const struct snapshot *snapshot, struct plan *plan,
			struct err *err)
{
	(void)policy, (void)snapshot, (void)plan;
	return err_set(err, EDOM, "it is not my day");
}

// Its UE gets the sentence, for that task alone: both connections stay.
static void who_cannot_be_planned_hears_why(void **state)
{
	struct lab *lab = *state;
	struct server *s = &lab->server;
	const struct policy moody = {.abi = POLICY_ABI, .name = "moody", .summary = "", .plan = fail_to_plan};
	const char why[] = "it is not my day";
	uint8_t bytes[MESSAGE_HEADER_SIZE + sizeof(why) - 1];
	struct message_header h;
	struct err err;
	desk_close(s->desk);
	assert_int_equal(desk_open(&s->desk, s->config, &s->networks, &moody, &err), 0);
	s->totals = desk_totals(s->desk);
	ask(lab, 0, clock_now_ns());
	tell(lab, &(struct desk_event){.kind = DESK_PLAN, .now_ns = clock_now_ns()});
	read_message(lab, 0, bytes, sizeof(bytes), &h);
	assert_int_equal(h.type, MESSAGE_ERROR);
	assert_memory_equal(bytes + MESSAGE_HEADER_SIZE, why, sizeof(why) - 1);
	assert_true(h.ue == 1 && h.task == TASK);
	for (int ue = 0; ue < 2; ue++)
		assert_true(!lab->session[ue]->dead && s->of_ue[ue] == lab->session[ue]);
	assert_int_equal(s->totals->refused, 1);
	assert_non_null(strstr(s->totals->refusal, why));
	assert_null(desk_find(s->desk, 0, TASK));
}

// What waits for a UE that reads nothing is bounded: it is lost, and only it.
static void who_does_not_read_is_lost(void **state)
{
	struct lab *lab = *state;
	struct server *s = &lab->server;
	const struct policy moody = {.abi = POLICY_ABI, .name = "moody", .summary = "", .plan = fail_to_plan};
	struct err err;
	desk_close(s->desk);
	assert_int_equal(desk_open(&s->desk, s->config, &s->networks, &moody, &err), 0);
	s->totals = desk_totals(s->desk);
	s->refusals = (struct refusals){.of_reason = s->totals->refusals, .n_ues = UES};
	size_t most = session_backlog(s->config, &s->networks, 0);
	for (uint32_t number = 1; number < 1 << 20 && !lab->session[0]->dead; number++) {
		assert_true(stream_queued(lab->session[0]->stream) <= most);
		ask_for(lab, 0, number, clock_now_ns());
		tell(lab, &(struct desk_event){.kind = DESK_PLAN, .now_ns = clock_now_ns()});
	}
	assert_true(lab->session[0]->dead && !s->of_ue[0]);
	assert_int_equal(s->totals->refusals[REFUSED_BACKLOG], 1);
	assert_true(!lab->session[1]->dead && s->of_ue[1] == lab->session[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_late_loop_bends_no_chain, open_lab, close_lab),
	    cmocka_unit_test_setup_teardown(a_late_input_starts_its_batch, open_lab, close_lab),
	    cmocka_unit_test_setup_teardown(who_cannot_be_planned_hears_why, open_lab, close_lab),
	    cmocka_unit_test_setup_teardown(who_does_not_read_is_lost, open_lab, close_lab),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
