// SPDX-License-Identifier: BSD-3-Clause
#include "tools/offline/shapes_private.h"

const char *verdict_text(enum verdict verdict)
{
	static const char *const texts[] = {"PASS", "FAIL", "not tested"};
	return texts[verdict];
}

bool shape_in_grid(const struct setting *s)
{
	return s->question == QUESTION_GRID;
}

bool shape_equal_deadlines(const struct setting *s)
{
	return shape_in_grid(s) && setting_deadlines_equal(s);
}

bool shape_different_deadlines(const struct setting *s)
{
	return shape_in_grid(s) && !setting_deadlines_equal(s);
}

enum verdict shape_judge(bool tested, bool holds)
{
	return !tested ? SHAPE_NOT_TESTED : holds ? SHAPE_HOLDS : SHAPE_FAILS;
}

static void online_is_elsewhere(const struct experiment *experiment, struct finding *f)
{
	(void)experiment;
	f->verdict = SHAPE_NOT_TESTED;
}

static const struct {
	const char *shape, *expected;
	shape_test *test;
} tests[] = {
    {"IP-SSA is at least as good as PS", "equal deadlines: never spends more, on any placement",
     shape_ip_ssa_beats_ps},
    {"IP-SSA is at least as good as LC", "never spends more, on any placement", shape_ip_ssa_beats_lc},
    {"IP-SSA-NP is at least as good as LC", "never spends more, on any placement", shape_np_beats_lc},
    {"IP-SSA is at least as good as IP-SSA-NP on averages",
     "mean energy never higher (guaranteed per placement only for constant F)", shape_ip_ssa_beats_np},
    {"PS collapses as M grows",
     "equal deadlines, where it saves 5 % with one user: under half of that at M = 15", shape_ps_collapses},
    {"FIFO collapses as M grows", "as for PS", shape_fifo_collapses},
    {"IP-SSA stays flat until batch times eat the deadline",
     "equal deadlines: at most a fifth of the saving at M = 1 is lost while the sum of F_n(M) exceeds that "
     "of F_n(1) by at "
     "most l / 10",
     shape_ip_ssa_is_flat},
    {"IP-SSA-NP suffers in a narrow band",
     "MobileNet-V2, 5 to 1 MHz: it loses more points than IP-SSA in every setting",
     shape_narrow_band_hurts_np},
    {"OG is at least as good as IP-SSA(min l)", "different deadlines: never spends more, on any placement",
     shape_og_beats_ip_ssa},
    {"OG's gain over IP-SSA(min l) grows with M",
     "different deadlines: falls by at most 1 point from one M to the next", shape_gap_grows_with_users},
    {"OG's gain over IP-SSA(min l) grows with the spread of deadlines",
     "MobileNet-V2, M = 10: falls by at most 1 point from one spread to the next",
     shape_gap_grows_with_spread},
    {"Partitioning 3DSSD pays only with 8-bit features", "no middle cut at fp32, some at int8",
     shape_partitioning_3dssd_needs_int8},
    {"J-DOB's edge DVFS is no loss", "total energy never above J-DOB without edge DVFS, on any placement",
     shape_jdob_beats_fixed_edge},
    {"J-DOB's partitioning is no loss", "total energy never above binary J-DOB, on any placement",
     shape_jdob_beats_binary},
    {"J-DOB spends less in total than IP-SSA with the edge charged", "mean total energy never higher",
     shape_jdob_beats_ip_ssa},
    {"DDPG-OG over DDPG-IP-SSA: single-digit per cent", "an online experiment: not part of this one",
     online_is_elsewhere},
};

int shapes_test(const struct experiment *experiment, struct finding *findings, int most)
{
	int n = (int)(sizeof(tests) / sizeof(tests[0]));
	n = n < most ? n : most;
	for (int i = 0; i < n; i++) {
		findings[i] = (struct finding){.shape = tests[i].shape, .expected = tests[i].expected};
		tests[i].test(experiment, &findings[i]);
		if (findings[i].verdict == SHAPE_NOT_TESTED)
			SAY(&findings[i], "not in this experiment");
	}
	return n;
}
