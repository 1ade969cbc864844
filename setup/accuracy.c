// SPDX-License-Identifier: BSD-3-Clause
#include "setup/accuracy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ROUNDING 1e-9 // 94 % is not always 0.94

// The best there is, and where; 0 where nothing is told.
static double best_of(const struct network *net, char *where, size_t size)
{
	double best = net->accuracy;
	snprintf(where, size, "its end");
	for (int e = 1; net->exit_accuracy && e <= net->n_exits; e++)
		if (net->exit_accuracy[e - 1] > best) {
			best = net->exit_accuracy[e - 1];
			snprintf(where, size, "exit %d", e);
		}
	return best;
}

static int check_ue(const struct topology *t, int i, const struct network *net, struct err *err)
{
	char where[24];
	double need = t->ue[i].accuracy, best = best_of(net, where, sizeof(where));
	if (need <= best + ROUNDING)
		return 0;
	int rc =
	    best > 0
		? err_set(
		      err, EINVAL,
		      "ue%d: accuracy is %.6g %%, which no exit of %s reaches: at most %.6g %%, at %s, is "
		      "right",
		      i + 1, 100 * need, net->name, 100 * best, where)
		: err_set(
		      err, EINVAL,
		      "ue%d: accuracy is %.6g %%, but %s tells no accuracies: leave ues.accuracy away, or "
		      "state them in its description",
		      i + 1, 100 * need, net->name);
	return topology_blame_ue(t, i, "ues.accuracy", rc, err);
}

int accuracy_check(const struct topology *t, const char *reference, const struct network *net,
		   struct err *err)
{
	int rc = 0;
	for (int i = 0; rc == 0 && i < t->n_ues; i++)
		if (t->ue[i].arrivals.kind != ARRIVALS_NONE && strcmp(t->ue[i].network, reference) == 0)
			rc = check_ue(t, i, net, err);
	return rc;
}
