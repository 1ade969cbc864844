// SPDX-License-Identifier: BSD-3-Clause
// From what was given to what holds: the UEs' attributes, their draws, and the checks across keys.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "setup/topology/effect_private.h"
#include "setup/topology/points_private.h"
#include "setup/topology/source.h"
#include "setup/topology/value_private.h"

#define LEAST_ROTATE_BYTES 64000 // no smaller than a packet

struct mark source_mark(const struct topology_source *s, const char *path)
{
	return s->marks[schema_index(schema_find(path))];
}

// A list decides the count unless `count` stands beside it; an override of the count may cut the list short.
static int settle_count(struct topology *t, const struct schema_list *list, int *n, struct err *err)
{
	struct topology_source *s = t->source;
	const struct entry_list *entries = source_list(s, list);
	const struct schema_key *count = schema_find(list->count);
	struct mark mark = s->marks[schema_index(count)];
	if (entries->n_listed > 0 && !is_given(&s->given, count))
		*n = entries->n_listed;
	if (*n < entries->n_listed && mark.line > 0)
		return source_blame(s, mark,
				    err_set(err, EINVAL,
					    "%s is %d but %s.list has %d %ss: raise the count or "
					    "shorten the list",
					    list->count, *n, list->section, entries->n_listed, list->each),
				    err);
	for (int i = *n; i < entries->n; i++)
		if (entries->entry[i].overridden)
			return err_set(err, EINVAL, "%s%d is set but there %s %d %s%s", list->item, i + 1,
				       *n == 1 ? "is only" : "are only", *n, list->each, *n == 1 ? "" : "s");
	return 0;
}

static int check_subnet(const struct topology *t, struct err *err)
{
	int64_t hosts = (INT64_C(1) << (32 - t->cell.subnet.prefix)) - 2;
	if (t->n_ues + 1 <= hosts)
		return 0;
	return source_blame(t->source, source_mark(t->source, "cell.subnet"),
			    err_set(err, EINVAL,
				    "more UEs than addresses: %d UEs and the edge, but cell.subnet (/%d) "
				    "holds %d hosts",
				    t->n_ues, t->cell.subnet.prefix, (int)hosts),
			    err);
}

static int check_keys(const struct topology *t, struct err *err)
{
	const struct topology_source *s = t->source;
	int named = points_highest_ue(&t->capture.points);
	if (named > t->n_ues)
		return source_blame(s, source_mark(s, "capture.points"),
				    err_set(err, EINVAL,
					    "capture.points names ue%d but there are only %d UEs", named,
					    t->n_ues),
				    err);
	if (t->capture.rotate_bytes > 0 && t->capture.rotate_bytes < LEAST_ROTATE_BYTES)
		return source_blame(s, source_mark(s, "capture.rotate"),
				    err_set(err, EINVAL, "capture.rotate is %dB: must be 0B or at least 64kB",
					    (int)t->capture.rotate_bytes),
				    err);
	if (t->edge.executor == EXECUTOR_REPLAY && !t->edge.profile[0])
		return source_blame(
		    s, source_mark(s, "edge.executor"),
		    err_set(err, EINVAL, "edge.executor is replay: edge.profile must say what to replay"),
		    err);
	int rc = check_radio(t, err);
	return rc < 0 ? rc : check_subnet(t, err);
}

static int check_traffic(const struct topology *t, int i, struct err *err)
{
	int size = t->ue[i].traffic.size_bytes, most = t->cell.mtu - 28; // IPv4 and UDP headers
	if (t->ue[i].traffic.rate_bps <= 0 || size <= most)
		return 0;
	const struct topology_source *s = t->source;
	return source_blame(s, source_mark(s, "ues.traffic.size"),
			    err_set(err, EINVAL,
				    "ue%d: traffic.size is %dB: must be <= %dB, a packet of cell.mtu", i + 1,
				    size, most),
			    err);
}

static int check_ue(const struct topology *t, int i, struct err *err)
{
	const struct topology_ue *ue = &t->ue[i];
	int rc = check_traffic(t, i, err);
	if (rc == 0)
		rc = check_ue_radio(t, i, err);
	if (rc < 0)
		return rc;
	if (ue->device.f_min_flops <= ue->device.f_max_flops)
		return 0;
	char low[40], high[40];
	unit_format(ue->device.f_min_flops, UNIT_FLOPS, low, sizeof(low));
	unit_format(ue->device.f_max_flops, UNIT_FLOPS, high, sizeof(high));
	const struct topology_source *s = t->source;
	bool own = i < s->ues.n && s->ues.entry[i].mark.line > 0;
	return source_blame(
	    s, own ? s->ues.entry[i].mark : source_mark(s, "ues.device.f_min"),
	    err_set(err, EINVAL, "ue%d: device.f_min is %s: must be <= device.f_max, %s", i + 1, low, high),
	    err);
}

static void overlay(void *item, const struct list_entry *entry)
{
	for (int k = 0; k < schema_n_keys; k++) {
		const struct schema_key *key = &schema_keys[k];
		if (!is_given(&entry->given, key))
			continue;
		value_copy(key, item, &entry->values);
		if (key->instead_of)
			value_unset(schema_find(key->instead_of), item);
	}
}

static struct mark mark_of_server(const struct topology *t, int i, const char *path)
{
	const struct topology_source *s = t->source;
	const struct list_entry *entry = i < s->servers.n ? &s->servers.entry[i] : NULL;
	const struct schema_key *key = schema_find(path);
	if (entry && is_given(&entry->given, key))
		return entry->marks[schema_index(key)];
	return entry && entry->mark.line > 0 ? entry->mark : s->marks[schema_index(key)];
}

static int check_name(const struct topology *t, int i, struct err *err)
{
	const char *name = t->server[i].name;
	bool taken = strcmp(name, "edge") == 0 || strcmp(name, "device") == 0;
	for (int k = 0; !taken && k < i; k++)
		taken = strcmp(t->server[k].name, name) == 0;
	if (!taken)
		return 0;
	return source_blame(
	    t->source, mark_of_server(t, i, "servers.name"),
	    err_set(err, EINVAL, "server%d is called %s, which is taken: give it another name", i + 1, name),
	    err);
}

static int resolve_server(struct topology *t, int i, struct err *err)
{
	struct topology_server *server = &t->server[i];
	*server = t->common_server;
	if (i < t->source->servers.n)
		overlay(server, &t->source->servers.entry[i]);
	if (!server->name[0])
		snprintf(server->name, sizeof(server->name), "server%d", i + 1);
	int rc = check_name(t, i, err);
	if (rc < 0 || !TOPOLOGY_UNSET(server->wan.rate_bps))
		return rc;
	return source_blame(t->source, mark_of_server(t, i, "servers.wan.rate"),
			    err_set(err, EINVAL,
				    "server %s has no way to the edge: give its wan.rate, such as "
				    "wan: {rate: 100Mbit/s, delay: 20ms}",
				    server->name),
			    err);
}

static int resolve_servers(struct topology *t, struct err *err)
{
	int rc = 0;
	for (int i = 0; rc == 0 && i < t->n_servers; i++)
		rc = resolve_server(t, i, err);
	return rc;
}

static double draw_distance(struct rng *rng, struct topology_range r)
{
	return r.low == r.high ? r.low : sqrt(rng_uniform(rng, r.low * r.low, r.high * r.high));
}

static double draw_uniform(struct rng *rng, struct topology_range r)
{
	return r.low == r.high ? r.low : rng_uniform(rng, r.low, r.high);
}

// The distance comes first: what is drawn after it does not change it.
static void place(struct topology_ue *ue, struct rng *rng)
{
	bool placed = !TOPOLOGY_UNSET(ue->distance_range_m.low);
	ue->distance_m = placed ? draw_distance(rng, ue->distance_range_m) : NAN;
	ue->angle_deg = draw_uniform(rng, ue->angle_range_deg);
	ue->mobility.heading_deg = draw_uniform(rng, ue->mobility.heading_range_deg);
	ue->mobility.speed_mps = draw_uniform(rng, ue->mobility.speed_range_mps);
}

// Every UE draws from streams of its own: one UE more changes nothing for the others.
static int draw_ue(const struct topology *t, int i)
{
	struct topology_ue *ue = &t->ue[i];
	struct rng *placement = rng_new((uint64_t)t->seed, (uint64_t)t->run, RNG_PLACEMENT, (uint64_t)i);
	struct rng *deadline = rng_new((uint64_t)t->seed, (uint64_t)t->run, RNG_DEADLINE, (uint64_t)i);
	int rc = placement && deadline ? 0 : -ENOMEM;
	if (rc == 0) {
		place(ue, placement);
		bool each = ue->deadline_draw == DEADLINE_OF_TASK;
		ue->deadline_ns =
		    s_to_ns(each ? ue->deadline_range_s.high : draw_uniform(deadline, ue->deadline_range_s));
	}
	rng_free(placement);
	rng_free(deadline);
	return rc;
}

int topology_resolve(struct topology *t, struct err *err)
{
	const struct topology_source *s = t->source;
	int rc = settle_count(t, schema_list_of(KEY_OF_UE), &t->n_ues, err);
	rc = rc < 0 ? rc : settle_count(t, schema_list_of(KEY_OF_SERVER), &t->n_servers, err);
	rc = rc < 0 ? rc : resolve_servers(t, err);
	if (rc == 0)
		rc = check_keys(t, err);
	if (rc < 0)
		return rc;
	free(t->ue);
	t->ue = calloc((size_t)t->n_ues, sizeof(*t->ue));
	if (!t->ue)
		return err_set(err, ENOMEM, "%s: out of memory", s->file);
	for (int i = 0; i < t->n_ues; i++) {
		t->ue[i] = t->common;
		if (i < s->ues.n)
			overlay(&t->ue[i], &s->ues.entry[i]);
		t->ue[i].capture = points_has_ue(&t->capture.points, i);
		rc = check_ue(t, i, err);
		if (rc < 0)
			return rc;
		if (draw_ue(t, i) < 0)
			return err_set(err, ENOMEM, "%s: out of memory", s->file);
	}
	rc = check_effects(t, err);
	return rc < 0 ? rc : load_traces(t, err);
}
