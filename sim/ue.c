// SPDX-License-Identifier: BSD-3-Clause
// The simulated UEs: hosts of ue/life/life.h in virtual time, as ue/process is with a clock and a socket.
#include "sim/engine_private.h"

#include <errno.h>
#include <stdlib.h>

// Does what the life asks for.
static int follow(struct sim *s, uint32_t ue)
{
	struct sim_ue *u = &s->ues[ue];
	struct life_action a;
	int r = 0;
	while (r == 0 && life_next(&u->life, &a))
		switch (a.kind) {
		case LIFE_REQUEST:
			r = transport_send(s, &s->radio, ue, LINK_UP, &a.header, a.request, a.request_size,
					   0);
			break;
		case LIFE_TENSOR:
			r = transport_send(s, &s->radio, ue, LINK_UP, &a.header, NULL, 0,
					   (uint32_t)(a.task->record.upload_bits / 8));
			break;
		case LIFE_CLOSE:
			results_task(s->results, &a.task->record);
			break;
		case LIFE_WAKE:
			r = sim_schedule(s, a.at_ns, EVENT_UE, ue);
			break;
		}
	if (!u->over && life_is_over(&u->life)) {
		u->over = true;
		s->open_ues--;
	}
	return r;
}

static int open_one(struct sim *s, uint32_t ue)
{
	struct life *life = &s->ues[ue].life;
	struct life_config config = sim_life_config(s, ue);
	int r = life_open(life, &config, s->err);
	if (r < 0)
		return r;
	s->open_ues++;
	life_start(life, 0, s->end_ns, (struct ue_moment){.now_ns = -1}); // nothing happens before time 0
	r = follow(s, ue);
	return r < 0 || s->ues[ue].over ? r : sim_schedule(s, life->patience_ns, EVENT_UE, ue);
}

int ues_open(struct sim *s)
{
	s->ues = calloc((size_t)s->topology->n_ues, sizeof(*s->ues));
	if (!s->ues)
		return err_set(s->err, ENOMEM, "no memory");
	int r = 0;
	for (int i = 0; r == 0 && i < s->topology->n_ues; i++)
		r = open_one(s, (uint32_t)i);
	return r;
}

void ues_close(struct sim *s)
{
	for (int i = 0; s->ues && i < s->topology->n_ues; i++)
		life_close(&s->ues[i].life);
	free(s->ues);
}

int ue_wake(struct sim *s, uint32_t ue)
{
	life_wake(&s->ues[ue].life, sim_moment(s, ue));
	return follow(s, ue);
}

int ue_message(struct sim *s, uint32_t ue, const struct sim_message *m)
{
	int r = life_message(&s->ues[ue].life, &m->header, m->bytes + MESSAGE_HEADER_SIZE, sim_moment(s, ue),
			     s->err);
	return r < 0 ? r : follow(s, ue);
}

int ue_handed(struct sim *s, uint32_t ue)
{
	int r = life_handed(&s->ues[ue].life, sim_moment(s, ue), s->err);
	return r < 0 ? r : follow(s, ue);
}

int ue_stop(struct sim *s, uint32_t ue)
{
	life_stop(&s->ues[ue].life, TASK_CUT_SHORT, sim_moment(s, ue));
	return follow(s, ue);
}
