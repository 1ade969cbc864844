// SPDX-License-Identifier: BSD-3-Clause
#include "edge/desk/served.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/message.h"

static void take_exits(struct snapshot_network *out, const struct network *net, double *accuracy)
{
	size_t n = (size_t)net->n_exits;
	int *subtasks = (int *)(accuracy + n);
	if (n == 0)
		return;
	memcpy(subtasks, net->exit_subtasks, n * sizeof(*subtasks));
	out->n_exits = net->n_exits;
	out->exit_subtasks = subtasks;
	if (!net->exit_accuracy)
		return;
	memcpy(accuracy, net->exit_accuracy, n * sizeof(*accuracy));
	out->exit_accuracy = accuracy;
}

// more: doubles behind what it needs itself, at *rest.
static int fill(struct snapshot_network *out, double *result_bytes, const struct network *net, size_t more,
		double **rest, struct err *err)
{
	int n = net->n_subtasks;
	size_t n_bits = FEATURES_COUNT * ((size_t)n + 1), n_exits = (size_t)net->n_exits;
	// an exit's sub-task fits a double
	double *work = calloc((size_t)n + n_bits + 2 * n_exits + more, sizeof(*work));
	if (!work)
		return err_set(err, ENOMEM, "no memory");
	double *bits = work + n;
	for (int k = 0; k < n; k++)
		work[k] = network_work_flop(net, k);
	for (int f = 0; f < FEATURES_COUNT; f++)
		for (int k = 0; k <= n; k++)
			bits[f * (n + 1) + k] = 8 * (double)features_cut_bytes(net, k, (enum features)f);
	*out = (struct snapshot_network){
	    .n_subtasks = n, .work_flop = work, .cut_bits = bits, .accuracy = net->accuracy};
	take_exits(out, net, bits + n_bits);
	snprintf(out->name, sizeof(out->name), "%s", net->name);
	*result_bytes = MESSAGE_RESULT_SIZE + (double)network_cut_values(net, n) * sizeof(float);
	*rest = bits + n_bits + 2 * n_exits;
	return 0;
}

int served_network(struct snapshot_network *out, double *result_bytes, const struct network *net,
		   const struct profile *p, struct err *err)
{
	double *unused;
	if (p->n_subtasks != net->n_subtasks || strcmp(p->network, net->name) != 0)
		return err_set(err, EINVAL, "the profile is of %s with %d sub-tasks: %s has %d", p->network,
			       p->n_subtasks, net->name, net->n_subtasks);
	int r = fill(out, result_bytes, net, 0, &unused, err);
	if (r < 0)
		return r;
	out->max_batch = p->max_batch;
	out->batch_s = p->p95_s;
	return 0;
}

int served_variant(struct snapshot_network *out, double *result_bytes, const struct network *net,
		   const struct snapshot_network *like, struct err *err)
{
	size_t n = (size_t)net->n_subtasks, most = (size_t)like->max_batch;
	double *table, alone_s = 0, work_flop = 0;
	int r = fill(out, result_bytes, net, n * most, &table, err);
	if (r < 0)
		return r;
	for (int k = 0; k < like->n_subtasks; k++) {
		alone_s += snapshot_batch_s(like, k, 1);
		work_flop += like->work_flop[k];
	}
	for (size_t k = 0; k < n; k++)
		for (size_t b = 0; b < most; b++)
			table[k * most + b] =
			    work_flop > 0 ? alone_s * out->work_flop[k] / work_flop : alone_s;
	out->max_batch = like->max_batch;
	out->batch_s = table;
	return 0;
}

void served_network_free(struct snapshot_network *served)
{
	free((void *)served->work_flop);
	served->work_flop = NULL;
}

double *served_table(const struct snapshot_network *served, const struct profile *profile, const double *of,
		     double speed)
{
	struct snapshot_network net = *served;
	size_t n = (size_t)served->n_subtasks, most = (size_t)served->max_batch;
	double *table = malloc(n * most * sizeof(*table));
	net.max_batch = profile->max_batch;
	for (size_t k = 0; table && k < n; k++)
		for (size_t b = 1; b <= most; b++)
			table[k * most + b - 1] = snapshot_table_batch_s(&net, of, (int)k, (int)b) / speed;
	return table;
}
