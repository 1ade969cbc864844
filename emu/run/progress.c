// SPDX-License-Identifier: BSD-3-Clause
#include "emu/run/progress.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"

struct progress_line {
	bool quiet, terminal, open;
	int64_t shown_ns;
};

struct progress_line *progress_line_new(bool quiet)
{
	struct progress_line *p = calloc(1, sizeof(*p));
	if (p) {
		p->quiet = quiet;
		p->terminal = isatty(STDERR_FILENO);
	}
	return p;
}

void progress_line_free(struct progress_line *p)
{
	free(p);
}

void progress_line_show(struct progress_line *p, int64_t now_ns, int64_t epoch_ns, int64_t end_ns,
			const struct results_progress *r)
{
	int64_t every = p->terminal ? 200 * NS_PER_MS : 5 * NS_PER_S;
	if (p->quiet || now_ns < epoch_ns || now_ns - (p->shown_ns ? p->shown_ns : epoch_ns) < every)
		return;
	p->shown_ns = now_ns;
	double gone = ns_to_s((now_ns < end_ns ? now_ns : end_ns) - epoch_ns),
	       whole = ns_to_s(end_ns - epoch_ns);
	fprintf(stderr,
		"%s%5.1f of %.1f s   %zu tasks, %zu missed   %.1f mJ a task   shaper error p50 %.0f us%s",
		p->terminal ? "\r" : "", gone, whole, r->tasks, r->missed,
		r->tasks ? 1e3 * r->energy_j / (double)r->tasks : 0, r->delay_p50_us,
		p->terminal ? "\033[K" : "\n");
	p->open = p->terminal;
}

void progress_line_end(struct progress_line *p)
{
	if (p->open)
		fputs("\r\033[K", stderr);
	p->open = false;
}
