// SPDX-License-Identifier: BSD-3-Clause
#include "records/results/summary_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/cache.h"
#include "base/clock.h"
#include "base/json_finite.h"
#include "base/machine.h"
#include "base/version.h"
#include "records/summary.h"

static json_t *host_json(void)
{
	struct utsname u;
	char processor[128];
	uname(&u);
	machine_processor(processor, sizeof(processor));
	return json_pack("{s:s, s:I, s:s, s:s}", "processor", processor, "cores",
			 (json_int_t)sysconf(_SC_NPROCESSORS_ONLN), "kernel", u.release, "machine",
			 u.machine);
}

static json_t *started_json(int64_t wall_ns)
{
	char text[40];
	struct tm tm;
	time_t seconds = wall_ns / NS_PER_S;
	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

#define EDGE_ENERGY                                                                                          \
	"edge energy (measured beside it where edge.energy.source is a meter): F_n(b) (static / x + "        \
	"dynamic x^2) a batch, x the relative frequency, powers as "                                         \
	"edge.power says"

static void add_channel(json_t *list, const struct prepared_run *p, const char *packets)
{
	const struct radio_channel_config *c = &p->resolved->cell.channel;
	const char *rate =
	    p->resolved->cell.rate.model == LINK_RATE_NR ? "5G NR's schemes" : "Shannon's formula";
	bool fades = c->fading.model != FADING_NONE,
	     shadowed = c->shadowing_sigma_db != 0 && !p->resolved->cell.gain_trace[0];
	json_array_append_new(list,
			      json_sprintf("radio channel: rates by %s from %s%s%s%s; %s", rate,
					   p->resolved->cell.gain_trace[0] ? "a trace of gains" : "path loss",
					   shadowed ? ", shadowing" : "", fades ? ", fading: " : "",
					   fades ? fading_name(c->fading.model) : "", packets));
	int n_traced = 0;
	for (uint32_t i = 0; i < p->resolved->cell.n_ues; i++)
		n_traced += p->resolved->cell.ues[i].trace.kind != TRACE_OF_NOTHING;
	if (n_traced > 0)
		json_array_append_new(list, json_sprintf("recorded links in place of that for %d of %d UEs",
							 n_traced, p->topology->n_ues));
}

static void add_server(json_t *list, const struct prepared_run *p, int i)
{
	const struct topology_server *server = &p->topology->server[i];
	json_array_append_new(
	    list, json_sprintf("server %s: medians of %s divided by a stated speed of %g, behind a "
			       "WAN of stated rate, delay, jitter and loss",
			       server->name, server->profile[0] ? server->profile : "the edge's profile",
			       server->speed));
}

// Where nothing is computed and exits are taken by confidence.
static void add_confidence(json_t *list, const struct prepared_run *p)
{
	if (p->topology->edge.exits == EXITS_BY_CONFIDENCE)
		json_array_append_new(
		    list,
		    json_string("exits by confidence: each task stands for a held-out input that is drawn "
				"for it, and is as sure at every exit as that one; its own input is not "
				"looked at"));
}

// What the emulation measures and the simulation takes from a model.
static json_t *simulated_json(const struct prepared_run *p)
{
	json_t *list = json_array();
	json_array_append_new(
	    list,
	    json_string("UE processor: time = work / f, energy = kappa work f^2; no tensor is computed"));
	json_array_append_new(list, json_string("UE radio energy: (transmit power / efficiency + circuit) x "
						"airtime of the link model; receive and idle "
						"power x the time so spent"));
	add_channel(list, p, "packets are virtual");
	json_array_append_new(
	    list,
	    json_string(
		"TCP: full segments that keep the link's queue filled; no slow start, no acknowledgements"));
	json_array_append_new(list, json_string(EDGE_ENERGY));
	json_array_append_new(
	    list, json_string("hosts: kernels, processes and the policy's own run time take no time"));
	add_confidence(list, p);
	for (int i = 0; i < p->prepared->n; i++)
		if (p->prepared->networks[i].profile)
			json_array_append_new(list,
					      json_sprintf("edge run times of %s: medians of the profile %s",
							   p->prepared->networks[i].name,
							   p->prepared->networks[i].profile->source));
	for (int i = 0; i < p->topology->n_servers; i++)
		add_server(list, p, i);
	return list;
}

// What is not measured on real hardware, said in every summary.
static json_t *modelled_json(const struct prepared_run *p)
{
	json_t *list = json_array();
	json_array_append_new(
	    list,
	    json_string("UE processor: time = work / f, energy = kappa work f^2; the tensors are real"));
	json_array_append_new(list, json_string("UE radio energy: (transmit power / efficiency + circuit) x "
						"airtime as the shaper measured it; receive and idle power x "
						"the time so spent"));
	add_channel(list, p, "packets are real");
	json_array_append_new(list, json_string(EDGE_ENERGY));
	if (p->topology->edge.executor == EXECUTOR_REPLAY) {
		json_array_append_new(list, json_string("edge frequency and shares of the GPU: replayed "
							"batches take longer by these factors"));
		add_confidence(list, p);
		for (int i = 0; i < p->prepared->n; i++)
			json_array_append_new(list, json_sprintf("edge run times of %s: replayed from %s",
								 p->prepared->networks[i].name,
								 p->prepared->networks[i].profile->source));
	}
	return list;
}

static json_t *radio_json(const struct prepared_run *p)
{
	json_t *list = json_array();
	for (int i = 0; i < p->topology->n_ues; i++)
		json_array_append_new(list, json_pack("{s:i, s:o, s:o, s:f, s:f}", "ue", i + 1, "gain_db",
						      json_finite(p->resolved->radio[i].gain_db), "snr_db",
						      json_finite(p->resolved->radio[i].snr_db), "uplink_bps",
						      p->resolved->radio[i].uplink_bps, "downlink_bps",
						      p->resolved->radio[i].downlink_bps));
	return list;
}

static json_t *networks_json(const struct prepared_run *p)
{
	json_t *list = json_array();
	for (int i = 0; i < p->prepared->n; i++) {
		const struct prepared_network *n = &p->prepared->networks[i];
		json_t *subtasks = json_array();
		for (int k = 0; k < n->n_subtasks; k++)
			json_array_append_new(subtasks, json_string(n->subtasks[k]));
		json_array_append_new(list, json_pack("{s:s, s:o}", "name", *n->called ? n->called : n->name,
						      "subtasks", subtasks));
	}
	return list;
}

static json_t *overrides_json(const struct prepared_run *p)
{
	json_t *list = json_array();
	for (int i = 0; p->fixed && p->fixed[i]; i++)
		json_array_append_new(list, json_string(p->fixed[i]));
	for (int i = 0; p->overrides && p->overrides[i]; i++)
		json_array_append_new(list, json_string(p->overrides[i]));
	return list;
}

// A run that failed is never valid.
static void doubt_failure(json_t *figures, const char *why)
{
	json_object_set_new(figures, "valid", json_false());
	json_array_append_new(json_object_get(figures, "not_valid_because"),
			      json_sprintf("the run failed: %s", why ? why : "see log.txt"));
}

int summary_write(const struct prepared_run *run, const struct results *results,
		  const struct run_outcome *outcome, struct err *err)
{
	const struct topology *t = run->topology;
	bool simulated = outcome->simulated;
	json_t *o = json_pack(
	    "{s:s, s:i, s:s, s:s, s:s?, s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
	    "program", airbatch_version(), "format", SUMMARY_FORMAT, "engine",
	    simulated ? "simulation" : "emulation", "status", outcome->status, "why", outcome->why, "policy",
	    t->policy, "seed", (json_int_t)t->seed, "run", (json_int_t)t->run, "started",
	    simulated ? json_null() : started_json(outcome->started_wall_ns), "setup_s",
	    simulated ? json_null() : json_real(outcome->setup_s), "host",
	    simulated ? json_null() : host_json(), "modelled",
	    simulated ? simulated_json(run) : modelled_json(run), "networks", networks_json(run), "radio",
	    radio_json(run), "overrides", overrides_json(run), "given", topology_given_to_json(t), "topology",
	    topology_to_json(t));
	json_t *figures = results_to_json(results);
	if (strcmp(outcome->status, "failed") == 0)
		doubt_failure(figures, outcome->why);
	bool whole = o && figures && json_object_update(o, figures) == 0;
	json_decref(figures);
	char *text = whole ? json_dumps(o, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) : NULL;
	json_decref(o);
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/summary.json", run->directory);
	int r = text ? write_file_atomically(path, text, strlen(text), err)
		     : err_set(err, EIO, "%s: no memory, or a figure that JSON cannot hold", path);
	free(text);
	return r;
}
