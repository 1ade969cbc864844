// SPDX-License-Identifier: BSD-3-Clause
#include "phy/mobility.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include "base/clock.h"

const char *const mobility_names[] = {
    [MOBILITY_STATIC] = "static",
    [MOBILITY_LINEAR] = "linear",
    [MOBILITY_RANDOM_WAYPOINT] = "random-waypoint",
    [MOBILITY_TRACE] = "trace",
    NULL,
};

static int check_random_waypoint(const struct mobility *m, struct err *err)
{
	bool rectangle = m->min_x_m < m->max_x_m && m->min_y_m < m->max_y_m &&
			 m->max_x_m - m->min_x_m <= 1e7 && m->max_y_m - m->min_y_m <= 1e7;
	if (!rectangle)
		return err_set(
		    err, EINVAL,
		    "random waypoint: the area %g .. %g, %g .. %g m is not a rectangle of up to 1e7 m",
		    m->min_x_m, m->max_x_m, m->min_y_m, m->max_y_m);
	bool inside = m->start.x_m >= m->min_x_m && m->start.x_m <= m->max_x_m &&
		      m->start.y_m >= m->min_y_m && m->start.y_m <= m->max_y_m;
	if (!inside)
		return err_set(err, EINVAL, "random waypoint: the start (%g, %g) m lies outside the area",
			       m->start.x_m, m->start.y_m);
	if (!(m->min_speed_mps >= 1e-3 && m->max_speed_mps >= m->min_speed_mps && m->max_speed_mps <= 1000))
		return err_set(err, EINVAL,
			       "random waypoint: speeds %g .. %g m/s must ascend within 0.001 .. 1000 m/s",
			       m->min_speed_mps, m->max_speed_mps);
	if (!(m->pause_s >= 0 && m->pause_s <= 1e6))
		return err_set(err, EINVAL, "random waypoint: pause %g s is outside 0 .. 1e6 s", m->pause_s);
	return 0;
}

int mobility_check(const struct mobility *m, struct err *err)
{
	bool placed = fabs(m->start.x_m) <= 1e7 && fabs(m->start.y_m) <= 1e7 && fabs(m->start.z_m) <= 1e5;
	if (!placed)
		return err_set(err, EINVAL,
			       "position (%g, %g, %g) m is not within 1e7, 1e7, 1e5 m of the origin",
			       m->start.x_m, m->start.y_m, m->start.z_m);
	switch (m->model) {
	case MOBILITY_STATIC:
		return 0;
	case MOBILITY_LINEAR:
		if (fabs(m->vx_mps) <= 1000 && fabs(m->vy_mps) <= 1000 && fabs(m->vz_mps) <= 1000)
			return 0;
		return err_set(err, EINVAL, "velocity (%g, %g, %g) m/s is outside -1000 .. 1000 m/s",
			       m->vx_mps, m->vy_mps, m->vz_mps);
	case MOBILITY_RANDOM_WAYPOINT:
		return check_random_waypoint(m, err);
	case MOBILITY_TRACE:
		if (m->trace && m->trace_ue >= 0 && m->trace_ue < m->trace->n_ues)
			return 0;
		return err_set(err, EINVAL, "trace mobility needs a waypoint trace that has the UE");
	}
	return err_set(err, EINVAL, "mobility model %d is unknown", (int)m->model);
}

static void draw_leg(struct mobile *m, struct position from, int64_t leave_ns)
{
	const struct mobility *c = &m->config;
	m->from = from;
	m->to.x_m = rng_uniform(m->rng, c->min_x_m, c->max_x_m);
	m->to.y_m = rng_uniform(m->rng, c->min_y_m, c->max_y_m);
	m->to.z_m = from.z_m;
	double speed_mps = rng_uniform(m->rng, c->min_speed_mps, c->max_speed_mps);
	m->leave_ns = leave_ns;
	m->arrive_ns =
	    leave_ns + s_to_ns(distance_m(m->from, m->to) / speed_mps) + 1; // a leg is never instantaneous
	m->next_ns = m->arrive_ns + s_to_ns(c->pause_s);
}

void mobile_init(struct mobile *m, const struct mobility *config, struct rng *rng)
{
	*m = (struct mobile){.config = *config, .rng = rng};
	if (config->model == MOBILITY_RANDOM_WAYPOINT)
		draw_leg(m, config->start, 0);
}

static struct position linear_at(const struct mobility *c, double t_s, double *travelled_m)
{
	*travelled_m = t_s * hypot(hypot(c->vx_mps, c->vy_mps), c->vz_mps);
	return (struct position){c->start.x_m + t_s * c->vx_mps, c->start.y_m + t_s * c->vy_mps,
				 c->start.z_m + t_s * c->vz_mps};
}

static struct position random_waypoint_at(struct mobile *m, int64_t now_ns, double *travelled_m)
{
	while (now_ns >= m->next_ns) {
		m->before_m += distance_m(m->from, m->to);
		draw_leg(m, m->to, m->next_ns);
	}
	double part = (double)(now_ns - m->leave_ns) / (double)(m->arrive_ns - m->leave_ns);
	part = fmin(fmax(part, 0), 1);
	*travelled_m = m->before_m + part * distance_m(m->from, m->to);
	return (struct position){m->from.x_m + part * (m->to.x_m - m->from.x_m),
				 m->from.y_m + part * (m->to.y_m - m->from.y_m), m->from.z_m};
}

struct position mobile_at(struct mobile *m, int64_t now_ns, double *travelled_m)
{
	switch (m->config.model) {
	case MOBILITY_STATIC:
		break;
	case MOBILITY_LINEAR:
		return linear_at(&m->config, ns_to_s(now_ns), travelled_m);
	case MOBILITY_RANDOM_WAYPOINT:
		return random_waypoint_at(m, now_ns, travelled_m);
	case MOBILITY_TRACE:
		return waypoint_trace_at(m->config.trace, m->config.trace_ue, now_ns, travelled_m);
	}
	*travelled_m = 0;
	return m->config.start;
}
