// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/orchestration/choose.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include "base/nearest.h"

static const char *const names[] = {
    [ORCH_ORACLE] = "oracle",	    [ORCH_NO_SELECTION] = "no-selection", [ORCH_DEVICE_ONLY] = "device-only",
    [ORCH_EDGE_ONLY] = "edge-only", [ORCH_CLOUD_ONLY] = "cloud-only",
};
enum { N_STRATEGIES = sizeof(names) / sizeof(names[0]) };

int orch_strategy_find(const char *name, enum orch_strategy *out, struct err *err)
{
	char near[80];
	struct nearest nearest = nearest_to(name);
	for (int s = 0; s < N_STRATEGIES; s++) {
		*out = (enum orch_strategy)s;
		if (strcmp(names[s], name) == 0)
			return 0;
		nearest_offer(&nearest, names[s]);
	}
	return err_set(err, ENOENT,
		       "there is no policy '%.60s' for orchestration; there are oracle, no-selection, "
		       "device-only, edge-only and cloud-only%s",
		       name, nearest_text(&nearest, near, sizeof(near)));
}

int orch_check_threshold(const struct orch_problem *p, struct err *err)
{
	double best = orch_best_accuracy(p);
	if (best >= p->threshold - ORCH_ACCURACY_SLACK)
		return 0;
	return err_set(err, EINVAL,
		       "threshold is %g: no choice meets it, the most accurate one has a mean of %.4g",
		       p->threshold, best);
}

static int everybody(const struct orch_problem *p, int choice, int action[], struct err *err)
{
	for (int i = 0; i < p->n_users; i++) {
		if (!orch_has_action(p, i, choice))
			return err_set(err, EINVAL, "there is no %s here", orch_node_text(choice));
		action[i] = choice;
	}
	return 0;
}

// As if nobody had another variant.
static void forget_variants(struct orch_table *t)
{
	for (int i = 0; i < t->n_users; i++)
		t->n_variants[i] = 1;
}

static int search(const struct orch_problem *p, bool selection, int action[], struct err *err)
{
	struct orch_table table;
	if (p->n_users > ORCH_TABLE_USERS)
		return err_set(err, EINVAL, "%d users: the best choice is searched for up to %d", p->n_users,
			       ORCH_TABLE_USERS);
	int rc = orch_check_threshold(p, err);
	if (rc < 0)
		return rc;
	orch_table_fill(&table, p);
	if (!selection)
		forget_variants(&table);
	if (isfinite(orch_table_solve(&table, action)))
		return 0;
	return err_set(err, EINVAL, "no choice%s meets the threshold %g in finite time",
		       selection ? "" : " without other variants", p->threshold);
}

int orch_choose(enum orch_strategy strategy, const struct orch_problem *p, int action[], struct err *err)
{
	switch (strategy) {
	case ORCH_ORACLE:
	case ORCH_NO_SELECTION:
		return search(p, strategy == ORCH_ORACLE, action, err);
	case ORCH_DEVICE_ONLY:
		return everybody(p, 0, action, err);
	case ORCH_EDGE_ONLY:
		return everybody(p, ORCH_EDGE, action, err);
	case ORCH_CLOUD_ONLY:
		return everybody(p, ORCH_CLOUD, action, err);
	}
	return err_set(err, EINVAL, "there is no such strategy");
}

double orch_slowest_fixed_s(const struct orch_problem *p)
{
	static const int choices[] = {0, ORCH_EDGE, ORCH_CLOUD};
	double slowest_s = 0;
	for (int c = 0; c < 3; c++) {
		int action[ORCH_TABLE_USERS];
		struct orch_result result[ORCH_TABLE_USERS];
		if (everybody(p, choices[c], action, NULL) < 0)
			continue;
		orch_evaluate(p, action, result);
		slowest_s = fmax(slowest_s, orch_mean_s(p, result));
	}
	return slowest_s;
}
