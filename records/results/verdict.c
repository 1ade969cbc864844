// SPDX-License-Identifier: BSD-3-Clause
#include "records/results/verdict.h"

#include <inttypes.h>

#include "base/json_finite.h"
#include "records/results/attribution.h"
#include "records/results/results_private.h"

static double us(int64_t ns)
{
	return (double)ns / 1e3;
}

static json_t *stage_json(const struct lateness *l, enum host_stage stage)
{
	const struct host_promise *p = &host_promises[stage];
	const struct histogram *h = &l->late;
	double share = h->count ? (double)l->over / (double)h->count : 0;
	return json_pack("{s:I, s:f, s:f, s:f, s:o, s:I, s:f, s:f, s:b}", "events", (json_int_t)h->count,
			 "p50_us", us(histogram_quantile(h, .5)), "p99_us", us(histogram_quantile(h, .99)),
			 "max_us", us(h->max_ns), "bound_us",
			 p->bound_ns ? json_real(us(p->bound_ns)) : json_null(), "over", (json_int_t)l->over,
			 "over_share", share, "may_share", p->share, "kept", !lateness_breaks(l, stage));
}

json_t *verdict_lateness_json(const struct results *r)
{
	json_t *all = json_object();
	for (int s = 0; s < HOST_STAGES; s++)
		json_object_set_new(all, host_promises[s].name,
				    stage_json(&r->lateness[s], (enum host_stage)s));
	return all;
}

static void bound_text(enum host_stage stage, char *text, size_t size)
{
	int64_t bound_ns = host_promises[stage].bound_ns;
	if (bound_ns)
		snprintf(text, size, "over %g ms", (double)bound_ns / (double)NS_PER_MS);
	else
		snprintf(text, size, "over 10 %% and %g ms", (double)HOST_BATCH_SLACK_NS / (double)NS_PER_MS);
}

static void doubt_stage(const struct results *r, enum host_stage stage, json_t *list)
{
	const struct lateness *l = &r->lateness[stage];
	const struct host_promise *p = &host_promises[stage];
	char bound[48];
	if (!lateness_breaks(l, stage))
		return;
	bound_text(stage, bound, sizeof(bound));
	json_array_append_new(list,
			      json_sprintf("%s: %" PRIu64 " of %" PRIu64 " %s (%s; p99 %.1f ms, longest "
					   "%.1f ms): %s",
					   p->name, l->over, l->late.count, p->events, bound,
					   us(histogram_quantile(&l->late, .99)) / 1e3,
					   us(l->late.max_ns) / 1e3, p->remedy));
}

// The promises that the host broke, and in which stage of the tasks most of them.
static void doubt_promises(const struct results *r, json_t *list)
{
	size_t promised = 0, missed = 0, in[STAGE_COUNT] = {0};
	for (size_t i = 0; i < r->n_tasks; i++) {
		const struct task_record *t = &r->tasks[i];
		promised += t->promised && (t->outcome == TASK_DONE || t->outcome == TASK_DROPPED);
		if (!task_missed_by_host(t))
			continue;
		missed++;
		in[attribution_stage(t)]++;
	}
	if (missed == 0)
		return;
	int most = 0;
	for (int s = 0; s < STAGE_COUNT; s++)
		if (in[s] > in[most])
			most = s;
	json_array_append_new(
	    list,
	    json_sprintf("promises: %zu of %zu promised deadlines were missed because this host was late, "
			 "most of them (%zu) in the stage %s: end other work on this machine, or plan with "
			 "a longer edge.guard",
			 missed, promised, in[most], task_stage_name((enum task_stage)most)));
}

static void doubt_packets(const struct results *r, json_t *list)
{
	uint64_t lost = accuracy_lost(&r->accuracy);
	if (lost > 0)
		json_array_append_new(
		    list, json_sprintf("%" PRIu64 " packets were lost outside the link model", lost));
	size_t i;
	json_t *capture;
	json_array_foreach(r->captures, i, capture)
	{
		if (!json_is_true(json_object_get(capture, "complete")))
			json_array_append_new(
			    list, json_sprintf("the capture %s is incomplete",
					       json_string_value(json_object_get(capture, "file"))));
	}
}

static void doubt_values(const struct results *r, json_t *list)
{
	size_t differ = 0;
	for (size_t i = 0; i < r->n_tasks; i++)
		differ += r->tasks[i].checked == CHECK_DIFFERS;
	if (differ > 0)
		json_array_append_new(list, json_sprintf("%zu results differ from the reference", differ));
}

json_t *verdict_doubts(const struct results *r)
{
	json_t *list = json_deep_copy(r->refused);
	doubt_values(r, list);
	if (r->is_virtual)
		return list; // the model's times are exact
	for (int s = 0; s < HOST_STAGES; s++)
		doubt_stage(r, (enum host_stage)s, list);
	doubt_promises(r, list);
	if (r->has_accuracy)
		doubt_packets(r, list);
	else
		json_array_append_new(list, json_string("the shaper did not report its accuracy"));
	return list;
}
