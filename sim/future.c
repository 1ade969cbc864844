// SPDX-License-Identifier: BSD-3-Clause
// What a clairvoyant edge knows: the next task of every UE that has room for one.
#include "sim/engine_private.h"

int ues_future(const struct sim *s, struct future_request *future)
{
	int n = 0;
	for (int i = 0; i < s->topology->n_ues; i++) {
		struct future_request *f = &future[n];
		*f = (struct future_request){.request = {.ue = i}};
		if (!life_expects(&s->ues[i].life, &f->request.request, &f->request.deadline_ns))
			continue;
		const struct goodput *up = &s->run->resolved->radio[i].expected[LINK_UP];
		double bits =
		    8. * (double)message_radio_bytes((int64_t)message_request_size(&f->request.request),
						     s->topology->cell.mtu);
		double way_s = bits / (up->bps > 1 ? up->bps : 1) + up->lone_late_s;
		int64_t known_ns = f->request.request.arrival_ns + s_to_ns(way_s);
		f->known_ns = known_ns > s->now_ns ? known_ns : s->now_ns + 1;
		n++;
	}
	return n;
}
