// SPDX-License-Identifier: BSD-3-Clause
// The jobs of one device as a permutation flow shop: its processor, then its uplink, then (where its time
// counts) the server, each for one job after the other in one order. Runs of equal jobs have closed forms, so
// nothing here depends on how many jobs there are, but for writing them down.
//
// Of two machines: C_max = max_j (p_1 + .. + p_j + q_j + .. + q_n). A job whose upload takes no time takes no
// place on the uplink.
#pragma once

// What one job takes at each stage; server_s = 0: off the critical path, or nothing left to do.
struct stage_times {
	double device_s, upload_s, server_s;
};

// n equal jobs in a row.
struct job_run {
	int type, cut, n;
	struct stage_times each;
};

// When one job begins and ends at each stage.
struct job_times {
	double device_start_s, device_end_s, upload_start_s, upload_end_s, server_end_s;
};

// When the stages are free: all zero before the first job.
struct stage_clocks {
	double device_s, upload_s, server_s;
};

// Johnson's rule (1954): jobs with p <= q first, by p ascending, then the others by q descending. Optimal for
// two machines. Below 0: a before b; equal jobs by type and cut.
int johnson_compare(const struct job_run *a, const struct job_run *b);

// Puts runs in an order: of two machines Johnson's, which is the best. Of three the better one of Johnson's
// for processor and uplink and for the sums of neighbours (Campbell, Dudek, Smith 1970). Returns the
// makespan.
double flow_shop_order(struct job_run runs[], int n);

// The last end of any stage when the runs are worked through as they stand. O(n runs).
double flow_shop_makespan_s(const struct job_run runs[], int n);

// The next job of the order; moves the clocks on.
struct job_times flow_shop_next(struct stage_clocks *clocks, const struct stage_times *job);
