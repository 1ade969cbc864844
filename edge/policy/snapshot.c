// SPDX-License-Identifier: BSD-3-Clause
// What a snapshot may contain. Each refusal names the field's path, its value and what would be right.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include "edge/policy/policy.h"

// Where in the snapshot; err NULL: nobody asks.
struct path {
	char text[32];
	struct err *err;
};

static int refuse(const struct path *path, const char *field, double value, const char *right)
{
	return err_set(path->err, EINVAL, "%s%s is %g: %s", path->text, field, value, right);
}

static int at_least_0(const struct path *path, const char *field, double value)
{
	return isfinite(value) && value >= 0 ? 0 : refuse(path, field, value, "must be finite and >= 0");
}

static int above_0(const struct path *path, const char *field, double value)
{
	return isfinite(value) && value > 0 ? 0 : refuse(path, field, value, "must be finite and > 0");
}

// Of values[n].
static int all_at_least_0(const struct path *path, const char *field, const double values[], int n)
{
	int i = 0;
	while (i < n && isfinite(values[i]) && values[i] >= 0)
		i++;
	if (i == n)
		return 0;
	char name[48];
	snprintf(name, sizeof(name), "%s[%d]", field, i);
	return at_least_0(path, name, values[i]);
}

static int check_row(const struct snapshot_network *net, const double *batch_s, int n,
		     const struct path *path)
{
	const double *row = batch_s + (ptrdiff_t)n * net->max_batch;
	for (int b = 1; b <= net->max_batch; b++) {
		bool positive = isfinite(row[b - 1]) && row[b - 1] > 0;
		if (positive && (b == 1 || row[b - 1] >= row[b - 2]))
			continue;
		char field[48];
		snprintf(field, sizeof(field), "batch_s[%d][%d]", n, b - 1);
		if (!positive)
			return above_0(path, field, row[b - 1]);
		return err_set(path->err, EINVAL,
			       "%s%s is %g, less than %g for a batch of %d: must not fall as the batch grows",
			       path->text, field, row[b - 1], row[b - 2], b - 1);
	}
	return 0;
}

// 0..1
static int share(const struct path *path, const char *field, double value)
{
	return value >= 0 && value <= 1 ? 0 : refuse(path, field, value, "must be 0 to 1");
}

static int check_exits(const struct snapshot_network *net, const struct path *path)
{
	char field[32];
	int before = 0, rc = share(path, "accuracy", net->accuracy);
	if (net->n_exits < 0 || (net->n_exits > 0 && !net->exit_subtasks))
		return err_set(path->err, EINVAL, "%sn_exits is %d, or exit_subtasks is missing", path->text,
			       net->n_exits);
	for (int e = 0; e < net->n_exits && rc == 0; e++) {
		int at = net->exit_subtasks[e];
		if (at <= before || at >= net->n_subtasks)
			return err_set(path->err, EINVAL, "%sexit_subtasks[%d] is %d: must be %d to %d",
				       path->text, e, at, before + 1, net->n_subtasks - 1);
		before = at;
		snprintf(field, sizeof(field), "exit_accuracy[%d]", e);
		rc = net->exit_accuracy ? share(path, field, net->exit_accuracy[e]) : 0;
	}
	return rc;
}

static int check_network(const struct snapshot *snapshot, int i, const struct path *path)
{
	const struct snapshot_network *net = &snapshot->networks[i];
	if (net->n_subtasks < 1 || net->n_subtasks > POLICY_MAX_SUBTASKS)
		return err_set(path->err, EINVAL, "%sn_subtasks is %d: must be 1 to %d", path->text,
			       net->n_subtasks, POLICY_MAX_SUBTASKS);
	if (net->max_batch < 1)
		return err_set(path->err, EINVAL, "%smax_batch is %d: must be >= 1", path->text,
			       net->max_batch);
	if (!net->work_flop || !net->cut_bits || !net->batch_s)
		return err_set(path->err, EINVAL, "%swork_flop, cut_bits or batch_s is missing", path->text);
	int rc = all_at_least_0(path, "work_flop", net->work_flop, net->n_subtasks);
	rc = rc ? rc : all_at_least_0(path, "cut_bits", net->cut_bits, net->n_subtasks + 1);
	for (int n = 0; n < net->n_subtasks && rc == 0; n++)
		rc = check_row(net, net->batch_s, n, path);
	return rc ? rc : check_exits(net, path);
}

static int check_device(const struct path *path, const struct device *device)
{
	int rc = above_0(path, "device.f_min_flops", device->f_min_flops);
	if (rc == 0)
		rc = above_0(path, "device.f_max_flops", device->f_max_flops);
	if (rc == 0 && device->f_max_flops < device->f_min_flops)
		rc = refuse(path, "device.f_max_flops", device->f_max_flops, "must be >= device.f_min_flops");
	return rc ? rc : at_least_0(path, "device.kappa", device->kappa);
}

// What jobs have beyond the model of one edge.
static int check_more(const struct snapshot *snapshot, const struct snapshot_job *user,
		      const struct path *path)
{
	if (user->n_variants < 0 || (user->n_variants > 0 && !user->variants))
		return err_set(path->err, EINVAL, "%sn_variants is %d, or variants is missing", path->text,
			       user->n_variants);
	for (int i = 0; i < user->n_variants; i++)
		if (user->variants[i] < 0 || user->variants[i] >= snapshot->n_networks)
			return err_set(path->err, EINVAL, "%svariants[%d] is %d: must be 0 to %d", path->text,
				       i, user->variants[i], snapshot->n_networks - 1);
	if (user->device_id < 0)
		return err_set(path->err, EINVAL, "%sdevice_id is %d: must be >= 0", path->text,
			       user->device_id);
	int rc = share(path, "least_accuracy", user->least_accuracy);
	if (user->device_s && rc == 0) {
		char field[32];
		snprintf(field, sizeof(field), "device_s[%d]", user->network);
		rc = all_at_least_0(path, field, user->device_s[user->network],
				    snapshot->networks[user->network].n_subtasks + 1);
	}
	rc = rc ? rc : at_least_0(path, "device_w", user->device_w);
	rc = rc ? rc : at_least_0(path, "snr", user->snr);
	rc = rc ? rc : at_least_0(path, "power_to_noise_hz", user->power_to_noise_hz);
	rc = rc ? rc : at_least_0(path, "device_free_s", user->device_free_s);
	return rc ? rc : at_least_0(path, "reply_bits", user->reply_bits);
}

static int check_user(const struct snapshot *snapshot, int m, const struct path *path)
{
	const struct snapshot_job *user = &snapshot->jobs[m];
	if (user->network < 0 || user->network >= snapshot->n_networks)
		return err_set(path->err, EINVAL, "%snetwork is %d: must be 0 to %d", path->text,
			       user->network, snapshot->n_networks - 1);
	int rc = at_least_0(path, "rate_bps", user->rate_bps);
	rc = rc ? rc : at_least_0(path, "tx_power_w", user->tx_power_w);
	rc = rc ? rc : at_least_0(path, "uplink_delay_s", user->uplink_delay_s);
	rc = rc ? rc : at_least_0(path, "downlink_s", user->downlink_s);
	rc = rc ? rc : check_device(path, &user->device);
	rc = rc ? rc : at_least_0(path, "release_s", user->release_s);
	rc = rc ? rc
		: all_at_least_0(path, "upload_bits", snapshot_upload_bits(snapshot, m),
				 snapshot->networks[user->network].n_subtasks + 1);
	rc = rc ? rc : above_0(path, "deadline_s", user->deadline_s);
	return rc ? rc : check_more(snapshot, user, path);
}

static int check_busy(const struct path *path, const struct busy list[], int n)
{
	double free_s = 0;
	for (int i = 0; i < n; i++) {
		const struct busy *busy = &list[i];
		if (!isfinite(busy->end_s) || !(busy->start_s >= free_s && busy->end_s > busy->start_s))
			return err_set(
			    path->err, EINVAL,
			    "%sbusy[%d] is %g to %g: must be finite, end after it starts, and start at "
			    "%g or later",
			    path->text, i, busy->start_s, busy->end_s, free_s);
		free_s = busy->end_s;
	}
	return 0;
}

static int check_power(const struct path *path, const struct snapshot_server *server)
{
	if (server->n_freq < 0 || (server->n_freq > 0 && !server->freq))
		return err_set(path->err, EINVAL, "%sn_freq is %d, or freq is missing", path->text,
			       server->n_freq);
	for (int i = 0; i < server->n_freq; i++) {
		double x = server->freq[i];
		if (!(x > 0 && x <= 1))
			return err_set(
			    path->err, EINVAL,
			    "%sfreq[%d] is %g: must be relative to the highest, above 0 and at most 1",
			    path->text, i, x);
	}
	int rc = at_least_0(path, "static_w", server->static_w);
	return rc ? rc : at_least_0(path, "dynamic_w", server->dynamic_w);
}

// What server 0 stands for: the base station's own, with the networks' tables.
static int check_edge(const struct snapshot *snapshot, const struct path *path)
{
	const struct snapshot_server *edge = &snapshot->servers[0];
	if (edge->batch_s)
		return err_set(path->err, EINVAL, "%sbatch_s is set: the edge's tables stand in networks[]",
			       path->text);
	if (edge->wan_delay_s != 0 || edge->wan_bps != 0)
		return err_set(path->err, EINVAL,
			       "%swan_delay_s is %g and wan_bps %g: must be 0, the edge is behind no WAN",
			       path->text, edge->wan_delay_s, edge->wan_bps);
	return 0;
}

static int check_server(const struct snapshot *snapshot, int i, const struct path *path)
{
	const struct snapshot_server *server = &snapshot->servers[i];
	if (server->cores < 0 || server->n_busy < 0)
		return err_set(path->err, EINVAL, "%scores is %d and n_busy is %d: must be >= 0", path->text,
			       server->cores, server->n_busy);
	int rc = at_least_0(path, "free_s", server->free_s);
	rc = rc || !server->core_free_s
		 ? rc
		 : all_at_least_0(path, "core_free_s", server->core_free_s, server->cores);
	rc = rc ? rc : check_busy(path, server->busy, server->n_busy);
	rc = rc ? rc : at_least_0(path, "wan_delay_s", server->wan_delay_s);
	rc = rc ? rc : at_least_0(path, "wan_bps", server->wan_bps);
	rc = rc == 0 && server->has_power ? check_power(path, server) : rc;
	rc = rc == 0 && i == 0 ? check_edge(snapshot, path) : rc;
	for (int k = 0; server->batch_s && k < snapshot->n_networks && rc == 0; k++)
		for (int n = 0; n < snapshot->networks[k].n_subtasks && rc == 0; n++)
			rc = check_row(&snapshot->networks[k], server->batch_s[k], n, path);
	return rc;
}

// Of a list's n items. Every plan comes by here, so a path is printed only for an item that is refused.
static int check_list(const struct snapshot *snapshot, const char *list, int n,
		      int (*check)(const struct snapshot *, int, const struct path *), struct err *err)
{
	static const struct path silent;
	int i = 0;
	while (i < n && check(snapshot, i, &silent) == 0)
		i++;
	if (i == n)
		return 0;
	struct path path = {.err = err};
	snprintf(path.text, sizeof(path.text), "%s[%d].", list, i);
	return check(snapshot, i, &path);
}

int snapshot_check(const struct snapshot *snapshot, struct err *err)
{
	const struct path path = {.err = err};
	if (snapshot->n_jobs < 0 || snapshot->n_networks < 0)
		return err_set(err, EINVAL, "n_jobs is %d and n_networks is %d: must be >= 0",
			       snapshot->n_jobs, snapshot->n_networks);
	if (snapshot->n_servers < 1 || snapshot->n_servers > POLICY_MAX_SERVERS)
		return err_set(err, EINVAL, "n_servers is %d: must be 1 to %d, the edge among them",
			       snapshot->n_servers, POLICY_MAX_SERVERS);
	int rc = at_least_0(&path, "edge_deadline_s", snapshot->edge_deadline_s);
	rc = rc ? rc : at_least_0(&path, "guard_s", snapshot->guard_s);
	rc = rc ? rc : check_list(snapshot, "networks", snapshot->n_networks, check_network, err);
	rc = rc ? rc : check_list(snapshot, "users", snapshot->n_jobs, check_user, err);
	rc = rc ? rc : at_least_0(&path, "band_hertz", snapshot->band_hertz);
	return rc ? rc : check_list(snapshot, "servers", snapshot->n_servers, check_server, err);
}
