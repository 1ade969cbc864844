// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/predict.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// When a device's processor and its uplink are free.
struct device_time {
	double processor_s, uplink_s;
};

static double later(double a, double b)
{
	return a > b ? a : b;
}

double predict_rate_bps(const struct snapshot *snapshot, int m, double hertz)
{
	const struct snapshot_job *user = &snapshot->jobs[m];
	if (!(hertz > 0))
		return user->rate_bps;
	return hertz * log2(1 + (user->snr > 0 ? user->snr : user->power_to_noise_hz / hertz));
}

// O_p of the network that the plan chose for user m.
static double upload_bits(const struct snapshot *snapshot, const struct plan_job *user, int m)
{
	return user->network == snapshot->jobs[m].network
		   ? snapshot_upload_bits(snapshot, m)[user->cut]
		   : snapshot->networks[user->network].cut_bits[user->cut];
}

static double head_flop(const struct snapshot *snapshot, const struct plan_job *user)
{
	double work_flop = 0;
	for (int n = 0; n < user->cut; n++)
		work_flop += snapshot->networks[user->network].work_flop[n];
	return work_flop;
}

static double accuracy_of(const struct snapshot_network *net, int exit)
{
	if (exit == 0)
		return net->accuracy;
	return net->exit_accuracy ? net->exit_accuracy[exit - 1] : 0;
}

static void predict_local(const struct snapshot *snapshot, struct plan_job *out, int m,
			  struct device_time *device)
{
	const struct snapshot_job *user = &snapshot->jobs[m];
	double work_flop = head_flop(snapshot, out), time_s;
	if (user->device_s) {
		time_s = user->device_s[out->network][out->cut];
		out->compute_j = user->device_w * time_s;
	} else {
		time_s = device_time_s(work_flop, out->freq_flops);
		out->compute_j = device_energy_j(&user->device, work_flop, out->freq_flops);
	}
	out->compute_start_s = later(user->release_s, device->processor_s);
	if (out->cut > 0)
		out->compute_start_s = later(out->compute_start_s, user->device_free_s);
	out->compute_end_s = device->processor_s = out->compute_start_s + time_s;
}

static void predict_upload(const struct snapshot *snapshot, struct plan_job *out, int m,
			   struct device_time *device)
{
	const struct snapshot_job *user = &snapshot->jobs[m];
	out->upload_start_s = out->upload_end_s = out->compute_end_s;
	out->transmit_j = 0;
	if (out->cut == plan_subtasks(snapshot, out))
		return;
	double rate_bps = predict_rate_bps(snapshot, m, out->hertz);
	double air_s = rate_bps > 0 ? upload_bits(snapshot, out, m) / rate_bps : INFINITY;
	out->upload_start_s = later(out->compute_end_s, device->uplink_s);
	device->uplink_s = out->upload_start_s + air_s;
	out->upload_end_s = out->upload_start_s + air_s + user->uplink_delay_s;
	out->transmit_j = user->tx_power_w * air_s;
}

static void predict_job(const struct snapshot *snapshot, struct plan *plan, int m, struct device_time *device)
{
	struct plan_job *out = &plan->jobs[m];
	out->accuracy = out->admitted ? accuracy_of(&snapshot->networks[out->network], out->exit) : 0;
	if (out->admitted) {
		predict_local(snapshot, out, m, device);
		predict_upload(snapshot, out, m, device);
	} else {
		out->compute_start_s = out->compute_end_s = out->upload_start_s = out->upload_end_s = 0;
		out->compute_j = out->transmit_j = 0;
	}
	out->edge_start_s = out->edge_end_s = out->upload_end_s;
}

// Jobs to be gone through in an order: job `m` stands at (group, key), equal ones by m.
struct place {
	int group, m;
	double key;
};

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->m < y->m ? -1 : x->m > y->m;
}

static void sort_places(struct place places[], int n)
{
	if (n > 1)
		qsort(places, (size_t)n, sizeof(*places), by_place);
}

// Each device's jobs in their order, one device after the other.
static void predict_shared_devices(const struct snapshot *snapshot, struct plan *plan, struct place places[])
{
	int n = 0;
	for (int m = 0; m < snapshot->n_jobs; m++)
		if (snapshot->jobs[m].device_id != 0)
			places[n++] = (struct place){snapshot->jobs[m].device_id, m, plan->jobs[m].order};
	sort_places(places, n);
	struct device_time device = {0};
	for (int i = 0; i < n; i++) {
		if (i > 0 && places[i].group != places[i - 1].group)
			device = (struct device_time){0};
		predict_job(snapshot, plan, places[i].m, &device);
	}
}

static void predict_devices(const struct snapshot *snapshot, struct plan *plan, struct place places[])
{
	for (int m = 0; m < snapshot->n_jobs; m++) {
		struct device_time device = {0};
		if (snapshot->jobs[m].device_id == 0)
			predict_job(snapshot, plan, m, &device);
	}
	predict_shared_devices(snapshot, plan, places);
}

static bool is_sent_to(const struct snapshot *snapshot, const struct plan_job *u, int server)
{
	return u->admitted && u->server == server && u->cut < plan_subtasks(snapshot, u);
}

// Transfers to a server behind a WAN, in the order in which uploads end.
static void predict_wan(const struct snapshot *snapshot, struct plan *plan, int server, struct place places[])
{
	const struct snapshot_server *wan = &snapshot->servers[server];
	int n = 0;
	for (int m = 0; m < snapshot->n_jobs; m++)
		if (is_sent_to(snapshot, &plan->jobs[m], server))
			places[n++] = (struct place){0, m, plan->jobs[m].upload_end_s};
	sort_places(places, n);
	double free_s = 0;
	for (int i = 0; i < n; i++) {
		struct plan_job *u = &plan->jobs[places[i].m];
		double bits = upload_bits(snapshot, u, places[i].m);
		free_s = later(free_s, u->upload_end_s) + (wan->wan_bps > 0 ? bits / wan->wan_bps : 0);
		u->upload_end_s = free_s + wan->wan_delay_s;
	}
}

static int by_start(const void *a, const void *b)
{
	const struct plan_batch *x = a, *y = b;
	if (x->start_s != y->start_s)
		return x->start_s < y->start_s ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

static double alone_s(const struct snapshot *snapshot, const struct plan_batch *batch)
{
	return snapshot_server_batch_s(snapshot, batch->server, batch->network, batch->subtask,
				       plan_batch_size(batch));
}

static void predict_batches(const struct snapshot *snapshot, struct plan *plan)
{
	if (plan->n_batches > 1)
		qsort(plan->batches, (size_t)plan->n_batches, sizeof(*plan->batches), by_start);
	for (int i = 0; i < plan->n_batches; i++) {
		struct plan_batch *batch = &plan->batches[i];
		int shares = batch->server == 0 ? plan->gpu_shares : 1;
		batch->duration_s = shares * alone_s(snapshot, batch) / batch->edge_freq;
		for (int k = 0; k < batch->n_jobs; k++) {
			struct plan_job *u = &plan->jobs[plan->members[batch->first + k]];
			if (batch->subtask == u->cut)
				u->edge_start_s = batch->start_s;
			u->edge_end_s = batch->start_s + batch->duration_s;
		}
	}
}

static void explain_local(struct plan_job *out, const struct snapshot_job *user, double work_flop)
{
	double budget_s = user->deadline_s - user->release_s;
	if (budget_s <= 0)
		snprintf(out->why, sizeof(out->why), "the plan reaches the device %.4g ms after the deadline",
			 -budget_s * 1e3);
	else
		snprintf(out->why, sizeof(out->why),
			 "no cut reaches the edge in time; alone it needs %.4g GFLOP/s, the device has %.4g",
			 work_flop / budget_s * 1e-9, user->device.f_max_flops * 1e-9);
}

static void explain(const struct snapshot *snapshot, struct plan_job *out, int m)
{
	const struct snapshot_job *user = &snapshot->jobs[m];
	if (!out->admitted)
		snprintf(out->why, sizeof(out->why), "it was not admitted");
	else if (out->cut == plan_subtasks(snapshot, out) && !user->device_s)
		explain_local(out, user, head_flop(snapshot, out));
	else
		snprintf(out->why, sizeof(out->why), "%s at %.4g ms, the deadline is %.4g ms",
			 out->group < 0 ? "the device is done" : "the edge answers", out->finish_s * 1e3,
			 user->deadline_s * 1e3);
}

static void predict_result(const struct snapshot *snapshot, struct plan_job *out, int m)
{
	const struct snapshot_job *user = &snapshot->jobs[m];
	out->finish_s = out->edge_end_s;
	if (out->admitted && out->cut < plan_subtasks(snapshot, out)) {
		if (out->server > 0) {
			const struct snapshot_server *wan = &snapshot->servers[out->server];
			out->finish_s +=
			    wan->wan_delay_s + (wan->wan_bps > 0 ? user->reply_bits / wan->wan_bps : 0);
		}
		out->finish_s += user->downlink_s;
	}
	out->feasible = out->admitted && out->finish_s <= user->deadline_s * (1 + 1e-12) + 1e-12;
	if (out->feasible)
		out->why[0] = '\0';
	else if (!out->why[0])
		explain(snapshot, out, m);
}

static double batch_j(const struct snapshot *snapshot, const struct plan_batch *batch)
{
	const struct snapshot_server *server = &snapshot->servers[batch->server];
	return server->has_power ? edge_busy_j(server->static_w, server->dynamic_w, alone_s(snapshot, batch),
					       batch->edge_freq)
				 : 0;
}

static void predict_totals(const struct snapshot *snapshot, struct plan *plan)
{
	plan->gpu_end_s = snapshot->servers[0].free_s;
	plan->edge_j = 0;
	for (int i = 0; i < plan->n_batches; i++) {
		const struct plan_batch *batch = &plan->batches[i];
		if (batch->server == 0)
			plan->gpu_end_s = later(plan->gpu_end_s, batch->start_s + batch->duration_s);
		plan->edge_j += batch_j(snapshot, batch);
	}
	plan->feasible = true;
	plan->energy_j = plan->edge_charged ? plan->edge_j : 0;
	for (int m = 0; m < plan->n_jobs; m++) {
		plan->feasible = plan->feasible && plan->jobs[m].feasible;
		plan->energy_j += plan->jobs[m].compute_j + plan->jobs[m].transmit_j;
	}
}

int plan_predict(const struct snapshot *snapshot, struct plan *plan, struct err *err)
{
	struct place *places = calloc((size_t)snapshot->n_jobs + 1, sizeof(*places));
	if (!places)
		return err_set(err, ENOMEM, "no memory to predict %d jobs", snapshot->n_jobs);
	predict_devices(snapshot, plan, places);
	for (int server = 1; server < snapshot->n_servers; server++)
		predict_wan(snapshot, plan, server, places);
	free(places);
	predict_batches(snapshot, plan);
	for (int m = 0; m < plan->n_jobs; m++)
		predict_result(snapshot, &plan->jobs[m], m);
	predict_totals(snapshot, plan);
	return 0;
}
