// SPDX-License-Identifier: BSD-3-Clause
// Loss on the air: independent losses, and the chain of Gilbert and Elliott.
#include "sections.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "mac/impairment.h"
#include "stats.h"

#define PACKETS 500000
#define WARM_UP 1000 // the chain starts good
#define LONGEST 64

// What was seen of a chain.
struct trail {
	int lost;
	int bad;		 // packets that found the chain bad
	int spells;		 // bad spells that ended
	double lengths[LONGEST]; // of those, counted: [i] = i + 1 packets, the last = that or more
	int run, in_spells;	 // the spell under way; packets of the ended ones
};

static void note(struct trail *t, bool bad, bool lost)
{
	t->lost += lost;
	t->bad += bad;
	if (bad) {
		t->run++;
	} else if (t->run > 0) {
		t->lengths[t->run < LONGEST ? t->run - 1 : LONGEST - 1]++;
		t->in_spells += t->run;
		t->spells++;
		t->run = 0;
	}
}

static struct trail walk(const struct impairment_config *config, uint64_t seed, uint64_t index)
{
	struct rng *rng = rng_new(seed, 1, RNG_LOSS, index);
	must(rng != NULL, "out of memory");
	struct impairment impairment = {.config = *config, .rng = rng};
	struct trail trail = {0};
	for (int i = 0; i < WARM_UP; i++)
		impairment_loses(&impairment);
	bool gilbert = config->bursts.good_loss == 0 && config->bursts.bad_loss == 1;
	for (int i = 0; i < PACKETS; i++) {
		bool bad = impairment.bad, lost = impairment_loses(&impairment);
		note(&trail, gilbert ? lost : bad, lost); // Gilbert: a burst of losses is a bad spell
	}
	rng_free(rng);
	return trail;
}

// Losses follow each other, so n packets tell as much as fewer independent ones: those for which a binomial
// has the chain's asymptotic variance, loss (1 - loss) + 2 pi_good pi_bad (bad - good)^2 l / (1 - l) with
// l = 1 - p - r.
static double effective_size(const struct gilbert_elliott *c, double loss)
{
	double l = 1 - c->p - c->r, sum = c->p + c->r, step = c->bad_loss - c->good_loss;
	double variance = loss * (1 - loss);
	double chained = variance + 2 * c->p * c->r / (sum * sum) * step * step * l / (1 - l);
	return PACKETS * variance / chained;
}

static void judge_lengths(struct report *r, const char *name, double leave, const struct trail *t,
			  FILE *series)
{
	double expected[LONGEST];
	for (int i = 0; i < LONGEST; i++) {
		double tail = pow(1 - leave, i);
		expected[i] = t->spells * (i < LONGEST - 1 ? tail * leave : tail);
		if (i < LONGEST - 1 && expected[i] > 2)
			fprintf(series, "%d,%.0f,%.2f\n", i + 1, t->lengths[i], expected[i]);
	}
	fprintf(series, "\n\n");
	double statistic, p = chi_square_test(t->lengths, expected, LONGEST, &statistic);
	report_test(r, law_name("%s: burst lengths geometric, chi-square", name), statistic, p,
		    (uint64_t)t->spells);
}

static void judge_chain(struct report *r, const struct gilbert_elliott *c, uint64_t index, FILE *series)
{
	struct trail t = walk(&(struct impairment_config){.bursts = *c}, r->seed, index);
	char name[96];
	snprintf(name, sizeof(name), "p %g, r %g, loss %g / %g", c->p, c->r, c->good_loss, c->bad_loss);
	double loss = (c->r * c->good_loss + c->p * c->bad_loss) / (c->p + c->r);
	double n = effective_size(c, loss), rate = t.lost / (double)PACKETS;
	report_interval(r, law_name("%s: loss rate", name), rate, loss, binomial_interval(rate * n, n, LEVEL),
			(uint64_t)n);
	// Each packet of a spell is its last with probability r.
	struct interval leave = binomial_interval(t.spells, t.in_spells, LEVEL);
	report_interval(r, law_name("%s: mean burst, packets", name), t.in_spells / (double)t.spells,
			1 / c->r, (struct interval){1 / leave.high, 1 / leave.low}, (uint64_t)t.spells);
	judge_lengths(r, name, c->r, &t, series);
}

static void judge_independent(struct report *r)
{
	const double loss = 0.03;
	struct rng *rng = rng_new(r->seed, 1, RNG_LOSS, 100);
	must(rng != NULL, "out of memory");
	struct impairment impairment = {.config = {.random = loss}, .rng = rng};
	int lost = 0, after = 0, both = 0;
	bool before = false;
	for (int i = 0; i < PACKETS; i++) {
		bool now = impairment_loses(&impairment);
		lost += now;
		after += before;
		both += before && now;
		before = now;
	}
	rng_free(rng);
	report_interval(r, "independent losses: rate", lost / (double)PACKETS, loss,
			binomial_interval(lost, PACKETS, LEVEL), PACKETS);
	report_interval(r, "independent losses: rate after a loss", both / (double)after, loss,
			binomial_interval(both, after, LEVEL), (uint64_t)after);
}

void validate_loss(struct report *r)
{
	static const struct gilbert_elliott chains[] = {
	    {.p = 0.01, .r = 0.2, .good_loss = 0, .bad_loss = 1},
	    {.p = 0.002, .r = 0.05, .good_loss = 0, .bad_loss = 1},
	    {.p = 0.02, .r = 0.3, .good_loss = 0.001, .bad_loss = 0.5},
	};
	FILE *series = report_series(r, "loss", "length,count,expected");
	judge_independent(r);
	for (uint64_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++)
		judge_chain(r, &chains[i], i, series);
	fclose(series);
}
