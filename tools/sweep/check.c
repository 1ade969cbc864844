// SPDX-License-Identifier: BSD-3-Clause
#include "tools/sweep/check.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "dnn/hash.h"
#include "dnn/network.h"
#include "setup/emulated.h"
#include "setup/policy_names.h"
#include "setup/prepare.h"

// What preparing depends on: points with the same need it once.
static uint64_t needs(const struct topology *t)
{
	uint64_t hash = HASH_START;
	int sizes[] = {prepared_max_batch(t), t->edge.threads, (int)t->edge.executor, t->samples.inputs,
		       (int)t->samples.seed};
	hash = hash_bytes(hash, sizes, sizeof(sizes));
	hash = hash_bytes(hash, t->edge.profile, strlen(t->edge.profile));
	for (int i = 0; i < t->n_servers; i++)
		hash = hash_bytes(hash, t->server[i].profile, strlen(t->server[i].profile) + 1);
	for (int i = 0; i < t->n_ues; i++) {
		bool has_tasks = t->ue[i].arrivals.kind != ARRIVALS_NONE;
		hash = hash_bytes(hash, t->ue[i].network, strlen(t->ue[i].network) + 1);
		hash = hash_bytes(hash, &has_tasks, sizeof(has_tasks));
	}
	return hash;
}

// In a process of its own: what executors start (threads) must not be there when points are forked.
static int prepare_apart(const struct topology *t, bool samples, bool quiet, struct err *err)
{
	int status;
	pid_t pid = fork();
	if (pid < 0)
		return err_sys(err, errno, "cannot start a process");
	if (pid == 0) {
		struct prepared p;
		struct err why = {0};
		int r = prepare(&p, t, samples, quiet, &why);
		if (r < 0)
			log_error("%s", why.text);
		_exit(r < 0);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(err, errno, "cannot wait for a process");
	return WIFEXITED(status) && WEXITSTATUS(status) == 0
		   ? 0
		   : err_set(err, EIO, "preparing profiles failed or was stopped");
}

struct seen {
	uint64_t *needs;
	size_t n;
};

static bool is_new(struct seen *seen, uint64_t need)
{
	for (size_t i = 0; i < seen->n; i++)
		if (seen->needs[i] == need)
			return false;
	seen->needs[seen->n++] = need;
	return true;
}

static int check_point(const struct grid *g, size_t point, bool quiet, struct seen *seen, struct err *err)
{
	char name[GRID_NAME_SIZE];
	const char **set = grid_overrides(g, point, true), **fixed = grid_overrides(g, point, false);
	const struct topology_options options = {.policies = policy_names(),
						 .networks = network_names(),
						 .set = set,
						 .fixed = fixed,
						 .purpose = TOPOLOGY_FOR_RUN};
	struct topology *t = NULL;
	int r = set && fixed ? topology_load(&t, g->file, &options, err)
			     : err_set(err, ENOMEM, "no memory for a point");
	free(set);
	free(fixed);
	if (r == 0 && g->emulate)
		r = emulated_check(t, err);
	if (r < 0 || !t) {
		topology_free(t);
		grid_name(g, point, name);
		err_prefix(err, "point %s", name);
		return r == -ENOMEM ? r : -EINVAL;
	}
	if (is_new(seen, needs(t)))
		r = prepare_apart(t, g->emulate, quiet, err);
	topology_free(t);
	return r;
}

int check_points(const struct grid *g, const size_t *points, size_t n, bool quiet, struct err *err)
{
	struct seen seen = {.needs = calloc(n + 1, sizeof(uint64_t))};
	int r = seen.needs ? 0 : err_set(err, ENOMEM, "no memory for %zu points", n);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = check_point(g, points[i], quiet, &seen, err);
	free(seen.needs);
	return r;
}
