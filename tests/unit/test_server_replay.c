// SPDX-License-Identifier: BSD-3-Clause
// A replayed edge: a chain of batches ends when its profile says, however late the loop looks, and what goes
// back to the UE is what was prepared for its input, cut and encoding, said not to be computed.
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

enum { UES = 2, SUBTASKS = 3, CUT = 1, TASK = 4, INPUTS = 3 };
static const char small[] = "network small\ninput 20x20x3\nsubtask A\nconv 3x3 8 stride 2 pad 1 relu6\n"
			    "subtask B\nconv 1x1 12\nsubtask CLS\npool 10x10\nfc 10\n";

// In place of edge/process/server.c and edge/worker.c: no socket breaks here and nothing is computed.
void server_lose(struct server *s, struct session *session, const struct err *why)
{
	(void)s, (void)session;
	fail_msg("%s", why->text);
}

void server_watch_writes(struct server *s, struct session *session)
{
	(void)s, (void)session;
}

void worker_submit(struct worker *w, struct worker_job *job)
{
	(void)w, (void)job;
	fail_msg("a replayed batch went to the worker");
}

struct worker_job *worker_finished(struct worker *w)
{
	(void)w;
	return NULL;
}

struct lab {
	struct network *net;
	struct profile *profile;
	struct executor *executor;
	struct drift drift;
	struct samples *samples;
	struct snapshot_network seen;
	struct edge_config config;
	char cache[64], path[PATH_MAX];
	int channel[2], peer[UES];
	struct session *session[UES];
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
	double result_bytes;
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
	assert_int_equal(served_network(&lab->seen, &result_bytes, lab->net, lab->profile, &err), 0);
	assert_int_equal(drift_open(&lab->drift, lab->profile), 0);
	lab->server.models = (struct models){.n = 1,
					     .networks = &lab->net,
					     .profiles = &lab->profile,
					     .executors = &lab->executor,
					     .samples = &lab->samples,
					     .drift = &lab->drift,
					     .seen = &lab->seen};
}

static void add_session(struct lab *lab, int ue, enum features features)
{
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	struct session *x = lab->session[ue] = session_new(pair[0]);
	lab->peer[ue] = pair[1];
	x->ue = ue;
	x->network = lab->net;
	x->features = features;
	x->plan.cut = CUT;
	x->header = (struct message_header){.type = MESSAGE_REQUEST, .ue = (uint32_t)ue + 1, .task = TASK};
	struct batch_task task = {.n_subtasks = SUBTASKS, .ue = (uint32_t)ue + 1, .id = TASK, .next = CUT};
	session_begin(x, &task, rows_take(lab->server.pool, lab->net, CUT, 1), 0);
}

static int open_lab(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	struct server *s = &lab->server;
	lab->config = (struct edge_config){.power = {.n_freq = 1, .freq = {1}}};
	open_models(lab);
	s->config = &lab->config;
	s->batcher = batcher_new(&lab->config.batching, models_duration_ns, &s->models);
	s->pool = rows_pool_new();
	s->n_runs = UES;
	s->punctual = &lab->punctual;
	s->runs = calloc(UES + 1, sizeof(*s->runs));
	s->totals.modelled = 1;
	assert_int_equal(channel_pair(lab->channel, NULL), 0);
	s->channel = lab->channel[0];
	add_session(lab, 0, FEATURES_FP32);
	add_session(lab, 1, FEATURES_INT8);
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
	batcher_free(lab->server.batcher);
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

// Slots for both users' sub-tasks from the cut on, back to back from start_ns on; returns when the last ends.
static int64_t plan_chain(struct lab *lab, int64_t start_ns)
{
	struct batch_task *both[] = {&lab->session[0]->batch, &lab->session[1]->batch};
	for (int n = CUT; n < SUBTASKS; n++) {
		struct batch_slot slot = {.subtask = n,
					  .gpu_shares = 1,
					  .edge_freq = 1,
					  .start_ns = start_ns,
					  .duration_ns = stated_ns(n, UES)};
		uint32_t id;
		assert_int_equal(batcher_add_slot(lab->server.batcher, &slot, both, UES, &id), 0);
		start_ns += slot.duration_ns;
	}
	return start_ns;
}

static struct batch_record next_record(const struct lab *lab)
{
	struct channel_message m;
	struct batch_record record;
	assert_int_equal(channel_receive(lab->channel[1], &m), 1);
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
	assert_int_equal(recv(lab->peer[ue], bytes, sizeof(bytes), MSG_WAITALL), sizeof(bytes));
	assert_int_equal(message_get_header(bytes, &h, &err), 0);
	assert_int_equal(message_get_result(bytes + MESSAGE_HEADER_SIZE, h.body, &result, &err), 0);
	assert_int_equal(result.computed, 0);
	assert_int_equal(result.batch_start_ns, start_ns);
	assert_int_equal(result.batch_end_ns, end_ns);
	assert_int_equal(result.batch_run_ns, end_ns - start_ns);
	int sample = (TASK - 1 + ue) % INPUTS;
	assert_memory_equal(bytes + MESSAGE_HEADER_SIZE + MESSAGE_RESULT_SIZE,
			    samples_split_result(lab->samples, sample, CUT, lab->session[ue]->features),
			    10 * sizeof(float));
}

static void a_late_loop_bends_no_chain(void **state)
{
	struct lab *lab = *state;
	struct server *s = &lab->server;
	int64_t now = clock_now_ns(), start = now - 300 * NS_PER_MS, wake;
	struct err err;
	batcher_input(s->batcher, &lab->session[0]->batch, start - 2 * NS_PER_MS);
	batcher_input(s->batcher, &lab->session[1]->batch, start - NS_PER_MS);
	s->replay_wake_ns = start; // what an earlier turn of the loop would have said
	int64_t end = plan_chain(lab, start);
	assert_int_equal(server_run_batches(s, &wake, &err), 0);
	assert_true(wake == TIME_NEVER && s->n_running == 0);
	for (int n = CUT, at = 0; n < SUBTASKS; at += (int)stated_ns(n++, UES)) {
		struct batch_record r = next_record(lab);
		assert_int_equal(r.n_members, UES);
		assert_int_equal(r.start_ns, start + at);
		assert_int_equal(r.end_ns, start + at + stated_ns(n, UES));
		assert_int_equal(r.run_ns, stated_ns(n, UES));
		assert_int_equal(r.profile_ns, stated_ns(n, UES));
		assert_int_equal(r.profile_p95_ns, 2 * stated_ns(n, UES));
		assert_true(r.replayed && r.noticed_ns >= now);
	}
	for (int ue = 0; ue < UES; ue++)
		check_result(lab, ue, start, end);
}

// An input that came after the slot's time was there when it came: its batch starts then, not when the loop
// wakes, and the loop is told when the batch ends.
static void a_late_input_starts_its_batch(void **state)
{
	struct lab *lab = *state;
	struct server *s = &lab->server;
	int64_t start = clock_now_ns() - NS_PER_MS, input = start + NS_PER_MS / 2, wake;
	struct err err;
	batcher_input(s->batcher, &lab->session[0]->batch, start);
	batcher_input(s->batcher, &lab->session[1]->batch, input);
	s->replay_wake_ns = start;
	plan_chain(lab, start);
	assert_int_equal(server_run_batches(s, &wake, &err), 0);
	assert_int_equal(wake, input + stated_ns(CUT, UES));
	assert_int_equal(s->n_running, 1);
	while (clock_now_ns() < wake)
		;
	assert_int_equal(server_run_batches(s, &wake, &err), 0);
	struct batch_record r = next_record(lab);
	assert_int_equal(r.start_ns, input);
	assert_int_equal(r.reason, BATCH_WAITED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_late_loop_bends_no_chain, open_lab, close_lab),
	    cmocka_unit_test_setup_teardown(a_late_input_starts_its_batch, open_lab, close_lab),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
