// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <jansson.h>
#include "tools/plan/instance.h"

static json_t *numbers(const double *x, int n)
{
	json_t *array = json_array();
	for (int i = 0; i < n; i++)
		json_array_append_new(array, json_real(x[i]));
	return array;
}

// Sets a key when the number is not 0.
static void set_above_0(json_t *object, const char *key, double x)
{
	if (x > 0)
		json_object_set_new(object, key, json_real(x));
}

static json_t *subtask_json(const struct snapshot_network *net, const struct plan_names *names, int n)
{
	const char *name = names ? names->subtask(names->of, 0, n) : NULL;
	json_t *named = name && *name ? json_string(name) : NULL;
	return json_pack("{s:f, s:f, s:o*}", "flop", net->work_flop[n], "output_bits", net->cut_bits[n + 1],
			 "name", named);
}

static json_t *exits_json(const struct snapshot_network *net)
{
	json_t *exits = json_array();
	for (int e = 0; e < net->n_exits; e++) {
		json_t *out = json_pack("{s:i}", "subtasks", net->exit_subtasks[e]);
		set_above_0(out, "accuracy", net->exit_accuracy ? net->exit_accuracy[e] : 0);
		json_array_append_new(exits, out);
	}
	return exits;
}

static json_t *network_json(const struct snapshot_network *net, const struct plan_names *names)
{
	json_t *subtasks = json_array();
	for (int n = 0; n < net->n_subtasks; n++)
		json_array_append_new(subtasks, subtask_json(net, names, n));
	json_t *out = json_pack("{s:f, s:o}", "input_bits", net->cut_bits[0], "subtasks", subtasks);
	set_above_0(out, "accuracy", net->accuracy);
	if (net->n_exits > 0)
		json_object_set_new(out, "exits", exits_json(net));
	return out;
}

static json_t *profile_json(const struct snapshot_network *net, const double *table)
{
	json_t *rows = json_array();
	for (int n = 0; n < net->n_subtasks; n++)
		json_array_append_new(rows, numbers(table + (ptrdiff_t)n * net->max_batch, net->max_batch));
	return rows;
}

// What a job has beyond the model of one edge.
static void set_more(json_t *out, const struct snapshot_job *user, int n_cuts)
{
	if (user->device_s)
		json_object_set_new(out, "device_s", numbers(user->device_s[user->network], n_cuts));
	set_above_0(out, "device_w", user->device_w);
	if (user->device_id > 0)
		json_object_set_new(out, "device_id", json_integer(user->device_id));
	set_above_0(out, "least_accuracy", user->least_accuracy);
	set_above_0(out, "snr", user->snr);
	set_above_0(out, "power_to_noise_hz", user->power_to_noise_hz);
	set_above_0(out, "reply_bits", user->reply_bits);
}

static json_t *user_json(const struct snapshot *snapshot, int m)
{
	const struct snapshot_job *user = &snapshot->jobs[m];
	json_t *out =
	    json_pack("{s:f, s:f, s:f, s:f, s:f, s:f}", "rate_bps", user->rate_bps, "tx_power_w",
		      user->tx_power_w, "kappa", user->device.kappa, "f_min", user->device.f_min_flops,
		      "f_max", user->device.f_max_flops, "deadline_s", user->deadline_s);
	set_above_0(out, "release_s", user->release_s);
	set_above_0(out, "uplink_delay_s", user->uplink_delay_s);
	set_above_0(out, "downlink_s", user->downlink_s);
	int n_cuts = snapshot->networks[user->network].n_subtasks + 1;
	if (user->upload_bits)
		json_object_set_new(out, "upload_bits", numbers(user->upload_bits, n_cuts));
	set_more(out, user, n_cuts);
	return out;
}

static void set_busy(json_t *object, const struct snapshot_server *server)
{
	if (server->n_busy == 0)
		return;
	json_t *list = json_array();
	for (int i = 0; i < server->n_busy; i++)
		json_array_append_new(list,
				      json_pack("[f, f]", server->busy[i].start_s, server->busy[i].end_s));
	json_object_set_new(object, "busy_s", list);
}

static void set_power(json_t *object, const char *key, const struct snapshot_server *server)
{
	if (!server->has_power)
		return;
	json_t *grid = server->n_freq > 0 ? numbers(server->freq, server->n_freq) : NULL;
	json_object_set_new(object, key,
			    json_pack("{s:o*, s:f, s:f}", "freq_grid", grid, "static_w", server->static_w,
				      "dynamic_w", server->dynamic_w));
}

static json_t *server_json(const struct snapshot *snapshot, int i)
{
	const struct snapshot_server *server = &snapshot->servers[i];
	json_t *out = json_object();
	if (server->name[0])
		json_object_set_new(out, "name", json_string(server->name));
	if (server->batch_s)
		json_object_set_new(out, "profile_s", profile_json(snapshot->networks, server->batch_s[0]));
	if (server->cores > 0)
		json_object_set_new(out, "cores", json_integer(server->cores));
	set_above_0(out, "free_s", server->free_s);
	set_busy(out, server);
	set_power(out, "power", server);
	set_above_0(out, "wan_delay_s", server->wan_delay_s);
	set_above_0(out, "wan_bps", server->wan_bps);
	return out;
}

// The edge alone, a GPU without a name, in keys of the root; anything else as a list.
static void set_servers(json_t *root, const struct snapshot *snapshot)
{
	const struct snapshot_server *edge = &snapshot->servers[0];
	bool alone = snapshot->n_servers == 1 && edge->cores == 0 && !edge->name[0];
	if (alone && (!edge->has_power || edge->n_freq > 0)) {
		json_object_set_new(root, "gpu_free_s", json_real(edge->free_s));
		set_busy(root, edge);
		set_power(root, "edge", edge);
		return;
	}
	json_t *list = json_array();
	for (int i = 0; i < snapshot->n_servers; i++)
		json_array_append_new(list, server_json(snapshot, i));
	json_object_set_new(root, "servers", list);
}

int plan_instance_write(const struct snapshot *snapshot, const char *path, struct err *err)
{
	return plan_instance_write_named(snapshot, NULL, path, err);
}

int plan_instance_write_named(const struct snapshot *snapshot, const struct plan_names *names,
			      const char *path, struct err *err)
{
	if (snapshot->n_networks != 1)
		return err_set(err, EINVAL, "%s: an instance file holds one network, the snapshot has %d",
			       path, snapshot->n_networks);
	json_t *users = json_array();
	for (int m = 0; m < snapshot->n_jobs; m++)
		json_array_append_new(users, user_json(snapshot, m));
	json_t *root =
	    json_pack("{s:o, s:o, s:o}", "network", network_json(snapshot->networks, names), "profile_s",
		      profile_json(snapshot->networks, snapshot->networks->batch_s), "users", users);
	set_servers(root, snapshot);
	set_above_0(root, "guard_s", snapshot->guard_s);
	set_above_0(root, "band_hertz", snapshot->band_hertz);
	int rc = root ? json_dump_file(root, path, JSON_INDENT(1)) : -1;
	json_decref(root);
	return rc == 0 ? 0 : err_sys(err, errno ? errno : EIO, "%s", path);
}
