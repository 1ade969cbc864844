// SPDX-License-Identifier: BSD-3-Clause
// What the schemes are measured against: one cut for each type, jobs first in first out.
#include <math.h>
#include "edge/policy/pipeline/scheme_private.h"

// A cut for all jobs of a type.
typedef int pick_fn(const struct chain *type);

static int one_cut_each(const struct chain types[], int n_types, pick_fn *pick, struct pipeline *out,
			struct err *err)
{
	int rc = pipeline_reserve(out, n_types, err);
	out->n_runs = 0;
	for (int i = 0; i < n_types && rc == 0; i++) {
		struct job_run run = pipeline_run(types, i, pick(&types[i]), types[i].jobs);
		pipeline_add(out, &run);
	}
	out->makespan_s = rc == 0 ? flow_shop_makespan_s(out->runs, out->n_runs) : 0;
	return rc;
}

static int all_layers(const struct chain *type)
{
	return type->n_cuts - 1;
}

// What cannot be sent stays here.
static int no_layer(const struct chain *type)
{
	return isinf(type->upload_s[0]) ? all_layers(type) : 0;
}

static double alone_s(const struct chain *type, int cut)
{
	return type->device_s[cut] + type->upload_s[cut] + (type->server_s ? type->server_s[cut] : 0);
}

static int best_alone(const struct chain *type)
{
	int best = 0;
	for (int l = 1; l < type->n_cuts; l++)
		if (alone_s(type, l) < alone_s(type, best))
			best = l;
	return best;
}

int pipeline_local_only(const struct chain types[], int n_types, struct pipeline *out, struct err *err)
{
	return one_cut_each(types, n_types, all_layers, out, err);
}

int pipeline_cloud_only(const struct chain types[], int n_types, struct pipeline *out, struct err *err)
{
	return one_cut_each(types, n_types, no_layer, out, err);
}

int pipeline_partition_only(const struct chain types[], int n_types, struct pipeline *out, struct err *err)
{
	return one_cut_each(types, n_types, best_alone, out, err);
}
