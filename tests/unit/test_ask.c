// SPDX-License-Identifier: BSD-3-Clause
// The edge asks the cell: what a UE sends under a grant is Shannon's rate of it; a list of grants is obeyed
// at its instant, all of it or none; whatever else comes is refused with a sentence, and nothing changes.
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "mac/ask.h"
#include "tests/unit/cell_lab.h"

enum { UES = 8, FRAME = 1514 };

static _Alignas(8) unsigned char question_bytes[ASK_MAX_QUESTION], answer_bytes[ASK_MAX_ANSWER];
static struct ask_grant *const question = (struct ask_grant *)question_bytes;
static struct ask_granted *const answer = (struct ask_granted *)answer_bytes;
static struct ask_state *const state_answer = (struct ask_state *)answer_bytes;

static struct cell *open_cell(struct lab *lab, enum grant_strategy strategy)
{
	lab_init(lab, UES, strategy, 0);
	for (uint32_t i = 0; i < UES; i++)
		lab->ues[i].gain_db = -95 - 3. * i;
	return lab_cell(lab);
}

// Random shares of a part of the band.
static void draw_shares(struct rng *rng, struct cell_share *shares, double part)
{
	double sum = 0;
	for (uint32_t i = 0; i < UES; i++)
		sum += shares[i].hertz = rng_exponential(rng, 1);
	for (uint32_t i = 0; i < UES; i++)
		shares[i] = (struct cell_share){i, shares[i].hertz / sum * part * LAB_BAND_HZ};
}

static int obey(struct cell *cell, size_t size, int64_t now)
{
	const struct ask_grant *granted;
	size_t n = ask_obey(cell, question_bytes, size, now, answer_bytes, &granted);
	assert_int_equal(ask_check_answer(answer_bytes, n), 0);
	assert_int_equal(answer->type, ASK_GRANTED);
	assert_int_equal(answer->t_ns, now);
	assert_true((answer->code == 0) == (granted == question));
	assert_true((answer->code == 0) == (n == offsetof(struct ask_granted, why)));
	answer_bytes[n] = '\0';
	return answer->code;
}

static int ask_grants(struct cell *cell, const struct cell_share *shares, uint32_t n, int64_t now)
{
	*question = (struct ask_grant){.type = ASK_GRANT, .n = n, .sent_ns = now};
	memcpy(question->share, shares, n * sizeof(*shares));
	return obey(cell, ASK_GRANT_SIZE(n), now);
}

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
	    cmocka_unit_test(lists_are_obeyed_whole_or_not_at_all),
	    cmocka_unit_test(what_cannot_be_granted_is_refused),
	    cmocka_unit_test(no_bytes_do_harm),
	    cmocka_unit_test(the_state_tells_every_rate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
