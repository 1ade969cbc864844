// SPDX-License-Identifier: BSD-3-Clause
#include <math.h>
#include "edge/policy/pipeline/dvfs.h"

// From the corner `before` (-1 = the start) to what is done by the latest end of job i.
static double slope(const struct paced_job jobs[], int before, int i, double start_s)
{
	double s = before < 0 ? start_s : jobs[before].latest_s;
	double done_flop = before < 0 ? 0 : jobs[before].done_flop;
	return jobs[i].latest_s > s ? (jobs[i].done_flop - done_flop) / (jobs[i].latest_s - s) : INFINITY;
}

// The upper hull: from corner to corner the slope falls. The last job is a corner.
static void find_corners(struct paced_job jobs[], int n, double start_s)
{
	double done_flop = 0;
	int last = -1;
	for (int i = 0; i < n; i++) {
		jobs[i].done_flop = done_flop += jobs[i].work_flop;
		while (last >= 0 &&
		       slope(jobs, jobs[last].before, last, start_s) <= slope(jobs, last, i, start_s))
			last = jobs[last].before;
		jobs[i].before = last;
		last = i;
	}
}

void dvfs_pace(struct paced_job jobs[], int n, double start_s, const struct device *device)
{
	for (int i = n - 2; i >= 0; i--) // to be through with job i + 1 in time is to be through with job i
		jobs[i].latest_s = fmin(jobs[i].latest_s, jobs[i + 1].latest_s);
	find_corners(jobs, n, start_s);
	for (int corner = n - 1; corner >= 0; corner = jobs[corner].before) {
		double f_flops = slope(jobs, jobs[corner].before, corner, start_s);
		f_flops = fmin(fmax(f_flops, device->f_min_flops), device->f_max_flops);
		for (int i = corner; i > jobs[corner].before; i--)
			jobs[i].freq_flops = jobs[i].work_flop > 0 ? f_flops : 0;
	}
}
