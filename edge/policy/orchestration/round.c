// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/orchestration/round_private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include "edge/policy/order.h"

static double server_run_s(const struct snapshot *s, int server, int network)
{
	double sum_s = 0;
	for (int n = 0; n < s->networks[network].n_subtasks; n++)
		sum_s += snapshot_server_batch_s(s, server, network, n, 1);
	return sum_s;
}

static double device_run_s(const struct snapshot *s, const struct snapshot_job *job, int network)
{
	const struct snapshot_network *net = &s->networks[network];
	double work_flop = 0;
	if (job->device_s)
		return job->device_s[network][net->n_subtasks];
	for (int n = 0; n < net->n_subtasks; n++)
		work_flop += net->work_flop[n];
	return device_time_s(work_flop, job->device.f_max_flops);
}

static int add_variant(struct orch_round *r, int k, int network, struct err *err)
{
	const struct snapshot_job *job = &r->snapshot->jobs[r->job[k]];
	struct orch_user *user = &r->users[k];
	double accuracy = r->snapshot->networks[network].accuracy;
	if (r->problem.threshold > 0 && accuracy <= 0)
		return err_set(err, EINVAL, "threshold is %g, and the accuracy of networks[%d] is not told",
			       r->problem.threshold, network);
	bool wanted = user->n_variants == 0 || (network != job->network && accuracy >= job->least_accuracy);
	if (!wanted || user->n_variants == ORCH_MAX_VARIANTS)
		return 0;
	int v = user->n_variants++;
	r->network[k][v] = network;
	user->accuracy[v] = accuracy;
	user->device_s[v] = device_run_s(r->snapshot, job, network);
	return 0;
}

static void set_ways(const struct snapshot *s, int m, struct orch_user *user)
{
	const struct snapshot_job *job = &s->jobs[m];
	double bits = snapshot_upload_bits(s, m)[0];
	user->device_free_s = fmax(job->release_s, job->device_free_s);
	user->up_s = job->rate_bps > 0
			 ? job->release_s + bits / job->rate_bps + job->uplink_delay_s + s->guard_s
			 : INFINITY;
	user->down_s = job->downlink_s;
	user->edge_s = server_run_s(s, 0, job->network);
	if (s->n_servers < 2)
		return;
	const struct snapshot_server *cloud = &s->servers[1];
	user->cloud_s = server_run_s(s, 1, job->network);
	user->wan_s = cloud->wan_bps > 0 ? bits / cloud->wan_bps : 0;
	user->wan_back_s = cloud->wan_delay_s + (cloud->wan_bps > 0 ? job->reply_bits / cloud->wan_bps : 0);
}

static int see_job(struct orch_round *r, int k, struct err *err)
{
	int m = r->job[k];
	const struct snapshot_job *job = &r->snapshot->jobs[m];
	for (int i = 0; job->device_id > 0 && i < m; i++)
		if (r->snapshot->jobs[i].device_id == job->device_id)
			return err_set(err, EINVAL,
				       "users[%d] and users[%d] share a device: orchestration takes jobs of "
				       "devices of their own",
				       i, m);
	set_ways(r->snapshot, m, &r->users[k]);
	int rc = add_variant(r, k, job->network, err);
	for (int i = 0; rc == 0 && i < job->n_variants; i++)
		rc = add_variant(r, k, job->variants[i], err);
	return rc;
}

static int see_node(const struct snapshot_server *server, int number, struct orch_node *node, struct err *err)
{
	if (server->cores > ORCH_MAX_CORES)
		return err_set(err, EINVAL, "servers[%d].cores is %d: orchestration takes up to %d", number,
			       server->cores, ORCH_MAX_CORES);
	double free_s = server->n_busy > 0 ? server->busy[server->n_busy - 1].end_s : server->free_s;
	node->cores = server->cores > 0 ? server->cores : 1;
	for (int c = 0; c < node->cores; c++)
		node->free_s[c] =
		    fmax(free_s, server->core_free_s && server->cores > 0 ? server->core_free_s[c] : 0);
	return 0;
}

static int see(struct orch_round *r, double threshold, struct err *err)
{
	const struct snapshot *s = r->snapshot;
	r->problem = (struct orch_problem){.threshold = threshold, .n_users = s->n_jobs, .users = r->users};
	int rc = see_node(&s->servers[0], 0, &r->problem.edge, err);
	if (rc == 0 && s->n_servers > 1) {
		rc = see_node(&s->servers[1], 1, &r->problem.cloud, err);
		r->problem.wan_delay_s = s->servers[1].wan_delay_s;
	}
	for (int k = 0; rc == 0 && k < s->n_jobs; k++)
		rc = see_job(r, k, err);
	return rc;
}

static int by_job(const void *a, const void *b, void *snapshot)
{
	return order_jobs(snapshot, *(const int *)a, *(const int *)b);
}

static int make_room(struct orch_round *r, struct err *err)
{
	size_t n = (size_t)r->snapshot->n_jobs + 1;
	r->job = calloc(n, sizeof(*r->job));
	r->users = calloc(n, sizeof(*r->users));
	r->network = calloc(n, sizeof(*r->network));
	r->action = calloc(n, sizeof(*r->action));
	r->start_s = calloc(n, sizeof(*r->start_s));
	if (!r->job || !r->users || !r->network || !r->action || !r->start_s)
		return err_set(err, ENOMEM, "no memory to orchestrate %d jobs", r->snapshot->n_jobs);
	for (int k = 0; k < r->snapshot->n_jobs; k++)
		r->job[k] = k;
	qsort_r(r->job, (size_t)r->snapshot->n_jobs, sizeof(*r->job), by_job, (void *)r->snapshot);
	return 0;
}

void orch_round_close(struct orch_round *r)
{
	free(r->job);
	free(r->users);
	free(r->network);
	free(r->action);
	free(r->start_s);
}

int orch_round_open(struct orch_round *r, const struct snapshot *snapshot, double threshold, struct err *err)
{
	*r = (struct orch_round){.snapshot = snapshot};
	int rc = make_room(r, err);
	return rc < 0 ? rc : see(r, threshold, err);
}
