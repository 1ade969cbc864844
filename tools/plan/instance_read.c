// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "tools/plan/document.h"
#include "tools/plan/instance_inside.h"

static int read_subtask(const struct field *field, double *flop, double *output_bits, char name[16])
{
	int rc = field_object(field, (const char *const[]){"flop", "output_bits", "name", NULL});
	rc = rc ? rc : field_number_of(field, "flop", false, FLOP, flop);
	rc = rc ? rc : field_number_of(field, "output_bits", false, BITS, output_bits);
	return rc ? rc : instance_text(field, "name", name, 16);
}

static int read_subtasks(struct plan_instance *instance, const struct field *network)
{
	struct field list;
	struct snapshot_network *net = &instance->network;
	int rc = field_member(network, "subtasks", false, &list);
	rc = rc ? rc : field_array(&list, 1, POLICY_MAX_SUBTASKS, &net->n_subtasks);
	if (rc < 0)
		return rc;
	size_t n_subtasks = (size_t)net->n_subtasks;
	double *work_flop = instance_keep(instance, n_subtasks, sizeof(*work_flop), network->err);
	double *cut_bits = instance_keep(instance, n_subtasks + 1, sizeof(*cut_bits), network->err);
	instance->names = instance_keep(instance, n_subtasks, sizeof(*instance->names), network->err);
	if (!work_flop || !cut_bits || !instance->names)
		return -ENOMEM;
	rc = field_number_of(network, "input_bits", false, BITS, &cut_bits[0]);
	for (int n = 0; n < net->n_subtasks && rc == 0; n++) {
		struct field subtask = field_element(&list, n);
		rc = read_subtask(&subtask, &work_flop[n], &cut_bits[n + 1], instance->names[n]);
	}
	net->work_flop = work_flop;
	net->cut_bits = cut_bits;
	return rc;
}

static int read_exit(const struct field *field, int after, int n_subtasks, int *subtasks, double *accuracy)
{
	int rc = field_object(field, (const char *const[]){"subtasks", "accuracy", NULL});
	rc = rc ? rc : field_integer_of(field, "subtasks", 0, POLICY_MAX_SUBTASKS, subtasks);
	rc = rc ? rc : field_number_of(field, "accuracy", true, SHARE, accuracy);
	if (rc == 0 && (*subtasks <= after || *subtasks >= n_subtasks))
		return err_set(field->err, EINVAL, "%s.subtasks is %d: must be %d to %d", field->path,
			       *subtasks, after + 1, n_subtasks - 1);
	return rc;
}

// Optional: where a job may leave the network early.
static int read_exits(struct plan_instance *instance, const struct field *network)
{
	struct field list;
	struct snapshot_network *net = &instance->network;
	int rc = field_number_of(network, "accuracy", true, SHARE, &net->accuracy);
	rc = rc ? rc : field_member(network, "exits", true, &list);
	if (rc < 0 || !list.value)
		return rc;
	rc = field_array(&list, 0, POLICY_MAX_SUBTASKS, &net->n_exits);
	if (rc < 0)
		return rc;
	size_t n_exits = (size_t)net->n_exits;
	int *subtasks = instance_keep(instance, n_exits, sizeof(*subtasks), network->err);
	double *accuracy = instance_keep(instance, n_exits, sizeof(*accuracy), network->err);
	rc = subtasks && accuracy ? 0 : -ENOMEM;
	for (int e = 0; e < net->n_exits && rc == 0; e++) {
		struct field field = field_element(&list, e);
		rc = read_exit(&field, e > 0 ? subtasks[e - 1] : 0, net->n_subtasks, &subtasks[e],
			       &accuracy[e]);
	}
	net->exit_subtasks = subtasks;
	net->exit_accuracy = accuracy;
	return rc;
}

static int read_network(struct plan_instance *instance, const struct field *root)
{
	static const char *const keys[] = {"input_bits", "subtasks", "accuracy", "exits", NULL};
	struct field network;
	int rc = field_member(root, "network", false, &network);
	rc = rc ? rc : field_object(&network, keys);
	rc = rc ? rc : read_subtasks(instance, &network);
	snprintf(instance->network.name, sizeof(instance->network.name), "instance");
	return rc ? rc : read_exits(instance, &network);
}

static int read_profile(struct plan_instance *instance, const struct field *root)
{
	struct field profile;
	int rows;
	int rc = field_member(root, "profile_s", false, &profile);
	rc = rc ? rc : field_array(&profile, 1, POLICY_MAX_SUBTASKS, &rows);
	if (rc < 0)
		return rc;
	struct field row = field_element(&profile, 0);
	rc = field_array(&row, 1, INSTANCE_MAX_BATCH, &instance->network.max_batch);
	return rc ? rc : instance_rows(instance, &profile, &instance->network.batch_s);
}

static int read_root(struct plan_instance *instance, const struct field *root)
{
	static const char *const keys[] = {"problem",	 "network",    "profile_s", "users",
					   "gpu_free_s", "busy_s",     "guard_s",   "edge",
					   "servers",	 "band_hertz", NULL};
	struct snapshot *snapshot = &instance->snapshot;
	int rc = field_object(root, keys);
	rc = rc ? rc : read_network(instance, root);
	rc = rc ? rc : read_profile(instance, root);
	rc = rc ? rc : instance_users(instance, root);
	rc = rc ? rc : instance_servers(instance, root);
	rc = rc ? rc : field_number_of(root, "guard_s", true, SECONDS, &snapshot->guard_s);
	rc = rc ? rc : field_number_of(root, "band_hertz", true, HERTZ, &snapshot->band_hertz);
	snapshot->n_networks = 1;
	snapshot->networks = &instance->network;
	return rc ? rc : snapshot_check(snapshot, root->err);
}

int plan_instance_read_document(struct plan_instance **out, const struct field *document)
{
	*out = NULL;
	struct plan_instance *instance = calloc(1, sizeof(*instance));
	int rc =
	    instance ? read_root(instance, document) : err_set(document->err, ENOMEM, "no memory to read it");
	if (rc == 0)
		*out = instance;
	else
		plan_instance_free(instance);
	return rc;
}

int plan_instance_read(struct plan_instance **out, const char *path, struct err *err)
{
	*out = NULL;
	struct field root = {.value = document_load(path, err), .err = err};
	if (!root.value)
		return -errno;
	int rc = plan_instance_read_document(out, &root);
	json_decref((json_t *)root.value);
	if (rc < 0)
		err_prefix(err, "%s", path);
	return rc;
}
