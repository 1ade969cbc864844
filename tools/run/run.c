// SPDX-License-Identifier: BSD-3-Clause
#include "tools/run/run.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/printable.h"
#include "dnn/network.h"
#include "emu/netns/losses.h"
#include "emu/netns/netns.h"
#include "emu/supervisor/names.h"
#include "emu/supervisor/preflight.h"
#include "emu/supervisor/supervisor.h"
#include "records/claim.h"
#include "records/expect/expect.h"
#include "records/reserve.h"
#include "records/results/summary_file.h"
#include "setup/emulated.h"
#include "setup/online.h"
#include "setup/policy_names.h"
#include "sim/rehearsal.h"

struct running {
	const struct run_options *options;
	struct topology *topology;
	struct run_name name;
	struct run_claim claim;
	struct prepared prepared;
	struct resolved resolved;
	struct testbed_net *net;
	struct preflight preflight;
	struct results *results;
	int reserve; // of the disk, for what is written last
	struct prepared_run run;
	int64_t began_ns, began_wall_ns;
	int published;
};

// Records and configurations are JSON, which holds UTF-8 only.
static int check_paths(const struct run_options *o, struct err *err)
{
	char here[PATH_MAX] = "";
	const char *const paths[] = {getcwd(here, sizeof(here)) ? here : "", o->file,
				     o->directory ? o->directory : ""};
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (!printable_is_utf8(paths[i]))
			return err_set(err, EINVAL, "the path %s is no UTF-8: another name is right",
				       paths[i]);
	return 0;
}

static int load(struct running *r, struct err *err)
{
	if (check_paths(r->options, err) < 0)
		return -EINVAL;
	struct topology_options options = {.policies = policy_names(),
					   .networks = network_names(),
					   .set = r->options->set,
					   .fixed = r->options->fixed,
					   .purpose = TOPOLOGY_FOR_RUN};
	int code = topology_load(&r->topology, r->options->file, &options, err);
	if (code < 0)
		return code;
	code = resolve(&r->resolved, r->topology, err);
	if (code < 0)
		err_prefix(err, "%s", r->options->file);
	if (code == 0 && !r->options->simulate)
		code = emulated_check(r->topology, err);
	code = code < 0 ? code : online_check(&r->resolved.edge, r->options->simulate != NULL, err);
	if (code == 0 && r->options->expect)
		code = expect_check_ues(r->options->expect, r->topology->n_ues, err);
	return code;
}

// File names take the policy's name as it is but for '/' (an outside policy's path).
static void default_directory(const struct running *r, char *path, size_t size)
{
	char when[32], policy[128];
	struct tm tm;
	time_t now = time(NULL);
	localtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y%m%d-%H%M%S", &tm);
	snprintf(policy, sizeof(policy), "%s", r->topology->policy);
	for (char *c = policy; *c; c++)
		if (*c == '/' || *c == ':')
			*c = '-';
	snprintf(path, size, "runs/%s-%s%s-%s", r->topology->name, policy, r->options->simulate ? "-sim" : "",
		 when);
}

static int claim_directory(struct running *r, struct err *err)
{
	char path[PATH_MAX];
	const struct run_options *o = r->options;
	if (o->directory)
		return run_claim(&r->claim, o->directory, o->overwrite, err);
	default_directory(r, path, sizeof(path));
	return run_claim_new(&r->claim, path, err);
}

// Nothing of a simulation has a name on this machine.
static int take_name(struct running *r, struct err *err)
{
	const char *name = r->options->name ? r->options->name : r->topology->name;
	return r->options->simulate
		   ? 0
		   : run_name_take(&r->name, name, r->options->name == NULL, r->claim.path, err);
}

static int build_net(struct running *r, struct err *err)
{
	const struct topology *t = r->topology;
	struct testbed_net_config config = {.n_ues = t->n_ues,
					    .subnet = t->cell.subnet.base,
					    .prefix = t->cell.subnet.prefix,
					    .mtu = t->cell.mtu,
					    .tcp = t->cell.tcp};
	int code = netns_enter_user_namespace(err);
	return code < 0 ? code : testbed_net_build(&r->net, &config, err);
}

static void published_name(const struct running *r, int which, char *name, size_t size)
{
	char prefix[96];
	run_name_prefix(prefix, sizeof(prefix), r->name.name);
	if (which == 0)
		snprintf(name, size, "%sedge", prefix);
	else
		snprintf(name, size, "%sue%d", prefix, which);
}

static int publish(struct running *r, struct err *err)
{
	char name[128];
	int code = 0;
	for (int i = 0; code == 0 && r->options->publish && i <= r->topology->n_ues; i++) {
		published_name(r, i, name, sizeof(name));
		code = netns_publish(i == 0 ? testbed_net_edge_fd(r->net) : testbed_net_ue_fd(r->net, i - 1),
				     name, err);
		r->published = code == 0 ? i + 1 : r->published;
	}
	return code;
}

static void unpublish(struct running *r)
{
	char name[128];
	for (int i = 0; i < r->published; i++) {
		published_name(r, i, name, sizeof(name));
		netns_unpublish(name, NULL);
	}
}

static int build(struct running *r, struct err *err)
{
	bool emulate = r->options->simulate == NULL;
	int code = emulate ? preflight_check(&r->preflight, r->topology, err) : 0;
	code = code < 0 ? code : take_name(r, err);
	code = code < 0 ? code : prepare(&r->prepared, r->topology, emulate, r->options->quiet, err);
	r->run = (struct prepared_run){.topology = r->topology,
				       .fixed = r->options->fixed,
				       .overrides = r->options->set,
				       .prepared = &r->prepared,
				       .resolved = &r->resolved,
				       .directory = r->claim.path,
				       .progress = r->options->progress,
				       .run_id = emulate ? (uint32_t)(r->began_wall_ns / NS_PER_MS)
							 : (uint32_t)r->topology->run};
	code = code < 0 ? code : rehearse(&r->run, emulate, err);
	code = code < 0 || !emulate ? code : build_net(r, err);
	code = code < 0 || !emulate ? code : publish(r, err);
	code = code < 0 ? code : run_claim_clear(&r->claim, err);
	r->reserve = code < 0 ? -1 : reserve_room(r->claim.path);
	code = code < 0 ? code : results_open(&r->results, r->claim.path, r->topology, err);
	if (code < 0)
		return code;
	if (emulate && !testbed_net_tcp_is_default(r->net))
		results_note(r->results,
			     "the kernel lets cell.tcp be no namespace's default "
			     "(net.ipv4.tcp_allowed_congestion_control): connections have it from their "
			     "route, whatever they ask for");
	results_know_networks(r->results, &r->prepared);
	return emulate ? configs_write(&r->run, err) : configs_write_profiles(&r->run, err);
}

static int live(struct running *r, struct run_outcome *outcome, struct err *err)
{
	struct supervisor *s = NULL;
	if (r->options->simulate)
		return r->options->simulate(&r->run, r->results, err);
	int code = supervisor_open(&s, &r->run, r->net, r->results, err);
	outcome->setup_s = ns_to_s(clock_now_ns() - r->began_ns);
	preflight_begin(&r->preflight);
	code = code < 0 ? code : supervisor_run(s, err);
	supervisor_close(s);
	return code;
}

static void free_reserve(struct running *r)
{
	if (r->reserve >= 0)
		close(r->reserve);
	r->reserve = -1;
}

static void take_loss(const struct network_loss *loss, void *results)
{
	results_loss(results, loss);
}

// Whatever happened in between, the records that exist are written.
static int run_and_record(struct running *r, struct err *err)
{
	struct run_outcome outcome = {
	    .status = "done", .started_wall_ns = r->began_wall_ns, .simulated = r->options->simulate};
	int code = live(r, &outcome, err);
	if (code < 0) {
		outcome.status = code == -EINTR ? "interrupted" : "failed";
		outcome.why = err->text;
	}
	struct err record = {0};
	if (r->net && testbed_net_losses(r->net, take_loss, r->results, &record) < 0)
		results_note(r->results, record.text);
	preflight_note(&r->preflight, r->results);
	free_reserve(r);
	int written = results_close_tables(r->results, &record);
	if (summary_write(&r->run, r->results, &outcome, &record) < 0)
		written = -EIO;
	if (code == 0 && written < 0)
		*err = record;
	return code < 0 ? code : written;
}

static void tear_down(struct running *r)
{
	unpublish(r);
	free_reserve(r);
	run_claim_release(&r->claim, r->results != NULL);
	results_free(r->results);
	testbed_net_free(r->net);
	prepared_free(&r->prepared);
	run_name_release(&r->name);
	resolved_free(&r->resolved);
	topology_free(r->topology);
}

int run_topology(const struct run_options *options, char *directory, size_t size, struct err *err)
{
	struct running r = {.options = options,
			    .name.fd = -1,
			    .claim.lock = -1,
			    .reserve = -1,
			    .began_ns = clock_now_ns(),
			    .began_wall_ns = clock_wall_ns()};
	struct err ignored;
	if (!options->simulate)
		run_names_clean(&ignored); // what killed supervisors left
	int status = 2;
	if (load(&r, err) == 0 && claim_directory(&r, err) == 0) {
		int code = build(&r, err);
		status = code == 0 ? 0 : code == -EEXIST || code == -EINVAL ? 2 : 1;
		if (code == 0)
			status = run_and_record(&r, err) < 0 ? 1 : 0;
	}
	if (directory)
		snprintf(directory, size, "%s", r.claim.path);
	tear_down(&r);
	return status;
}
