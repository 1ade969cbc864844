// SPDX-License-Identifier: BSD-3-Clause
#include "tools/plan/instance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tools/plan/field.h"

struct plan_instance {
	struct snapshot snapshot;
	struct snapshot_network network;
	struct snapshot_user *users;
	double *work_flop, *cut_bits, *batch_s, *edge_freq;
	struct busy *busy;
	char (*names)[16];   // [n_subtasks] of sub-tasks
	double *upload_bits; // [n_users][n_subtasks + 1] of the users that state their own
};

// Wide enough for any device or network to come, tight enough that no product overflows.
static const struct bounds FLOP = {0, 1e18, false}, BITS = {0, 1e15, false}, FREQUENCY = {0, 1e18, true},
			   SECONDS = {0, 1e6, false}, POSITIVE_SECONDS = {0, 1e6, true},
			   WATTS = {0, 1e6, false}, KAPPA = {0, 1, false}, RATIO = {0, 1, true};

const struct snapshot *plan_instance_snapshot(const struct plan_instance *instance)
{
	return &instance->snapshot;
}

void plan_instance_free(struct plan_instance *instance)
{
	if (!instance)
		return;
	free(instance->users);
	free(instance->work_flop);
	free(instance->names);
	free(instance->cut_bits);
	free(instance->upload_bits);
	free(instance->batch_s);
	free(instance->edge_freq);
	free(instance->busy);
	free(instance);
}

static int allocate(double **out, size_t n, struct err *err)
{
	*out = calloc(n + 1, sizeof(**out));
	return *out ? 0 : err_set(err, ENOMEM, "no memory for %zu numbers", n);
}

const char *plan_instance_subtask(const void *instance, int network, int subtask)
{
	(void)network;
	return ((const struct plan_instance *)instance)->names[subtask];
}

static int read_name(const struct field *subtask, char name[16])
{
	struct field field;
	int rc = field_member(subtask, "name", true, &field);
	if (rc < 0 || !field.value)
		return rc;
	const char *text = json_string_value(field.value);
	if (!text || strlen(text) > 15)
		return err_set(field.err, EINVAL, "%s is no text of at most 15 letters", field.path);
	snprintf(name, 16, "%s", text);
	return 0;
}

static int read_subtask(const struct field *field, double *flop, double *output_bits)
{
	int rc = field_object(field, (const char *const[]){"flop", "output_bits", "name", NULL});
	rc = rc ? rc : field_number_of(field, "flop", false, FLOP, flop);
	return rc ? rc : field_number_of(field, "output_bits", false, BITS, output_bits);
}

static int read_network(struct plan_instance *instance, const struct field *root)
{
	struct field network, subtasks;
	struct snapshot_network *net = &instance->network;
	int rc = field_member(root, "network", false, &network);
	rc = rc ? rc : field_object(&network, (const char *const[]){"input_bits", "subtasks", NULL});
	rc = rc ? rc : field_member(&network, "subtasks", false, &subtasks);
	rc = rc ? rc : field_array(&subtasks, 1, POLICY_MAX_SUBTASKS, &net->n_subtasks);
	rc = rc ? rc : allocate(&instance->work_flop, (size_t)net->n_subtasks, root->err);
	rc = rc ? rc : allocate(&instance->cut_bits, (size_t)net->n_subtasks + 1, root->err);
	instance->names = rc ? NULL : calloc((size_t)net->n_subtasks, sizeof(*instance->names));
	if (rc == 0 && !instance->names)
		rc = err_set(root->err, ENOMEM, "no memory for %d sub-tasks", net->n_subtasks);
	rc = rc ? rc : field_number_of(&network, "input_bits", false, BITS, &instance->cut_bits[0]);
	for (int n = 0; n < net->n_subtasks && rc == 0; n++) {
		struct field subtask = field_element(&subtasks, n);
		rc = read_subtask(&subtask, &instance->work_flop[n], &instance->cut_bits[n + 1]);
		rc = rc ? rc : read_name(&subtask, instance->names[n]);
	}
	snprintf(net->name, sizeof(net->name), "instance");
	net->work_flop = instance->work_flop;
	net->cut_bits = instance->cut_bits;
	return rc;
}

static int read_row(const struct field *row, int columns, double *out)
{
	int n;
	int rc = field_array(row, 1, INSTANCE_MAX_BATCH, &n);
	if (rc == 0 && n != columns)
		return err_set(row->err, EINVAL,
			       "%s has %d columns, profile_s[0] has %d: every row needs the same batches",
			       row->path, n, columns);
	for (int b = 0; b < columns && rc == 0; b++) {
		struct field cell = field_element(row, b);
		rc = field_number(&cell, POSITIVE_SECONDS, &out[b]);
		if (rc == 0 && b > 0 && out[b] < out[b - 1])
			return err_set(row->err, EINVAL,
				       "%s is %g, less than the %g before: must not fall as the batch grows",
				       cell.path, out[b], out[b - 1]);
	}
	return rc;
}

static int read_profile(struct plan_instance *instance, const struct field *root)
{
	struct snapshot_network *net = &instance->network;
	struct field profile, row;
	int rows;
	int rc = field_member(root, "profile_s", false, &profile);
	rc = rc ? rc : field_array(&profile, 1, POLICY_MAX_SUBTASKS, &rows);
	if (rc == 0 && rows != net->n_subtasks)
		return err_set(root->err, EINVAL,
			       "profile_s has %d rows, network.subtasks has %d: one row per sub-task", rows,
			       net->n_subtasks);
	if (rc == 0) {
		row = field_element(&profile, 0);
		rc = field_array(&row, 1, INSTANCE_MAX_BATCH, &net->max_batch);
	}
	rc = rc ? rc
		: allocate(&instance->batch_s, (size_t)net->n_subtasks * (size_t)net->max_batch, root->err);
	for (int n = 0; n < net->n_subtasks && rc == 0; n++) {
		row = field_element(&profile, n);
		rc = read_row(&row, net->max_batch, instance->batch_s + (ptrdiff_t)n * net->max_batch);
	}
	net->batch_s = instance->batch_s;
	return rc;
}

// Optional: what the user uploads at each cut, when that is not the network's tensor as it stands.
static int read_uploads(const struct field *field, int n_cuts, double *bits, struct snapshot_user *user)
{
	struct field list;
	int n;
	int rc = field_member(field, "upload_bits", true, &list);
	if (rc < 0 || !list.value)
		return rc;
	rc = field_array(&list, 1, POLICY_MAX_SUBTASKS + 1, &n);
	if (rc == 0 && n != n_cuts)
		return err_set(field->err, EINVAL, "%s has %d entries: one for each cut, %d, is right",
			       list.path, n, n_cuts);
	for (int p = 0; p < n_cuts && rc == 0; p++) {
		struct field cell = field_element(&list, p);
		rc = field_number(&cell, BITS, &bits[p]);
	}
	user->upload_bits = bits;
	return rc;
}

static int read_user(const struct field *field, struct snapshot_user *user)
{
	static const char *const keys[] = {"rate_bps",	 "tx_power_w",	"kappa",     "f_min",
					   "f_max",	 "deadline_s",	"release_s", "uplink_delay_s",
					   "downlink_s", "upload_bits", NULL};
	int rc = field_object(field, keys);
	rc = rc ? rc : field_number_of(field, "rate_bps", false, BITS, &user->rate_bps);
	rc = rc ? rc : field_number_of(field, "tx_power_w", false, WATTS, &user->tx_power_w);
	rc = rc ? rc : field_number_of(field, "kappa", false, KAPPA, &user->device.kappa);
	rc = rc ? rc : field_number_of(field, "f_min", false, FREQUENCY, &user->device.f_min_flops);
	rc = rc ? rc : field_number_of(field, "f_max", false, FREQUENCY, &user->device.f_max_flops);
	rc = rc ? rc : field_number_of(field, "deadline_s", false, POSITIVE_SECONDS, &user->deadline_s);
	rc = rc ? rc : field_number_of(field, "release_s", true, SECONDS, &user->release_s);
	rc = rc ? rc : field_number_of(field, "uplink_delay_s", true, SECONDS, &user->uplink_delay_s);
	rc = rc ? rc : field_number_of(field, "downlink_s", true, SECONDS, &user->downlink_s);
	if (rc == 0 && user->device.f_max_flops < user->device.f_min_flops)
		return err_set(field->err, EINVAL, "%s.f_max is %g: must be at least f_min, %g", field->path,
			       user->device.f_max_flops, user->device.f_min_flops);
	return rc;
}

static int read_users(struct plan_instance *instance, const struct field *root)
{
	struct field users;
	int rc = field_member(root, "users", false, &users);
	rc = rc ? rc : field_array(&users, 0, INSTANCE_MAX_USERS, &instance->snapshot.n_users);
	if (rc < 0)
		return rc;
	instance->users = calloc((size_t)instance->snapshot.n_users + 1, sizeof(*instance->users));
	if (!instance->users)
		return err_set(root->err, ENOMEM, "no memory for %d users", instance->snapshot.n_users);
	size_t n_cuts = (size_t)instance->network.n_subtasks + 1;
	rc = allocate(&instance->upload_bits, (size_t)instance->snapshot.n_users * n_cuts, root->err);
	for (int m = 0; m < instance->snapshot.n_users && rc == 0; m++) {
		struct field user = field_element(&users, m);
		rc = read_user(&user, &instance->users[m]);
		rc = rc ? rc
			: read_uploads(&user, (int)n_cuts, instance->upload_bits + (size_t)m * n_cuts,
				       &instance->users[m]);
	}
	return rc;
}

static int read_edge(struct plan_instance *instance, const struct field *root)
{
	struct snapshot *snapshot = &instance->snapshot;
	struct field edge, grid;
	int rc = field_member(root, "edge", true, &edge);
	if (rc < 0 || !edge.value)
		return rc;
	snapshot->servers[0].has_power = true;
	rc = field_object(&edge, (const char *const[]){"freq_grid", "static_w", "dynamic_w", NULL});
	rc = rc ? rc : field_number_of(&edge, "static_w", false, WATTS, &snapshot->servers[0].static_w);
	rc = rc ? rc : field_number_of(&edge, "dynamic_w", false, WATTS, &snapshot->servers[0].dynamic_w);
	rc = rc ? rc : field_member(&edge, "freq_grid", false, &grid);
	rc = rc ? rc : field_array(&grid, 1, 1000, &snapshot->servers[0].n_freq);
	rc = rc ? rc : allocate(&instance->edge_freq, (size_t)snapshot->servers[0].n_freq, root->err);
	for (int i = 0; i < snapshot->servers[0].n_freq && rc == 0; i++) {
		struct field cell = field_element(&grid, i);
		rc = field_number(&cell, RATIO, &instance->edge_freq[i]);
	}
	snapshot->servers[0].freq = instance->edge_freq;
	return rc;
}

static int read_times(const struct field *pair, struct busy *busy)
{
	int n;
	int rc = field_array(pair, 2, 2, &n);
	if (rc < 0)
		return rc;
	struct field start = field_element(pair, 0), end = field_element(pair, 1);
	rc = field_number(&start, SECONDS, &busy->start_s);
	return rc ? rc : field_number(&end, POSITIVE_SECONDS, &busy->end_s);
}

// Optional: when the GPU is taken after gpu_free_s.
static int read_busy(struct plan_instance *instance, const struct field *root)
{
	struct snapshot *snapshot = &instance->snapshot;
	struct field list;
	int rc = field_member(root, "busy_s", true, &list);
	if (rc < 0 || !list.value)
		return rc;
	rc = field_array(&list, 0, INSTANCE_MAX_USERS, &snapshot->servers[0].n_busy);
	if (rc < 0)
		return rc;
	instance->busy = calloc((size_t)snapshot->servers[0].n_busy + 1, sizeof(*instance->busy));
	if (!instance->busy)
		return err_set(root->err, ENOMEM, "no memory for %d busy times", snapshot->servers[0].n_busy);
	for (int i = 0; i < snapshot->servers[0].n_busy && rc == 0; i++) {
		struct field pair = field_element(&list, i);
		rc = read_times(&pair, &instance->busy[i]);
	}
	snapshot->servers[0].busy = instance->busy;
	return rc;
}

static int read_root(struct plan_instance *instance, const struct field *root)
{
	static const char *const keys[] = {"network", "profile_s", "users", "gpu_free_s",
					   "busy_s",  "guard_s",   "edge",  NULL};
	struct snapshot *snapshot = &instance->snapshot;
	int rc = field_object(root, keys);
	rc = rc ? rc : read_network(instance, root);
	rc = rc ? rc : read_profile(instance, root);
	rc = rc ? rc : read_users(instance, root);
	rc = rc ? rc : field_number_of(root, "gpu_free_s", false, SECONDS, &snapshot->servers[0].free_s);
	rc = rc ? rc : read_busy(instance, root);
	rc = rc ? rc : field_number_of(root, "guard_s", true, SECONDS, &snapshot->guard_s);
	rc = rc ? rc : read_edge(instance, root);
	snapshot->n_networks = snapshot->n_servers = 1;
	snapshot->networks = &instance->network;
	snapshot->users = instance->users;
	return rc ? rc : snapshot_check(snapshot, root->err);
}

static json_t *load(const char *path, struct err *err)
{
	json_error_t where;
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	if (!file) {
		err_sys(err, errno, "%s", path);
		return NULL;
	}
	json_t *document = json_loadf(file, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &where);
	if (file != stdin)
		fclose(file);
	if (!document)
		err_set(err, EINVAL, "%s:%d:%d: %s", path, where.line, where.column, where.text);
	return document;
}

int plan_instance_read(struct plan_instance **out, const char *path, struct err *err)
{
	*out = NULL;
	struct field root = {.value = load(path, err), .err = err};
	if (!root.value)
		return -errno;
	struct plan_instance *instance = calloc(1, sizeof(*instance));
	int rc = instance ? read_root(instance, &root) : err_set(err, ENOMEM, "no memory to read it");
	json_decref((json_t *)root.value);
	if (rc == 0) {
		*out = instance;
		return 0;
	}
	plan_instance_free(instance);
	err_prefix(err, "%s", path);
	return rc;
}
