// SPDX-License-Identifier: BSD-3-Clause
#include "tools/plan/instance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tools/plan/instance_inside.h"

struct kept {
	struct kept *next;
	max_align_t memory[];
};

const struct snapshot *plan_instance_snapshot(const struct plan_instance *instance)
{
	return &instance->snapshot;
}

void *instance_keep(struct plan_instance *instance, size_t n, size_t size, struct err *err)
{
	struct kept *kept = calloc(1, sizeof(*kept) + n * size);
	if (!kept) {
		err_set(err, ENOMEM, "no memory for %zu things of %zu bytes", n, size);
		return NULL;
	}
	kept->next = instance->kept;
	instance->kept = kept;
	return kept->memory;
}

void plan_instance_free(struct plan_instance *instance)
{
	if (!instance)
		return;
	while (instance->kept) {
		struct kept *kept = instance->kept;
		instance->kept = kept->next;
		free(kept);
	}
	free(instance);
}

const char *plan_instance_subtask(const void *instance, int network, int subtask)
{
	(void)network;
	return ((const struct plan_instance *)instance)->names[subtask];
}

int instance_text(const struct field *object, const char *key, char *text, size_t size)
{
	struct field field;
	int rc = field_member(object, key, true, &field);
	if (rc < 0 || !field.value)
		return rc;
	const char *value = json_string_value(field.value);
	if (!value || strlen(value) >= size)
		return err_set(field.err, EINVAL, "%s is no text of at most %zu letters", field.path,
			       size - 1);
	snprintf(text, size, "%s", value);
	return 0;
}

int instance_numbers(struct plan_instance *instance, const struct field *object, const char *key, int n,
		     const char *each, struct bounds bounds, const double **out)
{
	struct field list;
	int size;
	*out = NULL;
	int rc = field_member(object, key, true, &list);
	if (rc < 0 || !list.value)
		return rc;
	rc = field_array(&list, 1, 1000, &size);
	if (rc == 0 && size != n)
		return err_set(object->err, EINVAL, "%s has %d entries: one for each %s, %d, is right",
			       list.path, size, each, n);
	double *numbers = rc ? NULL : instance_keep(instance, (size_t)n, sizeof(*numbers), object->err);
	rc = rc ? rc : numbers ? 0 : -ENOMEM;
	for (int i = 0; i < n && rc == 0; i++) {
		struct field cell = field_element(&list, i);
		rc = field_number(&cell, bounds, &numbers[i]);
	}
	*out = numbers;
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

int instance_rows(struct plan_instance *instance, const struct field *profile, const double **out)
{
	const struct snapshot_network *net = &instance->network;
	int rows;
	int rc = field_array(profile, 1, POLICY_MAX_SUBTASKS, &rows);
	if (rc == 0 && rows != net->n_subtasks)
		return err_set(profile->err, EINVAL,
			       "%s has %d rows, network.subtasks has %d: one row per sub-task", profile->path,
			       rows, net->n_subtasks);
	size_t cells = (size_t)net->n_subtasks * (size_t)net->max_batch;
	double *table = rc ? NULL : instance_keep(instance, cells, sizeof(*table), profile->err);
	rc = rc ? rc : table ? 0 : -ENOMEM;
	for (int n = 0; n < net->n_subtasks && rc == 0; n++) {
		struct field row = field_element(profile, n);
		rc = read_row(&row, net->max_batch, table + (ptrdiff_t)n * net->max_batch);
	}
	*out = table;
	return rc;
}
