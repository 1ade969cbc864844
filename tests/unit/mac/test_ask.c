// SPDX-License-Identifier: BSD-3-Clause
// The edge asks the cell: what a UE sends under a grant is Shannon's rate of it from the very instant on, and
// what it reads tells every rate.
#include <math.h>

#include "base/clock.h"
#include "tests/unit/mac/ask_lab.h"

static const struct ask_state *const state_answer = (const struct ask_state *)answer_bytes;

static const struct ask_state *read_cell(struct cell *cell, uint32_t first_ue, int64_t now)
{
	const struct ask_read read = {ASK_READ, first_ue};
	const struct ask_grant *granted;
	memcpy(question_bytes, &read, sizeof(read));
	size_t n = ask_obey(cell, question_bytes, sizeof(read), now, answer_bytes, &granted);
	assert_null(granted);
	assert_int_equal(ask_check_answer(answer_bytes, n), 0);
	assert_int_equal(state_answer->type, ASK_STATE);
	return state_answer;
}

static double shannon_of(const struct lab *lab, uint32_t ue, double hertz)
{
	double n0 = noise_w(THERMAL_NOISE_DBM_HZ, 1, 0);
	double gain = pow(10, lab->ues[ue].gain_db / 10);
	return hertz * log2(1 + lab->ues[ue].flow[LINK_UP].tx_w * gain / (n0 * hertz));
}

// What a UE has sent within 10 s of a grant, its queue never empty: full frames at Shannon's rate, within 0.5
// % and the frame under way.
static void check_rate(struct cell *cell, uint32_t ue, double bps, int64_t now)
{
	double bits = 8. * (double)lab_counters(cell, ue, LINK_UP, now).bytes;
	assert_true(lab_counters(cell, ue, LINK_UP, now).queue_packets > 0);
	if (fabs(bits / 10 - bps) > .005 * bps + .8 * FRAME)
		fail_msg("UE %u: %g bit/s in place of %g", ue, bits / 10, bps);
}

static void a_grant_is_shannons_rate_of_its_hertz(void **unused)
{
	(void)unused;
	struct rng *rng = rng_new(lab_seed(), 0, RNG_TEST, 0);
	for (int round = 0; round < 20; round++) {
		struct lab lab;
		struct cell *cell = open_cell(&lab, GRANT_GRANTED);
		struct cell_share shares[UES];
		draw_shares(rng, shares, rng_uniform(rng, .1, 1));
		assert_int_equal(ask_grants(cell, shares, UES, NS_PER_S), 0);
		for (uint32_t ue = 0; ue < UES; ue++)
			lab_fill(cell, ue, 5 + (int)(10 * shannon_of(&lab, ue, shares[ue].hertz) / 8 / FRAME),
				 FRAME, NS_PER_S);
		for (uint32_t ue = 0; ue < UES; ue++)
			check_rate(cell, ue, shannon_of(&lab, ue, shares[ue].hertz), 11 * NS_PER_S);
		cell_free(cell);
	}
	rng_free(rng);
}

// A frame of which part is sent when its grant changes goes on at the new rate from that very instant.
static void a_grant_counts_from_its_instant(void **unused)
{
	(void)unused;
	struct lab lab;
	struct cell *cell = open_cell(&lab, GRANT_GRANTED);
	struct rng *rng = rng_new(lab_seed(), 0, RNG_TEST, 1);
	for (uint32_t ue = 0; ue < UES; ue++) {
		const struct cell_share before = {ue, 1e5}, after = {ue, 5e5};
		assert_int_equal(ask_grants(cell, &before, 1, 0), 0);
		double first_bps = shannon_of(&lab, ue, 1e5), then_bps = shannon_of(&lab, ue, 5e5);
		int64_t sent_ns = NS_PER_S * (ue + 1);
		int64_t change_ns = sent_ns + (int64_t)(rng_uniform(rng, .1, .9) * 8e9 * FRAME / first_bps);
		assert_int_equal(cell_enqueue(cell, ue, LINK_UP, FRAME, ue, sent_ns), 0);
		assert_int_equal(ask_grants(cell, &after, 1, change_ns), 0);
		double left_bits = 8. * FRAME - first_bps * ns_to_s(change_ns - sent_ns);
		int64_t left_ns = (int64_t)(1e9 * left_bits / then_bps);
		struct link_packet packet;
		assert_int_equal(cell_dequeue(cell, sent_ns + NS_PER_S - 1, &packet, 1), 1);
		assert_true(llabs(packet.deliver_ns - change_ns - left_ns) <= 2);
		assert_int_equal(ask_grants(cell, &(struct cell_share){ue, 0}, 1, sent_ns + NS_PER_S - 1), 0);
	}
	rng_free(rng);
	cell_free(cell);
}

// A scheduler can work out every rate from what it reads.
static void the_state_tells_every_rate(void **unused)
{
	(void)unused;
	struct lab lab;
	struct cell *cell = open_cell(&lab, GRANT_GRANTED);
	struct rng *rng = rng_new(lab_seed(), 0, RNG_TEST, 4);
	struct cell_share shares[UES];
	draw_shares(rng, shares, 1);
	assert_int_equal(ask_grants(cell, shares, UES, NS_PER_S), 0);
	lab_fill(cell, 5, 3, FRAME, NS_PER_S);
	const struct ask_state *s = read_cell(cell, 3, NS_PER_S);
	assert_true(s->first_ue == 3 && s->n == UES - 3 && s->n_ues == UES && s->is_granted == 1);
	assert_true(s->band_hz == LAB_BAND_HZ && s->least_hz == 0 && s->t_ns == NS_PER_S);
	for (uint32_t i = 0; i < s->n; i++) {
		const struct cell_ue_state *ue = &s->ue[i];
		double w = ue->hertz;
		assert_true(w == shares[i + 3].hertz && ue->gain_db == lab.ues[i + 3].gain_db);
		assert_true(fabs(w * log2(1 + ue->power_to_noise_hz / w) / ue->rate_bps - 1) < 1e-9);
		assert_true(fabs(shannon_of(&lab, i + 3, LAB_BAND_HZ) / ue->whole_band_bps - 1) < 1e-9);
		assert_int_equal(ue->queue_packets, i + 3 == 5 ? 3 : 0);
		assert_int_equal(ue->queue_bytes, i + 3 == 5 ? 3 * FRAME : 0);
	}
	assert_int_equal(read_cell(cell, UES + 4, NS_PER_S)->n, 0);
	rng_free(rng);
	cell_free(cell);
	cell = open_cell(&lab, GRANT_EQUAL_SHARE);
	assert_int_equal(read_cell(cell, 0, NS_PER_S)->is_granted, 0);
	cell_free(cell);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_grant_is_shannons_rate_of_its_hertz),
	    cmocka_unit_test(a_grant_counts_from_its_instant),
	    cmocka_unit_test(the_state_tells_every_rate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
