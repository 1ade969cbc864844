// SPDX-License-Identifier: BSD-3-Clause
// What this process may do.
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/privileges.h"
#include "emu/netns/netns.h"
#include "tools/doctor/check_private.h"

static const struct {
	const char *name;
	int bit; // capabilities(7)
} wanted[] = {{"CAP_NET_ADMIN", 12}, {"CAP_NET_RAW", 13}, {"CAP_SYS_ADMIN", 21}, {"CAP_SYS_NICE", 23}};

static unsigned long long effective_capabilities(void)
{
	char line[200];
	unsigned long long set = 0;
	FILE *f = fopen("/proc/self/status", "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %llx", &set) == 1)
			break;
	if (f)
		fclose(f);
	return set;
}

void check_capabilities(struct finding *f)
{
	unsigned long long set = effective_capabilities();
	char missing[120] = "";
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!(set >> wanted[i].bit & 1))
			snprintf(missing + strlen(missing), sizeof(missing) - strlen(missing), " %s",
				 wanted[i].name);
	const char *who = geteuid() == 0 ? "root" : "a plain user";
	if (!*missing)
		doctor_find(f, DOCTOR_OK, "", "", "%s, with all that is needed", who);
	else
		doctor_find(f, DOCTOR_NOTE,
			    "namespaces come from a user namespace (see there); without CAP_SYS_NICE the "
			    "shaper cannot raise its priority and is later under load; --publish needs root",
			    "run as root", "%s, without%s", who, missing);
}

// CAP_SYS_RESOURCE raises the limits that stand in for CAP_SYS_NICE.
void check_parts(struct finding *f)
{
	bool by_limits = privileges_of_priority() == 0 || effective_capabilities() >> CAP_SYS_RESOURCE & 1;
	doctor_find(
	    f, DOCTOR_OK, "", "",
	    "once their files are open edge and UEs have no capability, the shaper %s; no_new_privs for all",
	    by_limits ? "none" : "CAP_SYS_NICE alone");
}

static int make_namespace(struct err *err)
{
	int r = netns_enter_user_namespace(err);
	return r < 0 ? r : netns_new(err);
}

void check_namespaces(struct finding *f)
{
	struct err err;
	int r = doctor_apart(make_namespace, &err);
	if (r >= 0)
		doctor_find(f, DOCTOR_OK, "", "", "network namespaces can be made%s",
			    geteuid() == 0 ? "" : " in a user namespace");
	else
		doctor_find(
		    f, DOCTOR_FAIL, "`airbatch run` cannot start; `airbatch sim`, plan and sweep can",
		    "run as root; in a container with CAP_SYS_ADMIN and CAP_NET_ADMIN (docker run "
		    "--privileged); as a plain user: sysctl user.max_user_namespaces=10000, "
		    "kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0",
		    "%s", err.text);
}
