// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/executor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/nearest.h"
#include "dnn/backend_private.h"

static const struct backend *const backends[] = {&cpu_backend, &replay_backend};
enum { N_BACKENDS = sizeof(backends) / sizeof(backends[0]) };

static const char *const names[] = {"cpu", "replay", "cuda", "cuda-fp16", NULL};

const char *executor_backend(int i)
{
	return i >= 0 && i < (int)(sizeof(names) / sizeof(names[0])) ? names[i] : NULL;
}

double executor_tolerance(const char *backend)
{
	return strcmp(backend, "cuda-fp16") == 0 ? 1e-2 : 1e-4;
}

static int refuse_backend(const char *name, struct err *err)
{
	char list[128] = "";
	for (int i = 0; names[i]; i++) {
		size_t n = strlen(list);
		snprintf(list + n, sizeof(list) - n, "%s%s", n ? ", " : "", names[i]);
	}
	char near[80];
	struct nearest nearest = nearest_to(name);
	nearest_offer_all(&nearest, names);
	return err_set(err, ENOENT, "there is no executor '%s': there are %s%s", name, list,
		       nearest_text(&nearest, near, sizeof(near)));
}

// Built in, or the plug-in's. NULL and a sentence.
static const struct backend *find_backend(const char *name, struct err *err)
{
	for (size_t i = 0; i < N_BACKENDS; i++)
		if (strcmp(backends[i]->name, name) == 0)
			return backends[i];
	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return plugin_backend(name, err);
	refuse_backend(name, err);
	return NULL;
}

// For tests: $AIRBATCH_STRETCH=3 is a processor that computes a third as fast. The description says so, and
// with it every profile, cache and summary.
static double stretch(void)
{
	static double times;
	const char *text = times == 0 ? getenv("AIRBATCH_STRETCH") : NULL;
	if (times == 0)
		times = text ? atof(text) : 1;
	return times;
}

static void note_stretch(struct executor *e)
{
	size_t n = strlen(e->description);
	if (!e->modelled && stretch() > 1)
		snprintf(e->description + n, sizeof(e->description) - n, ", stretched %g times", stretch());
}

static void hold(const struct executor *e, int64_t start_ns)
{
	if (e->modelled || stretch() <= 1)
		return;
	int64_t end_ns = start_ns + (int64_t)((double)(clock_now_ns() - start_ns) * stretch());
	while (clock_now_ns() < end_ns)
		continue;
}

int executor_open(struct executor **out, const char *backend, const struct network *net,
		  const struct executor_options *options, struct err *err)
{
	*out = NULL;
	const struct backend *found = find_backend(backend, err);
	if (!found)
		return -ENOENT;
	int r = found->open(out, net, options, err);
	if (r < 0)
		return r;
	(*out)->backend = found;
	note_stretch(*out);
	return 0;
}

void executor_close(struct executor *e)
{
	if (e)
		e->backend->close(e);
}

static int check_batch(int batch, struct err *err)
{
	if (batch < 1 || batch > EXECUTOR_MAX_BATCH)
		return err_set(err, EINVAL, "a batch of %d: it must be 1 to %d", batch, EXECUTOR_MAX_BATCH);
	return 0;
}

int executor_prepare(struct executor *e, int max_batch, struct err *err)
{
	int r = check_batch(max_batch, err);
	return r < 0 ? r : e->backend->prepare(e, max_batch, err);
}

int executor_run(struct executor *e, int n, int batch, const float *const in[], float *const out[],
		 int64_t *run_ns, struct err *err)
{
	int64_t start = clock_now_ns();
	if (n < 0 || n >= network_parts(e->network))
		return err_set(err, EINVAL, "there is no sub-task %d: %s has 0 to %d", n, e->network->name,
			       network_parts(e->network) - 1);
	int r = check_batch(batch, err);
	if (r == 0)
		r = e->backend->run(e, n, batch, in, out, err);
	hold(e, start);
	if (run_ns)
		*run_ns = clock_now_ns() - start;
	return r;
}

int executor_run_block(struct executor *e, int n, int batch, const float *const in[], float *const out[],
		       const struct executor_leavers *leavers, int64_t *run_ns, struct err *err)
{
	const struct network *net = e->network;
	int64_t ns = 0, head_ns = 0;
	int exit = network_exit_at(net, n + 1);
	if (leavers->n > 0 && !exit)
		return err_set(err, EINVAL, "nobody can leave behind sub-task %d: %s has no exit there", n,
			       net->name);
	int r = executor_run(e, n, batch, in, out, &ns, err);
	if (r == 0 && leavers->n > 0)
		r = executor_run(e, network_head(net, exit), leavers->n, leavers->in, leavers->answer,
				 &head_ns, err);
	if (run_ns)
		*run_ns = ns + head_ns;
	return r;
}

int executor_run_range(struct executor *e, int from, int to, int batch, const float *const in[],
		       float *const out[], int64_t *run_ns, struct err *err)
{
	int64_t start = clock_now_ns();
	if (from < 0 || to > e->network->n_subtasks || from >= to)
		return err_set(err, EINVAL, "there are no sub-tasks %d to %d: %s has 0 to %d", from, to - 1,
			       e->network->name, e->network->n_subtasks - 1);
	int r = check_batch(batch, err);
	if (r == 0 && !e->backend->run_range)
		r = err_set(err, ENOTSUP, "%s runs one sub-task at a time", e->description);
	if (r == 0)
		r = e->backend->run_range(e, from, to, batch, in, out, err);
	hold(e, start);
	if (run_ns)
		*run_ns = clock_now_ns() - start;
	return r;
}

const char *executor_describe(const struct executor *e)
{
	return e->description;
}

bool executor_is_modelled(const struct executor *e)
{
	return e->modelled;
}

const char *executor_pci_bus_id(const struct executor *e)
{
	return e->pci_bus_id;
}
