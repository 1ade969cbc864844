// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/parameters.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/nearest.h"

static bool is_switch(const struct policy_parameter *p)
{
	return strcmp(p->unit, "switch") == 0;
}

static int count(const struct policy *policy)
{
	int n = 0;
	while (policy->parameters && n < POLICY_MAX_PARAMETERS && policy->parameters[n].name)
		n++;
	return n;
}

static int find(const struct policy *policy, const char *name)
{
	for (int i = 0; i < count(policy); i++)
		if (strcmp(policy->parameters[i].name, name) == 0)
			return i;
	return -1;
}

char *parameters_range(const struct policy_parameter *p, char *buf, size_t size)
{
	if (is_switch(p))
		snprintf(buf, size, "0 or 1, %g by default", p->standard);
	else
		snprintf(buf, size, "a number from %g to %g%s%s, %g by default", p->least, p->most,
			 *p->unit ? " " : "", p->unit, p->standard);
	return buf;
}

static int refuse_unknown(const struct policy *policy, const char *name, struct err *err)
{
	char names[200] = "", near[80];
	struct nearest nearest = nearest_to(name);
	for (int i = 0; i < count(policy); i++) {
		size_t used = strlen(names);
		snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "",
			 policy->parameters[i].name);
		nearest_offer(&nearest, policy->parameters[i].name);
	}
	return err_set(err, EINVAL, "the policy %s has no parameter '%.40s': it takes %s%s", policy->name, name,
		       *names ? names : "none", nearest_text(&nearest, near, sizeof(near)));
}

static int set_value(struct policy *policy, int i, const char *text, struct err *err)
{
	const struct policy_parameter *p = &policy->parameters[i];
	char range[100], *end;
	double value = strtod(text, &end);
	bool is_number = *text && !*end, fits = value >= p->least && value <= p->most;
	if (!is_number || !fits || (is_switch(p) && value != 0 && value != 1))
		return err_set(err, EINVAL, "%s of the policy %s is '%.40s': must be %s", p->name, policy->name,
			       text, parameters_range(p, range, sizeof(range)));
	policy->value[i] = value;
	return 0;
}

static int set_one(struct policy *policy, const char *setting, struct err *err)
{
	char name[64];
	size_t length = strcspn(setting, "=");
	snprintf(name, sizeof(name), "%.*s", (int)length, setting);
	int i = find(policy, name);
	if (setting[length] == '=')
		return i < 0 ? refuse_unknown(policy, name, err)
			     : set_value(policy, i, setting + length + 1, err);
	bool off = i < 0 && strncmp(name, "no-", 3) == 0;
	i = off ? find(policy, name + 3) : i;
	if (i < 0)
		return refuse_unknown(policy, off ? name + 3 : name, err);
	if (is_switch(&policy->parameters[i]))
		return set_value(policy, i, off ? "0" : "1", err);
	return err_set(err, EINVAL, "%s of the policy %s has no value: write %s=%g", name, policy->name, name,
		       policy->parameters[i].standard);
}

int parameters_set(struct policy *policy, const char *settings, struct err *err)
{
	int rc = 0;
	while (rc == 0 && *settings) {
		char one[128];
		size_t length = strcspn(settings, ":");
		snprintf(one, sizeof(one), "%.*s", (int)length, settings);
		rc = set_one(policy, one, err);
		settings += length + (settings[length] == ':');
	}
	return rc;
}

void parameters_reset(struct policy *policy)
{
	for (int i = 0; i < count(policy); i++)
		policy->value[i] = policy->parameters[i].standard;
}

static bool is_same(const struct policy *a, const struct policy *b)
{
	return a->plan == b->plan && memcmp(a->value, b->value, sizeof(a->value)) == 0;
}

// The one spelling of its name.
static void spell(struct policy *policy, const char *base, char name[])
{
	for (const struct policy *listed = policies; listed->name; listed++)
		if (is_same(listed, policy)) {
			snprintf(name, POLICY_NAME_SIZE, "%s", listed->name);
			policy->summary = listed->summary;
			return;
		}
	snprintf(name, POLICY_NAME_SIZE, "%s", base);
	for (int i = 0; i < count(policy); i++) {
		size_t used = strlen(name);
		const struct policy_parameter *p = &policy->parameters[i];
		if (policy->value[i] < p->standard || policy->value[i] > p->standard)
			snprintf(name + used, POLICY_NAME_SIZE - used, ":%s=%.12g", p->name, policy->value[i]);
	}
}

int parameters_choose(const char *text, struct policy *policy, char name[], struct err *err)
{
	char base[64];
	size_t length = strcspn(text, ":");
	snprintf(base, sizeof(base), "%.*s", (int)length, text);
	const struct policy *listed = policy_find(text[length] ? base : text, err);
	if (!listed)
		return -ENOENT;
	*policy = *listed;
	int rc = parameters_set(policy, text + length + (text[length] == ':'), err);
	if (rc == 0) {
		spell(policy, base, name);
		policy->name = name;
	}
	return rc;
}
