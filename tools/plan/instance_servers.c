// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "tools/plan/instance_inside.h"

static int read_times(const struct field *pair, double free_s, struct busy *busy)
{
	int n;
	int rc = field_array(pair, 2, 2, &n);
	if (rc < 0)
		return rc;
	struct field start = field_element(pair, 0), end = field_element(pair, 1);
	rc = field_number(&start, SECONDS, &busy->start_s);
	rc = rc ? rc : field_number(&end, POSITIVE_SECONDS, &busy->end_s);
	if (rc == 0 && !(busy->start_s >= free_s && busy->end_s > busy->start_s))
		return err_set(pair->err, EINVAL,
			       "%s is %g to %g: must end after it starts, and start at %g or later",
			       pair->path, busy->start_s, busy->end_s, free_s);
	return rc;
}

// Optional: when the server is taken after it was free.
static int read_busy(struct plan_instance *instance, const struct field *object,
		     struct snapshot_server *server)
{
	struct field list;
	int rc = field_member(object, "busy_s", true, &list);
	if (rc < 0 || !list.value)
		return rc;
	rc = field_array(&list, 0, INSTANCE_MAX_USERS, &server->n_busy);
	if (rc < 0)
		return rc;
	struct busy *busy = instance_keep(instance, (size_t)server->n_busy, sizeof(*busy), object->err);
	rc = busy ? 0 : -ENOMEM;
	for (int i = 0; i < server->n_busy && rc == 0; i++) {
		struct field pair = field_element(&list, i);
		rc = read_times(&pair, i > 0 ? busy[i - 1].end_s : 0, &busy[i]);
	}
	server->busy = busy;
	return rc;
}

// Optional: what the server's batches cost, and at which frequencies they may run.
static int read_power(struct plan_instance *instance, const struct field *object, const char *key,
		      bool with_freq, struct snapshot_server *server)
{
	struct field power, grid;
	int rc = field_member(object, key, true, &power);
	if (rc < 0 || !power.value)
		return rc;
	server->has_power = true;
	rc = field_object(&power, (const char *const[]){"freq_grid", "static_w", "dynamic_w", NULL});
	rc = rc ? rc : field_number_of(&power, "static_w", false, WATTS, &server->static_w);
	rc = rc ? rc : field_number_of(&power, "dynamic_w", false, WATTS, &server->dynamic_w);
	rc = rc ? rc : field_member(&power, "freq_grid", !with_freq, &grid);
	if (rc < 0 || !grid.value)
		return rc;
	rc = field_array(&grid, 1, 1000, &server->n_freq);
	return rc ? rc
		  : instance_numbers(instance, &power, "freq_grid", server->n_freq, "frequency", RATIO,
				     &server->freq);
}

// Batch times of its own: [1], for the one network of a file.
static int read_profile(struct plan_instance *instance, const struct field *object, int number,
			struct snapshot_server *server)
{
	struct field profile;
	int rc = field_member(object, "profile_s", true, &profile);
	if (rc < 0 || !profile.value)
		return rc;
	if (number == 0)
		return err_set(object->err, EINVAL,
			       "%s is one too many: the edge's batch times are the file's profile_s",
			       profile.path);
	const double **tables = instance_keep(instance, 1, sizeof(*tables), object->err);
	server->batch_s = tables;
	return tables ? instance_rows(instance, &profile, &tables[0]) : -ENOMEM;
}

static int read_server(struct plan_instance *instance, const struct field *object, int number)
{
	static const char *const keys[] = {"name",  "profile_s",   "cores",   "free_s", "busy_s",
					   "power", "wan_delay_s", "wan_bps", NULL};
	struct snapshot_server *server = &instance->snapshot.servers[number];
	int rc = field_object(object, keys);
	rc = rc ? rc : instance_text(object, "name", server->name, sizeof(server->name));
	rc = rc ? rc : read_profile(instance, object, number, server);
	rc = rc ? rc : field_integer_of(object, "cores", 0, 1000, &server->cores);
	rc = rc ? rc : field_number_of(object, "free_s", true, SECONDS, &server->free_s);
	rc = rc ? rc : read_busy(instance, object, server);
	rc = rc ? rc : read_power(instance, object, "power", false, server);
	rc = rc ? rc : field_number_of(object, "wan_delay_s", true, SECONDS, &server->wan_delay_s);
	return rc ? rc : field_number_of(object, "wan_bps", true, BITS, &server->wan_bps);
}

// The edge alone.
static int read_edge(struct plan_instance *instance, const struct field *root)
{
	struct snapshot_server *edge = &instance->snapshot.servers[0];
	int rc = field_number_of(root, "gpu_free_s", false, SECONDS, &edge->free_s);
	rc = rc ? rc : read_busy(instance, root, edge);
	return rc ? rc : read_power(instance, root, "edge", true, edge);
}

int instance_servers(struct plan_instance *instance, const struct field *root)
{
	struct field list, other;
	struct snapshot *snapshot = &instance->snapshot;
	int rc = field_member(root, "servers", true, &list);
	snapshot->n_servers = 1;
	if (rc < 0 || !list.value)
		return rc ? rc : read_edge(instance, root);
	static const char *const alone[] = {"gpu_free_s", "busy_s", "edge"};
	for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
		if (field_member(root, alone[i], true, &other) == 0 && other.value)
			return err_set(root->err, EINVAL,
				       "%s is one too many: with a list of servers the edge is servers[0]",
				       alone[i]);
	rc = field_array(&list, 1, POLICY_MAX_SERVERS, &snapshot->n_servers);
	for (int i = 0; rc == 0 && i < snapshot->n_servers; i++) {
		struct field server = field_element(&list, i);
		rc = read_server(instance, &server, i);
	}
	return rc;
}
