// SPDX-License-Identifier: BSD-3-Clause
// Valid means right: which lateness of the host, and which missed promise, makes a run not valid, and which
// does not; and whose a missed promise is.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/channel.h"
#include "base/clock.h"
#include "base/lateness.h"
#include "records/results/attribution.h"
#include "records/results/verdict.h"
#include "tests/unit/sim/sim_star.h"

#define MS NS_PER_MS

static const char yaml[] = "duration: 1s\nues: {count: 2, distance: 50m}\n"
			   "edge: {executor: replay, profile: mobilenet-v2-gpu-model}\n";

// A task of 9 sub-tasks, cut after 5, planned at 10, 30, 50, 55, 60 and 65 ms after its arrival; each stage
// took longer by late_ms[stage], and of that the radio explains nothing but what is said.
struct lateness_of_task {
	double late_ms[STAGE_COUNT], radio_up_ms, radio_down_ms, debt_ms;
};

static struct task_record late_task(const struct lateness_of_task *l, struct job_record *job)
{
	static const double plan_ms[STAGE_COUNT] = {10, 30, 50, 55, 60, 65};
	struct task_record t = {.ue = 1,
				.task = 4,
				.outcome = TASK_DONE,
				.n_subtasks = 9,
				.cut = 5,
				.promised = 1,
				.checked = CHECK_EQUAL,
				.deadline_ns = 70 * MS};
	int64_t late_ns = 0;
	for (int s = 0; s < STAGE_COUNT; s++) {
		late_ns += (int64_t)(l->late_ms[s] * 1e6);
		t.plan_end_ns[s] = (int64_t)(plan_ms[s] * 1e6);
		t.end_ns[s] = t.plan_end_ns[s] + late_ns;
	}
	t.send_start_ns = t.end_ns[STAGE_LOCAL];
	t.host_ns[STAGE_LOCAL] = (int64_t)(l->late_ms[STAGE_LOCAL] * 1e6);
	*job = (struct job_record){.ue = 1,
				   .task = 4,
				   .debt_ns = (int64_t)(l->debt_ms * 1e6),
				   .up_present_ns = 20 * MS + (int64_t)(l->radio_up_ms * 1e6)};
	t.down_present_ns = 5 * MS + (int64_t)(l->radio_down_ms * 1e6);
	return t;
}

static bool is_missed_by_host(const struct lateness_of_task *l)
{
	struct job_record job;
	struct task_record t = late_task(l, &job);
	attribute_task(&t, &job);
	assert_false(task_met_deadline(&t));
	return task_missed_by_host(&t);
}

static void a_miss_belongs_to_who_made_it(void **state)
{
	(void)state;
	// The UE woke 6 ms late; an upload paused; the result waited for 6 ms.
	assert_true(is_missed_by_host(&(struct lateness_of_task){.late_ms = {[STAGE_LOCAL] = 6}}));
	assert_true(is_missed_by_host(&(struct lateness_of_task){.late_ms = {[STAGE_UPLOAD] = 6}}));
	assert_true(is_missed_by_host(&(struct lateness_of_task){.late_ms = {[STAGE_RESULT] = 6}}));
	// The same, but the link had the packets all the time: fading, contention, retransmission.
	assert_false(
	    is_missed_by_host(&(struct lateness_of_task){.late_ms = {[STAGE_UPLOAD] = 6}, .radio_up_ms = 6}));
	assert_false(is_missed_by_host(
	    &(struct lateness_of_task){.late_ms = {[STAGE_RESULT] = 6}, .radio_down_ms = 6}));
	// A batch was late by 6 ms: of its own, or since it waited for a late input of another UE.
	assert_true(
	    is_missed_by_host(&(struct lateness_of_task){.late_ms = {[STAGE_BATCH] = 6}, .debt_ms = 6}));
	assert_false(is_missed_by_host(&(struct lateness_of_task){.late_ms = {[STAGE_WAIT] = 6}}));
	// The radio made it 9 ms late, the host 1 ms: without the host it would have been late, too.
	assert_false(is_missed_by_host(&(struct lateness_of_task){
	    .late_ms = {[STAGE_LOCAL] = 1, [STAGE_UPLOAD] = 9}, .radio_up_ms = 9}));
	// .. but with 3 ms of the host's it was in time without.
	assert_true(is_missed_by_host(&(struct lateness_of_task){
	    .late_ms = {[STAGE_LOCAL] = 3, [STAGE_UPLOAD] = 4}, .radio_up_ms = 4}));
}

static void waiting_for_lost_packets_is_the_radios(void **state)
{
	(void)state;
	struct job_record job;
	struct task_record t = late_task(&(struct lateness_of_task){.late_ms = {[STAGE_UPLOAD] = 200}}, &job);
	job.up_lost = 1;
	attribute_task(&t, &job);
	assert_int_equal(t.host_ns[STAGE_UPLOAD], 0);
	assert_false(task_missed_by_host(&t));
	assert_false(attribution_is_whole(&t, &job, STAGE_UPLOAD));
	assert_true(attribution_is_whole(&t, &job, STAGE_RESULT));
}

// The answer was late: as much of it is the host's as planning and reading took too long.
static void late_answers_are_shared_out(void **state)
{
	(void)state;
	struct job_record job;
	struct task_record t = late_task(&(struct lateness_of_task){.late_ms = {[STAGE_PLAN] = 6}}, &job);
	attribute_task(&t, &job);
	assert_int_equal(t.host_total_ns, 0);
	t.host_answer_ns = MS;
	job.answer_late_ns = 2 * MS;
	attribute_task(&t, &job);
	assert_int_equal(t.host_ns[STAGE_PLAN], 3 * MS);
	assert_true(task_missed_by_host(&t));
	t.host_answer_ns = 50 * MS; // what the start absorbed does not count
	attribute_task(&t, &job);
	assert_int_equal(t.host_ns[STAGE_PLAN], 6 * MS);
}

// A task as above whose tensor was to be there at 50 ms and was absent at its slot, 55 ms after its arrival:
// it was dropped. The link had some of it for present_ms until then, and would have needed left_ms more.
struct drop {
	double sent_after_ms; // 0 = its sending had not begun
	double answer_late_ms, answer_host_ms, present_ms, left_ms;
};

static struct task_record dropped_task(const struct drop *d, struct job_record *job)
{
	struct task_record t = late_task(&(struct lateness_of_task){.debt_ms = 0}, job);
	int64_t dropped_ns = 55 * MS;
	t.outcome = TASK_DROPPED;
	t.end_ns[STAGE_PLAN] = t.plan_end_ns[STAGE_PLAN] + (int64_t)(d->answer_late_ms * 1e6);
	t.host_answer_ns = (int64_t)(d->answer_host_ms * 1e6);
	for (int s = STAGE_LOCAL; s < STAGE_COUNT; s++)
		t.end_ns[s] = dropped_ns + 2 * MS; // when the UE heard of it
	t.send_start_ns = (int64_t)(d->sent_after_ms * 1e6);
	t.up_present_ns = 7 * MS;
	*job = (struct job_record){.ue = 1,
				   .task = 4,
				   .up_present_ns = 7 * MS + (int64_t)(d->present_ms * 1e6),
				   .dropped_ns = dropped_ns,
				   .left_ns = (int64_t)(d->left_ms * 1e6)};
	return t;
}

static bool is_dropped_by_host(const struct drop *d)
{
	struct job_record job;
	struct task_record t = dropped_task(d, &job);
	attribute_task(&t, &job);
	assert_true(task_broke_promise(&t));
	assert_int_equal(task_missed_by_host(&t), t.dropped_by_host);
	return task_missed_by_host(&t);
}

static void a_drop_belongs_to_who_made_it(void **state)
{
	(void)state;
	// The link was slow all the time; it was, and 2 ms of the host's would not have been enough.
	assert_false(is_dropped_by_host(&(struct drop){.sent_after_ms = 30, .present_ms = 25, .left_ms = 1}));
	assert_false(is_dropped_by_host(&(struct drop){.sent_after_ms = 30, .present_ms = 23, .left_ms = 6}));
	// TCP paused for 8 ms; the sending began 6 ms late; the tensor was there, and nobody read it.
	assert_true(is_dropped_by_host(&(struct drop){.sent_after_ms = 30, .present_ms = 17, .left_ms = 3}));
	assert_true(is_dropped_by_host(&(struct drop){
	    .sent_after_ms = 36, .answer_late_ms = 6, .answer_host_ms = 6, .present_ms = 19, .left_ms = 1}));
	assert_true(is_dropped_by_host(&(struct drop){.sent_after_ms = 30, .present_ms = 20, .left_ms = 0}));
	// Nothing was sent: the UE slept, or its answer was late on the radio.
	assert_true(is_dropped_by_host(&(struct drop){.left_ms = 20}));
	assert_false(is_dropped_by_host(&(struct drop){.answer_late_ms = 20, .left_ms = 20}));
	// Lost packets: the waiting is the radio's.
	struct job_record job;
	struct task_record t =
	    dropped_task(&(struct drop){.sent_after_ms = 30, .present_ms = 5, .left_ms = 3}, &job);
	job.up_lost = 1;
	attribute_task(&t, &job);
	assert_false(task_missed_by_host(&t));
	// Nobody was promised anything.
	t = dropped_task(&(struct drop){.left_ms = 20}, &job);
	t.promised = 0;
	attribute_task(&t, &job);
	assert_false(task_broke_promise(&t) || task_missed_by_host(&t));
}

struct trial {
	struct star star;	 // for its topology
	struct results *results; // of an emulation
	char directory[64];
	struct accuracy_record accuracy;
};

static void open_trial(struct trial *trial)
{
	struct err err;
	if (star_open(&trial->star, yaml, 1e7, &err) < 0)
		fail_msg("%s", err.text);
	snprintf(trial->directory, sizeof(trial->directory), "/tmp/airbatch-verdict-XXXXXX");
	assert_non_null(mkdtemp(trial->directory));
	assert_int_equal(results_open(&trial->results, trial->directory, trial->star.topology, &err), 0);
	results_set_epoch(trial->results, 0);
	trial->accuracy = (struct accuracy_record){.final = 1};
	results_accuracy(trial->results, &trial->accuracy);
}

static void close_trial(struct trial *trial)
{
	static const char *const files[] = {"tasks.csv", "batches.csv", "members.csv",
					    "links.csv", "rounds.csv",	"trace.json"};
	results_free(trial->results);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[128];
		snprintf(path, sizeof(path), "%s/%s", trial->directory, files[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(trial->directory), 0);
	star_close(&trial->star);
}

static void expect_doubts(const struct trial *trial, size_t n, const char *word)
{
	json_t *why = verdict_doubts(trial->results);
	const char *first = json_string_value(json_array_get(why, 0));
	if (json_array_size(why) != n)
		fail_msg("%zu doubts, not %zu: %s", json_array_size(why), n, first ? first : "-");
	if (n > 0 && !strstr(first, word))
		fail_msg("'%s' does not name %s", first, word);
	json_decref(why);
}

// What the lateness of one stage, told over a channel, makes of the run.
static void tell(struct trial *trial, enum host_stage stage, int64_t late_ns, int n)
{
	struct lateness *l = calloc(1, sizeof(*l));
	static struct channel_message m;
	int pair[2];
	assert_int_equal(channel_pair(pair, NULL), 0);
	for (int i = 0; i < n; i++)
		lateness_add_bounded(l, late_ns, stage == HOST_BATCH ? MS : host_promises[stage].bound_ns);
	assert_int_equal(lateness_send(pair[0], stage, l), 0);
	assert_int_equal(channel_receive(pair[1], &m), 1);
	results_lateness(trial->results, m.body, m.size);
	close(pair[0]);
	close(pair[1]);
	free(l);
}

static void each_stage_is_named(void **state)
{
	(void)state;
	for (int s = 0; s < HOST_STAGES; s++) {
		struct trial trial;
		open_trial(&trial);
		tell(&trial, (enum host_stage)s, MS / 10, 1000);
		expect_doubts(&trial, 0, "");
		tell(&trial, (enum host_stage)s, 40 * MS, 200);
		expect_doubts(&trial, 1, host_promises[s].name);
		json_t *block = verdict_lateness_json(trial.results);
		json_t *stage = json_object_get(block, host_promises[s].name);
		assert_int_equal(json_integer_value(json_object_get(stage, "events")), 1200);
		assert_int_equal(json_integer_value(json_object_get(stage, "over")), 200);
		assert_true(json_is_false(json_object_get(stage, "kept")));
		json_decref(block);
		close_trial(&trial);
	}
}

static void a_stop_of_one_second_is_named(void **state)
{
	(void)state;
	struct trial trial;
	open_trial(&trial);
	tell(&trial, HOST_SHAPER_TIMER, MS / 10, 1000000);
	tell(&trial, HOST_SHAPER_TIMER, NS_PER_S, 1);
	expect_doubts(&trial, 1, "shaper_timer");
	close_trial(&trial);
}

static void give(struct trial *trial, const struct lateness_of_task *l, bool job_first)
{
	struct job_record job;
	struct task_record t = late_task(l, &job);
	if (job_first)
		results_job(trial->results, &job);
	results_task(trial->results, &t);
	if (!job_first)
		results_job(trial->results, &job);
}

// The two halves of a task meet in either order.
static void promises_missed_by_the_host_count(void **state)
{
	(void)state;
	for (int first = 0; first < 2; first++) {
		struct trial trial;
		open_trial(&trial);
		give(&trial, &(struct lateness_of_task){.late_ms = {[STAGE_UPLOAD] = 9}, .radio_up_ms = 9},
		     first);
		expect_doubts(&trial, 0, "");
		give(&trial, &(struct lateness_of_task){.late_ms = {[STAGE_BATCH] = 9}, .debt_ms = 9}, first);
		expect_doubts(&trial, 1, "1 of 2 promised deadlines");
		close_trial(&trial);
	}
}

static void drop_one(struct trial *trial, const struct drop *d, bool job_first)
{
	struct job_record job;
	struct task_record t = dropped_task(d, &job);
	if (job_first)
		results_job(trial->results, &job);
	results_task(trial->results, &t);
	if (!job_first)
		results_job(trial->results, &job);
}

static void tasks_dropped_by_the_host_count(void **state)
{
	(void)state;
	for (int first = 0; first < 2; first++) {
		struct trial trial;
		open_trial(&trial);
		drop_one(&trial, &(struct drop){.sent_after_ms = 30, .present_ms = 25, .left_ms = 1}, first);
		expect_doubts(&trial, 0, "");
		drop_one(&trial, &(struct drop){.left_ms = 20}, first);
		expect_doubts(&trial, 1, "1 of 2 promised deadlines");
		close_trial(&trial);
	}
}

static void wrong_results_and_lost_packets_count(void **state)
{
	(void)state;
	struct trial trial;
	open_trial(&trial);
	struct job_record job;
	struct task_record t = late_task(&(struct lateness_of_task){.debt_ms = 0}, &job);
	t.checked = CHECK_DIFFERS;
	results_job(trial.results, &job);
	results_task(trial.results, &t);
	expect_doubts(&trial, 1, "1 results differ");
	trial.accuracy.rx_ring_drops = 3;
	results_accuracy(trial.results, &trial.accuracy);
	expect_doubts(&trial, 2, "1 results differ");
	close_trial(&trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_miss_belongs_to_who_made_it),
	    cmocka_unit_test(waiting_for_lost_packets_is_the_radios),
	    cmocka_unit_test(late_answers_are_shared_out),
	    cmocka_unit_test(a_drop_belongs_to_who_made_it),
	    cmocka_unit_test(each_stage_is_named),
	    cmocka_unit_test(a_stop_of_one_second_is_named),
	    cmocka_unit_test(promises_missed_by_the_host_count),
	    cmocka_unit_test(tasks_dropped_by_the_host_count),
	    cmocka_unit_test(wrong_results_and_lost_packets_count),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
