// SPDX-License-Identifier: BSD-3-Clause
#include "emu/shaper/accuracy.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

int64_t accuracy_cpu_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

void accuracy_begin(struct accuracy *accuracy, int64_t now)
{
	memset(accuracy, 0, sizeof(*accuracy));
	accuracy->since_ns = now;
	accuracy->since_cpu_ns = accuracy_cpu_ns();
}

static struct delay_error delay_error_of(const struct histogram *h)
{
	return (struct delay_error){.count = h->count,
				    .p50_ns = histogram_quantile(h, .5),
				    .p99_ns = histogram_quantile(h, .99),
				    .p999_ns = histogram_quantile(h, .999),
				    .max_ns = h->max_ns,
				    .mean_ns = histogram_mean(h)};
}

void accuracy_summarise(const struct accuracy *accuracy, int64_t now, int64_t cpu_ns,
			struct accuracy_record *out)
{
	struct histogram all = {0};
	memset(out, 0, sizeof(*out));
	for (int dir = 0; dir < LINK_DIRS; dir++) {
		out->delay[dir] = delay_error_of(&accuracy->send[dir].late);
		histogram_merge(&all, &accuracy->send[dir].late);
	}
	out->delay[ACCURACY_ALL] = delay_error_of(&all);
	out->t_ns = now;
	out->since_ns = accuracy->since_ns;
	out->late_polls = accuracy->late_polls;
	out->overruns = accuracy->overruns;
	out->rx_ring_drops = accuracy->rx_ring_drops;
	out->tx_retries = accuracy->tx_retries;
	out->tx_failures = accuracy->tx_failures;
	out->lead_ns = accuracy->lead_ns;
	memcpy(out->filtered, accuracy->filtered, sizeof(out->filtered));
	double elapsed_ns = (double)(now - accuracy->since_ns);
	if (elapsed_ns > 0) {
		out->cpu_share = (double)(cpu_ns - accuracy->since_cpu_ns) / elapsed_ns;
		out->busy_share = 1 - (double)accuracy->waited_ns / elapsed_ns;
		out->spin_share = (double)accuracy->spun_ns / elapsed_ns;
	}
}

void accuracy_print(FILE *file, const struct accuracy_record *record)
{
	static const char *const scopes[] = {"uplink", "downlink", "both"};
	fprintf(file, "delay error (us)   packets     p50     p99   p99.9      max    mean\n");
	for (int i = 0; i < ACCURACY_SCOPES; i++) {
		const struct delay_error *e = &record->delay[i];
		fprintf(file, "%-16s %9" PRIu64 " %7.1f %7.1f %7.1f %8.1f %7.1f\n", scopes[i], e->count,
			(double)e->p50_ns / 1e3, (double)e->p99_ns / 1e3, (double)e->p999_ns / 1e3,
			(double)e->max_ns / 1e3, e->mean_ns / 1e3);
	}
	fprintf(file, "%s loop%s, %.2f s: processor %.1f %%, outside the wait %.1f %%\n",
		record->busy_poll ? "busy-polling" : "ppoll",
		record->nice_ok ? "" : " without the priority it wants",
		ns_to_s(record->t_ns - record->since_ns), 100 * record->cpu_share, 100 * record->busy_share);
	if (!record->busy_poll)
		fprintf(file, "wakes %.1f us before deadlines and spins %.2f %% of the time\n",
			(double)record->lead_ns / 1e3, 100 * record->spin_share);
	fprintf(file,
		"late polls %" PRIu64 ", overruns %" PRIu64 ", ring drops %" PRIu64 ", send retries %" PRIu64
		", send failures %" PRIu64 "\n",
		record->late_polls, record->overruns, record->rx_ring_drops, record->tx_retries,
		record->tx_failures);
	if (record->capture_packets || record->capture_drops)
		fprintf(file, "captured %" PRIu64 " packets, lost %" PRIu64 "\n", record->capture_packets,
			record->capture_drops);
	for (int i = 0; i < FILTER_REASONS; i++)
		if (record->filtered[i])
			fprintf(file, "not forwarded, %s: %" PRIu64 "\n", filter_name((enum filter_reason)i),
				record->filtered[i]);
}
