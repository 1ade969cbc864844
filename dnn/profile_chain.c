// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/profile_chain_private.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dnn/samples.h"
#include "dnn/worker.h"

// Of a chain: the worker's wall time beyond its processor time, steal, and somebody waiting for a processor.
#define MOST_LOST .02
#define MOST_STEAL .02
#define MOST_PRESSURE .1
enum { SCENES = 4, ALIGNMENT = 64 };

struct chain {
	struct executor *executor;
	const struct network *network;
	struct worker *worker;
	void *wire[SCENES]; // inputs as they travel, which users take in turn
	float **cut;	    // [n_subtasks + 1] a matrix with a row for each user
	float *spare;	    // where padding's outputs go
	float *answers;	    // of an exit: a row for each user
	const float **in;   // [max_batch] of the job under way
	float **out, **answer;
};

// Its pages are there from now on.
static float *matrix(const struct network *net, int cut, int rows)
{
	size_t bytes = (size_t)network_cut_values(net, cut) * (size_t)rows * sizeof(float);
	float *m = aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
	if (m)
		memset(m, 0, bytes);
	return m;
}

static bool allocate(struct chain *c, int max_batch)
{
	const struct network *net = c->network;
	int n = net->n_subtasks;
	c->cut = calloc((size_t)n + 1, sizeof(*c->cut));
	c->in = calloc((size_t)max_batch, sizeof(*c->in));
	c->out = calloc((size_t)max_batch, sizeof(*c->out));
	c->answer = calloc((size_t)max_batch, sizeof(*c->answer));
	c->answers = matrix(net, n, max_batch);
	c->spare = calloc((size_t)network_largest_cut(net, 0, n), sizeof(float));
	bool good = c->cut && c->in && c->out && c->answer && c->answers && c->spare;
	for (int i = 0; good && i <= n; i++)
		good = (c->cut[i] = matrix(net, i, max_batch));
	for (int i = 0; good && i < SCENES; i++) {
		c->wire[i] = malloc((size_t)network_cut_bits(net, 0) / 8);
		good = c->wire[i] && samples_draw_input(net, 1, i, c->wire[i]) == 0;
	}
	return good;
}

int chain_open(struct chain **out, struct executor *e, const struct network *net, int max_batch,
	       struct err *err)
{
	struct chain *c = *out = calloc(1, sizeof(*c));
	if (!c)
		return err_set(err, ENOMEM, "no memory");
	c->executor = e;
	c->network = net;
	int r = allocate(c, max_batch) ? 0
				       : err_set(err, ENOMEM, "no memory for the tensors of %d users of %s",
						 max_batch, net->name);
	r = r < 0 ? r : worker_start(&c->worker, err);
	if (r < 0) {
		chain_close(c);
		*out = NULL;
	}
	return r;
}

void chain_close(struct chain *c)
{
	if (!c)
		return;
	worker_stop(c->worker);
	for (int i = 0; c->cut && i <= c->network->n_subtasks; i++)
		free(c->cut[i]);
	for (int i = 0; i < SCENES; i++)
		free(c->wire[i]);
	free(c->cut);
	free(c->in);
	free(c->out);
	free(c->answer);
	free(c->answers);
	free(c->spare);
	free(c);
}

static float *row(const struct chain *c, int cut, int user)
{
	return c->cut[cut] + (int64_t)user * network_cut_values(c->network, cut);
}

static struct worker_job *wait_for(struct worker *w)
{
	struct worker_job *job;
	struct pollfd fd = {.fd = worker_fd(w), .events = POLLIN};
	while (!(job = worker_finished(w)))
		poll(&fd, 1, -1);
	return job;
}

// Whether a batch of sub-task n may have been left already.
static bool is_behind_exit(const struct network *net, int n)
{
	return net->n_exits > 0 && n >= net->exit_subtasks[0];
}

static int run_subtask(struct chain *c, int n, int b, int as, struct err *err)
{
	const struct network *net = c->network;
	bool apart = is_behind_exit(net, n); // then the users come in the opposite order
	for (int i = 0; i < as; i++) {
		int user = i >= b ? b - 1 : apart ? b - 1 - i : i;
		c->in[i] = row(c, n, user);
		c->out[i] = i < b ? row(c, n + 1, user) : c->spare;
	}
	for (int i = 0; i < b; i++)
		c->answer[i] = c->answers + (int64_t)i * network_cut_values(net, net->n_subtasks);
	struct worker_job job = {
	    .executor = c->executor, .subtask = n, .batch = as, .in = c->in, .out = c->out};
	if (network_exit_at(net, n + 1))
		job.leavers = (struct executor_leavers){b, (const float *const *)c->out, c->answer};
	worker_submit(c->worker, &job);
	wait_for(c->worker);
	if (job.result < 0 && err)
		*err = job.err;
	return job.result;
}

int chain_run(struct chain *c, int b, const int *runs_as, int64_t *ns, struct chain_evidence *evidence,
	      struct err *err)
{
	for (int i = 0; i < b; i++)
		network_input_from_wire(c->network, c->wire[i % SCENES], row(c, 0, i));
	struct worker_times before = worker_times(c->worker);
	evidence->since = disturbance_now();
	int64_t start = clock_now_ns();
	int r = 0;
	for (int n = 0; r == 0 && n < c->network->n_subtasks; n++) {
		r = run_subtask(c, n, b, runs_as ? runs_as[n] : b, err);
		int64_t end = clock_now_ns();
		ns[n] = end - start;
		start = end;
	}
	evidence->until = disturbance_now();
	struct worker_times after = worker_times(c->worker);
	evidence->busy_ns = after.busy_ns - before.busy_ns;
	evidence->cpu_ns = after.cpu_ns - before.cpu_ns;
	evidence->preempted = after.preempted - before.preempted;
	return r;
}

bool chain_was_undisturbed(const struct chain_evidence *e)
{
	double lost = 1 - (double)e->cpu_ns / (double)e->busy_ns;
	double pressure = disturbance_pressure(&e->since, &e->until);
	// An executor that waits by itself (for a GPU) loses time, too, but nobody takes the processor from
	// it.
	return !(e->preempted > 0 && lost > MOST_LOST) &&
	       disturbance_steal(&e->since, &e->until) <= MOST_STEAL && !(pressure > MOST_PRESSURE);
}
