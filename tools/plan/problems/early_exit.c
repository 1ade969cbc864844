// SPDX-License-Identifier: BSD-3-Clause
// Batching with early exits (docs/early-exit.md): who is served in one batch, with which exit and how much of
// the band.
//
// {"problem": "early-exit", "bandwidth_hz": W, "upload_s": T_u,
//  "exits": [accuracy at exit 1, ...]                ascending blocks; the last is the whole network's
//  "profile_s": [[d_1(1), d_1(2), ...], ...]         one row for each exit, heads included, all as long
//  "users": [{"upload_bits", "deadline_s", "accuracy", and "snr_db", or "tx_power_w" and "gain_db"}, ...],
//  "noise_w_per_hz": N_0, for users with power and gain}
//
// A deadline counts from the round's start; the batch starts at T_u. No batch is larger than the table.
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include "tools/plan/instance_inside.h"
#include "tools/plan/problems/early_exit.h"

static const struct bounds UPLOAD_SECONDS = {1e-6, 1000, false}, SOME_BITS = {0, 1e15, true},
			   BAND = {0, 1e12, true}, DECIBEL = {-300, 300, false}, SOME_WATTS = {0, 1e6, true},
			   DENSITY = {0, 1, true};

static int read_exits(struct plan_instance *instance, const struct field *root)
{
	struct field list;
	struct snapshot_network *net = &instance->network;
	int n = 0, rc = field_member(root, "exits", false, &list);
	rc = rc ? rc : field_array(&list, 1, POLICY_MAX_SUBTASKS, &n);
	const double *accuracy = NULL;
	rc = rc ? rc : instance_numbers(instance, root, "exits", n, "exit", SHARE, &accuracy);
	if (rc < 0 || !accuracy)
		return rc;
	int *subtasks = instance_keep(instance, (size_t)n, sizeof(*subtasks), root->err);
	double *work_flop = instance_keep(instance, (size_t)n, sizeof(*work_flop), root->err);
	double *cut_bits = instance_keep(instance, (size_t)n + 1, sizeof(*cut_bits), root->err);
	instance->names = instance_keep(instance, (size_t)n, sizeof(*instance->names), root->err);
	if (!subtasks || !work_flop || !cut_bits || !instance->names)
		return -ENOMEM;
	for (int i = 0; i < n; i++) {
		subtasks[i] = i + 1;
		work_flop[i] = FLOP.high; // no device runs any of it
	}
	net->n_subtasks = n;
	net->work_flop = work_flop;
	net->cut_bits = cut_bits;
	net->n_exits = n - 1;
	net->exit_subtasks = subtasks;
	net->exit_accuracy = accuracy;
	net->accuracy = accuracy[n - 1];
	return 0;
}

static int read_profile(struct plan_instance *instance, const struct field *root)
{
	struct field profile;
	int rows, rc = field_member(root, "profile_s", false, &profile);
	rc = rc ? rc : field_array(&profile, 1, POLICY_MAX_SUBTASKS, &rows);
	if (rc == 0 && rows != instance->network.n_subtasks)
		return err_set(root->err, EINVAL, "profile_s has %d rows: one for each exit, %d, is right",
			       rows, instance->network.n_subtasks);
	struct field row = field_element(&profile, 0);
	rc = rc ? rc : field_array(&row, 1, INSTANCE_MAX_BATCH, &instance->network.max_batch);
	return rc ? rc : instance_rows(instance, &profile, &instance->network.batch_s);
}

static int read_channel(const struct field *field, double noise_w_per_hz, struct snapshot_job *user)
{
	struct field snr, gain;
	double db = 0;
	int rc = field_member(field, "snr_db", true, &snr);
	rc = rc ? rc : field_member(field, "gain_db", true, &gain);
	if (rc == 0 && !snr.value == !gain.value)
		return err_set(field->err, EINVAL, "%s needs snr_db, or tx_power_w and gain_db, and not both",
			       field->path);
	rc = rc ? rc : field_number(snr.value ? &snr : &gain, DECIBEL, &db);
	if (rc < 0)
		return rc;
	double linear = pow(10, db / 10);
	if (snr.value) {
		user->snr = linear;
		return field_number_of(field, "tx_power_w", true, WATTS, &user->tx_power_w);
	}
	rc = field_number_of(field, "tx_power_w", false, SOME_WATTS, &user->tx_power_w);
	if (rc == 0 && !(noise_w_per_hz > 0))
		return err_set(field->err, EINVAL, "noise_w_per_hz is missing: %s has a power and a gain",
			       field->path);
	user->power_to_noise_hz = user->tx_power_w * linear / noise_w_per_hz;
	return rc;
}

static int check_accuracy(const struct snapshot_network *net, const struct field *field, double needed)
{
	double best = 0;
	for (int i = 0; i < net->n_subtasks; i++)
		best = fmax(best, net->exit_accuracy[i]);
	if (needed <= best)
		return 0;
	return err_set(field->err, EINVAL, "%s.accuracy is %g: no exit reaches it, the best has %g",
		       field->path, needed, best);
}

static int read_user(struct plan_instance *instance, const struct field *field, void *more,
		     struct snapshot_job *user)
{
	const double *noise_w_per_hz = more;
	static const char *const keys[] = {"upload_bits", "deadline_s", "accuracy", "snr_db",
					   "tx_power_w",  "gain_db",	NULL};
	const struct snapshot_network *net = &instance->network;
	int rc = field_object(field, keys);
	double *bits =
	    rc ? NULL : instance_keep(instance, (size_t)net->n_subtasks + 1, sizeof(*bits), field->err);
	rc = rc ? rc : bits ? 0 : -ENOMEM;
	rc = rc ? rc : field_number_of(field, "upload_bits", false, SOME_BITS, &bits[0]);
	rc = rc ? rc : field_number_of(field, "deadline_s", false, POSITIVE_SECONDS, &user->deadline_s);
	rc = rc ? rc : field_number_of(field, "accuracy", false, SHARE, &user->least_accuracy);
	rc = rc ? rc : check_accuracy(net, field, user->least_accuracy);
	user->upload_bits = bits;
	user->device = (struct device){.f_min_flops = 1, .f_max_flops = 1};
	return rc ? rc : read_channel(field, *noise_w_per_hz, user);
}

static int read_users(struct plan_instance *instance, const struct field *root)
{
	double noise_w_per_hz = 0;
	int rc = field_number_of(root, "noise_w_per_hz", true, DENSITY, &noise_w_per_hz);
	return rc ? rc : instance_users_with(instance, root, read_user, &noise_w_per_hz);
}

static int fill(struct early_exit *problem, const struct field *root)
{
	static const char *const keys[] = {"problem", "bandwidth_hz", "upload_s", "noise_w_per_hz",
					   "exits",   "profile_s",    "users",	  NULL};
	struct snapshot *snapshot = &problem->instance->snapshot;
	int rc = field_object(root, keys);
	rc = rc ? rc : field_number_of(root, "bandwidth_hz", false, BAND, &snapshot->band_hertz);
	rc = rc ? rc : field_number_of(root, "upload_s", false, UPLOAD_SECONDS, &problem->upload_s);
	rc = rc ? rc : read_exits(problem->instance, root);
	rc = rc ? rc : read_profile(problem->instance, root);
	rc = rc ? rc : read_users(problem->instance, root);
	snapshot->n_networks = snapshot->n_servers = 1;
	snapshot->networks = &problem->instance->network;
	return rc ? rc : snapshot_check(snapshot, root->err);
}

static void drop(void *content)
{
	struct early_exit *problem = content;
	if (problem)
		plan_instance_free(problem->instance);
	free(problem);
}

static int read(void **content, const struct field *document)
{
	*content = NULL;
	struct early_exit *problem = calloc(1, sizeof(*problem));
	if (problem)
		problem->instance = calloc(1, sizeof(*problem->instance));
	int rc = problem && problem->instance ? fill(problem, document)
					      : err_set(document->err, ENOMEM, "no memory to read it");
	if (rc == 0)
		*content = problem;
	else
		drop(problem);
	return rc;
}

const struct problem_kind problem_early_exit = {
    "early-exit", "one batch that shrinks at exits: who is served, with which exit and how much of the band",
    read, early_exit_answer, drop};
