// SPDX-License-Identifier: BSD-3-Clause
#include "edge/desk/served.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/message.h"

int served_network(struct snapshot_network *out, double *result_bytes, const struct network *net,
		   const struct profile *p, struct err *err)
{
	int n = net->n_subtasks;
	if (p->n_subtasks != n || strcmp(p->network, net->name) != 0)
		return err_set(err, EINVAL, "the profile is of %s with %d sub-tasks: %s has %d", p->network,
			       p->n_subtasks, net->name, n);
	double *work = calloc((size_t)n + FEATURES_COUNT * ((size_t)n + 1), sizeof(*work));
	if (!work)
		return err_set(err, ENOMEM, "no memory");
	double *bits = work + n;
	for (int k = 0; k < n; k++)
		work[k] = network_work_flop(net, k);
	for (int f = 0; f < FEATURES_COUNT; f++)
		for (int k = 0; k <= n; k++)
			bits[f * (n + 1) + k] = 8 * (double)features_cut_bytes(net, k, (enum features)f);
	*out = (struct snapshot_network){.n_subtasks = n,
					 .work_flop = work,
					 .cut_bits = bits,
					 .max_batch = p->max_batch,
					 .batch_s = p->p95_s};
	snprintf(out->name, sizeof(out->name), "%s", net->name);
	*result_bytes = MESSAGE_RESULT_SIZE + (double)network_cut_values(net, n) * sizeof(float);
	return 0;
}

void served_network_free(struct snapshot_network *served)
{
	free((void *)served->work_flop);
	served->work_flop = NULL;
}
