// SPDX-License-Identifier: BSD-3-Clause
#include "phy/trace/gain.h"

#include <stddef.h>
#include "phy/decibel.h"

int gain_trace_load(struct gain_trace *g, const char *path, const struct series_ues *ues,
		    const struct trace_time *time, struct err *err)
{
	static const struct series_columns columns = {
	    1,
	    {"gain_db"},
	    DB_FLOOR,
	    0,
	    "a header time_s,ue,gain_db and rows such as 0.5,ue1,-70.5; a loss of 70 dB is a gain of -70 dB; "
	    "`airbatch import-trace --from csv` makes it of columns (--gain, --loss or --rsrp), --from fad "
	    "of ns-3's "
	    "fading"};
	g->rows = NULL;
	return series_load(&g->rows, path, &columns, ues, time, err);
}

void gain_trace_free(struct gain_trace *g)
{
	series_free(g->rows);
	g->rows = NULL;
}

double gain_trace_db(const struct gain_trace *g, int ue, int64_t now_ns)
{
	struct series_point p = series_at(g->rows, ue, now_ns);
	return p.stopped ? DB_FLOOR : p.now[0];
}
