// SPDX-License-Identifier: BSD-3-Clause
#include "ue/config.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "proto/datagram.h"
#include "ue/sender.h"

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

static int unpack(struct ue_config *c, json_t *root, const char *path, struct err *err)
{
	json_error_t where;
	json_int_t ue, run_id, seed, run, weight_seed;
	const char *edge, *tcp, *network, *features, *samples, *counters, *kind;
	if (json_unpack_ex(
		root, &where, JSON_STRICT,
		"{s:I, s:I, s:I, s:I, s:s, s:i, s:s, s:s, s:I, s:s, s:s, s:s, s:{s:F, s:F, s:F !}, "
		"s:F, s:F, s:F, s:F,"
		" s:{s:s, s:F, s:F, s:F, s:i !}, s:{s:F, s:i, s:F !} !}",
		"ue", &ue, "run_id", &run_id, "seed", &seed, "run", &run, "edge", &edge, "port",
		&c->edge_port, "tcp", &tcp, "network", &network, "weight_seed", &weight_seed, "features",
		&features, "samples", &samples, "counters", &counters, "device", "f_min_flops",
		&c->device.f_min_flops, "f_max_flops", &c->device.f_max_flops, "kappa", &c->device.kappa,
		"tx_power_w", &c->tx_power_w, "receive_power_w", &c->receive_power_w, "idle_power_w",
		&c->idle_power_w, "deadline_s", &c->deadline_s, "arrivals", "kind", &kind, "period_s",
		&c->arrivals.period_s, "jitter_s", &c->arrivals.jitter_s, "rate_hz", &c->arrivals.rate_hz,
		"count", &c->arrivals.count, "traffic", "rate_bps", &c->traffic.rate_bps, "size_bytes",
		&c->traffic.size_bytes, "linger_s", &c->traffic.linger_s) < 0)
		return err_set(err, EINVAL, "%s: %s", path, where.text);
	c->ue = (uint32_t)ue;
	c->run_id = (uint32_t)run_id;
	c->seed = (uint64_t)seed;
	c->run = (uint64_t)run;
	c->weight_seed = (uint64_t)weight_seed;
	if (c->traffic.size_bytes < DATAGRAM_HEADER_SIZE || c->traffic.size_bytes > SENDER_MAX_SIZE)
		return err_set(err, EINVAL, "%s: traffic.size_bytes is %d: %d to %d are right", path,
			       c->traffic.size_bytes, DATAGRAM_HEADER_SIZE, SENDER_MAX_SIZE);
	if (arrivals_kind_of(kind, &c->arrivals.kind) < 0)
		return err_set(err, EINVAL, "%s: arrivals.kind is '%s': burst, periodic, poisson or none",
			       path, kind);
	int f = features_of(features);
	if (f < 0)
		return err_set(err, EINVAL, "%s: features is '%s': fp32, fp16 or int8", path, features);
	c->features = (enum features)f;
	int r = take_text(c->edge_address, sizeof(c->edge_address), edge, path, "edge", err);
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
	return r;
}
