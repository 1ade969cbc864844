// SPDX-License-Identifier: BSD-3-Clause
#include "tools/offline/shapes_private.h"

// Order of two policies on every placement.
static void test_never_worse(const struct experiment *experiment, struct finding *f,
			     bool (*pick)(const struct setting *), const char *policy, const char *against,
			     bool with_edge)
{
	char where[200];
	struct contest c = contest_of(experiment, pick, policy, against, with_edge);
	f->verdict = shape_judge(c.pairs > 0, c.worse == 0);
	if (c.worse == 0)
		SAY(f, "%s never spends more than %s on %ld placements of %ld settings", policy, against,
		    c.pairs, c.cells);
	else
		SAY(f,
		    "%s spends more than %s on %ld of %ld placements, at most by %.2f %% (%s); by mean "
		    "energy in %ld of "
		    "%ld settings, at most by %.2f %%",
		    policy, against, c.worse, c.pairs, c.worst_pct,
		    setting_text(&experiment->settings[c.worst_setting], where, sizeof(where)), c.cells_worse,
		    c.cells, c.worst_cell_pct);
}

static void test_better_on_average(const struct experiment *experiment, struct finding *f,
				   bool (*pick)(const struct setting *), const char *policy,
				   const char *against, bool with_edge)
{
	char where[200];
	struct contest c = contest_of(experiment, pick, policy, against, with_edge);
	f->verdict = shape_judge(c.pairs > 0, c.cells_worse == 0);
	int used = SAY(f, "mean energy of %s above that of %s in %ld of %ld settings", policy, against,
		       c.cells_worse, c.cells);
	if (c.cells_worse > 0)
		snprintf(f->measured + used, sizeof(f->measured) - (size_t)used, ", at most by %.2f %% (%s)",
			 c.worst_cell_pct,
			 setting_text(&experiment->settings[c.worst_cell], where, sizeof(where)));
	else if (c.worse > 0)
		snprintf(f->measured + used, sizeof(f->measured) - (size_t)used, ", on %ld of %ld placements",
			 c.worse, c.pairs);
}

void shape_ip_ssa_beats_ps(const struct experiment *experiment, struct finding *f)
{
	test_never_worse(experiment, f, shape_equal_deadlines, "ip-ssa", "ps", false);
}

void shape_ip_ssa_beats_lc(const struct experiment *experiment, struct finding *f)
{
	test_never_worse(experiment, f, shape_in_grid, "ip-ssa", "lc", false);
}

void shape_np_beats_lc(const struct experiment *experiment, struct finding *f)
{
	test_never_worse(experiment, f, shape_in_grid, "ip-ssa-np", "lc", false);
}

void shape_ip_ssa_beats_np(const struct experiment *experiment, struct finding *f)
{
	test_better_on_average(experiment, f, shape_in_grid, "ip-ssa", "ip-ssa-np", false);
}

void shape_og_beats_ip_ssa(const struct experiment *experiment, struct finding *f)
{
	test_never_worse(experiment, f, shape_different_deadlines, "og", "ip-ssa", false);
}

void shape_jdob_beats_fixed_edge(const struct experiment *experiment, struct finding *f)
{
	test_never_worse(experiment, f, NULL, "j-dob", "j-dob:no-edge-dvfs", true);
}

void shape_jdob_beats_binary(const struct experiment *experiment, struct finding *f)
{
	test_never_worse(experiment, f, NULL, "j-dob", "j-dob:binary", true);
}

void shape_jdob_beats_ip_ssa(const struct experiment *experiment, struct finding *f)
{
	test_better_on_average(experiment, f, NULL, "j-dob", "ip-ssa", true);
}
