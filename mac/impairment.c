// SPDX-License-Identifier: BSD-3-Clause
#include "mac/impairment.h"

#include <errno.h>
#include <stddef.h>
#include "base/clock.h"

#define MAX_NS (3600 * NS_PER_S)

const char *const jitter_names[] = {[JITTER_NONE] = "none",
				    [JITTER_UNIFORM] = "uniform",
				    [JITTER_NORMAL] = "normal",
				    [JITTER_EXPONENTIAL] = "exponential",
				    NULL};

struct harq harq_fixed(double bler, double soft_factor, uint32_t max_retransmissions, int64_t round_trip_ns)
{
	struct harq harq = {.max_retransmissions = max_retransmissions, .round_trip_ns = round_trip_ns};
	for (int i = 0; i <= HARQ_MAX_RETRANSMISSIONS; i++, bler *= soft_factor)
		harq.bler[i] = bler;
	return harq;
}

static int check_probability(double value, const char *name, struct err *err)
{
	if (value >= 0 && value <= 1)
		return 0;
	return err_set(err, EINVAL, "%s %g is not a probability: write a number from 0 to 1", name, value);
}

static int check_ns(int64_t ns, const char *name, struct err *err)
{
	if (ns >= 0 && ns <= MAX_NS)
		return 0;
	return err_set(err, EINVAL, "%s of %lld ns must lie between 0 and one hour", name, (long long)ns);
}

static int check_harq(const struct harq *harq, struct err *err)
{
	if (harq->max_retransmissions > HARQ_MAX_RETRANSMISSIONS)
		return err_set(err, EINVAL, "HARQ with %u retransmissions: at most %d",
			       harq->max_retransmissions, HARQ_MAX_RETRANSMISSIONS);
	for (int i = 0; i <= HARQ_MAX_RETRANSMISSIONS; i++) {
		int rc = check_probability(harq->bler[i], "block error rate", err);
		if (rc < 0)
			return rc;
	}
	return check_ns(harq->round_trip_ns, "HARQ round trip", err);
}

static int check_jitter(const struct jitter *jitter, struct err *err)
{
	if ((int)jitter->kind < JITTER_NONE || jitter->kind > JITTER_EXPONENTIAL)
		return err_set(err, EINVAL, "jitter %d is unknown", (int)jitter->kind);
	int rc = check_ns(jitter->mean_ns, "mean jitter", err);
	if (rc == 0)
		rc = check_ns(jitter->spread_ns, "jitter's spread", err);
	if (rc == 0 && jitter->kind == JITTER_UNIFORM && jitter->spread_ns > jitter->mean_ns)
		return err_set(err, EINVAL,
			       "uniform jitter of %lld +- %lld ns would be negative: the spread must not "
			       "exceed the mean",
			       (long long)jitter->mean_ns, (long long)jitter->spread_ns);
	return rc;
}

int impairment_check(const struct impairment_config *config, struct err *err)
{
	const struct gilbert_elliott *bursts = &config->bursts;
	const struct {
		double value;
		const char *name;
	} probabilities[] = {{config->random, "random loss"},
			     {bursts->p, "Gilbert-Elliott p"},
			     {bursts->r, "Gilbert-Elliott r"},
			     {bursts->good_loss, "loss in the good state"},
			     {bursts->bad_loss, "loss in the bad state"}};
	int rc = check_harq(&config->harq, err);
	for (int i = 0; rc == 0 && i < 5; i++)
		rc = check_probability(probabilities[i].value, probabilities[i].name, err);
	return rc < 0 ? rc : check_jitter(&config->jitter, err);
}

bool impairment_is_none(const struct impairment_config *config)
{
	return !(config->harq.bler[0] > 0 || config->random > 0 || config->bursts.p > 0 ||
		 config->bursts.good_loss > 0 || config->jitter.kind != JITTER_NONE);
}

static bool happens(struct rng *rng, double probability)
{
	return probability > 0 && rng_uniform(rng, 0, 1) < probability;
}

bool impairment_fails(struct impairment *impairment, uint32_t transmission)
{
	uint32_t last = HARQ_MAX_RETRANSMISSIONS;
	return happens(impairment->rng,
		       impairment->config.harq.bler[transmission < last ? transmission : last]);
}

bool impairment_loses(struct impairment *impairment)
{
	const struct gilbert_elliott *bursts = &impairment->config.bursts;
	bool lost = happens(impairment->rng, impairment->config.random);
	lost |= happens(impairment->rng, impairment->bad ? bursts->bad_loss : bursts->good_loss);
	if (happens(impairment->rng, impairment->bad ? bursts->r : bursts->p))
		impairment->bad = !impairment->bad;
	return lost;
}

int64_t impairment_jitter_ns(struct impairment *impairment)
{
	const struct jitter *jitter = &impairment->config.jitter;
	double mean = (double)jitter->mean_ns, spread = (double)jitter->spread_ns, ns = 0;
	switch (jitter->kind) {
	case JITTER_NONE:
		return 0;
	case JITTER_UNIFORM:
		ns = rng_uniform(impairment->rng, mean - spread, mean + spread);
		break;
	case JITTER_NORMAL:
		ns = rng_normal(impairment->rng, mean, spread);
		break;
	case JITTER_EXPONENTIAL:
		ns = rng_exponential(impairment->rng, mean);
		break;
	}
	return ns > 0 ? (int64_t)ns : 0;
}
