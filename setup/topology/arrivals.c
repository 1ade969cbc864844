// SPDX-License-Identifier: BSD-3-Clause
// When UEs' tasks arise: from keys and trace files to what ue/life/arrivals.h takes.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "setup/topology/source.h"

void free_traces(struct topology *t)
{
	for (int i = 0; i < t->n_traces; i++)
		arrival_trace_free(t->traces[i]);
	free(t->traces);
	t->traces = NULL;
	t->n_traces = 0;
}

static int load_file(struct topology *t, const struct topology_ue *ue, struct err *err)
{
	const struct trace_time time = {TRACE_STOP, ue->arrivals.start_ns, t->duration_ns,
					"ues.arrivals.start"};
	const char **networks = calloc((size_t)t->n_ues, sizeof(*networks));
	if (!networks)
		return err_set(err, ENOMEM, "no memory for %d UEs", t->n_ues);
	for (int i = 0; i < t->n_ues; i++)
		networks[i] = t->ue[i].network;
	int r =
	    arrival_trace_load(&t->traces[t->n_traces], ue->arrivals.trace, t->n_ues, networks, &time, err);
	free(networks);
	t->n_traces += r == 0;
	return r;
}

// The trace of UE i: that of an earlier UE when both name one file.
static int find_trace(struct topology *t, int i, struct arrival_trace **of_ue, struct err *err)
{
	const char *path = t->ue[i].arrivals.trace;
	const struct topology_source *s = t->source;
	if (!*path)
		return source_blame(s, source_mark(s, "ues.arrivals.kind"),
				    err_set(err, EINVAL,
					    "ue%d: arrivals.kind is trace: arrivals.trace must name its file",
					    i + 1),
				    err);
	for (int k = 0; k < i; k++)
		if (of_ue[k] && strcmp(path, t->ue[k].arrivals.trace) == 0 &&
		    t->ue[k].arrivals.start_ns == t->ue[i].arrivals.start_ns) {
			of_ue[i] = of_ue[k];
			return 0;
		}
	int r = load_file(t, &t->ue[i], err);
	if (r < 0)
		return source_blame(s, source_mark(s, "ues.arrivals.trace"), r, err);
	of_ue[i] = t->traces[t->n_traces - 1];
	return 0;
}

static void give_rows(struct topology *t, int i, const struct arrival_trace *trace)
{
	struct topology_ue *ue = &t->ue[i];
	ue->arrivals.rows = trace->rows + trace->first[i];
	ue->arrivals.n_rows = trace->first[i + 1] - trace->first[i];
	struct arrivals a = topology_arrivals(t, i);
	ue->deadline_ns = arrivals_longest_deadline_ns(&a);
}

int load_traces(struct topology *t, struct err *err)
{
	free_traces(t);
	size_t n = (size_t)t->n_ues;
	struct arrival_trace **of_ue = calloc(n, sizeof(struct arrival_trace *));
	t->traces = calloc(n, sizeof(struct arrival_trace *));
	if (!of_ue || !t->traces) {
		free(of_ue);
		return err_set(err, ENOMEM, "no memory for %d UEs", t->n_ues);
	}
	int r = 0;
	for (int i = 0; r == 0 && i < t->n_ues; i++) {
		if (t->ue[i].arrivals.kind != ARRIVALS_TRACE)
			continue;
		r = find_trace(t, i, of_ue, err);
		if (r == 0 && of_ue[i])
			give_rows(t, i, of_ue[i]);
	}
	free(of_ue);
	return r;
}

struct device topology_device(const struct topology_ue *ue)
{
	double f_max = ue->device.f_max_flops;
	return (struct device){.f_min_flops = ue->device.f_min_flops,
			       .f_max_flops = f_max,
			       .kappa = ue->device.power_max_w / (f_max * f_max * f_max)};
}

struct arrivals topology_arrivals(const struct topology *t, int ue)
{
	const struct topology_ue *u = &t->ue[ue];
	bool each = u->deadline_draw == DEADLINE_OF_TASK;
	return (struct arrivals){.kind = u->arrivals.kind,
				 .period_s = ns_to_s(u->arrivals.period_ns),
				 .jitter_s = ns_to_s(u->arrivals.jitter_ns),
				 .rate_hz = u->arrivals.rate_per_s,
				 .probability = u->arrivals.probability,
				 .slot_s = ns_to_s(t->online.slot_ns),
				 .burst = u->arrivals.burst,
				 .count = u->arrivals.count,
				 .deadline_low_s = each ? u->deadline_range_s.low : ns_to_s(u->deadline_ns),
				 .deadline_high_s = each ? u->deadline_range_s.high : ns_to_s(u->deadline_ns),
				 .trace = u->arrivals.rows,
				 .n_trace = u->arrivals.n_rows};
}

int64_t topology_deadline_scale_ns(const struct topology *t)
{
	int64_t longest_ns = 0;
	for (int i = 0; i < t->n_ues; i++)
		if (t->ue[i].deadline_ns > longest_ns)
			longest_ns = t->ue[i].deadline_ns;
	return t->online.deadline_scale_ns > 0 ? t->online.deadline_scale_ns : longest_ns;
}
