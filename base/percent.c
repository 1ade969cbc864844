// SPDX-License-Identifier: BSD-3-Clause
#include "base/percent.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define LEAST_SHARE .02 // before, the time left is a guess

void percent_show(double share, void *user)
{
	struct percent *p = user;
	int64_t now = clock_now_ns();
	if (p->quiet)
		return;
	bool terminal = isatty(STDERR_FILENO), first = p->since_ns == 0;
	if (first)
		p->since_ns = now;
	if (!terminal) {
		if (first)
			fprintf(stderr, "%s ...\n", p->what);
		return;
	}
	double gone_s = ns_to_s(now - p->since_ns);
	fprintf(stderr, "\r%s: %3.0f %%", p->what, 100 * share);
	if (share > LEAST_SHARE && gone_s > 1)
		fprintf(stderr, ", %.0f s left", gone_s * (1 - share) / share);
	fputs("\033[K", stderr);
	p->shown = true;
}

void percent_end(struct percent *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
	p->since_ns = 0;
}
