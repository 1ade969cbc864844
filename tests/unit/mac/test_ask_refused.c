// SPDX-License-Identifier: BSD-3-Clause
// A list of grants is obeyed whole or not at all; whatever else an edge asks is refused with a sentence, and
// nothing changes.
#include <errno.h>
#include <math.h>

#include "base/clock.h"
#include "tests/unit/mac/ask_lab.h"

static void bands(struct cell *cell, double hertz[UES])
{
	struct cell_ue_state ue;
	for (uint32_t i = 0; i < UES; i++) {
		assert_int_equal(cell_read_state(cell, i, LINK_UP, NS_PER_S, &ue), 0);
		hertz[i] = ue.hertz;
	}
}

// Random lists, some beyond the band: those that fit are in force, and of the others nothing is.
static void lists_are_obeyed_whole_or_not_at_all(void **unused)
{
	(void)unused;
	struct lab lab;
	struct cell *cell = open_cell(&lab, GRANT_GRANTED);
	struct rng *rng = rng_new(lab_seed(), 0, RNG_TEST, 2);
	int refused = 0;
	for (int i = 0; i < 2000; i++) {
		struct cell_share all[UES], some[UES];
		double before[UES], after[UES], sum = 0;
		uint32_t n = 0;
		draw_shares(rng, all, rng_uniform(rng, .2, 2));
		bands(cell, before);
		for (uint32_t ue = 0; ue < UES; ue++) {
			bool named = rng_below(rng, 2);
			sum += named ? all[ue].hertz : before[ue];
			if (named)
				some[n++] = all[ue];
		}
		int code = ask_grants(cell, some, n, NS_PER_S);
		bands(cell, after);
		if (sum > LAB_BAND_HZ * (1 + 1e-9) && n > 0) {
			refused++;
			assert_int_equal(code, -ERANGE);
			assert_non_null(strstr(answer->why, "exceeds the band by"));
			assert_memory_equal(before, after, sizeof(before));
			continue;
		}
		assert_int_equal(code, 0);
		for (uint32_t k = 0; k < n; k++)
			before[some[k].ue] = some[k].hertz;
		assert_memory_equal(before, after, sizeof(before));
	}
	assert_true(refused > 100 && refused < 1900);
	rng_free(rng);
	cell_free(cell);
}

static void expect_refused(struct cell *cell, const struct cell_share *shares, uint32_t n, int code,
			   const char *why)
{
	double before[UES], after[UES];
	bands(cell, before);
	assert_int_equal(ask_grants(cell, shares, n, NS_PER_S), code);
	assert_string_equal(answer->why, why);
	bands(cell, after);
	assert_memory_equal(before, after, sizeof(before));
}

static void what_cannot_be_granted_is_refused(void **unused)
{
	(void)unused;
	struct lab lab;
	struct cell *cell = open_cell(&lab, GRANT_GRANTED);
	const struct cell_share stranger[] = {{0, 1e6}, {UES, 1e6}}, nan[] = {{0, 1e6}, {1, (double)NAN}},
				negative[] = {{0, 1e6}, {1, -1}}, endless = {3, (double)INFINITY},
				twice[] = {{2, 1e6}, {2, 1e6}}, much[] = {{0, 6e6}, {5, 4.5e6}};
	expect_refused(cell, stranger, 2, -EINVAL, "cell: there is no UE 8: the last one is 7");
	expect_refused(cell, nan, 2, -EINVAL, "cell: UE 1: a grant of nan Hz: it must be 0 or more");
	expect_refused(cell, negative, 2, -EINVAL, "cell: UE 1: a grant of -1 Hz: it must be 0 or more");
	expect_refused(cell, &endless, 1, -EINVAL, "cell: UE 3: a grant of inf Hz: it must be 0 or more");
	expect_refused(cell, twice, 2, -EINVAL,
		       "cell: UE 2: a grant after that of UE 2: each UE once, in ascending order");
	expect_refused(cell, much, 2, -ERANGE,
		       "cell: UE 5: a grant of 4500000 Hz exceeds the band by 500000 Hz: 4000000 Hz of "
		       "10000000 Hz are free");
	cell_free(cell);
	cell = open_cell(&lab, GRANT_PROPORTIONAL);
	expect_refused(cell, much, 1, -EINVAL,
		       "cell: the strategy is proportional-fair: bands are given with granted only");
	cell_free(cell);
}

// Bytes as they may come from anywhere.
static void no_bytes_do_harm(void **unused)
{
	(void)unused;
	struct lab lab;
	struct cell *cell = open_cell(&lab, GRANT_GRANTED);
	struct rng *rng = rng_new(lab_seed(), 0, RNG_TEST, 3);
	double before[UES], after[UES];
	bands(cell, before);
	for (int i = 0; i < 20000; i++) {
		size_t size = rng_below(rng, 200);
		for (size_t k = 0; k < size; k++)
			question_bytes[k] = (unsigned char)rng_below(rng, 256);
		uint32_t type = (uint32_t)rng_below(rng, 5), n = (uint32_t)rng_below(rng, 12);
		if (rng_below(rng, 2)) {
			question->type = type;
			question->n = n;
		}
		const struct ask_grant *granted;
		size_t answered = ask_obey(cell, question_bytes, size, NS_PER_S, answer_bytes, &granted);
		assert_int_equal(ask_check_answer(answer_bytes, answered), 0);
		assert_true(answer->type == ASK_STATE || answer->code < 0 || question->n == 0);
	}
	bands(cell, after);
	assert_memory_equal(before, after, sizeof(before));
	assert_int_equal(ask_check_answer(answer_bytes, 3), -EPROTO);
	rng_free(rng);
	cell_free(cell);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lists_are_obeyed_whole_or_not_at_all),
	    cmocka_unit_test(what_cannot_be_granted_is_refused),
	    cmocka_unit_test(no_bytes_do_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
