// SPDX-License-Identifier: BSD-3-Clause
#include "phy/trace/waypoint.h"

#include <errno.h>
#include <stdlib.h>

static struct position place(const double *row)
{
	return (struct position){row[0], row[1], row[2]};
}

static double *sum_up_the_way(const struct series *rows, int ue)
{
	int n = series_n_rows(rows, ue);
	double *way_m = calloc((size_t)n, sizeof(*way_m));
	for (int i = 1; way_m && i < n; i++)
		way_m[i] = way_m[i - 1] +
			   distance_m(place(series_row(rows, ue, i - 1)), place(series_row(rows, ue, i)));
	return way_m;
}

int waypoint_trace_load(struct waypoint_trace *w, const char *path, const struct series_ues *ues,
			const struct trace_time *time, struct err *err)
{
	static const struct series_columns columns = {3,
						      {"x", "y", "z"},
						      -1e7,
						      1e7,
						      "a header time_s,ue,x,y,z in metres and rows such as "
						      "0.5,ue1,12.5,-3,1.5; `airbatch import-trace` makes "
						      "it: --from sumo, ns2 or bonnmotion"};
	*w = (struct waypoint_trace){.n_ues = ues->n};
	int failed = series_load(&w->rows, path, &columns, ues, time, err);
	if (failed)
		return failed;
	w->way_m = calloc((size_t)ues->n + 1, sizeof(*w->way_m));
	bool complete = w->way_m;
	for (int ue = 0; complete && ue < ues->n; ue++) {
		w->way_m[ue] = sum_up_the_way(w->rows, ue);
		complete = w->way_m[ue];
	}
	if (complete)
		return 0;
	waypoint_trace_free(w);
	return err_set(err, ENOMEM, "out of memory for %s", path);
}

void waypoint_trace_free(struct waypoint_trace *w)
{
	for (int ue = 0; w->way_m && ue < w->n_ues; ue++)
		free(w->way_m[ue]);
	free(w->way_m);
	series_free(w->rows);
	*w = (struct waypoint_trace){0};
}

struct position waypoint_trace_at(const struct waypoint_trace *w, int ue, int64_t now_ns, double *travelled_m)
{
	struct series_point p = series_at(w->rows, ue, now_ns);
	struct position here = place(p.now), next = p.next ? place(p.next) : here;
	double whole_m = w->way_m[ue][series_n_rows(w->rows, ue) - 1];
	*travelled_m = (double)series_loops(w->rows, now_ns) * whole_m + w->way_m[ue][p.index] +
		       p.part * distance_m(here, next);
	return (struct position){
	    here.x_m + p.part * (next.x_m - here.x_m),
	    here.y_m + p.part * (next.y_m - here.y_m),
	    here.z_m + p.part * (next.z_m - here.z_m),
	};
}
