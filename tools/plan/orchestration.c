// SPDX-License-Identifier: BSD-3-Clause
#include "tools/plan/orchestration.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "edge/policy/orchestration/choose.h"
#include "edge/policy/orchestration/standard.h"

static const struct bounds TIME = {0, 1e6, false}, LASTS = {0, 1e6, true}, RATE = {0, 1e15, true},
			   AMOUNT = {0, 1e15, false}, PART = {0, 1, false}, ACCURACY = {0, 1, true};

static int read_name(const struct field *model, char name[32])
{
	struct field field;
	int rc = field_member(model, "name", false, &field);
	const char *text = rc ? NULL : json_string_value(field.value);
	if (rc == 0 && (!text || !*text || strlen(text) >= 32))
		return err_set(field.err, EINVAL, "%s is no text of 1 to 31 letters", field.path);
	if (rc == 0)
		snprintf(name, 32, "%s", text);
	return rc;
}

static int read_model(const struct field *model, int v, struct orchestration *out)
{
	static const char *const keys[] = {"name", "accuracy", "device_s", "edge_s", "cloud_s", NULL};
	struct orch_user *user = &out->users[0];
	double edge_s, cloud_s;
	int rc = field_object(model, keys);
	rc = rc ? rc : read_name(model, out->names[v]);
	rc = rc ? rc : field_number_of(model, "accuracy", false, ACCURACY, &user->accuracy[v]);
	rc = rc ? rc : field_number_of(model, "device_s", false, LASTS, &user->device_s[v]);
	rc = rc ? rc : field_number_of(model, "edge_s", v > 0, LASTS, &edge_s);
	rc = rc ? rc : field_number_of(model, "cloud_s", v > 0, LASTS, &cloud_s);
	if (rc == 0 && v == 0) {
		user->edge_s = edge_s;
		user->cloud_s = cloud_s;
	}
	return rc;
}

// Into users[0]; the others are copied from it.
static int read_models(const struct field *root, struct orchestration *out)
{
	struct field list;
	int rc = field_member(root, "models", false, &list);
	rc = rc ? rc : field_array(&list, 1, ORCH_MAX_VARIANTS, &out->users[0].n_variants);
	for (int v = 0; rc == 0 && v < out->users[0].n_variants; v++) {
		struct field model = field_element(&list, v);
		rc = read_model(&model, v, out);
	}
	return rc;
}

static int read_user(const struct field *object, struct orch_link link, struct orch_user *user)
{
	static const char *const keys[] = {"up_bps",	 "down_bps",	  "delay_s", "input_bits",
					   "reply_bits", "device_busy_s", NULL};
	int rc = field_object(object, keys);
	rc = rc ? rc : field_number_of(object, "up_bps", false, RATE, &link.up_bps);
	rc = rc ? rc : field_number_of(object, "down_bps", false, RATE, &link.down_bps);
	rc = rc ? rc : field_number_of(object, "delay_s", false, TIME, &link.delay_s);
	rc = rc ? rc : field_number_of(object, "input_bits", false, AMOUNT, &link.input_bits);
	rc = rc ? rc : field_number_of(object, "reply_bits", false, AMOUNT, &link.reply_bits);
	rc = rc ? rc : field_number_of(object, "device_busy_s", true, TIME, &user->device_free_s);
	if (rc == 0)
		orch_set_link(user, &link);
	return rc;
}

// After the cloud, whose WAN is a part of every user's way.
static int read_users(const struct field *root, const struct orch_link *wan, struct orchestration *out)
{
	struct field list;
	int rc = field_member(root, "users", false, &list);
	rc = rc ? rc : field_array(&list, 1, ORCH_TABLE_USERS, &out->problem.n_users);
	for (int i = 1; rc == 0 && i < out->problem.n_users; i++)
		out->users[i] = out->users[0];
	for (int i = 0; rc == 0 && i < out->problem.n_users; i++) {
		struct field user = field_element(&list, i);
		rc = read_user(&user, *wan, &out->users[i]);
	}
	return rc;
}

static int read_cores(const struct field *object, struct orch_node *node)
{
	struct field list;
	int n, rc = field_integer_of(object, "cores", 1, ORCH_MAX_CORES, &node->cores);
	rc = rc ? rc : field_member(object, "busy_s", false, &list);
	rc = rc ? rc : field_array(&list, 1, ORCH_MAX_CORES, &n);
	if (rc == 0 && n != node->cores)
		return err_set(object->err, EINVAL, "%s has %d entries: one for each core, %d, is right",
			       list.path, n, node->cores);
	for (int c = 0; rc == 0 && c < n; c++) {
		struct field core = field_element(&list, c);
		rc = field_number(&core, TIME, &node->free_s[c]);
	}
	return rc;
}

static int read_nodes(const struct field *root, struct orch_link *wan, struct orch_problem *p)
{
	struct field edge, cloud;
	int rc = field_member(root, "edge", false, &edge);
	rc = rc ? rc : field_object(&edge, (const char *const[]){"cores", "busy_s", NULL});
	rc = rc ? rc : read_cores(&edge, &p->edge);
	rc = rc ? rc : field_member(root, "cloud", false, &cloud);
	rc = rc ? rc
		: field_object(&cloud,
			       (const char *const[]){"cores", "busy_s", "wan_delay_s", "wan_bps", NULL});
	rc = rc ? rc : read_cores(&cloud, &p->cloud);
	rc = rc ? rc : field_number_of(&cloud, "wan_delay_s", false, TIME, &wan->wan_delay_s);
	rc = rc ? rc : field_number_of(&cloud, "wan_bps", false, RATE, &wan->wan_bps);
	p->wan_delay_s = wan->wan_delay_s;
	return rc;
}

static int read_threshold(const struct field *root, double *threshold)
{
	struct field field;
	*threshold = 0;
	int rc = field_member(root, "threshold", true, &field);
	return rc || json_is_null(field.value) ? rc : field_number(&field, PART, threshold);
}

int orchestration_read(struct orchestration *out, const struct field *document)
{
	static const char *const keys[] = {"problem", "threshold", "decision_s", "models",
					   "users",   "edge",	   "cloud",	 NULL};
	struct orch_link wan = {0};
	*out = (struct orchestration){.problem.users = out->users};
	int rc = field_object(document, keys);
	rc = rc ? rc : read_threshold(document, &out->problem.threshold);
	rc = rc ? rc : field_number_of(document, "decision_s", false, TIME, &out->problem.decision_s);
	rc = rc ? rc : read_models(document, out);
	rc = rc ? rc : read_nodes(document, &wan, &out->problem);
	rc = rc ? rc : read_users(document, &wan, out);
	return rc ? rc : orch_check_threshold(&out->problem, document->err);
}
