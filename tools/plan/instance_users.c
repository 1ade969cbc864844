// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include "tools/plan/instance_inside.h"

static int read_device(const struct field *field, struct device *device)
{
	int rc = field_number_of(field, "kappa", false, KAPPA, &device->kappa);
	rc = rc ? rc : field_number_of(field, "f_min", false, FREQUENCY, &device->f_min_flops);
	rc = rc ? rc : field_number_of(field, "f_max", false, FREQUENCY, &device->f_max_flops);
	if (rc == 0 && device->f_max_flops < device->f_min_flops)
		return err_set(field->err, EINVAL, "%s.f_max is %g: must be at least f_min, %g", field->path,
			       device->f_max_flops, device->f_min_flops);
	return rc;
}

// A device with one frequency: [1], for the one network of a file.
static int read_device_times(struct plan_instance *instance, const struct field *field,
			     struct snapshot_job *user)
{
	const double *times_s;
	int rc = instance_numbers(instance, field, "device_s", instance->network.n_subtasks + 1, "cut",
				  SECONDS, &times_s);
	rc = rc ? rc : field_number_of(field, "device_w", true, WATTS, &user->device_w);
	if (rc < 0 || !times_s)
		return rc;
	const double **tables = instance_keep(instance, 1, sizeof(*tables), field->err);
	if (!tables)
		return -ENOMEM;
	tables[0] = times_s;
	user->device_s = tables;
	return 0;
}

// What a job has beyond the model of one edge.
static int read_more(struct plan_instance *instance, const struct field *field, struct snapshot_job *user)
{
	int rc = read_device_times(instance, field, user);
	rc = rc ? rc : field_integer_of(field, "device_id", 0, INSTANCE_MAX_USERS, &user->device_id);
	rc = rc ? rc : field_number_of(field, "least_accuracy", true, SHARE, &user->least_accuracy);
	rc = rc ? rc : field_number_of(field, "snr", true, SIGNAL, &user->snr);
	rc = rc ? rc : field_number_of(field, "power_to_noise_hz", true, SIGNAL, &user->power_to_noise_hz);
	return rc ? rc : field_number_of(field, "reply_bits", true, BITS, &user->reply_bits);
}

static int read_user(struct plan_instance *instance, const struct field *field, void *more,
		     struct snapshot_job *user)
{
	(void)more;
	static const char *const keys[] = {"rate_bps",	 "tx_power_w",
					   "kappa",	 "f_min",
					   "f_max",	 "deadline_s",
					   "release_s",	 "uplink_delay_s",
					   "downlink_s", "upload_bits",
					   "device_s",	 "device_w",
					   "device_id",	 "least_accuracy",
					   "snr",	 "power_to_noise_hz",
					   "reply_bits", NULL};
	int rc = field_object(field, keys);
	rc = rc ? rc : field_number_of(field, "rate_bps", false, BITS, &user->rate_bps);
	rc = rc ? rc : field_number_of(field, "tx_power_w", false, WATTS, &user->tx_power_w);
	rc = rc ? rc : read_device(field, &user->device);
	rc = rc ? rc : field_number_of(field, "deadline_s", false, POSITIVE_SECONDS, &user->deadline_s);
	rc = rc ? rc : field_number_of(field, "release_s", true, SECONDS, &user->release_s);
	rc = rc ? rc : field_number_of(field, "uplink_delay_s", true, SECONDS, &user->uplink_delay_s);
	rc = rc ? rc : field_number_of(field, "downlink_s", true, SECONDS, &user->downlink_s);
	rc = rc ? rc
		: instance_numbers(instance, field, "upload_bits", instance->network.n_subtasks + 1, "cut",
				   BITS, &user->upload_bits);
	return rc ? rc : read_more(instance, field, user);
}

int instance_users_with(struct plan_instance *instance, const struct field *root, instance_user_reader read,
			void *more)
{
	struct field list;
	struct snapshot *snapshot = &instance->snapshot;
	int rc = field_member(root, "users", false, &list);
	rc = rc ? rc : field_array(&list, 0, INSTANCE_MAX_USERS, &snapshot->n_jobs);
	if (rc < 0)
		return rc;
	struct snapshot_job *users =
	    instance_keep(instance, (size_t)snapshot->n_jobs, sizeof(*users), root->err);
	rc = users ? 0 : -ENOMEM;
	for (int m = 0; m < snapshot->n_jobs && rc == 0; m++) {
		struct field user = field_element(&list, m);
		rc = read(instance, &user, more, &users[m]);
	}
	snapshot->jobs = users;
	return rc;
}

int instance_users(struct plan_instance *instance, const struct field *root)
{
	return instance_users_with(instance, root, read_user, NULL);
}
