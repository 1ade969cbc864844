// SPDX-License-Identifier: BSD-3-Clause
#include "edge/process/terms.h"

#include <errno.h>
#include <math.h>

#include "base/clock.h"

// UEs and edge share one clock; what a UE stamps is past when it is read.
#define CLOCK_SLACK_NS NS_PER_MS

int terms_find(const struct edge_config *c, uint32_t address)
{
	bool stated = false;
	for (int i = 0; i < c->n_ues; i++) {
		stated = stated || c->ues[i].terms.address;
		if (c->ues[i].terms.address && c->ues[i].terms.address == address)
			return i;
	}
	return stated ? -2 : -1;
}

static int refuse_hello(enum edge_refusal *reason, struct err *err, const char *what, uint32_t ue)
{
	*reason = REFUSED_IMPOSTOR;
	return err_set(err, EPROTO, "a hello of ue%u %s", ue, what);
}

int terms_hello(const struct edge_config *c, const uint64_t secrets[], int from,
		const struct message_header *h, const uint8_t *body, enum edge_refusal *reason,
		struct err *err)
{
	struct message_hello hello;
	message_get_hello(body, &hello);
	if (h->run != c->run_id)
		return refuse_hello(reason, err, "in another run", h->ue);
	if (h->ue < 1 || h->ue > (uint32_t)c->n_ues)
		return refuse_hello(reason, err, "whom this run does not have", h->ue);
	if (from >= 0 && from != (int)h->ue - 1)
		return refuse_hello(reason, err, "from another UE's address", h->ue);
	if (secrets && secrets[h->ue - 1] != hello.secret)
		return refuse_hello(reason, err, "with a wrong secret", h->ue);
	return (int)h->ue - 1;
}

static bool is_same(double said, double stated)
{
	return fabs(said - stated) <= 1e-9 * fabs(stated); // false for NaN
}

static bool are_stated(const struct edge_terms *t, const struct message_request *r)
{
	return is_same(r->f_min_flops, t->device.f_min_flops) &&
	       is_same(r->f_max_flops, t->device.f_max_flops) && is_same(r->kappa, t->device.kappa) &&
	       is_same(r->tx_power_w, t->tx_power_w) && is_same(r->least_accuracy, t->least_accuracy);
}

int terms_request(const struct edge_terms *t, const struct message_header *h, const struct message_request *r,
		  int64_t epoch_ns, int64_t now_ns, enum edge_refusal *reason, struct err *err)
{
	if (t->longest_deadline_s <= 0)
		return 0;
	*reason = REFUSED_FIGURES;
	if (!are_stated(t, r))
		return err_set(err, EPROTO, "a request whose device is not the one that the topology states");
	*reason = REFUSED_TIME;
	if (r->arrival_ns < epoch_ns || r->arrival_ns > now_ns + CLOCK_SLACK_NS)
		return err_set(err, EPROTO,
			       "a request of a task that arose before the run or is yet to arise");
	if (h->sent_ns < r->arrival_ns - CLOCK_SLACK_NS || h->sent_ns > now_ns + CLOCK_SLACK_NS)
		return err_set(err, EPROTO, "a request sent before its task arose, or yet to be sent");
	int64_t longest_ns = s_to_ns(t->longest_deadline_s) + CLOCK_SLACK_NS;
	if (h->deadline_ns < r->arrival_ns || h->deadline_ns - r->arrival_ns > longest_ns)
		return err_set(
		    err, EPROTO,
		    "a request with a deadline that is not between its task's arrival and %g s after "
		    "it, the longest of the topology",
		    t->longest_deadline_s);
	return 0;
}
