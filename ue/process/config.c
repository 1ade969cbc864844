// SPDX-License-Identifier: BSD-3-Clause
#include "ue/process/config.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/datagram.h"
#include "ue/process/sender.h"

static int take_text(char *to, size_t size, const char *from, const char *path, const char *key,
		     struct err *err)
{
	if ((size_t)snprintf(to, size, "%s", from) >= size)
		return err_set(err, ENAMETOOLONG, "%s: %s is longer than %zu bytes", path, key, size - 1);
	return 0;
}

static int arrivals_kind_of(const char *name, enum arrivals_kind *kind)
{
	for (int k = ARRIVALS_BURST; k <= ARRIVALS_NONE; k++)
		if (strcmp(name, arrivals_kind_name((enum arrivals_kind)k)) == 0) {
			*kind = (enum arrivals_kind)k;
			return 0;
		}
	return -EINVAL;
}

// [[after the epoch, deadline], ...] in ns.
static int read_trace(struct arrivals *a, json_t *rows, const char *path, struct err *err)
{
	size_t i, n = json_array_size(rows);
	json_t *row;
	struct arrival *trace = calloc(n + 1, sizeof(*trace));
	if (!trace)
		return err_set(err, ENOMEM, "no memory for %zu arrivals", n);
	a->trace = trace;
	a->n_trace = n;
	json_array_foreach(rows, i, row)
	{
		json_int_t at_ns, deadline_ns;
		if (json_unpack(row, "[I, I !]", &at_ns, &deadline_ns) < 0)
			return err_set(err, EINVAL, "%s: arrivals.trace[%zu]: [ns, ns] is right", path, i);
		trace[i] = (struct arrival){at_ns, deadline_ns};
	}
	return 0;
}

static int read_arrivals(struct arrivals *a, json_t *from, const char *path, struct err *err)
{
	json_error_t where;
	json_t *trace;
	const char *kind;
	if (json_unpack_ex(from, &where, JSON_STRICT, "{s:s, s:F, s:F, s:F, s:F, s:F, s:i, s:F, s:F, s:o !}",
			   "kind", &kind, "period_s", &a->period_s, "jitter_s", &a->jitter_s, "rate_hz",
			   &a->rate_hz, "probability", &a->probability, "slot_s", &a->slot_s, "count",
			   &a->count, "deadline_low_s", &a->deadline_low_s, "deadline_high_s",
			   &a->deadline_high_s, "trace", &trace) < 0)
		return err_set(err, EINVAL, "%s: arrivals: %s", path, where.text);
	if (arrivals_kind_of(kind, &a->kind) < 0)
		return err_set(err, EINVAL,
			       "%s: arrivals.kind is '%s': burst, periodic, poisson, immediate, bernoulli, "
			       "trace or none",
			       path, kind);
	if (a->kind == ARRIVALS_BERNOULLI && !(a->probability > 0 && a->slot_s > 0))
		return err_set(err, EINVAL, "%s: arrivals.probability is %g and slot_s %g: above 0 is right",
			       path, a->probability, a->slot_s);
	return read_trace(a, trace, path, err);
}

static int unpack(struct ue_config *c, json_t *root, const char *path, struct err *err)
{
	json_error_t where;
	json_int_t ue, run_id, seed, run, weight_seed;
	const char *edge, *tcp, *network, *features, *samples, *counters;
	json_t *arrivals;
	if (json_unpack_ex(
		root, &where, JSON_STRICT,
		"{s:I, s:I, s:I, s:I, s:s, s:i, s:s, s:s, s:I, s:s, s:F, s:s, s:s, s:{s:F, s:F, s:F !}, "
		"s:F, s:F, s:F, s:o,"
		" s:{s:F, s:i, s:F, s:b !} !}",
		"ue", &ue, "run_id", &run_id, "seed", &seed, "run", &run, "edge", &edge, "port",
		&c->edge_port, "tcp", &tcp, "network", &network, "weight_seed", &weight_seed, "features",
		&features, "check_tolerance", &c->check_tolerance, "samples", &samples, "counters", &counters,
		"device", "f_min_flops", &c->device.f_min_flops, "f_max_flops", &c->device.f_max_flops,
		"kappa", &c->device.kappa, "tx_power_w", &c->tx_power_w, "receive_power_w",
		&c->receive_power_w, "idle_power_w", &c->idle_power_w, "arrivals", &arrivals, "traffic",
		"rate_bps", &c->traffic.rate_bps, "size_bytes", &c->traffic.size_bytes, "linger_s",
		&c->traffic.linger_s, "realtime", &c->traffic.realtime) < 0)
		return err_set(err, EINVAL, "%s: %s", path, where.text);
	c->ue = (uint32_t)ue;
	c->run_id = (uint32_t)run_id;
	c->seed = (uint64_t)seed;
	c->run = (uint64_t)run;
	c->weight_seed = (uint64_t)weight_seed;
	if (c->traffic.size_bytes < DATAGRAM_HEADER_SIZE || c->traffic.size_bytes > SENDER_MAX_SIZE)
		return err_set(err, EINVAL, "%s: traffic.size_bytes is %d: %d to %d are right", path,
			       c->traffic.size_bytes, DATAGRAM_HEADER_SIZE, SENDER_MAX_SIZE);
	int f = features_of(features);
	if (f < 0)
		return err_set(err, EINVAL, "%s: features is '%s': fp32, fp16 or int8", path, features);
	c->features = (enum features)f;
	int r = read_arrivals(&c->arrivals, arrivals, path, err);
	r = r < 0 ? r : take_text(c->edge_address, sizeof(c->edge_address), edge, path, "edge", err);
	r = r < 0 ? r : take_text(c->tcp, sizeof(c->tcp), tcp, path, "tcp", err);
	r = r < 0 ? r : take_text(c->network, sizeof(c->network), network, path, "network", err);
	r = r < 0 ? r : take_text(c->samples, sizeof(c->samples), samples, path, "samples", err);
	return r < 0 ? r : take_text(c->counters, sizeof(c->counters), counters, path, "counters", err);
}

int ue_config_load(struct ue_config *c, const char *path, struct err *err)
{
	json_error_t where;
	json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
	if (!root)
		return err_set(err, EINVAL, "%s:%d:%d: %s", path, where.line, where.column, where.text);
	memset(c, 0, sizeof(*c));
	int r = unpack(c, root, path, err);
	json_decref(root);
	if (r < 0)
		ue_config_free(c);
	return r;
}

void ue_config_free(struct ue_config *c)
{
	free((void *)c->arrivals.trace);
	c->arrivals.trace = NULL;
	c->arrivals.n_trace = 0;
}
