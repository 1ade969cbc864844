// SPDX-License-Identifier: BSD-3-Clause
#include "edge/process/server_private.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/descriptors.h"
#include "mac/counters.h"

static int listen_on(int port, const char *tcp, struct err *err)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;
	if (fd < 0)
		return err_sys(err, errno, "cannot open a socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	int r = stream_congestion_control(fd, tcp, err);
	if (r < 0) {
		close(fd);
		return r;
	}
	struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = INADDR_ANY};
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 1024) < 0) {
		int code = errno;
		close(fd);
		return err_sys(err, code, "cannot listen on port %d", port);
	}
	return fd;
}

static int make_storage(struct server *s, struct err *err)
{
	s->pool = rows_pool_new();
	s->n_runs = desk_most_batches(s->desk);
	s->runs = calloc((size_t)s->n_runs + 1, sizeof(*s->runs));
	s->of_ue = calloc((size_t)s->config->n_ues, sizeof(struct session *));
	s->secrets = calloc((size_t)s->config->n_ues, sizeof(*s->secrets));
	s->refusals = (struct refusals){.of_reason = s->totals->refusals,
					.n_ues = s->config->n_ues,
					.of_ue = calloc((size_t)s->config->n_ues, sizeof(uint32_t))};
	s->punctual = calloc(1, sizeof(*s->punctual));
	if (!s->pool || !s->runs || !s->of_ue || !s->punctual || !s->secrets || !s->refusals.of_ue)
		return err_set(err, ENOMEM, "no memory for %d UEs", s->config->n_ues);
	return 0;
}

// So many tasks that a UE may have open find their memory there; more is added when a round needs it.
#define MOST_TOUCHED 128

static int touched_of(const struct edge_ue *ue)
{
	int open = ue->open_jobs > 1 ? ue->open_jobs : 1;
	return open < MOST_TOUCHED ? open : MOST_TOUCHED;
}

// The tasks that UEs may have open find their memory there, however they are grouped.
static int touch_rows(struct server *s, struct err *err)
{
	int n = 0, at = 0, r = -ENOMEM;
	for (int i = 0; i < s->config->n_ues; i++)
		n += touched_of(&s->config->ues[i]);
	const struct network **networks = calloc((size_t)n, sizeof(*networks));
	for (int i = 0; networks && i < s->config->n_ues; i++)
		for (int k = 0; k < touched_of(&s->config->ues[i]); k++)
			networks[at++] = s->models.networks[s->config->ues[i].network];
	if (networks)
		r = rows_pool_reserve(s->pool, networks, n);
	free(networks);
	return r < 0 ? err_set(err, ENOMEM, "no memory for the tensors of %d tasks", n) : 0;
}

static int open_descriptors(struct server *s, struct err *err)
{
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->listener = listen_on(s->config->port, s->config->tcp, err);
	if (s->listener < 0)
		return s->listener;
	int r = receiver_open(&s->receiver, s->config, err);
	if (r < 0)
		return r;
	bool ok = s->epoll >= 0 && server_watch(s, receiver_fd(s->receiver), &s->receiver) == 0 &&
		  server_watch(s, s->listener, &s->listener) == 0 &&
		  (!s->worker || server_watch(s, worker_fd(s->worker), &s->worker) == 0) &&
		  server_watch(s, s->channel, &s->channel) == 0;
	return ok ? 0 : err_sys(err, errno, "cannot watch descriptors");
}

// Batches that compute on this processor take as long as they take: nobody can decree a share of it.
static int check_shares(const struct server *s, struct err *err)
{
	const struct policy *policy = desk_policy(s->desk);
	if (!policy_shares_gpu(policy) || executor_is_modelled(s->models.executors[0]))
		return 0;
	return err_set(err, ENOTSUP,
		       "the policy %s shares the GPU among batches, which the %s executor cannot: set "
		       "edge.executor=replay and edge.profile (or only plan, with airbatch plan)",
		       policy->name, s->config->executor);
}

static int open_desk(struct server *s, struct err *err)
{
	s->networks = models_for_rounds(&s->models);
	int r = desk_open(&s->desk, s->config, &s->networks, NULL, err);
	if (r < 0)
		return r;
	s->totals = desk_totals(s->desk);
	s->totals->modelled = executor_is_modelled(s->models.executors[0]);
	snprintf(s->totals->executor, sizeof(s->totals->executor), "%s",
		 executor_describe(s->models.executors[0]));
	return desk_sees_future(s->desk) ? err_set(err, ENOTSUP,
						   "the policy %s knows the future, which only virtual time "
						   "has: use `airbatch sim`",
						   s->config->policy)
					 : check_shares(s, err);
}

int server_open(struct server **out, const struct edge_config *config, int channel_fd, struct err *err)
{
	struct server *s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, ENOMEM, "no memory");
	if (channel_fd < 0) {
		free(s);
		return err_set(err, EINVAL, "no supervisor: start the edge through `airbatch run`");
	}
	s->config = config;
	s->channel = channel_fd;
	s->replay_wake_ns = s->epoch_ns = TIME_NEVER;
	s->listener = s->epoll = -1;
	s->spare = descriptors_spare();
	int r = models_open(&s->models, config, err);
	r = r < 0 ? r : open_desk(s, err);
	r = r < 0 ? r : make_storage(s, err);
	r = r < 0 ? r : child_secrets(channel_fd, s->secrets, (size_t)config->n_ues, err);
	r = r < 0 ? r : touch_rows(s, err);
	r = r < 0 || s->totals->modelled ? r : worker_start(&s->worker, err);
	r = r < 0 ? r : open_descriptors(s, err);
	r = r < 0 ? r : server_open_asking(s, err);
	if (r < 0) {
		server_close(s);
		return r;
	}
	*out = s;
	return 0;
}

// What is kept of jobs that are still open.
static void drop_jobs(struct server *s)
{
	struct err ignored;
	struct desk_action action;
	for (int ue = 0; ue < s->config->n_ues; ue++)
		desk_take(s->desk, &(struct desk_event){.kind = DESK_UE_LOST, .lost_ue = ue}, &ignored);
	while (desk_next(s->desk, &action))
		if (action.kind == DESK_CLOSE)
			hosted_free(action.job);
	for (int i = 0; s->runs && i <= s->n_runs; i++)
		for (int k = 0; s->runs[i].batch && k < s->runs[i].batch->n_members; k++)
			hosted_free(desk_job_of(s->runs[i].batch->member[k]));
}

void server_close(struct server *s)
{
	if (!s)
		return;
	worker_stop(s->worker);
	if (s->desk)
		drop_jobs(s);
	energy_meter_close(s->meter);
	receiver_close(s->receiver);
	while (s->sessions) {
		struct session *next = s->sessions->next;
		session_free(s->sessions);
		s->sessions = next;
	}
	desk_close(s->desk);
	rows_pool_free(s->pool);
	models_close(&s->models);
	server_close_asking(s);
	free(s->of_ue);
	free(s->secrets);
	free(s->refusals.of_ue);
	free(s->runs);
	free(s->punctual);
	counters_close(s->counters);
	if (s->listener >= 0)
		close(s->listener);
	if (s->spare >= 0)
		close(s->spare);
	if (s->epoll >= 0)
		close(s->epoll);
	free(s);
}
