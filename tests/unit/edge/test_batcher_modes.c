// SPDX-License-Identifier: BSD-3-Clause
// Laws of batching by size, timer and deadline, on random tasks in virtual time: every sub-task runs once and
// in order, one batch at a time and none too large; nobody waits without a reason; deadlines that a schedule
// of the waiting tasks can keep are kept.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "edge/desk/batcher.h"

#define MS NS_PER_MS

enum { MOST_TASKS = 24, MOST_SUBTASKS = 4, NETWORKS = 2 };

// F_n(b) = fixed + per_input b, in ns, of each network's sub-tasks.
struct times {
	int64_t fixed[NETWORKS][MOST_SUBTASKS], per_input[NETWORKS][MOST_SUBTASKS];
};

struct world {
	struct times times;
	struct batching batching;
	struct batcher *batcher;
	int n;
	struct batch_task task[MOST_TASKS];
	int64_t arrives[MOST_TASKS], starts[MOST_TASKS],
	    ends[MOST_TASKS]; // first batch's start, last one's end
	int cut[MOST_TASKS], runs[MOST_TASKS][MOST_SUBTASKS];
	int arrived, batches, by_reason[BATCH_REASONS];
	const struct batch *running;
	int64_t running_ends;
};

static int64_t duration(int network, int subtask, int batch, void *user)
{
	const struct times *t = user;
	return t->fixed[network][subtask] + t->per_input[network][subtask] * batch;
}

static void draw_times(struct times *t, struct rng *rng)
{
	for (int k = 0; k < NETWORKS; k++)
		for (int n = 0; n < MOST_SUBTASKS; n++) {
			t->fixed[k][n] = 1 + (int64_t)rng_below(rng, 4 * MS);
			t->per_input[k][n] = (int64_t)rng_below(rng, 2 * MS);
		}
}

static bool waits(const struct batch_task *t)
{
	return t->present && !t->running;
}

// Whether task t may still come to sub-task n of the network.
static bool can_join(const struct world *w, int t, int network, int n)
{
	const struct batch_task *task = &w->task[t];
	if (task->network != network || n >= task->n_subtasks)
		return false; // it leaves before
	return task->next < n || (task->next == n && !task->present);
}

static int count_waiting(const struct world *w, int network, int n)
{
	int count = 0;
	for (int t = 0; t < w->n; t++)
		count += w->task[t].network == network && w->task[t].next == n && waits(&w->task[t]);
	return count;
}

static int64_t rest_alone(const struct world *w, const struct batch_task *task)
{
	int64_t rest = 0;
	for (int n = task->next; n < task->n_subtasks; n++)
		rest += duration(task->network, n, 1, (void *)&w->times);
	return rest;
}

static bool someone_can_be_in_time(const struct world *w, int64_t now)
{
	bool can = false;
	for (int t = 0; t < w->n; t++)
		can = can || (waits(&w->task[t]) && now + rest_alone(w, &w->task[t]) <= w->task[t].due_ns);
	return can;
}

// The edge is idle though this task waits: there must be a reason.
static void check_reason_to_wait(const struct world *w, int t, int64_t now)
{
	const struct batch_task *task = &w->task[t];
	assert_true(count_waiting(w, task->network, task->next) < w->batching.size);
	bool someone_comes = false;
	for (int k = 0; k < w->n; k++)
		someone_comes = someone_comes || can_join(w, k, task->network, task->next);
	if (w->batching.mode == BATCH_BY_SIZE)
		assert_true(someone_comes);
	if (w->batching.mode == BATCH_BY_TIMER)
		assert_true(now < w->arrives[t] + w->batching.timer_ns);
	int64_t rest = rest_alone(w, task);
	bool late = now + rest > task->due_ns;
	if (w->batching.mode == BATCH_BY_DEADLINE && late)
		assert_true(someone_can_be_in_time(w, now));
	if (w->batching.mode == BATCH_BY_DEADLINE && !late)
		assert_true(now + rest < task->due_ns);
}

static void check_start(struct world *w, const struct batch *batch, int64_t now)
{
	assert_null(w->running);
	assert_true(batch->n_members >= 1 && batch->n_members <= w->batching.size);
	assert_true(batch->booking.gpu_shares == 1 && batch->booking.edge_freq == 1);
	assert_true(batch->booking.start_ns <= now);
	if (batch->reason == BATCH_FULL && w->batching.mode != BATCH_BY_DEADLINE)
		assert_int_equal(batch->n_members, w->batching.size);
	for (int i = 0; i < batch->n_members; i++) {
		const struct batch_task *task = batch->member[i];
		int t = (int)(task - w->task);
		assert_true(task->present && task->running);
		assert_int_equal(task->network, batch->booking.network);
		assert_int_equal(task->next, batch->booking.subtask);
		assert_true(w->arrives[t] <= now);
		w->runs[t][task->next]++;
		if (task->next == w->cut[t])
			w->starts[t] = now;
	}
	w->batches++;
	w->by_reason[batch->reason]++;
}

static void start_what_is_due(struct world *w, int64_t now, int64_t *wake)
{
	const struct batch *batch;
	while ((batch = batcher_next(w->batcher, now, wake))) {
		check_start(w, batch, now);
		w->running = batch;
		w->running_ends = now + duration(batch->booking.network, batch->booking.subtask,
						 batch->n_members, &w->times);
	}
	for (int t = 0; !w->running && t < w->n; t++)
		if (waits(&w->task[t]))
			check_reason_to_wait(w, t, now);
}

static void end_batch(struct world *w, int64_t now)
{
	const struct batch *batch = w->running;
	struct batch_task *member[MOST_TASKS];
	int n = batch->n_members;
	memcpy(member, batch->member, (size_t)n * sizeof(member[0]));
	w->running = NULL;
	batcher_done(w->batcher, batch, now);
	for (int i = 0; i < n; i++)
		if (member[i]->next == member[i]->n_subtasks)
			w->ends[member[i] - w->task] = now;
}

static int64_t next_arrival(const struct world *w)
{
	int64_t at = TIME_NEVER;
	for (int t = 0; t < w->n; t++)
		if (w->starts[t] < 0 && !w->task[t].present && w->arrives[t] < at)
			at = w->arrives[t];
	return at;
}

// Lives through all arrivals and batches; who waits forever fails the test.
static void live(struct world *w)
{
	w->batcher = batcher_new(&w->batching, duration, &w->times);
	assert_non_null(w->batcher);
	for (int t = 0; t < w->n; t++) {
		w->task[t].next = w->cut[t];
		w->starts[t] = w->ends[t] = -1;
		assert_int_equal(batcher_expect(w->batcher, &w->task[t]), 0);
	}
	int64_t now = 0, wake = TIME_NEVER;
	while ((now = next_arrival(w)) < TIME_NEVER || w->running || wake < TIME_NEVER) {
		now = wake < now ? wake : now;
		now = w->running && w->running_ends < now ? w->running_ends : now;
		if (w->running && w->running_ends <= now)
			end_batch(w, now);
		for (int t = 0; t < w->n; t++)
			if (w->starts[t] < 0 && !w->task[t].present && w->arrives[t] <= now)
				batcher_input(w->batcher, &w->task[t], now);
		start_what_is_due(w, now, &wake);
		assert_true(wake > now);
	}
	assert_true(batcher_idle(w->batcher));
	for (int t = 0; t < w->n; t++)
		for (int n = 0; n < w->task[t].n_subtasks; n++)
			assert_int_equal(w->runs[t][n], n >= w->cut[t]);
	batcher_free(w->batcher);
}

// It leaves its network after so many sub-tasks.
static void take_exit(struct batch_task *task, int subtasks)
{
	task->n_network_subtasks = task->n_subtasks;
	task->n_subtasks = subtasks;
	task->exit = subtasks;
}

static struct world draw_world(enum batch_mode mode, struct rng *rng)
{
	struct world w = {.batching = {.mode = mode,
				       .size = 1 + (int)rng_below(rng, 8),
				       .timer_ns = (int64_t)rng_below(rng, 10 * MS)},
			  .n = 1 + (int)rng_below(rng, MOST_TASKS)};
	draw_times(&w.times, rng);
	for (int t = 0; t < w.n; t++) {
		int network = (int)rng_below(rng, NETWORKS);
		int whole = MOST_SUBTASKS - network;
		w.task[t] = (struct batch_task){.network = network, .n_subtasks = whole};
		if (rng_below(rng, 2))
			take_exit(&w.task[t], 1 + (int)rng_below(rng, (uint32_t)whole));
		w.cut[t] = (int)rng_below(rng, (uint32_t)w.task[t].n_subtasks);
		w.arrives[t] = (int64_t)rng_below(rng, 100 * MS);
		w.task[t].due_ns = w.arrives[t] + (int64_t)rng_below(rng, 100 * MS);
	}
	return w;
}

static struct rng *seeded(void)
{
	const char *given = getenv("SEED"); // of a run that failed
	uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	return rng_new(seed, 0, RNG_TEST, 0);
}

static void everybody_is_served_once_and_nobody_waits_for_nothing(void **state)
{
	(void)state;
	struct rng *rng = seeded();
	int by_reason[BATCH_REASONS] = {0};
	for (int i = 0; i < 3000; i++) {
		struct world w = draw_world((enum batch_mode)(BATCH_BY_SIZE + i % 3), rng);
		live(&w);
		for (int r = 0; r < BATCH_REASONS; r++)
			by_reason[r] += w.by_reason[r];
	}
	for (int r = 0; r < BATCH_REASONS; r++)
		assert_int_equal(by_reason[r] > 0, r >= BATCH_FULL && r <= BATCH_LATE);
	rng_free(rng);
}

// With one network of one sub-task, a task starts within the timer and the batches that were due before it.
static void by_timer_nobody_waits_longer_than_timer_and_batches(void **state)
{
	(void)state;
	struct rng *rng = seeded();
	for (int i = 0; i < 2000; i++) {
		struct world w = draw_world(BATCH_BY_TIMER, rng);
		int64_t longest = 0;
		for (int t = 0; t < w.n; t++) {
			w.task[t].network = 0;
			w.task[t].n_subtasks = 1;
			w.cut[t] = 0;
		}
		w.batching.size = MOST_TASKS; // no batch is left behind the one that is due
		live(&w);
		longest = duration(0, 0, MOST_TASKS, &w.times);
		for (int t = 0; t < w.n; t++)
			assert_true(w.starts[t] <= w.arrives[t] + w.batching.timer_ns + longest);
	}
	rng_free(rng);
}

static void sort_by_due(struct world *w)
{
	for (int i = 1; i < w->n; i++)
		for (int k = i; k > 0 && w->task[k].due_ns < w->task[k - 1].due_ns; k--) {
			struct batch_task t = w->task[k];
			w->task[k] = w->task[k - 1];
			w->task[k - 1] = t;
		}
}

// Whether some sequence of batches of neighbours in the order of deadlines keeps all of them: the earliest
// end of the first k tasks, over all splits (batches of others than neighbours never help when F is affine).
static bool schedule_exists(const struct world *w)
{
	int64_t end[MOST_TASKS + 1] = {0};
	for (int k = 1; k <= w->n; k++) {
		end[k] = TIME_NEVER;
		for (int b = 1; b <= k && b <= w->batching.size; b++) {
			int64_t f = 0, before = end[k - b];
			for (int n = w->cut[0]; n < w->task[0].n_subtasks; n++)
				f += duration(0, n, b, (void *)&w->times);
			if (before < TIME_NEVER && before + f <= w->task[k - b].due_ns && before + f < end[k])
				end[k] = before + f;
		}
	}
	return end[w->n] < TIME_NEVER;
}

static bool all_met(const struct world *w)
{
	bool met = true;
	for (int t = 0; t < w->n; t++)
		met = met && w->ends[t] <= w->task[t].due_ns;
	return met;
}

// All inputs are there: batches start as late as they can, and still every deadline is kept that any schedule
// keeps, starting at once included.
static void waiting_costs_no_deadline(struct rng *rng)
{
	int possible = 0, rounds = 4000;
	for (int i = 0; i < rounds; i++) {
		struct world w = draw_world(BATCH_BY_DEADLINE, rng);
		int n_subtasks = 1 + i % 3, cut = (int)rng_below(rng, (uint32_t)n_subtasks);
		int64_t tightest = 4 * MS + (int64_t)rng_below(rng, 50 * MS);
		for (int t = 0; t < w.n; t++) {
			w.task[t] = (struct batch_task){.n_subtasks = n_subtasks};
			w.task[t].due_ns = tightest + (int64_t)rng_below(rng, 60 * MS);
			w.cut[t] = cut;
			w.arrives[t] = 0;
		}
		sort_by_due(&w);
		bool exists = schedule_exists(&w);
		struct world eager = w;
		eager.batching = (struct batching){.mode = BATCH_BY_TIMER, .size = w.batching.size};
		live(&eager);
		live(&w);
		assert_true(exists || !all_met(&eager)); // the oracle knows no less
		assert_int_equal(all_met(&w), exists);
		possible += exists;
	}
	print_message("%d of %d rounds could be kept\n", possible, rounds);
	assert_true(possible > rounds / 20 && possible < rounds);
	rng_free(rng);
}

static void by_deadline_waiting_costs_no_deadline(void **state)
{
	(void)state;
	waiting_costs_no_deadline(seeded());
	// A full batch from the middle of its queue ran ahead with those at the queue's head.
	waiting_costs_no_deadline(rng_new(53, 0, RNG_TEST, 0));
}

// Alone, a task ends at its due time exactly; with room to spare it waits for company until then.
static void by_deadline_a_batch_starts_as_late_as_it_can(void **state)
{
	(void)state;
	struct world w = {.batching = {.mode = BATCH_BY_DEADLINE, .size = 4}, .n = 2};
	w.times.fixed[0][0] = 4 * MS;
	w.times.per_input[0][0] = 1 * MS;
	for (int t = 0; t < 2; t++) {
		w.task[t] = (struct batch_task){.n_subtasks = 1, .due_ns = (50 + 20 * t) * MS};
		w.arrives[t] = 10 * t * MS;
	}
	live(&w);
	assert_int_equal(w.batches, 1);
	assert_true(w.starts[0] == 44 * MS && w.ends[0] == 50 * MS && w.ends[1] == 50 * MS);
	assert_int_equal(w.by_reason[BATCH_DEADLINE], 1);
}

// A reserve makes it start a tenth of it early, and a late wake-up is no lost deadline.
static void by_deadline_a_late_wake_up_is_no_lost_deadline(void **state)
{
	(void)state;
	struct times times = {.fixed[0][0] = 4 * MS, .per_input[0][0] = 1 * MS};
	struct batching batching = {.mode = BATCH_BY_DEADLINE, .size = 4, .patience_ns = 5 * MS};
	struct batcher *b = batcher_new(&batching, duration, &times);
	struct batch_task x = {.n_subtasks = 1, .due_ns = 50 * MS}, y = {.n_subtasks = 1, .due_ns = 90 * MS};
	int64_t wake;
	batcher_expect(b, &x);
	batcher_expect(b, &y);
	batcher_input(b, &x, 0);
	batcher_input(b, &y, 0);
	assert_null(batcher_next(b, 0, &wake));
	assert_int_equal(wake, 50 * MS - 6 * MS - MS / 2);
	const struct batch *batch = batcher_next(b, 47 * MS, &wake);
	assert_non_null(batch);
	assert_int_equal(batch->reason, BATCH_DEADLINE);
	assert_int_equal(batch->n_members, 2);
	batcher_done(b, batch, 53 * MS);
	assert_true(batcher_idle(b));
	batcher_free(b);
}

// Tasks of one exit are as those of a network that ends there: what is behind it costs nobody time.
static void an_exit_is_an_end(void **state)
{
	(void)state;
	struct rng *rng = seeded();
	for (int i = 0; i < 1500; i++) {
		struct world ends = draw_world((enum batch_mode)(BATCH_BY_SIZE + i % 3), rng);
		int exit = 1 + (int)rng_below(rng, MOST_SUBTASKS - 1);
		for (int t = 0; t < ends.n; t++) {
			ends.task[t] = (struct batch_task){.n_subtasks = exit, .due_ns = ends.task[t].due_ns};
			ends.cut[t] = (int)rng_below(rng, (uint32_t)exit);
		}
		struct world leaves = ends;
		for (int t = 0; t < ends.n; t++) {
			leaves.task[t].n_subtasks = MOST_SUBTASKS;
			take_exit(&leaves.task[t], exit);
		}
		live(&ends);
		live(&leaves);
		assert_int_equal(leaves.batches, ends.batches);
		assert_memory_equal(leaves.starts, ends.starts, sizeof(ends.starts[0]) * (size_t)ends.n);
		assert_memory_equal(leaves.ends, ends.ends, sizeof(ends.ends[0]) * (size_t)ends.n);
	}
	rng_free(rng);
}

// Where one batch of all, begun at once and shrinking at the exits, keeps every deadline, waiting keeps them.
static void by_deadline_what_a_shrinking_batch_keeps_is_kept(void **state)
{
	(void)state;
	struct rng *rng = seeded();
	int possible = 0, waited = 0, rounds = 4000;
	for (int i = 0; i < rounds; i++) {
		struct world w = draw_world(BATCH_BY_DEADLINE, rng);
		w.n = 2 + (int)rng_below(rng, 6);
		w.batching.size = MOST_TASKS;
		for (int t = 0; t < w.n; t++) {
			w.task[t] = (struct batch_task){.n_subtasks = MOST_SUBTASKS,
							.due_ns = (int64_t)rng_below(rng, 80 * MS)};
			take_exit(&w.task[t], 1 + (int)rng_below(rng, MOST_SUBTASKS));
			w.cut[t] = 0;
			w.arrives[t] = 0;
		}
		struct world eager = w;
		eager.batching = (struct batching){.mode = BATCH_BY_TIMER, .size = MOST_TASKS};
		live(&eager);
		live(&w);
		possible += all_met(&eager);
		waited += all_met(&eager) && w.starts[0] > 0;
		assert_true(all_met(&w) || !all_met(&eager));
	}
	print_message("%d of %d rounds could be kept, %d waited\n", possible, rounds, waited);
	assert_true(possible > rounds / 20 && waited > possible / 2);
	rng_free(rng);
}

// Whoever is lost is waited for no longer, wherever it was.
static void by_size_a_lost_ue_is_not_waited_for(void **state)
{
	(void)state;
	struct times times = {.fixed[0][0] = MS, .fixed[0][1] = MS};
	struct batching batching = {.mode = BATCH_BY_SIZE, .size = 3};
	struct batcher *b = batcher_new(&batching, duration, &times);
	struct batch_task task[3];
	int64_t wake;
	for (int i = 0; i < 3; i++) {
		task[i] = (struct batch_task){.n_subtasks = 2};
		batcher_expect(b, &task[i]);
	}
	batcher_input(b, &task[0], 0);
	batcher_input(b, &task[1], 0);
	assert_null(batcher_next(b, 0, &wake));
	batcher_forget(b, &task[1]);
	assert_null(batcher_next(b, 0, &wake));
	batcher_forget(b, &task[2]);
	const struct batch *batch = batcher_next(b, 0, &wake);
	assert_int_equal(batch->reason, BATCH_DRAINED);
	assert_int_equal(batch->n_members, 1);
	assert_ptr_equal(batch->member[0], &task[0]);
	batcher_done(b, batch, MS);
	batcher_free(b);
}

static void a_size_out_of_range_is_refused(void **state)
{
	(void)state;
	const int sizes[] = {0, -1, BATCH_MAX_MEMBERS + 1};
	for (int i = 0; i < 3; i++)
		assert_null(batcher_new(&(struct batching){.mode = BATCH_BY_TIMER, .size = sizes[i]},
					duration, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everybody_is_served_once_and_nobody_waits_for_nothing),
	    cmocka_unit_test(by_timer_nobody_waits_longer_than_timer_and_batches),
	    cmocka_unit_test(by_deadline_waiting_costs_no_deadline),
	    cmocka_unit_test(by_deadline_a_batch_starts_as_late_as_it_can),
	    cmocka_unit_test(by_deadline_a_late_wake_up_is_no_lost_deadline),
	    cmocka_unit_test(an_exit_is_an_end),
	    cmocka_unit_test(by_deadline_what_a_shrinking_batch_keeps_is_kept),
	    cmocka_unit_test(by_size_a_lost_ue_is_not_waited_for),
	    cmocka_unit_test(a_size_out_of_range_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
