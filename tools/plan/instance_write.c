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

static json_t *subtask_json(const struct snapshot_network *net, const struct plan_names *names, int n)
{
	const char *name = names ? names->subtask(names->of, 0, n) : NULL;
	json_t *named = name && *name ? json_string(name) : NULL;
	return json_pack("{s:f, s:f, s:o*}", "flop", net->work_flop[n], "output_bits", net->cut_bits[n + 1],
			 "name", named);
}

static json_t *network_json(const struct snapshot_network *net, const struct plan_names *names)
{
	json_t *subtasks = json_array();
	for (int n = 0; n < net->n_subtasks; n++)
		json_array_append_new(subtasks, subtask_json(net, names, n));
	return json_pack("{s:f, s:o}", "input_bits", net->cut_bits[0], "subtasks", subtasks);
}

static json_t *profile_json(const struct snapshot_network *net)
{
	json_t *rows = json_array();
	for (int n = 0; n < net->n_subtasks; n++)
		json_array_append_new(rows,
				      numbers(net->batch_s + (ptrdiff_t)n * net->max_batch, net->max_batch));
	return rows;
}

static json_t *user_json(const struct snapshot *snapshot, int m)
{
	const struct snapshot_user *user = &snapshot->users[m];
	json_t *out =
	    json_pack("{s:f, s:f, s:f, s:f, s:f, s:f}", "rate_bps", user->rate_bps, "tx_power_w",
		      user->tx_power_w, "kappa", user->device.kappa, "f_min", user->device.f_min_flops,
		      "f_max", user->device.f_max_flops, "deadline_s", user->deadline_s);
	if (user->release_s > 0)
		json_object_set_new(out, "release_s", json_real(user->release_s));
	if (user->uplink_delay_s > 0)
		json_object_set_new(out, "uplink_delay_s", json_real(user->uplink_delay_s));
	if (user->downlink_s > 0)
		json_object_set_new(out, "downlink_s", json_real(user->downlink_s));
	int n_cuts = snapshot->networks[user->network].n_subtasks + 1;
	if (user->upload_bits)
		json_object_set_new(out, "upload_bits", numbers(user->upload_bits, n_cuts));
	return out;
}

static json_t *busy_json(const struct snapshot *snapshot)
{
	json_t *list = json_array();
	for (int i = 0; i < snapshot->servers[0].n_busy; i++)
		json_array_append_new(list, json_pack("[f, f]", snapshot->servers[0].busy[i].start_s,
						      snapshot->servers[0].busy[i].end_s));
	return list;
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
	for (int m = 0; m < snapshot->n_users; m++)
		json_array_append_new(users, user_json(snapshot, m));
	json_t *root = json_pack("{s:o, s:o, s:o, s:f}", "network", network_json(snapshot->networks, names),
				 "profile_s", profile_json(snapshot->networks), "users", users, "gpu_free_s",
				 snapshot->servers[0].free_s);
	if (snapshot->servers[0].n_busy > 0)
		json_object_set_new(root, "busy_s", busy_json(snapshot));
	if (snapshot->guard_s > 0)
		json_object_set_new(root, "guard_s", json_real(snapshot->guard_s));
	if (snapshot->servers[0].has_power)
		json_object_set_new(root, "edge",
				    json_pack("{s:o, s:f, s:f}", "freq_grid",
					      numbers(snapshot->servers[0].freq, snapshot->servers[0].n_freq),
					      "static_w", snapshot->servers[0].static_w, "dynamic_w",
					      snapshot->servers[0].dynamic_w));
	int rc = root ? json_dump_file(root, path, JSON_INDENT(1)) : -1;
	json_decref(root);
	return rc == 0 ? 0 : err_sys(err, errno ? errno : EIO, "%s", path);
}
