// SPDX-License-Identifier: BSD-3-Clause
// The layer-level schedule of chain jobs: the cuts of jps-hetero, and the layers that then run on the device
// as a forest of chains, whose last layer alone is sent. Equal jobs have equal chains, so one of each run is
// ordered. On chains it gives Johnson's makespan; tree.h is what it is for.
#include <errno.h>
#include <stdlib.h>
#include "edge/policy/pipeline/scheme_private.h"
#include "edge/policy/pipeline/tree.h"

struct layers {
	int n;
	int *parent, *run, *order; // [n]; run: whose it is when it is the last of its chain, else -1
	double *device_s, *upload_s;
};

static void add_chain(const struct chain types[], const struct job_run *run, int index, struct layers *out)
{
	const double *f = types[run->type].device_s;
	for (int l = 0; l <= run->cut; l++) {
		int i = out->n++;
		out->parent[i] = l == 0 ? -1 : i - 1;
		out->run[i] = l == run->cut ? index : -1;
		out->device_s[i] = l == 0 ? f[0] : f[l] - f[l - 1];
		out->upload_s[i] = l == run->cut ? run->each.upload_s : 0;
	}
}

static int open_layers(struct layers *out, const struct chain types[], const struct pipeline *cuts,
		       struct err *err)
{
	size_t n = 1;
	for (int i = 0; i < cuts->n_runs; i++)
		n += (size_t)cuts->runs[i].cut + 1;
	out->parent = calloc(n, sizeof(*out->parent));
	out->run = calloc(n, sizeof(*out->run));
	out->order = calloc(n, sizeof(*out->order));
	out->device_s = calloc(n, sizeof(*out->device_s));
	out->upload_s = calloc(n, sizeof(*out->upload_s));
	if (!out->parent || !out->run || !out->order || !out->device_s || !out->upload_s)
		return err_set(err, ENOMEM, "no memory to order %zu layers", n);
	for (int i = 0; i < cuts->n_runs; i++)
		add_chain(types, &cuts->runs[i], i, out);
	return 0;
}

static void close_layers(struct layers *layers)
{
	free(layers->parent);
	free(layers->run);
	free(layers->order);
	free(layers->device_s);
	free(layers->upload_s);
}

// The runs in the order in which their chains end.
static int put_in_order(const struct layers *layers, struct pipeline *out, struct err *err)
{
	struct pipeline ordered = {0};
	int rc = pipeline_reserve(&ordered, out->n_runs, err);
	for (int i = 0; i < layers->n && rc == 0; i++) {
		int run = layers->run[layers->order[i]];
		if (run >= 0)
			pipeline_add(&ordered, &out->runs[run]);
	}
	if (rc == 0) {
		ordered.makespan_s = flow_shop_makespan_s(ordered.runs, ordered.n_runs);
		pipeline_free(out);
		*out = ordered;
	}
	return rc;
}

int pipeline_layer_schedule(const struct chain types[], int n_types, struct pipeline *out, struct err *err)
{
	struct layers layers = {0};
	double makespan_s;
	int rc = pipeline_jps_hetero(types, n_types, out, err);
	rc = rc ? rc : open_layers(&layers, types, out, err);
	rc = rc ? rc
		: tree_schedule(layers.parent, layers.device_s, layers.upload_s, layers.n, TREE_OUT,
				layers.order, &makespan_s, err);
	rc = rc ? rc : put_in_order(&layers, out, err);
	close_layers(&layers);
	return rc;
}
