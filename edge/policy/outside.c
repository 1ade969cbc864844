// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/outside.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

static bool is_path(const char *name)
{
	size_t length = strlen(name);
	return strchr(name, '/') || (length > 3 && strcmp(name + length - 3, ".so") == 0);
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

const struct policy *policy_open(const char *name_or_path, void **library, struct err *err)
{
	*library = NULL;
	if (!is_path(name_or_path))
		return policy_find(name_or_path, err);
	void *opened = dlopen(name_or_path, RTLD_NOW | RTLD_LOCAL);
	if (!opened) {
		err_set(err, ENOENT, "%s", dlerror());
		return NULL;
	}
	const struct policy *policy = dlsym(opened, "airbatch_policy");
	int rc = check_symbol(name_or_path, policy, err);
	if (rc < 0) {
		dlclose(opened);
		errno = -rc;
		return NULL;
	}
	*library = opened;
	return policy;
}

void policy_close(void *library)
{
	if (library)
		dlclose(library);
}
