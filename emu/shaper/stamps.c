// SPDX-License-Identifier: BSD-3-Clause
// The links of UEs at the instants at which their grants changed: kept until a dispatch takes them, so that a
// dispatcher that is busy holds no packet up.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emu/shaper/shaper.h"

struct stamps {
	uint32_t n;
	struct link_record link[DISPATCH_STAMPS];
	struct impairment_config impairment[DISPATCH_STAMPS][LINK_DIRS];
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

void stamps_move(struct shaper *s, struct dispatch *dispatch)
{
	struct stamps *stamps = s->stamps;
	dispatch->n_stamps = stamps ? stamps->n : 0;
	if (dispatch->n_stamps == 0)
		return;
	memcpy(dispatch->links, stamps->link, stamps->n * sizeof(stamps->link[0]));
	memcpy(dispatch->impairments, stamps->impairment, stamps->n * sizeof(stamps->impairment[0]));
	stamps->n = 0;
}

static void dispatch_stamps(struct shaper *s, int64_t now, bool wait)
{
	struct dispatch *dispatch = dispatcher_take(s->dispatcher, wait);
	if (!dispatch)
		return;
	dispatch->t_ns = now;
	dispatch->with_accuracy = dispatch->final = false;
	dispatch->n_ues = 0;
	stamps_move(s, dispatch);
	dispatcher_hand_over(s->dispatcher);
}

void stamps_add(struct shaper *s, uint32_t ue, int64_t now)
{
	struct stamps *stamps = s->stamps;
	if (!stamps)
		return;
	if (stamps->n == DISPATCH_STAMPS)
		dispatch_stamps(s, now, true);
	link_record_read(&stamps->link[stamps->n], s->cell, ue, now, stamps->impairment[stamps->n]);
	stamps->n++;
}

void stamps_send(struct shaper *s, int64_t now)
{
	if (s->stamps && s->stamps->n > 0)
		dispatch_stamps(s, now, false);
}
