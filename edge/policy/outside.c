// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/outside.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "edge/policy/parameters.h"

static bool is_path(const char *name)
{
	size_t length = strlen(name);
	return strchr(name, '/') || strstr(name, ".so:") ||
	       (length > 3 && strcmp(name + length - 3, ".so") == 0);
}

static int check_symbol(const char *path, const struct policy *policy, struct err *err)
{
	if (!policy)
		return err_set(err, ENOEXEC, "%s does not define 'const struct policy airbatch_policy'",
			       path);
	if (policy->abi != POLICY_ABI)
		return err_set(
		    err, ENOEXEC,
		    "%s is built for policy interface %d, this program has %d, where a policy only "
		    "decides, takes parameters, and sees when servers are busy: port and rebuild it",
		    path, policy->abi, POLICY_ABI);
	if (!policy->name || !policy->plan)
		return err_set(err, ENOEXEC, "%s: airbatch_policy has no name or no plan function", path);
	return 0;
}

// What policy_close ends: a policy with settings, or one of a shared object.
struct opened {
	struct policy policy;
	char name[POLICY_NAME_SIZE];
	void *object; // NULL = built in
};

// The shared object's policy with the settings behind its path.
static int open_object(struct opened *opened, const char *text, struct err *err)
{
	const char *end = strstr(text, ".so:");
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%.*s", end ? (int)(end + 3 - text) : (int)strlen(text), text);
	opened->object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!opened->object)
		return err_set(err, ENOENT, "%s", dlerror());
	const struct policy *policy = dlsym(opened->object, "airbatch_policy");
	int rc = check_symbol(path, policy, err);
	if (rc < 0)
		return rc;
	opened->policy = *policy;
	parameters_reset(&opened->policy);
	return parameters_set(&opened->policy, end ? end + 4 : "", err);
}

const struct policy *policy_open(const char *text, void **library, struct err *err)
{
	*library = NULL;
	if (!is_path(text) && !strchr(text, ':'))
		return policy_find(text, err);
	struct opened *opened = calloc(1, sizeof(*opened));
	int rc = !opened	 ? err_set(err, ENOMEM, "no memory for a policy")
		 : is_path(text) ? open_object(opened, text, err)
				 : parameters_choose(text, &opened->policy, opened->name, err);
	if (rc < 0) {
		policy_close(opened);
		errno = -rc;
		return NULL;
	}
	*library = opened;
	return &opened->policy;
}

void policy_close(void *library)
{
	struct opened *opened = library;
	if (opened && opened->object)
		dlclose(opened->object);
	free(opened);
}
