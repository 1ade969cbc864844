// SPDX-License-Identifier: BSD-3-Clause
#include "tools/offline/findings.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include "base/version.h"

static double saving(const struct experiment *experiment, const struct setting *s, const char *policy,
		     bool with_edge)
{
	ptrdiff_t i = experiment_find(experiment, s);
	int p = experiment_policy(experiment, policy);
	return i >= 0 && p >= 0 ? experiment_saving(experiment, (size_t)i, p, with_edge).mean : NAN;
}

static void cell(double value, FILE *out)
{
	if (isnan(value))
		fputs(" - |", out);
	else
		fprintf(out, " %.1f |", value);
}

static int introduce(const struct experiment *experiment, FILE *out)
{
	fprintf(out,
		FINDINGS_MARK
		"\n"
		"Written by `airbatch offline` (%s), seed %llu, %d placements, %zu settings, %d policies; "
		"every plan was replayed by "
		"`plan_check`. Savings are of the users' energy against local computing (LC), mean of the "
		"placements. The "
		"policies are reconstructions (docs/policies.md); no figure here stands for a table of a "
		"paper.\n\n"
		"Batch times F_n(b):\n\n",
		airbatch_version(), (unsigned long long)experiment->seed, experiment->placements,
		experiment->n_settings, experiment->n_policies);
	for (int i = 0; i < EXPERIMENT_NETWORKS; i++) {
		struct setting s = {.network = (enum experiment_network_name)i, .feature_bits = 32};
		struct experiment_network network;
		struct err err;
		int rc = experiment_network_of(experiment, &s, &network, &err);
		if (rc < 0)
			return rc;
		fprintf(out, "* %s: %s%s; %.1f ms for one input, %.1f ms for 16\n",
			experiment_network_text(s.network), network.batch_times,
			network.batch_times_stated ? "" : " (measured)",
			1e3 * experiment_network_run_s(&network.seen, 1),
			1e3 * experiment_network_run_s(&network.seen, 16));
		experiment_network_close(&network);
	}
	return 0;
}

static void write_shapes(const struct finding *findings, int n, FILE *out)
{
	fputs("\n## Shapes\n\n| expected shape | criterion | measured | |\n|---|---|---|---|\n", out);
	for (int i = 0; i < n; i++)
		fprintf(out, "| %s | %s | %s | %s |\n", findings[i].shape, findings[i].expected,
			findings[i].measured, verdict_text(findings[i].verdict));
}

struct best {
	struct estimate saving;
	size_t setting;
	bool found;
};

static bool equal_in_grid(const struct setting *s)
{
	return s->question == QUESTION_GRID && setting_deadlines_equal(s);
}

static bool different_in_grid(const struct setting *s)
{
	return s->question == QUESTION_GRID && !setting_deadlines_equal(s);
}

static bool mobilenet_equal(const struct setting *s)
{
	return s->network == NETWORK_MOBILENET_V2 && setting_deadlines_equal(s);
}

static bool mobilenet_different(const struct setting *s)
{
	return s->network == NETWORK_MOBILENET_V2 && !setting_deadlines_equal(s);
}

static struct best best_of(const struct experiment *experiment, const char *policy, bool with_edge,
			   bool (*pick)(const struct setting *))
{
	struct best best = {.saving.mean = -INFINITY};
	int p = experiment_policy(experiment, policy);
	for (size_t i = 0; p >= 0 && i < experiment->n_settings; i++) {
		struct estimate e = experiment_saving(experiment, i, p, with_edge);
		if (pick(&experiment->settings[i]) && e.mean > best.saving.mean)
			best = (struct best){e, i, true};
	}
	return best;
}

static void published_row(const struct experiment *experiment, const char *claim, const char *policy,
			  bool with_edge, bool (*pick)(const struct setting *), FILE *out)
{
	char where[200];
	struct best b = best_of(experiment, policy, with_edge, pick);
	if (b.found)
		fprintf(out, "| %s | %s | %.2f ± %.2f (best placement %.2f) | %s |\n", claim, policy,
			b.saving.mean, b.saving.ci95, b.saving.high,
			setting_text(&experiment->settings[b.setting], where, sizeof(where)));
}

static void write_published(const struct experiment *experiment, FILE *out)
{
	fputs("\n## The abstracts' headline figures\n\n"
	      "Ours is the largest mean saving of all settings. It is a function of transmit power, kappa "
	      "and (J-DOB) the edge's "
	      "power, none of which the abstracts state: that a figure is reached, or is not, proves nothing "
	      "by itself.\n\n"
	      "| claim | policy | ours, % against LC | where |\n|---|---|---|---|\n",
	      out);
	published_row(experiment,
		      "up to 94.9 % of user energy (abstract of arXiv 2206.06304; reference scheme here: LC)",
		      "ip-ssa", false, equal_in_grid, out);
	published_row(experiment, "the same, different deadlines", "og", false, different_in_grid, out);
	published_row(
	    experiment,
	    "up to 51.30 % of total energy, equal deadlines (abstract of arXiv 2504.14611, MobileNet-V2)",
	    "j-dob", true, mobilenet_equal, out);
	published_row(experiment, "up to 45.27 % of total energy, different deadlines (same)", "j-dob", true,
		      mobilenet_different, out);
}

static void write_edge_power(const struct experiment *experiment, FILE *out)
{
	static const char *const names[] = {"j-dob", "j-dob:no-edge-dvfs", "j-dob:binary", "ip-ssa", "og"};
	fputs("\n## J-DOB and the edge's power\n\nSaving of users' and edge's energy together against LC "
	      "(which needs no edge), "
	      "MobileNet-V2, 1 MHz, 10 dBm, M = 10; a fifth of the edge's power is static.\n\n"
	      "| deadlines | edge W | j-dob | no edge DVFS | binary | ip-ssa, edge charged | og, edge "
	      "charged |\n"
	      "|---|---|---|---|---|---|---|\n",
	      out);
	for (int different = 0; different < 2; different++)
		for (size_t i = 0; i < experiment->n_settings; i++) {
			const struct setting *s = &experiment->settings[i];
			if (s->question != QUESTION_EDGE_POWER ||
			    setting_deadlines_equal(s) == (different == 1))
				continue;
			fprintf(out, "| %s | %g |", different ? "U[50, 200] ms" : "50 ms", s->edge_power_w);
			for (size_t p = 0; p < sizeof(names) / sizeof(names[0]); p++)
				cell(experiment_saving(experiment, i, experiment_policy(experiment, names[p]),
						       true)
					 .mean,
				     out);
			fputc('\n', out);
		}
}

// Savings stated in the project's specification (20 placements of another implementation): IP-SSA, NP, PS.
static const struct anchor {
	const char *name;
	enum experiment_network_name network;
	double deadline_s, bandwidth_hz, power_dbm;
	double stated[4][3]; // M = 1, 5, 10, 15
} anchors[] = {
    {"MobileNet l = 50 ms, 23 dBm",
     NETWORK_MOBILENET_V2,
     .05,
     1e6,
     23,
     {{40, 0, 40}, {37, 0, 3}, {35, 0, 0}, {37, 0, 0}}},
    {"MobileNet l = 100 ms, 10 dBm",
     NETWORK_MOBILENET_V2,
     .1,
     1e6,
     10,
     {{84, 65, 84}, {82, 56, 62}, {80, 49, 40}, {78, 45, 8}}},
    {"MobileNet l = 50 ms, 5 MHz, 23 dBm",
     NETWORK_MOBILENET_V2,
     .05,
     5e6,
     23,
     {{93, 93, 93}, {93, 93, 93}, {93, 93, 37}, {93, 93, 1}}},
    {"3DSSD l = 250 ms, 10 dBm",
     NETWORK_3DSSD,
     .25,
     1e6,
     10,
     {{100, 100, 100}, {89, 89, 0}, {55, 55, 0}, {46, 46, 0}}},
    {"3DSSD l = 500 ms, 23 dBm",
     NETWORK_3DSSD,
     .5,
     1e6,
     23,
     {{95, 95, 95}, {95, 95, 95}, {95, 95, 46}, {95, 95, 14}}},
};

static void anchor_row(const struct experiment *experiment, const struct anchor *a, double *largest,
		       FILE *out)
{
	static const char *const names[] = {"ip-ssa", "ip-ssa-np", "ps"};
	fprintf(out, "| %s |", a->name);
	for (int m = 0; m < 4; m++) {
		struct setting s = setting_default(a->network, a->deadline_s, a->deadline_s);
		s.bandwidth_hz = a->bandwidth_hz;
		s.tx_power_dbm = a->power_dbm;
		s.users = user_counts[m];
		for (int p = 0; p < 3; p++) {
			double ours = saving(experiment, &s, names[p], false),
			       apart = fabs(ours - a->stated[m][p]);
			fprintf(out, "%s%.0f (%.0f)", p ? " / " : " ", ours, a->stated[m][p]);
			*largest = apart > *largest ? apart : *largest;
		}
		fputs(" |", out);
	}
	fputc('\n', out);
}

static void write_anchors(const struct experiment *experiment, FILE *out)
{
	double largest = 0;
	fputs("\n## Beside the specification's own figures\n\nSaving in per cent, IP-SSA / NP / PS, fp32; in "
	      "brackets what the "
	      "specification states (mean of 20 placements of its own).\n\n"
	      "| case | M = 1 | 5 | 10 | 15 |\n|---|---|---|---|---|\n",
	      out);
	for (size_t i = 0; i < sizeof(anchors) / sizeof(anchors[0]); i++)
		anchor_row(experiment, &anchors[i], &largest, out);
	fprintf(out, "\nLargest difference: %.0f points.\n", largest);
}

static void family_rows(const struct experiment *experiment, struct setting s, const char *const *names,
			FILE *out)
{
	char text[200];
	setting_text(&s, text, sizeof(text));
	*strstr(text, ", M = ") = '\0';
	fprintf(out,
		"\n%s:\n\n| policy | M = 1 | 5 | 10 | 15 | 30 | deadlines met at M = 15 "
		"|\n|---|---|---|---|---|---|---|\n",
		text);
	for (; *names; names++) {
		fprintf(out, "| %s |", *names);
		for (int m = 0; m < N_USER_COUNTS; m++) {
			s.users = user_counts[m];
			cell(saving(experiment, &s, *names, false), out);
		}
		s.users = 15;
		ptrdiff_t i = experiment_find(experiment, &s);
		const struct outcome *o =
		    i < 0 ? NULL
			  : experiment_at(experiment, (size_t)i, experiment_policy(experiment, *names));
		double met = 0;
		for (int k = 0; o && k < experiment->placements; k++)
			met += o[k].feasible;
		fprintf(out, " %.0f %% |\n", o ? 100 * met / (15. * experiment->placements) : NAN);
	}
}

static void write_families(const struct experiment *experiment, FILE *out)
{
	static const char *const one[] = {
	    "ip-ssa", "ip-ssa:keep-best", "ip-ssa:tighten", "ip-ssa-np", "fifo", "ps", "eo", NULL};
	static const char *const many[] = {"og", "ip-ssa", "ip-ssa-np", "fifo", "ps", "eo", NULL};
	struct setting s;
	fputs("\n## Savings by number of users\n\nPer cent against LC at 1 MHz (all settings: "
	      "sweep.csv). A "
	      "scheme that misses "
	      "deadlines (EO) spends energy on late results; its saving is not comparable.\n",
	      out);
	s = setting_default(NETWORK_MOBILENET_V2, .1, .1);
	family_rows(experiment, s, one, out);
	s = setting_default(NETWORK_MOBILENET_V2, .05, .05);
	s.tx_power_dbm = 23;
	family_rows(experiment, s, one, out);
	s = setting_default(NETWORK_MOBILENET_V2, .05, .2);
	family_rows(experiment, s, many, out);
	s = setting_default(NETWORK_3DSSD, .25, .25);
	s.feature_bits = 8;
	family_rows(experiment, s, one, out);
	s = setting_default(NETWORK_3DSSD, .25, 1);
	family_rows(experiment, s, many, out);
}

static void write_sensitivity(const struct experiment *experiment, FILE *out)
{
	static const char *const names[] = {"ip-ssa", "ip-ssa-np", "fifo", "ps"};
	char text[200];
	fputs("\n## One thing changed at a time\n\n| setting | ip-ssa | ip-ssa-np | fifo | ps "
	      "|\n|---|---|---|---|---|\n",
	      out);
	for (size_t i = 0; i < experiment->n_settings; i++) {
		if (experiment->settings[i].question != QUESTION_SENSITIVITY)
			continue;
		fprintf(out, "| %s |", setting_text(&experiment->settings[i], text, sizeof(text)));
		for (size_t p = 0; p < sizeof(names) / sizeof(names[0]); p++)
			cell(experiment_saving(experiment, i, experiment_policy(experiment, names[p]), false)
				 .mean,
			     out);
		fputc('\n', out);
	}
}

int findings_write(const struct experiment *experiment, const struct finding *findings, int n_findings,
		   FILE *out)
{
	int rc = introduce(experiment, out);
	if (rc < 0)
		return rc;
	write_shapes(findings, n_findings, out);
	write_published(experiment, out);
	write_edge_power(experiment, out);
	write_anchors(experiment, out);
	write_families(experiment, out);
	write_sensitivity(experiment, out);
	return ferror(out) ? -EIO : 0;
}
