// SPDX-License-Identifier: BSD-3-Clause
#include "tools/train/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINES = 20, SHOWN_EPISODES = 10 };
#define TERMINAL_EVERY_S 0.2

struct train_progress {
	bool quiet, terminal, open;
	int first_episode; // that this process trains
	double shown_s;
};

struct train_progress *train_progress_new(bool quiet, int first_episode)
{
	struct train_progress *p = calloc(1, sizeof(*p));
	if (p)
		*p = (struct train_progress){.quiet = quiet,
					     .terminal = isatty(STDERR_FILENO) == 1,
					     .first_episode = first_episode,
					     .shown_s = -TERMINAL_EVERY_S};
	return p;
}

void train_progress_free(struct train_progress *p)
{
	if (p && p->open)
		fputc('\n', stderr);
	free(p);
}

static bool is_due(struct train_progress *p, const struct training *t, double seconds)
{
	if (p->quiet)
		return false;
	int every = t->episodes > LINES ? t->episodes / LINES : 1;
	if (!p->terminal)
		return t->done % every == 0 || t->done == t->episodes;
	if (seconds - p->shown_s < TERMINAL_EVERY_S && t->done < t->episodes)
		return false;
	p->shown_s = seconds;
	return true;
}

// The mean of the last episodes: single ones scatter.
static struct curve_point recent(const struct training *t)
{
	struct curve_point sum = {0};
	int n = t->done < SHOWN_EPISODES ? t->done : SHOWN_EPISODES;
	for (int i = t->done - n; i < t->done; i++) {
		sum.reward += t->curve[i].reward / n;
		sum.energy_j += t->curve[i].energy_j;
		sum.local_j += t->curve[i].local_j;
		sum.tasks += t->curve[i].tasks;
	}
	return sum;
}

void train_progress_show(const struct training *t, double seconds, void *user)
{
	struct train_progress *p = user;
	if (!is_due(p, t, seconds))
		return;
	struct curve_point now = recent(t);
	double per_episode_s = seconds / (t->done - p->first_episode);
	int left_s = (int)(per_episode_s * (t->episodes - t->done) + 0.5);
	double tasks = now.tasks > 0 ? now.tasks : 1;
	double below = now.local_j > 0 ? 100 * (1 - now.energy_j / now.local_j) : 0;
	fprintf(stderr,
		"%sepisode %d of %d   reward %.1f   %.2f mJ a task, %.1f %% below local   %.0f steps/s   "
		"%d:%02d left%s",
		p->terminal ? "\r" : "", t->done, t->episodes, now.reward, 1e3 * now.energy_j / tasks, below,
		t->slots / per_episode_s, left_s / 60, left_s % 60, p->terminal ? "\033[K" : "\n");
	p->open = p->terminal;
}
