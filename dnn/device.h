// SPDX-License-Identifier: BSD-3-Clause
// The modelled processor of a UE: DVFS. Its frequency f is counted in FLOP/s, so that work A takes A / f
// seconds and costs kappa A f^2 joules (power kappa f^3: dynamic CMOS power with voltage proportional to
// frequency). Energy falls with f, and one constant f for all local work is optimal by convexity, so callers
// use the smallest f that is in time.
#pragma once

struct device {
	double f_min_flops; // lowest frequency, > 0
	double f_max_flops; // highest frequency
	double kappa;	    // J / (FLOP (FLOP/s)^2) = P_max / f_max^3
};

static inline double device_time_s(double work_flop, double f_flops)
{
	return work_flop > 0 ? work_flop / f_flops : 0;
}

static inline double device_energy_j(const struct device *d, double work_flop, double f_flops)
{
	return d->kappa * work_flop * f_flops * f_flops;
}
