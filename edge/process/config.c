// SPDX-License-Identifier: BSD-3-Clause
#include "edge/process/config.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static int read_ue(struct edge_ue *ue, json_t *from, const struct edge_config *c, const char *path, size_t i,
		   struct err *err)
{
	json_error_t where;
	const char *features;
	if (json_unpack_ex(from, &where, JSON_STRICT, "{s:F, s:F, s:F, s:F, s:i, s:s !}", "uplink_bps",
			   &ue->uplink_bps, "downlink_bps", &ue->downlink_bps, "uplink_delay_s",
			   &ue->uplink_delay_s, "downlink_delay_s", &ue->downlink_delay_s, "network",
			   &ue->network, "features", &features) < 0)
		return err_set(err, EINVAL, "%s: ues[%zu]: %s", path, i, where.text);
	int f = features_of(features);
	if (f < 0)
		return err_set(err, EINVAL, "%s: ues[%zu].features is '%s': fp32, fp16 or int8", path, i,
			       features);
	ue->features = (enum features)f;
	if (ue->network < 0 || ue->network >= c->n_networks)
		return err_set(err, EINVAL, "%s: ues[%zu].network is %d: networks has %d", path, i,
			       ue->network, c->n_networks);
	return 0;
}

static int read_network(struct edge_network *n, json_t *from, const char *path, size_t i, struct err *err)
{
	json_error_t where;
	const char *name, *profile, *samples;
	json_int_t weight_seed;
	if (json_unpack_ex(from, &where, JSON_STRICT, "{s:s, s:I, s:s, s:s !}", "name", &name, "weight_seed",
			   &weight_seed, "profile", &profile, "samples", &samples) < 0)
		return err_set(err, EINVAL, "%s: networks[%zu]: %s", path, i, where.text);
	snprintf(n->name, sizeof(n->name), "%s", name);
	snprintf(n->profile, sizeof(n->profile), "%s", profile);
	snprintf(n->samples, sizeof(n->samples), "%s", samples);
	n->weight_seed = (uint64_t)weight_seed;
	return 0;
}

static int read_lists(struct edge_config *c, json_t *networks, json_t *ues, const char *path, struct err *err)
{
	c->n_networks = (int)json_array_size(networks);
	c->n_ues = (int)json_array_size(ues);
	if (c->n_networks < 1 || c->n_ues < 1)
		return err_set(err, EINVAL, "%s: networks and ues are lists of at least one entry", path);
	c->networks = calloc((size_t)c->n_networks, sizeof(*c->networks));
	c->ues = calloc((size_t)c->n_ues, sizeof(*c->ues));
	if (!c->networks || !c->ues)
		return err_set(err, ENOMEM, "no memory");
	size_t i;
	json_t *entry;
	int r = 0;
	json_array_foreach(networks, i, entry) r =
	    r < 0 ? r : read_network(&c->networks[i], entry, path, i, err);
	json_array_foreach(ues, i, entry) r = r < 0 ? r : read_ue(&c->ues[i], entry, c, path, i, err);
	return r;
}

static int read_power(struct edge_power *p, json_t *from, const char *path, struct err *err)
{
	json_error_t where;
	json_t *freqs;
	if (json_unpack_ex(from, &where, JSON_STRICT, "{s:F, s:F, s:o !}", "static_w", &p->static_w,
			   "dynamic_w", &p->dynamic_w, "frequencies", &freqs) < 0)
		return err_set(err, EINVAL, "%s: power: %s", path, where.text);
	size_t n = json_array_size(freqs);
	if (n < 1 || n > EDGE_MAX_FREQS)
		return err_set(err, EINVAL, "%s: power.frequencies is a list of 1 to %d numbers", path,
			       EDGE_MAX_FREQS);
	p->n_freq = (int)n;
	for (size_t i = 0; i < n; i++)
		p->freq[i] = json_number_value(json_array_get(freqs, i));
	return 0;
}

static int read_online(struct edge_online *o, json_t *from, const char *path, struct err *err)
{
	json_error_t where;
	const char *agent, *hash;
	if (json_unpack_ex(from, &where, JSON_STRICT, "{s:F, s:F, s:F, s:F, s:s, s:s, s:i !}", "slot_s",
			   &o->slot_s, "offset_s", &o->offset_s, "deadline_scale_s", &o->deadline_scale_s,
			   "rate_scale_bps", &o->rate_scale_bps, "agent", &agent, "topology_hash", &hash,
			   "horizon_slots", &o->horizon_slots) < 0)
		return err_set(err, EINVAL, "%s: online: %s", path, where.text);
	if (!(o->slot_s > 0 && o->offset_s >= 0 && o->deadline_scale_s > 0))
		return err_set(err, EINVAL,
			       "%s: online.slot_s is %g and deadline_scale_s %g: above 0 is right", path,
			       o->slot_s, o->deadline_scale_s);
	snprintf(o->agent, sizeof(o->agent), "%s", agent);
	o->topology_hash = strtoull(hash, NULL, 16);
	return 0;
}

static int read_batching(struct edge_config *c, json_t *from, const char *path, struct err *err)
{
	json_error_t where;
	const char *mode;
	double timer_s;
	int m = 0;
	if (json_unpack_ex(from, &where, JSON_STRICT, "{s:s, s:i, s:F !}", "mode", &mode, "size",
			   &c->batching.size, "timer_s", &timer_s) < 0)
		return err_set(err, EINVAL, "%s: batching: %s", path, where.text);
	while (batch_mode_names[m] && strcmp(batch_mode_names[m], mode) != 0)
		m++;
	if (!batch_mode_names[m])
		return err_set(err, EINVAL, "%s: batching.mode is '%s': slot, size, timer or deadline", path,
			       mode);
	if (c->batching.size < 1 || c->batching.size > BATCH_MAX_MEMBERS || !(timer_s >= 0))
		return err_set(err, EINVAL, "%s: batching: size is 1 to %d, timer_s at least 0", path,
			       BATCH_MAX_MEMBERS);
	c->batching.mode = (enum batch_mode)m;
	c->batching.timer_ns = s_to_ns(timer_s);
	c->batching.patience_ns = s_to_ns(c->guard_s);
	return 0;
}

static int read_config(struct edge_config *c, json_t *root, const char *path, struct err *err)
{
	json_error_t where;
	json_int_t run_id;
	json_t *networks, *ues, *power, *batching, *online;
	const char *policy, *executor, *tcp, *counters;
	int outputs, shared_band;
	if (json_unpack_ex(root, &where, JSON_STRICT,
			   "{s:I, s:i, s:i, s:i, s:i, s:s, s:s, s:s, s:s, s:F, s:F, s:b, s:o, s:o, s:o, s:b, "
			   "s:o, s:o !}",
			   "run_id", &run_id, "port", &c->port, "threads", &c->threads, "max_batch",
			   &c->max_batch, "mtu", &c->mtu, "policy", &policy, "executor", &executor, "tcp",
			   &tcp, "counters", &counters, "admission_window_s", &c->admission_window_s,
			   "guard_s", &c->guard_s, "shared_band", &shared_band, "batching", &batching,
			   "power", &power, "online", &online, "outputs", &outputs, "networks", &networks,
			   "ues", &ues) < 0)
		return err_set(err, EINVAL, "%s: %s", path, where.text);
	c->run_id = (uint32_t)run_id;
	c->outputs = outputs;
	c->shared_band = shared_band;
	snprintf(c->policy, sizeof(c->policy), "%s", policy);
	snprintf(c->executor, sizeof(c->executor), "%s", executor);
	snprintf(c->tcp, sizeof(c->tcp), "%s", tcp);
	snprintf(c->counters, sizeof(c->counters), "%s", counters);
	int r = read_batching(c, batching, path, err);
	r = r < 0 ? r : read_power(&c->power, power, path, err);
	r = r < 0 ? r : read_online(&c->online, online, path, err);
	return r < 0 ? r : read_lists(c, networks, ues, path, err);
}

int edge_config_load(struct edge_config *c, const char *path, struct err *err)
{
	memset(c, 0, sizeof(*c));
	json_error_t where;
	json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
	if (!root)
		return err_set(err, EINVAL, "%s:%d:%d: %s", path, where.line, where.column, where.text);
	int r = read_config(c, root, path, err);
	json_decref(root);
	if (r < 0)
		edge_config_free(c);
	return r;
}

void edge_config_free(struct edge_config *c)
{
	free(c->ues);
	free(c->networks);
	c->ues = NULL;
	c->networks = NULL;
}
