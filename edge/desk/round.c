// SPDX-License-Identifier: BSD-3-Clause
#include "edge/desk/round_private.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "edge/desk/served.h"

// What a task is left whose deadline has passed before it was planned (it waited for the UE's task before
// it): too little for anything, so that the policy calls it infeasible and does its best.
#define LEAST_DEADLINE_S 1e-6

// A link without coverage counts as 1 bit/s: hours instead of a division by zero, and nothing is planned over
// it.
static double radio_time_s(double bps, double delay_s, int64_t body, int mtu)
{
	return 8 * (double)message_radio_bytes(body, mtu) / (bps > 1 ? bps : 1) + delay_s;
}

// share: of the band, for each way
static double downlink_s(const struct edge_config *c, const struct round_networks *networks,
			 const struct edge_ue *ue, double share)
{
	return radio_time_s(share * ue->downlink_bps, ue->downlink_delay_s,
			    (int64_t)networks->result_bytes[ue->network], c->mtu);
}

static double share_of(const struct edge_config *c, int n_sharing)
{
	return c->shared_band && n_sharing > 1 ? 1. / n_sharing : 1;
}

// Of full frames.
static double tensor_share(const struct edge_config *c)
{
	return (double)(c->mtu - 52) / (double)(c->mtu + 14);
}

double round_rate_bps(const struct edge_config *c, int ue, int n_sharing)
{
	return share_of(c, n_sharing) * c->ues[ue].uplink_bps * tensor_share(c);
}

static double answer_s(const struct edge_config *c, const struct edge_ue *radio, double share, int64_t bytes)
{
	return radio_time_s(share * radio->downlink_bps, radio->downlink_delay_s, bytes, c->mtu) +
	       ns_to_s(ROUND_ANSWER_MARGIN_NS);
}

int64_t round_answer_bytes(const struct edge_config *c, const struct snapshot_network *net, bool is_granted)
{
	bool more = is_granted || net->n_exits > 0 || net->accuracy > 0 || c->n_servers > 0;
	return more ? MESSAGE_PLAN_MOST : MESSAGE_PLAN_SIZE;
}

struct confidence_rule round_rule(const struct round_networks *networks, int network, int exit, double least)
{
	const struct confidence *c = networks->confidence ? networks->confidence[network] : NULL;
	return c ? confidence_rule(c, exit, least) : (struct confidence_rule){.threshold = CONFIDENCE_NEVER};
}

// The first exit that is accurate enough, 0 = the end.
static int exit_needed(const struct snapshot_network *net, double least)
{
	int e = 0;
	while (net->exit_accuracy && e < net->n_exits && !(net->exit_accuracy[e] >= least - 1e-9))
		e++;
	return net->exit_accuracy && e < net->n_exits ? e + 1 : 0;
}

void round_user(struct snapshot_job *u, const struct edge_config *c, const struct round_networks *networks,
		const struct round_request *r, int n_sharing, int64_t now_ns)
{
	double share = share_of(c, n_sharing);
	const struct edge_ue *radio = &c->ues[r->ue];
	double deadline_s = ns_to_s(r->deadline_ns - now_ns) - c->guard_s, least = r->request.least_accuracy;
	int exit = exit_needed(&networks->networks[radio->network], least);
	*u = (struct snapshot_job){
	    .network = radio->network,
	    .rate_bps = round_rate_bps(c, r->ue, n_sharing),
	    .tx_power_w = share * r->request.tx_power_w,
	    .uplink_delay_s = radio->uplink_delay_s,
	    .downlink_s = downlink_s(c, networks, radio, share),
	    .device = {.f_min_flops = r->request.f_min_flops,
		       .f_max_flops = r->request.f_max_flops,
		       .kappa = r->request.kappa},
	    .release_s =
		answer_s(c, radio, share, round_answer_bytes(c, &networks->networks[radio->network], false)),
	    .least_accuracy = least,
	    .deadline_s = deadline_s > LEAST_DEADLINE_S ? deadline_s : LEAST_DEADLINE_S,
	    .upload_bits = radio->upload_bits
			       ? radio->upload_bits
			       : served_upload_bits(&networks->networks[radio->network], radio->features),
	    .n_variants = c->n_variants,
	    .variants = c->variants,
	    .goes_on = round_rule(networks, radio->network, exit, least).goes_on,
	};
	if (c->n_servers > 0)
		u->reply_bits = 8 * (MESSAGE_HEADER_SIZE + networks->result_bytes[radio->network]);
}

// A message's bytes stand for its frames.
void round_user_band(struct snapshot_job *u, const struct edge_config *c,
		     const struct round_networks *networks, int ue, int n_sharing, double *bits)
{
	const struct edge_ue *radio = &c->ues[ue];
	for (int n = 0; n <= networks->networks[u->network].n_subtasks; n++)
		bits[n] = 8 * (double)message_radio_bytes((int64_t)(u->upload_bits[n] / 8), c->mtu);
	u->upload_bits = bits;
	u->rate_bps /= tensor_share(c);
	u->power_to_noise_hz = radio->power_to_noise_hz;
	u->release_s = answer_s(c, radio, share_of(c, n_sharing),
				round_answer_bytes(c, &networks->networks[u->network], true));
}

void round_share_device(struct snapshot_job jobs[], int n, const struct edge_config *c,
			const struct round_request *r, int n_sharing, int64_t plan_bytes, int64_t now_ns)
{
	double bps = share_of(c, n_sharing) * c->ues[r->ue].downlink_bps;
	double other_plans_s = (n - 1) * radio_time_s(bps, 0, plan_bytes, c->mtu);
	double free_s = ns_to_s(r->device_free_ns - now_ns);
	for (int i = 0; i < n; i++) {
		jobs[i].device_id = r->ue + 1;
		jobs[i].release_s = fmax(jobs[i].release_s + other_plans_s, free_s);
	}
}

struct booking round_booking(const struct plan *plan, const struct plan_batch *b, int64_t now_ns)
{
	return (struct booking){.network = b->network,
				.subtask = b->subtask,
				.group = b->group,
				.gpu_shares = plan->gpu_shares,
				.edge_freq = b->edge_freq,
				.expected = b->expected,
				.start_ns = now_ns + s_to_ns(b->start_s),
				.duration_ns = s_to_ns(b->duration_s)};
}

struct batch_task round_task(const struct edge_config *c, const struct round_networks *networks,
			     const struct round_request *r, uint32_t id, const struct message_plan *answer)
{
	const struct edge_ue *ue = &c->ues[r->ue];
	double reserve_s = c->guard_s + downlink_s(c, networks, ue, 1);
	int network = answer->variant > 0 ? c->variants[answer->variant - 1] : ue->network;
	int whole = networks->networks[network].n_subtasks;
	struct confidence_rule rule =
	    round_rule(networks, network, (int)answer->exit, r->request.least_accuracy);
	return (struct batch_task){.server = (int)answer->server,
				   .network = network,
				   .n_subtasks = answer->subtasks ? (int)answer->subtasks : whole,
				   .n_network_subtasks = whole,
				   .exit = (int)answer->exit,
				   .by_confidence = answer->server == 0 && rule.threshold <= 1,
				   .threshold = rule.threshold,
				   .hertz = answer->hertz,
				   .accuracy = answer->accuracy,
				   .ue = (uint32_t)r->ue + 1,
				   .id = id,
				   .due_ns = r->deadline_ns - s_to_ns(reserve_s),
				   .next = (int)answer->cut};
}

int round_check(const struct edge_config *c, const struct policy *policy, struct err *err)
{
	if (c->batching.mode == BATCH_AS_PLANNED || !policy_shares_gpu(policy))
		return 0;
	return err_set(err, EINVAL,
		       "edge.batching.mode is %s: the policy %s shares the GPU among planned batches, so it "
		       "takes the mode planned only",
		       batch_mode_names[c->batching.mode], policy->name);
}

static int book(struct batcher *batcher, const struct plan *plan, const struct plan_batch *batch,
		struct batch_task *const tasks[], int64_t now_ns, uint32_t first[], struct err *err)
{
	const int *who = plan->members + batch->first;
	struct batch_task *members[BATCH_MAX_MEMBERS];
	if (batch->n_jobs > BATCH_MAX_MEMBERS)
		return err_set(err, E2BIG, "a batch of %d: at most %d are run", batch->n_jobs,
			       BATCH_MAX_MEMBERS);
	for (int k = 0; k < batch->n_jobs; k++)
		members[k] = tasks[who[k]];
	uint32_t id;
	struct booking booking = round_booking(plan, batch, now_ns);
	int r = batcher_book(batcher, &booking, members, batch->n_jobs, &id);
	if (r < 0)
		return err_sys(err, -r, "planning a batch");
	for (int k = 0; k < batch->n_jobs; k++)
		if (first[who[k]] == 0)
			first[who[k]] = id;
	return 0;
}

int round_enter(struct batcher *batcher, const struct round *round, const struct plan *plan,
		struct batch_task *const tasks[], uint32_t first[], struct err *err)
{
	int r = 0;
	for (int i = 0; r == 0 && i < round->n; i++) {
		bool runs_here = tasks[i]->server == 0 && tasks[i]->next < tasks[i]->n_subtasks;
		first[i] = 0;
		if (runs_here && batcher_expect(batcher, tasks[i]) < 0)
			r = err_set(err, ENOMEM, "no memory for a task");
	}
	bool as_planned = round->config->batching.mode == BATCH_AS_PLANNED;
	for (int i = 0; r == 0 && as_planned && i < plan->n_batches; i++)
		r = plan->batches[i].server > 0
			? 0 // a further server goes by its own clock
			: book(batcher, plan, &plan->batches[i], tasks, round->now_ns, first, err);
	return r;
}

void round_power(struct snapshot *snapshot, const struct edge_power *power)
{
	struct snapshot_server *edge = &snapshot->servers[0];
	edge->has_power = true;
	edge->n_freq = power->n_freq;
	edge->freq = power->freq;
	edge->static_w = power->static_w;
	edge->dynamic_w = power->dynamic_w;
}

double round_batch_j(const struct edge_power *power, double x, int64_t alone_ns)
{
	return edge_busy_j(power->static_w, power->dynamic_w, ns_to_s(alone_ns), x);
}

// A round on its way to a plan.
struct planning {
	const struct round *round;
	struct snapshot snapshot;
	struct snapshot_job *users; // the snapshot's
	int n_sharing;
	double *frame_bits; // [n][POLICY_MAX_SUBTASKS + 1] where the band is granted, else NULL
	double core_free_s[POLICY_MAX_SERVERS][BATCH_MOST_CORES];
};

static void see_band(struct planning *p, int i)
{
	const struct round *r = p->round;
	round_user_band(&p->users[i], r->config, r->networks, r->requests[i].ue, p->n_sharing,
			p->frame_bits + (ptrdiff_t)i * (POLICY_MAX_SUBTASKS + 1));
}

// How many jobs of the same UE stand from the first one on.
static int jobs_of_ue(const struct round *r, int first)
{
	int n = 1;
	while (first + n < r->n && r->requests[first + n].ue == r->requests[first].ue)
		n++;
	return n;
}

static void see_device(struct planning *p, int first, int n)
{
	const struct round *r = p->round;
	int64_t plan_bytes = round_answer_bytes(r->config, &p->snapshot.networks[p->users[first].network],
						p->frame_bits != NULL);
	round_share_device(p->users + first, n, r->config, &r->requests[first], p->n_sharing, plan_bytes,
			   r->now_ns);
}

static void see_devices(struct planning *p)
{
	const struct round *r = p->round;
	for (int i = 0, n; i < r->n; i += n) {
		n = jobs_of_ue(r, i);
		if (r->config->ues[r->requests[i].ue].open_jobs > 1)
			see_device(p, i, n);
	}
}

static int plan_shared_by(struct planning *p, int n_sharing, struct plan *plan, struct err *err)
{
	const struct round *r = p->round;
	p->n_sharing = n_sharing;
	for (int i = 0; i < r->n; i++)
		round_user(&p->users[i], r->config, r->networks, &r->requests[i], n_sharing, r->now_ns);
	for (int i = 0; p->frame_bits && i < r->n; i++)
		see_band(p, i);
	if (policy_orders_jobs(r->policy))
		see_devices(p);
	return policy_plan(r->policy, &p->snapshot, plan, err);
}

// UEs that upload something.
static int count_uploads(const struct planning *p, const struct plan *plan)
{
	int n = 0, last_ue = -1;
	for (int i = 0; i < plan->n_jobs; i++) {
		int ue = p->round->requests[i].ue;
		bool uploads =
		    plan->jobs[i].admitted && plan->jobs[i].cut < plan_subtasks(&p->snapshot, &plan->jobs[i]);
		if (!uploads || ue == last_ue)
			continue;
		n++;
		last_ue = ue;
	}
	return n;
}

static int count_ues(const struct round *r)
{
	int n = 0;
	for (int i = 0; i < r->n; i += jobs_of_ue(r, i))
		n++;
	return n;
}

static int plan_shared(struct planning *p, struct plan *plan, struct err *err)
{
	const struct round *r = p->round;
	int n_sharing = count_ues(r) + r->n_uploading;
	int rc = plan_shared_by(p, n_sharing, plan, err);
	while (rc == 0 && r->config->shared_band) {
		int fewer = count_uploads(p, plan) + r->n_uploading;
		if (fewer >= n_sharing || fewer == 0)
			break;
		rc = plan_shared_by(p, fewer, plan, err);
		if (rc < 0 || count_uploads(p, plan) + r->n_uploading <= fewer) {
			n_sharing = fewer;
			continue;
		}
		return plan_shared_by(p, n_sharing, plan, err); // faster uploads drew more of them: as before
	}
	return rc;
}

// When the GPU is taken, in seconds after the round's instant: until edge->free_s, and then at busy[]. Times
// before the first gap make up the former.
static void fill_calendar(struct snapshot_server *edge, const struct round *r, struct batcher_busy taken[],
			  struct busy busy[])
{
	int n = batcher_busy(r->calendar, r->now_ns, taken, batcher_planned(r->calendar));
	for (int i = 0; i < n; i++) {
		double end_s = ns_to_s(taken[i].end_ns - r->now_ns);
		if (taken[i].start_ns == r->now_ns)
			edge->free_s = end_s;
		else
			busy[edge->n_busy++] = (struct busy){ns_to_s(taken[i].start_ns - r->now_ns), end_s};
	}
	edge->busy = busy;
}

static void see_gpu(struct snapshot_server *edge, const struct round *r, void *storage)
{
	struct batcher_busy *taken = storage;
	if (r->calendar)
		fill_calendar(edge, r, taken, (struct busy *)(taken + batcher_planned(r->calendar)));
	else if (r->gpu_free_ns > r->now_ns)
		edge->free_s = ns_to_s(r->gpu_free_ns - r->now_ns);
}

static void see_cores(struct planning *p, int server)
{
	const struct round *r = p->round;
	struct snapshot_server *seen = &p->snapshot.servers[server];
	if (!r->cores || seen->cores == 0)
		return;
	for (int c = 0; c < seen->cores; c++)
		p->core_free_s[server][c] = fmax(0, ns_to_s(r->cores[server].free_ns[c] - r->now_ns));
	seen->core_free_s = p->core_free_s[server];
	seen->free_s = seen->core_free_s[0]; // of the first of them, for policies that know no cores
	for (int c = 1; c < seen->cores; c++)
		seen->free_s = fmin(seen->free_s, seen->core_free_s[c]);
}

void round_servers(struct snapshot *snapshot, const struct edge_config *c,
		   const struct round_networks *networks)
{
	snapshot->n_servers = 1 + c->n_servers;
	snapshot->servers[0].cores = c->batching.mode == BATCH_ON_CORES ? c->batching.cores : 0;
	for (int i = 0; i < c->n_servers; i++) {
		const struct edge_server *from = &c->servers[i];
		struct snapshot_server *seen = &snapshot->servers[1 + i];
		*seen = (struct snapshot_server){
		    .cores = from->cores,
		    .batch_s = networks->server_batch_s ? networks->server_batch_s[i] : NULL,
		    .wan_delay_s = from->wan_delay_s,
		    .wan_bps = from->wan_bps * tensor_share(c)};
		snprintf(seen->name, sizeof(seen->name), "%s", from->name);
	}
}

static void see_servers(struct planning *p)
{
	round_servers(&p->snapshot, p->round->config, p->round->networks);
	for (int i = 0; i < p->snapshot.n_servers; i++)
		see_cores(p, i);
}

int round_plan(const struct round *r, struct plan *plan, struct message_plan *answers, struct err *err)
{
	size_t n_planned = r->calendar ? (size_t)batcher_planned(r->calendar) : 0;
	struct snapshot_job *users = calloc((size_t)r->n, sizeof(*users));
	void *storage = malloc(n_planned * (sizeof(struct batcher_busy) + sizeof(struct busy)) + 1);
	double *bits =
	    r->grantable_hz > 0 ? malloc((size_t)r->n * (POLICY_MAX_SUBTASKS + 1) * sizeof(*bits)) : NULL;
	struct planning planning = {.round = r,
				    .users = users,
				    .frame_bits = bits,
				    .snapshot = {.n_jobs = r->n,
						 .n_networks = r->networks->n,
						 .n_servers = 1,
						 .jobs = users,
						 .networks = r->networks->networks,
						 .edge_deadline_s = r->edge_deadline_s,
						 .band_hertz = r->grantable_hz,
						 .guard_s = r->config->guard_s}};
	int rc = users && storage && (bits || !(r->grantable_hz > 0))
		     ? 0
		     : err_set(err, ENOMEM, "no memory for a round of %d tasks", r->n);
	if (rc == 0) {
		see_servers(&planning);
		if (r->config->batching.mode != BATCH_ON_CORES)
			see_gpu(&planning.snapshot.servers[0], r, storage);
		round_power(&planning.snapshot, &r->config->power);
		rc = plan_shared(&planning, plan, err);
	}
	if (rc == 0)
		round_fill_answers(r, &planning.snapshot, plan, answers);
	free(bits);
	free(storage);
	free(users);
	return rc;
}
