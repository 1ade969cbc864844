// SPDX-License-Identifier: BSD-3-Clause
#include "emu/supervisor/preflight.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/descriptors.h"
#include "base/log.h"
#include "setup/shaper_config.h"
#include "emu/shaper/rings.h"

// Of each UE the supervisor holds its namespace, its process and its channel, the edge up to four
// connections.
#define DESCRIPTORS_PER_UE 4
#define DESCRIPTORS_BESIDE                                                                                   \
	256 // libraries, tables, captures, control clients, connections that nobody speaks on

#define WHOLE_PROCESSORS                                                                                     \
	"give it whole processors instead (docker run --cpuset-cpus=0,1 in place of --cpus; systemd's "      \
	"AllowedCPUs= in place of CPUQuota=)"

static int processors_here(void)
{
	cpu_set_t set;
	return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

static int check_quota(const struct quota *q, const struct topology *t, struct err *err)
{
	double least = QUOTA_LEAST_CORES + (t->shaper.loop == LOOP_POLL ? 1 : 0);
	if (q->cores < least)
		return err_set(err, EDQUOT,
			       "%s leaves %.3g of a processor, and %s needs at least %.3g: " WHOLE_PROCESSORS,
			       q->group, q->cores,
			       t->shaper.loop == LOOP_POLL ? "a shaper that never sleeps (shaper.loop: poll)"
							   : "a run",
			       least);
	return 0;
}

int preflight_check(struct preflight *p, const struct topology *t, struct err *err)
{
	struct ring_shape ring;
	if (t->n_ues > SHAPER_MAX_UES)
		return err_set(
		    err, EINVAL,
		    "%d UEs are more than an emulation takes: at most %d, or `airbatch sim`, which "
		    "takes %d",
		    t->n_ues, SHAPER_MAX_UES, TOPOLOGY_MAX_UES);
	quota_find(&p->quota, "");
	int r = check_quota(&p->quota, t, err);
	if (r == 0 &&
	    (r = descriptors_raise((uint64_t)t->n_ues * DESCRIPTORS_PER_UE + DESCRIPTORS_BESIDE, err)) < 0) {
		err_prefix(err, "%d UEs", t->n_ues);
		return -EINVAL;
	}
	r = r < 0 ? r : rings_lockable(&ring, (uint32_t)t->cell.mtu, err);
	if (r == 0 && p->quota.cores < processors_here())
		log_warn(
		    "%s leaves %.3g processors and stops everything for up to %.3g ms when they are used up: "
		    "the run may be not valid; " WHOLE_PROCESSORS,
		    p->quota.group, p->quota.cores, 1e3 * ns_to_s(p->quota.period_ns));
	return r;
}

void preflight_begin(struct preflight *p)
{
	p->stopped_ns = quota_stopped_ns(&p->quota);
}

void preflight_note(const struct preflight *p, struct results *r)
{
	char text[400];
	int64_t stopped_ns = quota_stopped_ns(&p->quota) - p->stopped_ns;
	if (stopped_ns <= 0)
		return;
	snprintf(text, sizeof(text),
		 "a quota of %.3g processors stopped this run's programs for %.3g s in all, over all "
		 "processors: " WHOLE_PROCESSORS,
		 p->quota.cores, ns_to_s(stopped_ns));
	results_note(r, text);
}
