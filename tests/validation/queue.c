// SPDX-License-Identifier: BSD-3-Clause
// A flow's queue under Poisson arrivals: M/D/1 and M/M/1 waiting times against Pollaczek and Khinchine's
// formula, M/M/1 sojourn times against their exponential law, and every single wait against Lindley's
// recursion. Replications are independent and give the intervals.
#include "sections.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "mac/link.h"
#include "stats.h"

#define RATE_BPS 1e9
#define MEAN_BYTES 125000. // 1 ms of service
#define SERVICE_NS 1e6
#define REPLICATIONS 40
#define WARM_UP 5000
#define PACKETS 15000
#define SPARSE 1000 // packets between two whose waits are taken as independent
#define SAMPLES (REPLICATIONS * (PACKETS / SPARSE))

enum service { DETERMINISTIC, EXPONENTIAL };

struct experiment {
	enum service service;
	double load;
	double means[REPLICATIONS]; // of the wait, in service times
	double sojourns[SAMPLES];   // of sparse packets, in service times
	int n_sojourns, idle_on_arrival;
	double worst_ns; // greatest difference to Lindley's recursion
};

// One replication under way.
struct replication {
	struct experiment *e;
	int departed;
	double sum, lindley_ns, last_service_ns;
	int64_t last_arrival_ns;
};

static void look_at(struct replication *p, const struct link_packet *packet)
{
	struct experiment *e = p->e;
	double wait_ns = (double)(packet->start_ns - packet->enqueued_ns);
	double gap_ns = (double)(packet->enqueued_ns - p->last_arrival_ns);
	p->lindley_ns = p->departed == 0 ? 0 : fmax(0, p->lindley_ns + p->last_service_ns - gap_ns);
	e->worst_ns = fmax(e->worst_ns, fabs(wait_ns - p->lindley_ns));
	p->last_service_ns = 8e9 * packet->bytes / RATE_BPS;
	p->last_arrival_ns = packet->enqueued_ns;
	if (p->departed >= WARM_UP) {
		p->sum += wait_ns / SERVICE_NS;
		if ((p->departed - WARM_UP) % SPARSE == 0) {
			e->idle_on_arrival += wait_ns < 1; // a nanosecond of rounding
			e->sojourns[e->n_sojourns++] =
			    (double)(packet->end_ns - packet->enqueued_ns) / SERVICE_NS;
		}
	}
	p->departed++;
}

static void take_departures(struct link *link, struct replication *p, int64_t now)
{
	struct link_packet packets[64];
	for (size_t n; (n = link_dequeue(link, now, packets, 64)) > 0;)
		for (size_t i = 0; i < n && p->departed < WARM_UP + PACKETS; i++)
			look_at(p, &packets[i]);
}

static uint32_t draw_bytes(enum service service, struct rng *rng)
{
	return (uint32_t)(service == DETERMINISTIC ? MEAN_BYTES : ceil(rng_exponential(rng, MEAN_BYTES)));
}

static double replicate(struct experiment *e, uint64_t seed, uint64_t run)
{
	struct link_flow_config flows[LINK_DIRS] = {
	    {.rate_bps = RATE_BPS, .limit_bytes = 1ull << 40},
	    {.rate_bps = RATE_BPS, .limit_bytes = 1ull << 40},
	};
	struct link_config config = {.n_ues = 1, .flows = flows};
	struct link *link = link_new(&config, 0, NULL);
	struct rng *arrivals = rng_new(seed, run, RNG_ARRIVAL, 0), *sizes = rng_new(seed, run, RNG_INPUT, 0);
	must(link && arrivals && sizes, "out of memory");
	struct replication p = {.e = e};
	double at_ns = 0;
	for (int i = 0; i < WARM_UP + PACKETS; i++) {
		at_ns += rng_exponential(arrivals, SERVICE_NS / e->load);
		int64_t now = llround(at_ns);
		take_departures(link, &p, now);
		must(link_enqueue(link, 0, LINK_UP, draw_bytes(e->service, sizes), 0, now) == 0,
		     "a queue without limit refuses a packet");
	}
	take_departures(link, &p, llround(at_ns) + 3600 * NS_PER_S);
	must(p.departed == WARM_UP + PACKETS, "packets stay in the queue");
	rng_free(arrivals);
	rng_free(sizes);
	link_free(link);
	return p.sum / PACKETS;
}

static double exponential_cdf(double x, const void *mean)
{
	return 1 - exp(-x / *(const double *)mean);
}

static void judge(struct report *r, struct experiment *e, FILE *series)
{
	const char *name = e->service == DETERMINISTIC ? "M/D/1" : "M/M/1";
	// Pollaczek-Khinchine: rho (1 + c^2) / (2 (1 - rho)) services, c^2 = 0 or 1.
	double expected = e->load / (1 - e->load) / (e->service == DETERMINISTIC ? 2 : 1);
	struct interval ci = mean_interval(e->means, REPLICATIONS, LEVEL);
	double mean = mean_of(e->means, REPLICATIONS);
	report_interval(r, law_name("%s at load %g: mean wait, services", name, e->load), mean, expected, ci,
			REPLICATIONS * PACKETS);
	fprintf(series, "%d,%g,%.5f,%.5f,%.5f\n", (int)e->service, e->load, mean, ci.low, ci.high);
	report_interval(r, law_name("%s at load %g: share that need not wait", name, e->load),
			e->idle_on_arrival / (double)SAMPLES, 1 - e->load,
			binomial_interval(e->idle_on_arrival, SAMPLES, LEVEL), SAMPLES);
	if (e->service == EXPONENTIAL) {
		double sojourn = 1 / (1 - e->load);
		struct ks ks = ks_test(e->sojourns, SAMPLES, exponential_cdf, &sojourn);
		report_test(r,
			    law_name("%s at load %g: sojourn exponential, Kolmogorov-Smirnov distance", name,
				     e->load),
			    ks.distance, ks.p, SAMPLES);
	}
	report_exact(
	    r, law_name("%s at load %g: every wait against Lindley, greatest difference, ns", name, e->load),
	    e->worst_ns, 0, 2, REPLICATIONS * (WARM_UP + PACKETS));
}

void validate_queue(struct report *r)
{
	static const double loads[] = {0.3, 0.5, 0.7, 0.9};
	FILE *series = report_series(r, "queue", "service,load,wait,low,high");
	struct experiment *e = must_allocate(1, sizeof(*e));
	for (int service = DETERMINISTIC; service <= EXPONENTIAL; service++) {
		for (int i = 0; i < 4; i++) {
			*e = (struct experiment){.service = (enum service)service, .load = loads[i]};
			uint64_t first = (uint64_t)(service * 4 + i) * REPLICATIONS;
			for (uint64_t run = 0; run < REPLICATIONS; run++)
				e->means[run] = replicate(e, r->seed, first + run);
			judge(r, e, series);
		}
		fprintf(series, "\n\n");
	}
	free(e);
	fclose(series);
}
