// SPDX-License-Identifier: BSD-3-Clause
#include "setup/emulated.h"

#include <errno.h>

int emulated_check(const struct topology *t, struct err *err)
{
	if (t->n_servers > 0)
		return err_set(
		    err, EINVAL,
		    "%s: servers beyond the edge are there in virtual time only: use `airbatch sim`, or "
		    "set servers.count=0",
		    t->name);
	if (t->edge.batching.mode == BATCHING_CORES && t->edge.cores > 1)
		return err_set(
		    err, EINVAL,
		    "%s: %d cores of the edge are there in virtual time only: use `airbatch sim`, or set "
		    "edge.cores=1",
		    t->name, t->edge.cores);
	if (t->variants[0])
		return err_set(
		    err, EINVAL,
		    "%s: variants of networks are there in virtual time only: use `airbatch sim`, or set "
		    "ues.variants=none",
		    t->name);
	for (int i = 0; i < t->n_ues; i++)
		if (t->ue[i].input_bytes > 0)
			return err_set(
			    err, EINVAL,
			    "%s: ue%d: inputs of a stated size are there in virtual time only: use "
			    "`airbatch sim`, or set ues.input=0B",
			    t->name, i + 1);
	return 0;
}
