// SPDX-License-Identifier: BSD-3-Clause
// What a decision of the batcher costs while 100 sub-tasks wait, in each mode; beside it the plainest thing
// that could work, a scan of an array of the same tasks for the one that is due first and for those at its
// sub-task. The limit is 10 us.
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/quantile.h"
#include "base/rng.h"
#include "edge/desk/batcher.h"

#define LIMIT_NS 10000.

enum { WAITING = 100, SUBTASKS = 9, SIZE = 8, ROUNDS = 2000, ASKED = 64, TASKS = WAITING };

static int64_t duration(int network, int subtask, int batch, void *user)
{
	(void)network;
	(void)subtask;
	(void)user;
	return (300 + 30 * batch) * NS_PER_US;
}

// Tasks whose inputs are there, at random sub-tasks with random deadlines, far enough away that batches by
// deadline are laid out to the last and wait.
static void draw(struct batch_task task[], struct rng *rng, int64_t due_from_ns)
{
	for (int i = 0; i < TASKS; i++)
		task[i] = (struct batch_task){.n_subtasks = SUBTASKS,
					      .next = (int)rng_below(rng, SUBTASKS),
					      .due_ns = due_from_ns + (int64_t)rng_below(rng, NS_PER_S)};
}

static struct batcher *fill(enum batch_mode mode, int size, struct batch_task task[])
{
	struct batching batching = {
	    .mode = mode, .size = size, .timer_ns = NS_PER_S, .patience_ns = NS_PER_S, .cores = 1};
	struct batcher *b = batcher_new(&batching, duration, NULL);
	if (!b)
		exit(1);
	for (int i = 0; i < TASKS; i++) {
		struct batch_task *member[] = {&task[i]};
		struct booking booking = {.subtask = task[i].next,
					  .gpu_shares = 1,
					  .edge_freq = 1,
					  .start_ns = 100 * NS_PER_S + i,
					  .duration_ns = NS_PER_MS};
		uint32_t id;
		if (batcher_expect(b, &task[i]) < 0 ||
		    (mode == BATCH_AS_PLANNED && batcher_book(b, &booking, member, 1, &id) < 0))
			exit(1);
		batcher_input(b, &task[i], i);
	}
	return b;
}

// One question whose answer is "not yet", and one that starts a batch, ns each.
static void measure(enum batch_mode mode, struct rng *rng, double *wait_ns, double *start_ns)
{
	struct batch_task task[TASKS];
	int64_t wake, now = TASKS;
	draw(task, rng, 100 * NS_PER_S);
	// By size the drained are started when asked, on cores whoever is first: only a start is measured
	// there.
	bool waits = mode != BATCH_BY_SIZE && mode != BATCH_ON_CORES;
	struct batcher *b = fill(mode, 2 * WAITING, task);
	int64_t before = clock_now_ns();
	for (int i = 0; i < ASKED && waits; i++)
		if (batcher_next(b, now, &wake))
			exit(1);
	*wait_ns = (double)(clock_now_ns() - before) / ASKED;
	batcher_free(b);

	draw(task, rng, 0);
	b = fill(mode, SIZE, task);
	before = clock_now_ns();
	const struct batch *batch = batcher_next(b, 200 * NS_PER_S, &wake);
	*start_ns = (double)(clock_now_ns() - before);
	if (!batch)
		exit(1);
	batcher_done(b, batch, 200 * NS_PER_S);
	batcher_free(b);
}

// The peer: how many it would batch, so that the work is not optimised away.
static int scan(const struct batch_task task[], int64_t now)
{
	const struct batch_task *first = NULL;
	int n = 0;
	for (int i = 0; i < TASKS; i++)
		if (task[i].present && !task[i].running && (!first || task[i].due_ns < first->due_ns))
			first = &task[i];
	for (int i = 0; first && i < TASKS && n < SIZE; i++)
		n += task[i].present && !task[i].running && task[i].network == first->network &&
		     task[i].next == first->next;
	return first && first->due_ns - duration(0, first->next, n, NULL) <= now ? n : 0;
}

static double measure_scan(struct rng *rng, int *sum)
{
	struct batch_task task[TASKS];
	draw(task, rng, 0);
	for (int i = 0; i < TASKS; i++)
		task[i].present = true;
	int64_t before = clock_now_ns();
	for (int i = 0; i < ASKED; i++)
		*sum += scan(task, i);
	return (double)(clock_now_ns() - before) / ASKED;
}

int main(void)
{
	static double wait_ns[ROUNDS], start_ns[ROUNDS], peer_ns[ROUNDS];
	struct rng *rng = rng_new(1, 0, RNG_TEST, 0);
	int sum = 0;
	bool good = true;
	for (int i = 0; i < ROUNDS; i++)
		peer_ns[i] = measure_scan(rng, &sum);
	double peer = quantile(peer_ns, ROUNDS, .5);
	printf("%d sub-tasks wait; a plain scan takes %.0f ns (%d batched)\n", WAITING, peer, sum);
	for (int mode = 0; batch_mode_names[mode]; mode++) {
		for (int i = 0; i < ROUNDS; i++)
			measure((enum batch_mode)mode, rng, &wait_ns[i], &start_ns[i]);
		double wait = quantile(wait_ns, ROUNDS, .5), start = quantile(start_ns, ROUNDS, .5),
		       worst = quantile(start_ns, ROUNDS, .99);
		double most = wait > worst ? wait : worst;
		printf(
		    "by %-8s: not yet %5.0f ns, start %5.0f ns (p99 %5.0f); %.3f of the limit of 10 us, %.1f "
		    "times the scan\n",
		    batch_mode_names[mode], wait, start, worst, most / LIMIT_NS,
		    (wait > start ? wait : start) / peer);
		good = good && most < LIMIT_NS;
	}
	rng_free(rng);
	return good ? 0 : 1;
}
