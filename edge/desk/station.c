// SPDX-License-Identifier: BSD-3-Clause
#include "edge/desk/station.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct station_job {
	struct batch_task batch; // first: the members of a batch are jobs
	struct station_job *next;
	bool is_here; // its tensor is
	int64_t deadline_ns;
	struct message_plan plan;
	struct message_result result;
	uint32_t last_batch;
};

struct station {
	int server;
	const struct edge_config *config;
	const struct round_networks *networks;
	struct batcher *batcher;
	struct station_job *jobs;
	const struct batch *running[BATCH_MOST_CORES]; // NULL = that core is idle
	struct batch_record record;
	struct server_record totals;
	// What is left to be done: starts, then the note and the result of the last end.
	const struct batch *starts[BATCH_MOST_CORES];
	int n_starts;
	bool has_note;
	struct station_job *through;
};

static int64_t duration_ns(int network, int subtask, int batch, void *station)
{
	const struct station *s = station;
	const struct snapshot_network *net = &s->networks->networks[network];
	const double *table =
	    s->networks->server_batch_s ? s->networks->server_batch_s[s->server - 1][network] : net->batch_s;
	return s_to_ns(snapshot_table_batch_s(net, table, subtask, batch));
}

int station_open(struct station **out, int server, const struct edge_config *config,
		 const struct round_networks *networks, struct err *err)
{
	const struct edge_server *me = &config->servers[server - 1];
	const struct batching batching = {.mode = BATCH_ON_CORES,
					  .cores = me->cores,
					  .id_first = (uint32_t)server,
					  .id_step = (uint32_t)config->n_servers + 1};
	struct station *s = calloc(1, sizeof(*s));
	*out = s;
	if (!s)
		return err_set(err, ENOMEM, "no memory for server %s", me->name);
	s->server = server;
	s->config = config;
	s->networks = networks;
	s->totals = (struct server_record){.server = (uint32_t)server, .cores = (uint32_t)me->cores};
	s->batcher = batcher_new(&batching, duration_ns, s);
	if (s->batcher)
		return 0;
	int code = errno;
	station_close(s);
	*out = NULL;
	return err_set(err, code, "server %s with %d cores: 1 to %d are right", me->name, me->cores,
		       BATCH_MOST_CORES);
}

void station_close(struct station *s)
{
	if (!s)
		return;
	while (s->jobs) {
		struct station_job *job = s->jobs;
		s->jobs = job->next;
		free(job);
	}
	batcher_free(s->batcher);
	free(s);
}

static struct station_job *find(const struct station *s, const struct message_header *h)
{
	struct station_job *job = s->jobs;
	while (job && (job->batch.ue != h->ue || job->batch.id != h->task))
		job = job->next;
	return job;
}

static void forget(struct station *s, struct station_job *job)
{
	struct station_job **at = &s->jobs;
	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	free(job);
}

static int check_plan(const struct station *s, const struct message_header *h,
		      const struct message_plan *plan, struct err *err)
{
	if (h->ue < 1 || h->ue > (uint32_t)s->config->n_ues)
		return err_set(err, EPROTO, "a plan of ue%u: this run has ue1 to ue%d", h->ue,
			       s->config->n_ues);
	const struct snapshot_network *net = &s->networks->networks[s->config->ues[h->ue - 1].network];
	int whole = net->n_subtasks;
	uint32_t runs = plan->subtasks ? plan->subtasks : (uint32_t)whole;
	if (plan->server != (uint32_t)s->server || plan->cut >= runs || runs > (uint32_t)whole)
		return err_set(err, EPROTO,
			       "a plan for server %u with the cut %u of %u sub-tasks: this is server %d, and "
			       "the network has %d",
			       plan->server, plan->cut, runs, s->server, whole);
	if (plan->variant != 0 || plan->exit > (uint32_t)net->n_exits)
		return err_set(
		    err, EPROTO,
		    "a plan for variant %u with exit %u: servers run a task's own network, which has %d "
		    "exits",
		    plan->variant, plan->exit, net->n_exits);
	return find(s, h) ? err_set(err, EPROTO, "task %u of ue%u is here already", h->task, h->ue) : 0;
}

static uint32_t result_values(const struct station *s, int network)
{
	return (uint32_t)((s->networks->result_bytes[network] - MESSAGE_RESULT_SIZE) / sizeof(float));
}

static int take_plan(struct station *s, const struct message_header *h, const uint8_t *body, struct err *err)
{
	struct message_plan plan;
	int r = message_get_plan(body, h->body, &plan, err);
	r = r < 0 ? r : check_plan(s, h, &plan, err);
	if (r < 0)
		return r;
	struct station_job *job = calloc(1, sizeof(*job));
	if (!job)
		return err_set(err, ENOMEM, "no memory for a task of ue%u", h->ue);
	const struct round_request request = {.ue = (int)h->ue - 1, .deadline_ns = h->deadline_ns};
	job->batch = round_task(s->config, s->networks, &request, h->task, &plan);
	job->plan = plan;
	job->deadline_ns = h->deadline_ns;
	job->result =
	    (struct message_result){.batch_start_ns = -1, .n_values = result_values(s, job->batch.network)};
	job->next = s->jobs;
	s->jobs = job;
	return 0;
}

int station_message(struct station *s, const struct message_header *h, const uint8_t *body, int64_t now_ns,
		    struct err *err)
{
	if (h->type == MESSAGE_PLAN)
		return take_plan(s, h, body, err);
	struct station_job *job = h->type == MESSAGE_TENSOR ? find(s, h) : NULL;
	if (!job || job->is_here)
		return err_set(err, EPROTO, "a %s message of ue%u that server %d does not wait for",
			       message_type_name(h->type), h->ue, s->server);
	job->is_here = true;
	job->result.upload_end_ns = now_ns;
	s->totals.jobs++;
	batcher_input(s->batcher, &job->batch, now_ns);
	station_run(s, now_ns);
	return 0;
}

void station_run(struct station *s, int64_t now_ns)
{
	const struct batch *batch;
	int64_t never_ns;
	while ((batch = batcher_next(s->batcher, now_ns, &never_ns))) {
		int core = 0;
		while (s->running[core])
			core++;
		s->running[core] = batch;
		s->starts[s->n_starts++] = batch;
	}
}

static const struct batch **place_of(struct station *s, uint32_t id)
{
	for (int core = 0; core < BATCH_MOST_CORES; core++)
		if (s->running[core] && s->running[core]->id == id)
			return &s->running[core];
	return NULL;
}

const struct batch *station_batch(const struct station *s, uint32_t id)
{
	const struct batch **place = place_of((struct station *)s, id);
	return place ? *place : NULL;
}

static void see_member(struct station *s, struct station_job *job)
{
	const struct batch_record *b = &s->record;
	struct message_result *r = &job->result;
	if (r->batch_start_ns < 0) {
		r->batch_start_ns = b->start_ns;
		s->totals.wait_ns += b->start_ns - r->upload_end_ns;
	}
	r->batch_end_ns = b->end_ns;
	r->batch_run_ns += b->run_ns;
	r->largest_batch = 1;
	job->last_batch = b->batch;
	if (job->batch.next == job->batch.n_subtasks)
		s->through = job;
}

int station_ended(struct station *s, uint32_t id, const struct batch_times *times, struct err *err)
{
	const struct batch **place = place_of(s, id), *batch;
	if (!place)
		return err_set(err, EINVAL, "batch %u has ended: it does not run", id);
	batch = *place;
	*place = NULL;
	batch_record_fill(&s->record, batch, times);
	batcher_done(s->batcher, batch, times->end_ns);
	s->totals.batches++;
	s->totals.busy_ns += s->record.run_ns;
	s->has_note = true;
	see_member(s, (struct station_job *)batch->member[0]);
	return 0;
}

static void send_result(struct station *s, struct station_action *action)
{
	struct station_job *job = s->through;
	action->kind = STATION_SEND_RESULT;
	action->result = job->result;
	action->header = (struct message_header){.type = MESSAGE_RESULT,
						 .run = s->config->run_id,
						 .ue = job->batch.ue,
						 .task = job->batch.id,
						 .subtask = job->plan.cut,
						 .batch = job->last_batch,
						 .deadline_ns = job->deadline_ns};
	s->through = NULL;
	forget(s, job);
}

bool station_next(struct station *s, struct station_action *action)
{
	*action = (struct station_action){.kind = STATION_START_BATCH};
	if (s->n_starts > 0) {
		action->batch = s->starts[--s->n_starts];
	} else if (s->has_note) {
		s->has_note = false;
		action->kind = STATION_NOTE_BATCH;
		action->record = &s->record;
	} else if (s->through) {
		send_result(s, action);
	} else {
		return false;
	}
	return true;
}

bool station_idle(const struct station *s)
{
	return !s->jobs;
}

struct server_record station_totals(const struct station *s)
{
	return s->totals;
}
