// SPDX-License-Identifier: BSD-3-Clause
// A cell under the strategy `granted`, and an edge that asks it.
#pragma once

#include <string.h>

#include "base/rng.h"
#include "mac/ask.h"
#include "tests/unit/mac/cell_lab.h"

enum { UES = 8, FRAME = 1514 };

static _Alignas(8) unsigned char question_bytes[ASK_MAX_QUESTION], answer_bytes[ASK_MAX_ANSWER];
static struct ask_grant *const question = (struct ask_grant *)question_bytes;
static struct ask_granted *const answer = (struct ask_granted *)answer_bytes;

static inline struct cell *open_cell(struct lab *lab, enum grant_strategy strategy)
{
	lab_init(lab, UES, strategy, 0);
	for (uint32_t i = 0; i < UES; i++)
		lab->ues[i].gain_db = -95 - 3. * i;
	return lab_cell(lab);
}

// Random shares of a part of the band.
static inline void draw_shares(struct rng *rng, struct cell_share *shares, double part)
{
	double sum = 0;
	for (uint32_t i = 0; i < UES; i++)
		sum += shares[i].hertz = rng_exponential(rng, 1);
	for (uint32_t i = 0; i < UES; i++)
		shares[i] = (struct cell_share){i, shares[i].hertz / sum * part * LAB_BAND_HZ};
}

static inline int obey(struct cell *cell, size_t size, int64_t now)
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

static inline int ask_grants(struct cell *cell, const struct cell_share *shares, uint32_t n, int64_t now)
{
	*question = (struct ask_grant){.type = ASK_GRANT, .n = n, .sent_ns = now};
	memcpy(question->share, shares, n * sizeof(*shares));
	return obey(cell, ASK_GRANT_SIZE(n), now);
}
