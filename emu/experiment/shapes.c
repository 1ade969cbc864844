// SPDX-License-Identifier: BSD-3-Clause
#include "emu/experiment/shapes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SAY(f, ...) snprintf((f)->measured, sizeof((f)->measured), __VA_ARGS__)

const char *verdict_text(enum verdict verdict)
{
	static const char *const texts[] = {"PASS", "FAIL", "not tested"};
	return texts[verdict];
}

static bool in_grid(const struct setting *s)
{
	return s->question == QUESTION_GRID;
}

static bool equal_deadlines(const struct setting *s)
{
	return in_grid(s) && setting_deadlines_equal(s);
}

static bool different_deadlines(const struct setting *s)
{
	return in_grid(s) && !setting_deadlines_equal(s);
}

static enum verdict judge(bool tested, bool holds)
{
	return !tested ? SHAPE_NOT_TESTED : holds ? SHAPE_HOLDS : SHAPE_FAILS;
}

// The policy's mean saving (per cent) at a setting, NaN when the sweep lacks it.
static double saving(const struct sweep *sweep, const struct setting *s, const char *policy)
{
	ptrdiff_t i = sweep_find(sweep, s);
	int p = sweep_policy(sweep, policy);
	return i >= 0 && p >= 0 ? sweep_saving(sweep, (size_t)i, p, false).mean : NAN;
}

static double saving_with(const struct sweep *sweep, struct setting s, int users, const char *policy)
{
	s.users = users;
	return saving(sweep, &s, policy);
}

// Order of two policies on every placement.
static void test_never_worse(const struct sweep *sweep, struct finding *f,
			     bool (*pick)(const struct setting *), const char *policy, const char *against,
			     bool with_edge)
{
	char where[200];
	struct contest c = contest_of(sweep, pick, policy, against, with_edge);
	f->verdict = judge(c.pairs > 0, c.worse == 0);
	if (c.worse == 0)
		SAY(f, "%s never spends more than %s on %ld placements of %ld settings", policy, against,
		    c.pairs, c.cells);
	else
		SAY(f,
		    "%s spends more than %s on %ld of %ld placements, at most by %.2f %% (%s); by mean "
		    "energy in %ld of "
		    "%ld settings, at most by %.2f %%",
		    policy, against, c.worse, c.pairs, c.worst_pct,
		    setting_text(&sweep->settings[c.worst_setting], where, sizeof(where)), c.cells_worse,
		    c.cells, c.worst_cell_pct);
}

static void test_better_on_average(const struct sweep *sweep, struct finding *f,
				   bool (*pick)(const struct setting *), const char *policy,
				   const char *against, bool with_edge)
{
	char where[200];
	struct contest c = contest_of(sweep, pick, policy, against, with_edge);
	f->verdict = judge(c.pairs > 0, c.cells_worse == 0);
	int used = SAY(f, "mean energy of %s above that of %s in %ld of %ld settings", policy, against,
		       c.cells_worse, c.cells);
	if (c.cells_worse > 0)
		snprintf(f->measured + used, sizeof(f->measured) - (size_t)used, ", at most by %.2f %% (%s)",
			 c.worst_cell_pct,
			 setting_text(&sweep->settings[c.worst_cell], where, sizeof(where)));
	else if (c.worse > 0)
		snprintf(f->measured + used, sizeof(f->measured) - (size_t)used, ", on %ld of %ld placements",
			 c.worse, c.pairs);
}

static void ip_ssa_beats_ps(const struct sweep *sweep, struct finding *f)
{
	test_never_worse(sweep, f, equal_deadlines, "ip-ssa", "ps", false);
}

static void ip_ssa_beats_lc(const struct sweep *sweep, struct finding *f)
{
	test_never_worse(sweep, f, in_grid, "ip-ssa", "lc", false);
}

static void np_beats_lc(const struct sweep *sweep, struct finding *f)
{
	test_never_worse(sweep, f, in_grid, "ip-ssa-np", "lc", false);
}

static void ip_ssa_beats_np(const struct sweep *sweep, struct finding *f)
{
	test_better_on_average(sweep, f, in_grid, "ip-ssa", "ip-ssa-np", false);
}

static void og_beats_ip_ssa(const struct sweep *sweep, struct finding *f)
{
	test_never_worse(sweep, f, different_deadlines, "og", "ip-ssa", false);
}

// Families: settings of one user, and the same with more.
static bool heads_family(const struct setting *s, bool different)
{
	return s->users == 1 && (different ? different_deadlines(s) : equal_deadlines(s));
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
static bool gpu_is_full(const struct sweep *sweep, const struct setting *s, int users)
{
	struct experiment_network network;
	struct err err;
	if (sweep_network(sweep, s, &network, &err) < 0)
		return false;
	double all_s = users * experiment_network_run_s(&network.seen, 1);
	experiment_network_close(&network);
	return all_s > s->deadline_low_s;
}

// A family counts when the policy saves something at all with one user.
static struct collapse collapse_at(const struct sweep *sweep, const char *policy, int users)
{
	struct collapse c = {0};
	for (size_t i = 0; i < sweep->n_settings; i++) {
		const struct setting *s = &sweep->settings[i];
		double one = heads_family(s, false) ? saving(sweep, s, policy) : NAN;
		double many = saving_with(sweep, *s, users, policy);
		if (one >= 5 && !isnan(many))
			add_collapse(&c, one, many, gpu_is_full(sweep, s, users));
	}
	return c;
}

static void test_collapse(const struct sweep *sweep, struct finding *f, const char *policy)
{
	struct collapse one = collapse_at(sweep, policy, 1), many = collapse_at(sweep, policy, 15);
	struct collapse most = collapse_at(sweep, policy, 30);
	f->verdict = judge(many.families > 0, many.halved == many.families);
	SAY(f,
	    "M = 15: below half in %d of %d cases (in %d of the %d where M sum F_n(1) > l), mean saving %.1f "
	    "%% after %.1f %% at "
	    "M = 1; M = 30: in %d of %d (%d of %d), %.1f %%",
	    many.halved, many.families, many.full_halved, many.full_families, many.sum / many.families,
	    one.sum / one.families, most.halved, most.families, most.full_halved, most.full_families,
	    most.families ? most.sum / most.families : 0);
}

static void ps_collapses(const struct sweep *sweep, struct finding *f)
{
	test_collapse(sweep, f, "ps");
}

static void fifo_collapses(const struct sweep *sweep, struct finding *f)
{
	test_collapse(sweep, f, "fifo");
}

// How much of the deadline batches of all users take beyond those of one, in its own sub-tasks' total.
static double growth_share(const struct sweep *sweep, const struct setting *s)
{
	struct experiment_network network;
	struct err err;
	if (sweep_network(sweep, s, &network, &err) < 0)
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
static void say_worst(const struct sweep *sweep, const struct flatness *f, char *buf, size_t size)
{
	char text[200];
	struct setting single = f->worst;
	single.users = 1;
	ptrdiff_t many = sweep_find(sweep, &f->worst), one = sweep_find(sweep, &single);
	int p = sweep_policy(sweep, "ip-ssa");
	buf[0] = '\0';
	if (f->worst_loss <= 0 || many < 0 || one < 0)
		return;
	struct estimate before = sweep_saving(sweep, (size_t)one, p, false);
	struct estimate after = sweep_saving(sweep, (size_t)many, p, false);
	snprintf(buf, size, ", at worst from %.1f ± %.1f to %.1f ± %.1f %% (%s)", before.mean, before.ci95,
		 after.mean, after.ci95, setting_text(&f->worst, text, sizeof(text)));
}

static void ip_ssa_is_flat(const struct sweep *sweep, struct finding *f)
{
	struct flatness little = {0}, much = {0};
	char worst[280];
	for (size_t i = 0; i < sweep->n_settings; i++) {
		const struct setting *s = &sweep->settings[i];
		double one = saving_with(sweep, *s, 1, "ip-ssa");
		if (equal_deadlines(s) && s->users > 1 && one >= 5)
			add_flatness(growth_share(sweep, s) <= .1 ? &little : &much, s, one,
				     saving(sweep, s, "ip-ssa"));
	}
	f->verdict = judge(little.cells > 0, little.flat == little.cells);
	say_worst(sweep, &little, worst, sizeof(worst));
	SAY(f,
	    "flat in %d of %d settings where batches grow by at most l / 10%s; where they grow by more, in "
	    "%d of %d",
	    little.flat, little.cells, worst, much.flat, much.cells);
}

static void narrow_band_hurts_np(const struct sweep *sweep, struct finding *f)
{
	int pairs = 0, holds = 0;
	double np_sum = 0, ip_sum = 0;
	for (size_t i = 0; i < sweep->n_settings; i++) {
		const struct setting *wide = &sweep->settings[i];
		struct setting narrow = *wide;
		narrow.bandwidth_hz = 1e6;
		double np = saving(sweep, wide, "ip-ssa-np") - saving(sweep, &narrow, "ip-ssa-np");
		double ip = saving(sweep, wide, "ip-ssa") - saving(sweep, &narrow, "ip-ssa");
		if (!equal_deadlines(wide) || wide->network != NETWORK_MOBILENET_V2 ||
		    wide->bandwidth_hz != 5e6 || isnan(np))
			continue;
		pairs++;
		holds += np > ip;
		np_sum += np;
		ip_sum += ip;
	}
	f->verdict = judge(pairs > 0, holds == pairs);
	SAY(f, "NP loses more than IP-SSA in %d of %d settings; on average %.1f against %.1f points", holds,
	    pairs, np_sum / pairs, ip_sum / pairs);
}

static double gap(const struct sweep *sweep, const struct setting *s)
{
	return saving(sweep, s, "og") - saving(sweep, s, "ip-ssa");
}

static void gap_grows_with_users(const struct sweep *sweep, struct finding *f)
{
	int families = 0, grows = 0;
	double mean[N_USER_COUNTS] = {0};
	for (size_t i = 0; i < sweep->n_settings; i++) {
		struct setting s = sweep->settings[i];
		if (!heads_family(&s, true))
			continue;
		double last = -INFINITY;
		bool monotone = true;
		for (int k = 0; k < N_USER_COUNTS; k++) {
			s.users = user_counts[k];
			double g = gap(sweep, &s);
			monotone = monotone && !(g < last - 1);
			last = isnan(g) ? last : g;
			mean[k] += g;
		}
		families++;
		grows += monotone;
	}
	f->verdict = judge(families > 0, grows == families);
	SAY(f,
	    "grows all the way in %d of %d cases; mean gap at M = 1, 5, 10, 15: %.1f, %.1f, %.1f, %.1f "
	    "points",
	    grows, families, mean[0] / families, mean[1] / families, mean[2] / families, mean[3] / families);
}

static void gap_grows_with_spread(const struct sweep *sweep, struct finding *f)
{
	double last = -INFINITY;
	bool grows = true;
	int n = 0;
	size_t used = 0;
	for (size_t i = 0; i < sweep->n_settings; i++) {
		const struct setting *s = &sweep->settings[i];
		if (s->question != QUESTION_SPREAD)
			continue;
		double g = gap(sweep, s);
		grows = grows && g >= last - 1;
		last = g;
		int printed = snprintf(f->measured + used, sizeof(f->measured) - used, "%sU[%g, %g] ms: %.1f",
				       n++ ? "; " : "", 1e3 * s->deadline_low_s, 1e3 * s->deadline_high_s, g);
		used += (size_t)printed < sizeof(f->measured) - used ? (size_t)printed : 0;
	}
	f->verdict = judge(n > 0, grows);
}

// How many users IP-SSA cuts in the middle, over a precision's settings of 3DSSD.
struct partitioning {
	long users, partitioned;
	int settings, least_users; // where it happens, and with how many users at least
};

static void add_partitioning(struct partitioning *p, const struct sweep *sweep, size_t i)
{
	const struct setting *s = &sweep->settings[i];
	const struct outcome *o = sweep_at(sweep, i, sweep_policy(sweep, "ip-ssa"));
	long partitioned = 0;
	for (int k = 0; k < sweep->placements; k++)
		partitioned += o[k].partitioned;
	p->users += (long)s->users * sweep->placements;
	p->partitioned += partitioned;
	p->settings += partitioned > 0;
	if (partitioned > 0 && s->users < p->least_users)
		p->least_users = s->users;
}

static struct partitioning partitioning_at(const struct sweep *sweep, int bits)
{
	struct partitioning p = {.least_users = MOST_USERS};
	for (size_t i = 0; sweep_policy(sweep, "ip-ssa") >= 0 && i < sweep->n_settings; i++) {
		const struct setting *s = &sweep->settings[i];
		if (in_grid(s) && s->network == NETWORK_3DSSD && s->feature_bits == bits)
			add_partitioning(&p, sweep, i);
	}
	return p;
}

static void partitioning_3dssd_needs_int8(const struct sweep *sweep, struct finding *f)
{
	struct partitioning fp32 = partitioning_at(sweep, 32), int8 = partitioning_at(sweep, 8);
	f->verdict = judge(fp32.users > 0 && int8.users > 0, fp32.partitioned == 0 && int8.partitioned > 0);
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

static void jdob_beats_fixed_edge(const struct sweep *sweep, struct finding *f)
{
	test_never_worse(sweep, f, NULL, "j-dob", "j-dob:no-edge-dvfs", true);
}

static void jdob_beats_binary(const struct sweep *sweep, struct finding *f)
{
	test_never_worse(sweep, f, NULL, "j-dob", "j-dob:binary", true);
}

static void jdob_beats_ip_ssa(const struct sweep *sweep, struct finding *f)
{
	test_better_on_average(sweep, f, NULL, "j-dob", "ip-ssa", true);
}

static void online_is_elsewhere(const struct sweep *sweep, struct finding *f)
{
	(void)sweep;
	f->verdict = SHAPE_NOT_TESTED;
}

static const struct {
	const char *shape, *expected;
	void (*test)(const struct sweep *, struct finding *);
} tests[] = {
    {"IP-SSA is at least as good as PS", "equal deadlines: never spends more, on any placement",
     ip_ssa_beats_ps},
    {"IP-SSA is at least as good as LC", "never spends more, on any placement", ip_ssa_beats_lc},
    {"IP-SSA-NP is at least as good as LC", "never spends more, on any placement", np_beats_lc},
    {"IP-SSA is at least as good as IP-SSA-NP on averages",
     "mean energy never higher (guaranteed per placement only for constant F)", ip_ssa_beats_np},
    {"PS collapses as M grows",
     "equal deadlines, where it saves 5 % with one user: under half of that at M = 15", ps_collapses},
    {"FIFO collapses as M grows", "as for PS", fifo_collapses},
    {"IP-SSA stays flat until batch times eat the deadline",
     "equal deadlines: at most a fifth of the saving at M = 1 is lost while the sum of F_n(M) exceeds that "
     "of F_n(1) by at "
     "most l / 10",
     ip_ssa_is_flat},
    {"IP-SSA-NP suffers in a narrow band",
     "MobileNet-V2, 5 to 1 MHz: it loses more points than IP-SSA in every setting", narrow_band_hurts_np},
    {"OG is at least as good as IP-SSA(min l)", "different deadlines: never spends more, on any placement",
     og_beats_ip_ssa},
    {"OG's gain over IP-SSA(min l) grows with M",
     "different deadlines: falls by at most 1 point from one M to the next", gap_grows_with_users},
    {"OG's gain over IP-SSA(min l) grows with the spread of deadlines",
     "MobileNet-V2, M = 10: falls by at most 1 point from one spread to the next", gap_grows_with_spread},
    {"Partitioning 3DSSD pays only with 8-bit features", "no middle cut at fp32, some at int8",
     partitioning_3dssd_needs_int8},
    {"J-DOB's edge DVFS is no loss", "total energy never above J-DOB without edge DVFS, on any placement",
     jdob_beats_fixed_edge},
    {"J-DOB's partitioning is no loss", "total energy never above binary J-DOB, on any placement",
     jdob_beats_binary},
    {"J-DOB spends less in total than IP-SSA with the edge charged", "mean total energy never higher",
     jdob_beats_ip_ssa},
    {"DDPG-OG over DDPG-IP-SSA: single-digit per cent", "an online experiment: not part of this one",
     online_is_elsewhere},
};

int shapes_test(const struct sweep *sweep, struct finding *findings, int most)
{
	int n = (int)(sizeof(tests) / sizeof(tests[0]));
	n = n < most ? n : most;
	for (int i = 0; i < n; i++) {
		findings[i] = (struct finding){.shape = tests[i].shape, .expected = tests[i].expected};
		tests[i].test(sweep, &findings[i]);
		if (findings[i].verdict == SHAPE_NOT_TESTED)
			SAY(&findings[i], "not in this sweep");
	}
	return n;
}
