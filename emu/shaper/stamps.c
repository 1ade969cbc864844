// SPDX-License-Identifier: BSD-3-Clause
// The links of UEs at the instants at which their grants changed: kept until a report takes them, so that a
// reporter that is busy holds no packet up.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emu/shaper/shaper.h"

struct stamps {
	uint32_t n;
	struct link_record link[REPORT_STAMPS];
	struct impairment_config impairment[REPORT_STAMPS][LINK_DIRS];
};

int stamps_open(struct shaper *s, struct err *err)
{
	s->stamps = calloc(1, sizeof(*s->stamps));
	return s->stamps ? 0 : err_set(err, ENOMEM, "no memory for the stamps of grants");
}

void stamps_close(struct shaper *s)
{
	free(s->stamps);
	s->stamps = NULL;
}

void stamps_move(struct shaper *s, struct report *report)
{
	struct stamps *stamps = s->stamps;
	report->n_stamps = stamps ? stamps->n : 0;
	if (report->n_stamps == 0)
		return;
	memcpy(report->links, stamps->link, stamps->n * sizeof(stamps->link[0]));
	memcpy(report->impairments, stamps->impairment, stamps->n * sizeof(stamps->impairment[0]));
	stamps->n = 0;
}

static void report_stamps(struct shaper *s, int64_t now, bool wait)
{
	struct report *report = reporter_take(s->reporter, wait);
	if (!report)
		return;
	report->t_ns = now;
	report->with_accuracy = report->final = false;
	report->n_ues = 0;
	stamps_move(s, report);
	reporter_hand_over(s->reporter);
}

void stamps_add(struct shaper *s, uint32_t ue, int64_t now)
{
	struct stamps *stamps = s->stamps;
	if (!stamps)
		return;
	if (stamps->n == REPORT_STAMPS)
		report_stamps(s, now, true);
	link_record_read(&stamps->link[stamps->n], s->cell, ue, now, stamps->impairment[stamps->n]);
	stamps->n++;
}

void stamps_send(struct shaper *s, int64_t now)
{
	if (s->stamps && s->stamps->n > 0)
		report_stamps(s, now, false);
}
