// SPDX-License-Identifier: BSD-3-Clause
#include "tools/offline/shapes_private.h"

#include <math.h>

// The policy's mean saving (per cent) at a setting, NaN when the experiment lacks it.
static double saving(const struct experiment *experiment, const struct setting *s, const char *policy)
{
	ptrdiff_t i = experiment_find(experiment, s);
	int p = experiment_policy(experiment, policy);
	return i >= 0 && p >= 0 ? experiment_saving(experiment, (size_t)i, p, false).mean : NAN;
}

static double saving_with(const struct experiment *experiment, struct setting s, int users,
			  const char *policy)
{
	s.users = users;
	return saving(experiment, &s, policy);
}

// Families: settings of one user, and the same with more.
static bool heads_family(const struct setting *s, bool different)
{
	return s->users == 1 && (different ? shape_different_deadlines(s) : shape_equal_deadlines(s));
}

struct collapse {
	int families, halved;		// of all
	int full_families, full_halved; // of those whose inputs, run whole one by one, exceed the deadline
	double sum;			// of savings
};

static void add_collapse(struct collapse *c, double one, double many, bool full)
{
	c->families++;
	c->halved += many < one / 2;
	c->full_families += full;
	c->full_halved += full && many < one / 2;
	c->sum += many;
}

// The GPU's time for every user's whole input, one by one, against the deadline.
static bool gpu_is_full(const struct experiment *experiment, const struct setting *s, int users)
{
	struct experiment_network network;
	struct err err;
	if (experiment_network_of(experiment, s, &network, &err) < 0)
		return false;
	double all_s = users * experiment_network_run_s(&network.seen, 1);
	experiment_network_close(&network);
	return all_s > s->deadline_low_s;
}

// A family counts when the policy saves something at all with one user.
static struct collapse collapse_at(const struct experiment *experiment, const char *policy, int users)
{
	struct collapse c = {0};
	for (size_t i = 0; i < experiment->n_settings; i++) {
		const struct setting *s = &experiment->settings[i];
		double one = heads_family(s, false) ? saving(experiment, s, policy) : NAN;
		double many = saving_with(experiment, *s, users, policy);
		if (one >= 5 && !isnan(many))
			add_collapse(&c, one, many, gpu_is_full(experiment, s, users));
	}
	return c;
}

static void test_collapse(const struct experiment *experiment, struct finding *f, const char *policy)
{
	struct collapse one = collapse_at(experiment, policy, 1), many = collapse_at(experiment, policy, 15);
	struct collapse most = collapse_at(experiment, policy, 30);
	f->verdict = shape_judge(many.families > 0, many.halved == many.families);
	SAY(f,
	    "M = 15: below half in %d of %d cases (in %d of the %d where M sum F_n(1) > l), mean saving %.1f "
	    "%% after %.1f %% at "
	    "M = 1; M = 30: in %d of %d (%d of %d), %.1f %%",
	    many.halved, many.families, many.full_halved, many.full_families, many.sum / many.families,
	    one.sum / one.families, most.halved, most.families, most.full_halved, most.full_families,
	    most.families ? most.sum / most.families : 0);
}

void shape_ps_collapses(const struct experiment *experiment, struct finding *f)
{
	test_collapse(experiment, f, "ps");
}

void shape_fifo_collapses(const struct experiment *experiment, struct finding *f)
{
	test_collapse(experiment, f, "fifo");
}

// How much of the deadline batches of all users take beyond those of one, in its own sub-tasks' total.
static double growth_share(const struct experiment *experiment, const struct setting *s)
{
	struct experiment_network network;
	struct err err;
	if (experiment_network_of(experiment, s, &network, &err) < 0)
		return INFINITY;
	double more_s =
	    experiment_network_run_s(&network.seen, s->users) - experiment_network_run_s(&network.seen, 1);
	experiment_network_close(&network);
	return more_s / s->deadline_low_s;
}

struct flatness {
	int flat, cells;
	double worst_loss; // relative
	struct setting worst;
};

static void add_flatness(struct flatness *f, const struct setting *s, double one, double many)
{
	double loss = 1 - many / one;
	f->cells++;
	f->flat += loss <= .2;
	if (loss > f->worst_loss) {
		f->worst_loss = loss;
		f->worst = *s;
	}
}

// "14.4 +- 3.1 to 11.0 +- 1.2 % at <setting>"
static void say_worst(const struct experiment *experiment, const struct flatness *f, char *buf, size_t size)
{
	char text[200];
	struct setting single = f->worst;
	single.users = 1;
	ptrdiff_t many = experiment_find(experiment, &f->worst), one = experiment_find(experiment, &single);
	int p = experiment_policy(experiment, "ip-ssa");
	buf[0] = '\0';
	if (f->worst_loss <= 0 || many < 0 || one < 0)
		return;
	struct estimate before = experiment_saving(experiment, (size_t)one, p, false);
	struct estimate after = experiment_saving(experiment, (size_t)many, p, false);
	snprintf(buf, size, ", at worst from %.1f ± %.1f to %.1f ± %.1f %% (%s)", before.mean, before.ci95,
		 after.mean, after.ci95, setting_text(&f->worst, text, sizeof(text)));
}

void shape_ip_ssa_is_flat(const struct experiment *experiment, struct finding *f)
{
	struct flatness little = {0}, much = {0};
	char worst[280];
	for (size_t i = 0; i < experiment->n_settings; i++) {
		const struct setting *s = &experiment->settings[i];
		double one = saving_with(experiment, *s, 1, "ip-ssa");
		if (shape_equal_deadlines(s) && s->users > 1 && one >= 5)
			add_flatness(growth_share(experiment, s) <= .1 ? &little : &much, s, one,
				     saving(experiment, s, "ip-ssa"));
	}
	f->verdict = shape_judge(little.cells > 0, little.flat == little.cells);
	say_worst(experiment, &little, worst, sizeof(worst));
	SAY(f,
	    "flat in %d of %d settings where batches grow by at most l / 10%s; where they grow by more, in "
	    "%d of %d",
	    little.flat, little.cells, worst, much.flat, much.cells);
}

void shape_narrow_band_hurts_np(const struct experiment *experiment, struct finding *f)
{
	int pairs = 0, holds = 0;
	double np_sum = 0, ip_sum = 0;
	for (size_t i = 0; i < experiment->n_settings; i++) {
		const struct setting *wide = &experiment->settings[i];
		struct setting narrow = *wide;
		narrow.bandwidth_hz = 1e6;
		double np = saving(experiment, wide, "ip-ssa-np") - saving(experiment, &narrow, "ip-ssa-np");
		double ip = saving(experiment, wide, "ip-ssa") - saving(experiment, &narrow, "ip-ssa");
		if (!shape_equal_deadlines(wide) || wide->network != NETWORK_MOBILENET_V2 ||
		    wide->bandwidth_hz != 5e6 || isnan(np))
			continue;
		pairs++;
		holds += np > ip;
		np_sum += np;
		ip_sum += ip;
	}
	f->verdict = shape_judge(pairs > 0, holds == pairs);
	SAY(f, "NP loses more than IP-SSA in %d of %d settings; on average %.1f against %.1f points", holds,
	    pairs, np_sum / pairs, ip_sum / pairs);
}

static double gap(const struct experiment *experiment, const struct setting *s)
{
	return saving(experiment, s, "og") - saving(experiment, s, "ip-ssa");
}

void shape_gap_grows_with_users(const struct experiment *experiment, struct finding *f)
{
	int families = 0, grows = 0;
	double mean[N_USER_COUNTS] = {0};
	for (size_t i = 0; i < experiment->n_settings; i++) {
		struct setting s = experiment->settings[i];
		if (!heads_family(&s, true))
			continue;
		double last = -INFINITY;
		bool monotone = true;
		for (int k = 0; k < N_USER_COUNTS; k++) {
			s.users = user_counts[k];
			double g = gap(experiment, &s);
			monotone = monotone && !(g < last - 1);
			last = isnan(g) ? last : g;
			mean[k] += g;
		}
		families++;
		grows += monotone;
	}
	f->verdict = shape_judge(families > 0, grows == families);
	SAY(f,
	    "grows all the way in %d of %d cases; mean gap at M = 1, 5, 10, 15: %.1f, %.1f, %.1f, %.1f "
	    "points",
	    grows, families, mean[0] / families, mean[1] / families, mean[2] / families, mean[3] / families);
}

void shape_gap_grows_with_spread(const struct experiment *experiment, struct finding *f)
{
	double last = -INFINITY;
	bool grows = true;
	int n = 0;
	size_t used = 0;
	for (size_t i = 0; i < experiment->n_settings; i++) {
		const struct setting *s = &experiment->settings[i];
		if (s->question != QUESTION_SPREAD)
			continue;
		double g = gap(experiment, s);
		grows = grows && g >= last - 1;
		last = g;
		int printed = snprintf(f->measured + used, sizeof(f->measured) - used, "%sU[%g, %g] ms: %.1f",
				       n++ ? "; " : "", 1e3 * s->deadline_low_s, 1e3 * s->deadline_high_s, g);
		used += (size_t)printed < sizeof(f->measured) - used ? (size_t)printed : 0;
	}
	f->verdict = shape_judge(n > 0, grows);
}

// How many users IP-SSA cuts in the middle, over a precision's settings of 3DSSD.
struct partitioning {
	long users, partitioned;
	int settings, least_users; // where it happens, and with how many users at least
};

static void add_partitioning(struct partitioning *p, const struct experiment *experiment, size_t i)
{
	const struct setting *s = &experiment->settings[i];
	const struct outcome *o = experiment_at(experiment, i, experiment_policy(experiment, "ip-ssa"));
	long partitioned = 0;
	for (int k = 0; k < experiment->placements; k++)
		partitioned += o[k].partitioned;
	p->users += (long)s->users * experiment->placements;
	p->partitioned += partitioned;
	p->settings += partitioned > 0;
	if (partitioned > 0 && s->users < p->least_users)
		p->least_users = s->users;
}

static struct partitioning partitioning_at(const struct experiment *experiment, int bits)
{
	struct partitioning p = {.least_users = MOST_USERS};
	for (size_t i = 0; experiment_policy(experiment, "ip-ssa") >= 0 && i < experiment->n_settings; i++) {
		const struct setting *s = &experiment->settings[i];
		if (shape_in_grid(s) && s->network == NETWORK_3DSSD && s->feature_bits == bits)
			add_partitioning(&p, experiment, i);
	}
	return p;
}

void shape_partitioning_3dssd_needs_int8(const struct experiment *experiment, struct finding *f)
{
	struct partitioning fp32 = partitioning_at(experiment, 32), int8 = partitioning_at(experiment, 8);
	f->verdict =
	    shape_judge(fp32.users > 0 && int8.users > 0, fp32.partitioned == 0 && int8.partitioned > 0);
	if (f->verdict == SHAPE_NOT_TESTED)
		return;
	int used = SAY(f, "IP-SSA cuts in the middle for %.1f %% of the users at fp32, %.1f %% at int8",
		       100 * (double)fp32.partitioned / (double)fp32.users,
		       100 * (double)int8.partitioned / (double)int8.users);
	if (fp32.partitioned > 0)
		snprintf(f->measured + used, sizeof(f->measured) - (size_t)used,
			 "; at fp32 in %d settings, none with fewer than %d users", fp32.settings,
			 fp32.least_users);
}
