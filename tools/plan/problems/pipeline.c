// SPDX-License-Identifier: BSD-3-Clause
// Many jobs on one device: where each is cut, and in which order they go (edge/policy/pipeline/scheme.h).
//
// {"problem": "pipeline",
//  "types": [{"jobs": n, "device_s": [f(0), .., f(k)], "upload_s": [g(0), .., g(k) = 0],
//             and where the server is a third stage, one job at a time: "server_s": [s(0), .., s(k)]}, ...]}
//
// f must not fall. The answer, jobs in the device's order:
//
// {"policy", "makespan_s", "jobs": [{"type", "cut", "device_start_s", "device_end_s", "upload_start_s",
//  "upload_end_s", and with server_s "server_end_s"}, ...]}
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "edge/policy/builtin.h"
#include "edge/policy/outside.h"
#include "edge/policy/pipeline/scheme.h"
#include "tools/plan/problems/kinds.h"

enum { MOST_TYPES = 10000, MOST_JOBS = 100000 };

static const struct bounds SECONDS = {0, 1e6, false};

struct pipeline_problem {
	int n_types;
	struct chain *types; // each owns its curves, in one piece at device_s
	bool has_server;
};

static void drop(void *content)
{
	struct pipeline_problem *problem = content;
	if (!problem)
		return;
	for (int i = 0; i < problem->n_types; i++)
		free((void *)problem->types[i].device_s);
	free(problem->types);
	free(problem);
}

// A list of n times.
static int read_times(const struct field *list, int n, double out[])
{
	int size, rc = field_array(list, 1, PIPELINE_MAX_CUTS, &size);
	if (rc == 0 && size != n)
		return err_set(list->err, EINVAL,
			       "%s has %d entries, device_s has %d: one for each cut is right", list->path,
			       size, n);
	for (int l = 0; l < n && rc == 0; l++) {
		struct field cell = field_element(list, l);
		rc = field_number(&cell, SECONDS, &out[l]);
	}
	return rc;
}

static int check_rise(const struct field *list, const double f[], int n)
{
	for (int l = 1; l < n; l++)
		if (f[l] < f[l - 1])
			return err_set(list->err, EINVAL,
				       "%s[%d] is %g, less than the %g before: more layers take no less time",
				       list->path, l, f[l], f[l - 1]);
	return 0;
}

static int check_end(const struct field *list, const double g[], int n)
{
	if (g[n - 1] == 0)
		return 0;
	return err_set(list->err, EINVAL,
		       "%s[%d] is %g: must be 0, what runs wholly on the device is not sent", list->path,
		       n - 1, g[n - 1]);
}

static int read_curves(const struct field *device, const struct field *upload, const struct field *server,
		       struct chain *type)
{
	int rc = field_array(device, 1, PIPELINE_MAX_CUTS, &type->n_cuts);
	if (rc < 0)
		return rc;
	double *f = calloc(3 * (size_t)type->n_cuts, sizeof(*f));
	if (!f)
		return err_set(device->err, ENOMEM, "no memory for %d cuts", type->n_cuts);
	double *g = f + type->n_cuts;
	type->device_s = f;
	type->upload_s = g;
	type->server_s = server->value ? g + type->n_cuts : NULL;
	rc = read_times(device, type->n_cuts, f);
	rc = rc ? rc : check_rise(device, f, type->n_cuts);
	rc = rc ? rc : read_times(upload, type->n_cuts, g);
	rc = rc ? rc : check_end(upload, g, type->n_cuts);
	return rc == 0 && server->value ? read_times(server, type->n_cuts, g + type->n_cuts) : rc;
}

static int read_type(const struct field *object, struct chain *type, int *jobs_left)
{
	static const char *const keys[] = {"jobs", "device_s", "upload_s", "server_s", NULL};
	struct field jobs, device, upload, server;
	int rc = field_object(object, keys);
	rc = rc ? rc : field_member(object, "jobs", false, &jobs);
	rc = rc ? rc : field_integer_of(object, "jobs", 1, MOST_JOBS, &type->jobs);
	if (rc == 0 && type->jobs > *jobs_left)
		return err_set(object->err, EINVAL, "%s is %d: all types together may have %d jobs",
			       jobs.path, type->jobs, MOST_JOBS);
	*jobs_left -= type->jobs;
	rc = rc ? rc : field_member(object, "device_s", false, &device);
	rc = rc ? rc : field_member(object, "upload_s", false, &upload);
	rc = rc ? rc : field_member(object, "server_s", true, &server);
	return rc ? rc : read_curves(&device, &upload, &server, type);
}

static int read_types(struct pipeline_problem *problem, const struct field *document)
{
	static const char *const keys[] = {"problem", "types", NULL};
	struct field list;
	int n, jobs_left = MOST_JOBS, rc = field_object(document, keys);
	rc = rc ? rc : field_member(document, "types", false, &list);
	rc = rc ? rc : field_array(&list, 1, MOST_TYPES, &n);
	if (rc < 0)
		return rc;
	problem->types = calloc((size_t)n, sizeof(*problem->types));
	if (!problem->types)
		return err_set(document->err, ENOMEM, "no memory for %d types of jobs", n);
	problem->n_types = n;
	for (int i = 0; i < n && rc == 0; i++) {
		struct field object = field_element(&list, i);
		rc = read_type(&object, &problem->types[i], &jobs_left);
		problem->has_server = problem->has_server || problem->types[i].server_s;
	}
	return rc;
}

static int read(void **out, const struct field *document)
{
	struct pipeline_problem *problem = calloc(1, sizeof(*problem));
	int rc = problem ? read_types(problem, document) : err_set(document->err, ENOMEM, "no memory");
	if (rc < 0) {
		drop(problem);
		problem = NULL;
	}
	*out = problem;
	return rc;
}

static void print_job(const struct pipeline_problem *problem, const struct job_run *run,
		      const struct job_times *t, bool json, FILE *out)
{
	fprintf(out,
		json ? "{\"type\":%d,\"cut\":%d,\"device_start_s\":%.15g,\"device_end_s\":%.15g,"
		       "\"upload_start_s\":%.15g,\"upload_end_s\":%.15g"
		     : "%4d %4d %12.6g %12.6g %12.6g %12.6g",
		run->type, run->cut, t->device_start_s, t->device_end_s, t->upload_start_s, t->upload_end_s);
	if (problem->has_server)
		fprintf(out, json ? ",\"server_end_s\":%.15g" : " %12.6g", t->server_end_s);
	fputs(json ? "}" : "\n", out);
}

static void print_jobs(const struct pipeline_problem *problem, const struct pipeline *plan, bool json,
		       FILE *out)
{
	struct stage_clocks clocks = {0};
	bool first = true;
	for (int r = 0; r < plan->n_runs; r++)
		for (int i = 0; i < plan->runs[r].n; i++) {
			struct job_times times = flow_shop_next(&clocks, &plan->runs[r].each);
			fputs(json && !first ? "," : "", out);
			print_job(problem, &plan->runs[r], &times, json, out);
			first = false;
		}
}

static int print_answer(const struct pipeline_problem *problem, const char *policy,
			const struct pipeline *plan, const struct plan_question *question, struct err *err)
{
	FILE *out = question->out;
	if (question->json) {
		fprintf(out, "{\"policy\":\"%s\",\"makespan_s\":%.15g,\"jobs\":[", policy, plan->makespan_s);
		print_jobs(problem, plan, true, out);
		fputs("]}\n", out);
	} else {
		fprintf(out, "%s: all is done after %.6g s\n%4s %4s %12s %12s %12s %12s%s\n", policy,
			plan->makespan_s, "type", "cut", "device from", "to s", "upload from", "to s",
			problem->has_server ? "   server to s" : "");
		print_jobs(problem, plan, false, out);
	}
	return ferror(out) ? err_sys(err, EIO, "writing the answer") : 0;
}

static int answer(const void *content, const struct plan_question *question, struct err *err)
{
	const struct pipeline_problem *problem = content;
	void *library;
	const struct policy *policy =
	    policy_open(question->policy ? question->policy : "jps-plus", &library, err);
	if (!policy)
		return PLAN_WRONG_INPUT;
	pipeline_scheme *scheme = pipeline_find(policy->name);
	struct pipeline plan = {0};
	int status = PLAN_WRONG_INPUT;
	if (!scheme)
		err_set(err, EINVAL, "%s decides no pipeline: %s do", policy->name, PIPELINE_SCHEMES);
	else if (policy->value[PIPELINE_DVFS] > 0)
		err_set(err, EINVAL, "%s lowers frequencies: a type's times tell none, so leave out dvfs",
			policy->name);
	else if (scheme(problem->types, problem->n_types, &plan, err) < 0 ||
		 print_answer(problem, policy->name, &plan, question, err) < 0)
		status = PLAN_FAILED;
	else
		status = PLAN_DONE;
	pipeline_free(&plan);
	policy_close(library);
	return status;
}

const struct problem_kind problem_pipeline = {
    "pipeline", "many jobs on one device: cuts and their order for the least makespan", read, answer, drop};
