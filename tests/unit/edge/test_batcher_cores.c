// SPDX-License-Identifier: BSD-3-Clause
// Laws of first come first served on cores: against the workloads of the cores (Kiefer and Wolfowitz 1955)
// for any arrivals, and the mean wait of an M/D/1 queue; a task keeps its core without a gap; numbers of
// several batchers lie apart.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "edge/desk/batcher.h"

enum { SUBTASKS = 3, MOST_CORES = 5 };

static const int64_t run_ns[SUBTASKS] = {3 * NS_PER_MS, 1, 2 * NS_PER_MS};

static int64_t duration(int network, int subtask, int batch, void *user)
{
	(void)network, (void)user;
	assert_int_equal(batch, 1);
	return run_ns[subtask];
}

static int64_t service_ns(const struct batch_task *task)
{
	int64_t sum_ns = 0;
	for (int n = task->next; n < task->n_subtasks; n++)
		sum_ns += run_ns[n];
	return sum_ns;
}

struct run {
	const struct batch *batch;
	int64_t end_ns;
};

struct world {
	struct batcher *batcher;
	int cores, n;
	struct batch_task *task;
	int64_t *arrives_ns, *service_ns, *start_ns, *end_ns; // [n]
	struct run running[MOST_CORES];
	int n_running;
	uint32_t last_id;
};

static void open_world(struct world *w, int cores, int n)
{
	const struct batching batching = {
	    .mode = BATCH_ON_CORES, .cores = cores, .id_first = 1, .id_step = 3};
	*w = (struct world){.batcher = batcher_new(&batching, duration, NULL), .cores = cores, .n = n};
	w->task = calloc((size_t)n, sizeof(*w->task));
	w->arrives_ns = calloc(4 * (size_t)n, sizeof(*w->arrives_ns));
	assert_true(w->batcher && w->task && w->arrives_ns);
	w->service_ns = w->arrives_ns + n;
	w->start_ns = w->service_ns + n;
	w->end_ns = w->start_ns + n;
}

static void close_world(struct world *w)
{
	batcher_free(w->batcher);
	free(w->task);
	free(w->arrives_ns);
}

static void add_task(struct world *w, int i, int64_t arrives_ns, int cut)
{
	w->task[i] = (struct batch_task){.n_subtasks = SUBTASKS, .next = cut, .ue = (uint32_t)i + 1, .id = 1};
	w->arrives_ns[i] = arrives_ns;
	w->service_ns[i] = service_ns(&w->task[i]);
	w->start_ns[i] = -1;
}

static void start_all(struct world *w, int64_t now_ns)
{
	const struct batch *batch;
	int64_t wake_ns;
	while ((batch = batcher_next(w->batcher, now_ns, &wake_ns))) {
		int i = (int)batch->member[0]->ue - 1;
		assert_true(w->n_running < w->cores && batch->n_members == 1 && batch->reason == BATCH_TURN);
		assert_true(batch->id % 3 == 2 && batch->id > w->last_id);
		w->last_id = batch->id;
		if (w->start_ns[i] < 0)
			w->start_ns[i] = now_ns;
		else
			assert_true(w->end_ns[i] == now_ns); // no gap
		w->running[w->n_running++] = (struct run){batch, now_ns + run_ns[batch->booking.subtask]};
	}
	assert_true(wake_ns == TIME_NEVER);
}

static struct run *first_to_end(struct world *w)
{
	struct run *first = NULL;
	for (int i = 0; i < w->n_running; i++)
		if (!first || w->running[i].end_ns < first->end_ns)
			first = &w->running[i];
	return first;
}

static void end(struct world *w, struct run *run)
{
	struct run ended = *run;
	*run = w->running[--w->n_running];
	w->end_ns[ended.batch->member[0]->ue - 1] = ended.end_ns;
	batcher_done(w->batcher, ended.batch, ended.end_ns);
	start_all(w, ended.end_ns);
}

// Ends at an instant come before arrivals, and arrivals stand in the order of their instants.
static void live(struct world *w)
{
	for (int i = 0; i < w->n; i++) {
		struct run *first;
		while ((first = first_to_end(w)) && first->end_ns <= w->arrives_ns[i])
			end(w, first);
		batcher_expect(w->batcher, &w->task[i]);
		batcher_input(w->batcher, &w->task[i], w->arrives_ns[i]);
		if (i + 1 == w->n || w->arrives_ns[i + 1] > w->arrives_ns[i])
			start_all(w, w->arrives_ns[i]);
	}
	while (w->n_running > 0)
		end(w, first_to_end(w));
	assert_true(batcher_idle(w->batcher));
}

static int64_t *least(int64_t free_ns[], int n)
{
	int64_t *first = free_ns;
	for (int c = 1; c < n; c++)
		if (free_ns[c] < *first)
			first = &free_ns[c];
	return first;
}

static void starts_are_those_of_the_workloads(void **state)
{
	(void)state;
	uint64_t seed = (uint64_t)clock_now_ns();
	struct rng *rng = rng_new(seed, 1, RNG_TEST, 0);
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int round = 0; round < 200; round++) {
		struct world w;
		int64_t free_ns[MOST_CORES] = {0}, at_ns = 0;
		open_world(&w, 1 + (int)rng_below(rng, MOST_CORES), 1 + (int)rng_below(rng, 60));
		for (int i = 0; i < w.n; i++) {
			at_ns += (int64_t)rng_below(rng, 4) * NS_PER_MS; // ties: the lower UE
			add_task(&w, i, at_ns, (int)rng_below(rng, SUBTASKS));
		}
		live(&w);
		for (int i = 0; i < w.n; i++) {
			int64_t *core_ns = least(free_ns, w.cores);
			int64_t right = *core_ns > w.arrives_ns[i] ? *core_ns : w.arrives_ns[i];
			assert_true(w.start_ns[i] == right && w.end_ns[i] == right + w.service_ns[i]);
			*core_ns = w.end_ns[i];
		}
		close_world(&w);
	}
	rng_free(rng);
}

// Pollaczek and Khinchine: the mean wait is rho D / (2 (1 - rho)).
static void random_arrivals_wait_as_in_an_m_d_1_queue(void **state)
{
	(void)state;
	enum { N = 200000 };
	struct world w;
	uint64_t seed = (uint64_t)clock_now_ns();
	struct rng *rng = rng_new(seed, 1, RNG_TEST, 0);
	double rho = .6, sum_ns = 0, at_ns = 0, service = (double)(run_ns[0] + run_ns[1] + run_ns[2]);
	print_message("seed %llu\n", (unsigned long long)seed);
	open_world(&w, 1, N);
	for (int i = 0; i < N; i++) {
		at_ns += rng_exponential(rng, service / rho);
		add_task(&w, i, (int64_t)at_ns, 0);
	}
	live(&w);
	for (int i = 0; i < N; i++)
		sum_ns += (double)(w.start_ns[i] - w.arrives_ns[i]);
	double wait = sum_ns / N, right = rho * service / (2 * (1 - rho));
	if (wait < .9 * right || wait > 1.1 * right)
		fail_msg("the mean wait is %g ns, not %g", wait, right);
	close_world(&w);
	rng_free(rng);
}

static void who_is_forgotten_never_runs(void **state)
{
	(void)state;
	struct world w;
	open_world(&w, 1, 3);
	for (int i = 0; i < 3; i++) {
		add_task(&w, i, 0, 0);
		batcher_input(w.batcher, &w.task[i], 0);
	}
	batcher_forget(w.batcher, &w.task[1]);
	start_all(&w, 0);
	while (w.n_running > 0)
		end(&w, first_to_end(&w));
	assert_true(w.start_ns[0] == 0 && w.start_ns[1] == -1 && w.start_ns[2] == w.end_ns[0]);
	assert_true(batcher_idle(w.batcher));
	close_world(&w);
}

static void impossible_cores_are_refused(void **state)
{
	(void)state;
	for (int cores = -1; cores <= BATCH_MOST_CORES + 1; cores += cores < 0 ? 1 : BATCH_MOST_CORES + 1) {
		const struct batching batching = {.mode = BATCH_ON_CORES, .cores = cores};
		assert_null(batcher_new(&batching, duration, NULL));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(starts_are_those_of_the_workloads),
	    cmocka_unit_test(random_arrivals_wait_as_in_an_m_d_1_queue),
	    cmocka_unit_test(who_is_forgotten_never_runs),
	    cmocka_unit_test(impossible_cores_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
