// SPDX-License-Identifier: BSD-3-Clause
// Who may stand on the shelf: exits, widths and latest ends of a round's jobs.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "edge/policy/bsp/shelf.h"
#include "edge/policy/bsp/width.h"
#include "edge/policy/order.h"

// Sums of the widths granted bear a rounding.
static const double ROUNDING = 1e-12;

static const struct snapshot_network *network_of(const struct snapshot *snapshot)
{
	return &snapshot->networks[snapshot->jobs[0].network];
}

// The sub-tasks that have run when block i ends.
static int subtasks_until(const struct snapshot_network *net, int i)
{
	return i < net->n_exits ? net->exit_subtasks[i] : net->n_subtasks;
}

static void fill_blocks(struct shelf *shelf, const struct snapshot_network *net)
{
	for (int i = 0; i < shelf->n_blocks; i++)
		for (int b = 1; b <= shelf->most; b++) {
			double s = 0;
			for (int n = i > 0 ? subtasks_until(net, i - 1) : 0; n < subtasks_until(net, i); n++)
				s += snapshot_batch_s(net, n, b);
			shelf->block_s[(ptrdiff_t)i * shelf->most + b - 1] = s;
		}
}

static double accuracy_after(const struct snapshot_network *net, int i)
{
	if (i == net->n_exits)
		return net->accuracy;
	return net->exit_accuracy ? net->exit_accuracy[i] : 0;
}

int shelf_blocks_needed(const struct snapshot_network *net, double least, bool exits)
{
	for (int i = exits ? 0 : net->n_exits; i <= net->n_exits; i++)
		if (accuracy_after(net, i) >= least - 1e-9)
			return i + 1;
	return 0;
}

// Hertz within which the job's input is uploaded by `by_s`; 0 where its rate is not granted and suffices;
// INFINITY when nothing does.
static double width_by(const struct snapshot *snapshot, int m, double by_s)
{
	const struct snapshot_job *user = &snapshot->jobs[m];
	double bits = snapshot_upload_bits(snapshot, m)[0];
	double air_s = by_s - user->release_s - user->uplink_delay_s - snapshot->guard_s;
	bool granted = snapshot->band_hertz > 0 && (user->snr > 0 || user->power_to_noise_hz > 0);
	if (!(air_s > 0))
		return INFINITY;
	if (!granted)
		return user->rate_bps > 0 && bits <= user->rate_bps * air_s * (1 + ROUNDING) ? 0 : INFINITY;
	// Without anything to send a sliver of the band still says that the user is granted some.
	return bits > 0 ? granted_width_hz(user, bits / air_s) : 1e-3;
}

// A device sends one input after another, and a grant is of one: its first job alone can be served here.
static bool device_is_taken(const struct snapshot *snapshot, int m)
{
	for (int k = 0; k < snapshot->n_jobs; k++) {
		const struct snapshot_job *a = &snapshot->jobs[k], *b = &snapshot->jobs[m];
		if (k == m || b->device_id == 0 || a->device_id != b->device_id)
			continue;
		if (a->deadline_s < b->deadline_s ||
		    (a->deadline_s <= b->deadline_s && order_jobs(snapshot, k, m) < 0))
			return true;
	}
	return false;
}

static double latest_end_s(const struct snapshot *snapshot, const struct snapshot_job *user)
{
	double bound_s = snapshot->edge_deadline_s;
	return (bound_s > 0 ? fmin(bound_s, user->deadline_s) : user->deadline_s) - user->downlink_s;
}

#define REFUSE(...) snprintf(why, size, __VA_ARGS__)

// The job as a candidate; false with the reason when it cannot be one.
static bool see(const struct shelf *shelf, int m, bool exits, double upload_s, struct candidate *out,
		char *why, size_t size)
{
	const struct snapshot_job *user = &shelf->snapshot->jobs[m];
	*out = (struct candidate){
	    .job = m,
	    .blocks = shelf_blocks_needed(network_of(shelf->snapshot), user->least_accuracy, exits),
	    .width_hz = width_by(shelf->snapshot, m, upload_s),
	    .end_s = latest_end_s(shelf->snapshot, user),
	    .goes_on = user->goes_on};
	double alone_s = 0;
	for (int i = 0; i < out->blocks; i++)
		alone_s += shelf_block_s(shelf, i, 1);
	if (out->blocks == 0)
		REFUSE("it needs an accuracy of %.4g, which %s reaches", user->least_accuracy,
		       exits ? "no exit" : "the whole network does not tell or not");
	else if (device_is_taken(shelf->snapshot, m))
		REFUSE("another job of its device is sent in this round");
	else if (out->width_hz > shelf->band_hz)
		REFUSE("not even the whole band uploads its input within %.4g ms", upload_s * 1e3);
	else if (isinf(out->width_hz))
		REFUSE("its uplink does not send its input within %.4g ms", upload_s * 1e3);
	else if (!(upload_s + alone_s <= out->end_s + ROUNDING))
		REFUSE("alone it would be done at %.4g ms, and had to be at %.4g ms",
		       (upload_s + alone_s) * 1e3, out->end_s * 1e3);
	else
		return true;
	return false;
}

// Narrowest first. Equal widths by what the jobs are, so that their order in the round changes no plan.
static int by_width(const void *a, const void *b, void *snapshot)
{
	const struct candidate *x = a, *y = b;
	if (x->width_hz != y->width_hz)
		return x->width_hz < y->width_hz ? -1 : 1;
	if (x->end_s != y->end_s)
		return x->end_s > y->end_s ? -1 : 1;
	return x->blocks != y->blocks ? x->blocks - y->blocks : order_jobs(snapshot, x->job, y->job);
}

static int check_networks(const struct snapshot *snapshot, struct err *err)
{
	for (int m = 1; m < snapshot->n_jobs; m++)
		if (snapshot->jobs[m].network != snapshot->jobs[0].network)
			return err_set(err, EINVAL,
				       "users[%d] has the network %s and users[0] %s: a batch with exits is "
				       "of one network",
				       m, snapshot->networks[snapshot->jobs[m].network].name,
				       network_of(snapshot)->name);
	return 0;
}

int shelf_open(struct shelf *shelf, const struct snapshot *snapshot, bool exits, double upload_s,
	       struct plan *plan, struct err *err)
{
	*shelf = (struct shelf){.snapshot = snapshot,
				.spread = -1,
				.band_hz = snapshot->band_hertz > 0 ? snapshot->band_hertz * (1 + ROUNDING)
								    : INFINITY};
	int rc = check_networks(snapshot, err);
	if (rc < 0 || snapshot->n_jobs == 0)
		return rc;
	const struct snapshot_network *net = network_of(snapshot);
	size_t n_jobs = (size_t)snapshot->n_jobs;
	shelf->n_blocks = net->n_exits + 1;
	shelf->most = net->max_batch < snapshot->n_jobs ? net->max_batch : snapshot->n_jobs;
	shelf->block_s = calloc((size_t)shelf->n_blocks * (size_t)shelf->most, sizeof(*shelf->block_s));
	shelf->candidates = calloc(n_jobs, sizeof(*shelf->candidates));
	shelf->chosen = calloc(n_jobs, sizeof(*shelf->chosen));
	if (!shelf->block_s || !shelf->candidates || !shelf->chosen) {
		shelf_close(shelf);
		return err_set(err, ENOMEM, "no memory to plan for %zu users", n_jobs);
	}
	fill_blocks(shelf, net);
	for (int m = 0; m < snapshot->n_jobs; m++) {
		struct plan_job *out = &plan->jobs[m];
		shelf->n +=
		    see(shelf, m, exits, upload_s, &shelf->candidates[shelf->n], out->why, sizeof(out->why));
	}
	qsort_r(shelf->candidates, (size_t)shelf->n, sizeof(*shelf->candidates), by_width, (void *)snapshot);
	return 0;
}

void shelf_close(struct shelf *shelf)
{
	free(shelf->block_s);
	free(shelf->candidates);
	free(shelf->chosen);
	*shelf = (struct shelf){0};
}
