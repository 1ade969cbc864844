// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "edge/policy/pipeline/scheme_private.h"

static const struct {
	const char *name;
	pipeline_scheme *scheme;
} schemes[] = {
    {"jps", pipeline_jps},
    {"jps-plus", pipeline_jps_plus},
    {"jps-hetero", pipeline_jps_hetero},
    {"layer-schedule", pipeline_layer_schedule},
    {"local-only", pipeline_local_only},
    {"cloud-only", pipeline_cloud_only},
    {"partition-only", pipeline_partition_only},
    {"schedule-only", pipeline_schedule_only},
};

pipeline_scheme *pipeline_find(const char *name)
{
	size_t length = strcspn(name, ":");
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strlen(schemes[i].name) == length && strncmp(schemes[i].name, name, length) == 0)
			return schemes[i].scheme;
	return NULL;
}

void pipeline_free(struct pipeline *out)
{
	free(out->runs);
	*out = (struct pipeline){0};
}

int pipeline_reserve(struct pipeline *out, int n_runs, struct err *err)
{
	if (n_runs <= out->capacity)
		return 0;
	struct job_run *runs = realloc(out->runs, (size_t)n_runs * sizeof(*runs));
	if (!runs)
		return err_set(err, ENOMEM, "no memory for %d runs of equal jobs", n_runs);
	out->runs = runs;
	out->capacity = n_runs;
	return 0;
}

void pipeline_add(struct pipeline *out, const struct job_run *run)
{
	if (run->n > 0)
		out->runs[out->n_runs++] = *run;
}

struct job_run pipeline_run(const struct chain types[], int type, int cut, int n)
{
	const struct chain *t = &types[type];
	return (struct job_run){.type = type,
				.cut = cut,
				.n = n,
				.each = {.device_s = t->device_s[cut],
					 .upload_s = t->upload_s[cut],
					 .server_s = t->server_s ? t->server_s[cut] : 0}};
}

int pipeline_blocks(const struct chain *type, int cuts[])
{
	int n = 0;
	double least_s = INFINITY;
	for (int l = 0; l < type->n_cuts; l++) {
		if (!(type->upload_s[l] < least_s))
			continue;
		least_s = type->upload_s[l];
		while (n > 0 && type->device_s[cuts[n - 1]] > type->device_s[l])
			n--; // a device's table that falls
		cuts[n++] = l;
	}
	return n;
}

int pipeline_cuts(const struct chain *type, int cuts[])
{
	int n = 0;
	if (!type->server_s)
		return pipeline_blocks(type, cuts);
	for (int l = 0; l < type->n_cuts; l++)
		if (!isinf(type->upload_s[l]))
			cuts[n++] = l;
	return n;
}

bool pipeline_shorter(double a_s, double b_s)
{
	return a_s < b_s * (1 - 1e-12);
}
