// SPDX-License-Identifier: BSD-3-Clause
// Jobs of further servers, and when the cores of all servers are free: each serves first come first served,
// so what is planned and what is through say it.
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "edge/desk/desk_private.h"
#include "edge/desk/served.h"

static int cores_of(const struct desk *d, int server)
{
	if (server > 0)
		return d->config.servers[server - 1].cores;
	return d->config.batching.mode == BATCH_ON_CORES ? d->config.batching.cores : 0;
}

static int64_t *first_free(struct round_cores *cores, int n)
{
	int64_t *first = cores->free_ns;
	for (int c = 1; c < n; c++)
		if (cores->free_ns[c] < *first)
			first = &cores->free_ns[c];
	return first;
}

void desk_see_run(struct desk *d, int server, int64_t start_ns, int64_t end_ns)
{
	int n = cores_of(d, server);
	int64_t *core_ns = n > 0 ? first_free(&d->known[server], n) : NULL;
	if (core_ns && *core_ns <= start_ns && *core_ns < end_ns)
		*core_ns = end_ns;
}

static bool is_to_be_served(const struct desk_job *job, int server)
{
	bool is_open = job->state == DESK_PLANNED || job->state == DESK_BATCHING || job->state == DESK_AWAY;
	return is_open && job->batch.server == server && job->runs_ns > 0;
}

static int by_input(const void *a, const void *b)
{
	const struct desk_job *x = *(struct desk_job *const *)a, *y = *(struct desk_job *const *)b;
	if (x->input_ns != y->input_ns)
		return x->input_ns < y->input_ns ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int list_jobs(struct desk *d, int server, int64_t now_ns)
{
	int n = 0;
	for (int ue = 0; ue < d->config.n_ues; ue++)
		for (struct desk_job *job = d->ues[ue].jobs; job; job = job->next) {
			if (!is_to_be_served(job, server))
				continue;
			if (job->state == DESK_PLANNED && job->input_ns < now_ns)
				job->input_ns = now_ns; // it is late
			d->to_serve[n++] = job;
		}
	if (n > 1)
		qsort(d->to_serve, (size_t)n, sizeof(struct desk_job *), by_input);
	return n;
}

static void forecast(struct desk *d, int server, int64_t now_ns)
{
	int cores = cores_of(d, server);
	struct round_cores *free = &d->cores[server];
	if (cores == 0)
		return;
	*free = d->known[server];
	int n = list_jobs(d, server, now_ns);
	for (int i = 0; i < n; i++) {
		int64_t *core_ns = first_free(free, cores), input_ns = d->to_serve[i]->input_ns;
		*core_ns = (*core_ns > input_ns ? *core_ns : input_ns) + d->to_serve[i]->runs_ns;
	}
}

void desk_forecast(struct desk *d, int64_t now_ns)
{
	for (int server = 0; server <= d->config.n_servers; server++)
		forecast(d, server, now_ns);
}

static int64_t run_ns(const struct desk *d, const struct batch_task *task)
{
	const struct round_networks *networks = &d->networks;
	const struct snapshot_network *net = &networks->networks[task->network];
	const double *table = task->server > 0 && networks->server_batch_s
				  ? networks->server_batch_s[task->server - 1][task->network]
				  : net->batch_s;
	double sum_s = 0;
	for (int n = task->next; n < task->n_subtasks; n++)
		sum_s += snapshot_table_batch_s(net, table, n, 1);
	return s_to_ns(sum_s);
}

void desk_expect_run(struct desk *d, struct desk_job *job)
{
	job->input_ns = job->plan.upload_end_ns;
	job->runs_ns = cores_of(d, job->batch.server) > 0 ? run_ns(d, &job->batch) : 0;
}

double desk_tensor_bits(const struct desk *d, const struct desk_job *job)
{
	const struct edge_ue *ue = &d->config.ues[job->request.ue];
	const double *bits = ue->upload_bits
				 ? ue->upload_bits
				 : served_upload_bits(&d->networks.networks[ue->network], ue->features);
	return bits[job->plan.cut];
}

static int64_t wan_ns(const struct desk *d, const struct desk_job *job)
{
	const struct edge_server *server = &d->config.servers[job->batch.server - 1];
	return s_to_ns(desk_tensor_bits(d, job) / server->wan_bps + server->wan_delay_s);
}

void desk_forward(struct desk *d, struct desk_job *job, int64_t now_ns)
{
	int64_t earliest_ns = now_ns + wan_ns(d, job);
	job->state = DESK_AWAY;
	if (job->input_ns < earliest_ns)
		job->input_ns = earliest_ns;
	d->n_away++;
	desk_push(d, &(struct desk_action){.kind = DESK_TELL_SERVER, .job = job});
	desk_push(d, &(struct desk_action){.kind = DESK_FORWARD, .job = job});
}

int desk_served(struct desk *d, const struct desk_event *e, struct err *err)
{
	int ue = e->served.ue, server = e->served.server;
	const struct message_result *result = &e->served.result;
	if (server < 1 || server > d->config.n_servers || ue < 0 || ue >= d->config.n_ues)
		return err_set(err, EPROTO, "a result of ue%lld from server %d: this run has no such one",
			       (long long)ue + 1, server);
	struct desk_job *job = desk_find(d, ue, e->served.number);
	if (!job && e->served.number > d->ues[ue].last_number)
		return err_set(err, EPROTO, "a result of task %u, which ue%d has not asked for",
			       e->served.number, ue + 1);
	if (job && (job->state != DESK_AWAY || job->batch.server != server))
		return err_set(err, EPROTO, "a result of task %u from server %d, which does not have it",
			       e->served.number, server);
	desk_see_run(d, server, result->batch_start_ns, result->batch_end_ns);
	if (!job)
		return 0; // its UE was lost
	job->result = *result;
	job->last_batch = e->served.batch;
	d->n_away--;
	desk_push(d, &(struct desk_action){.kind = DESK_SEND_RESULT, .job = job});
	desk_end_job(d, job);
	return 0;
}
