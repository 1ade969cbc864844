// SPDX-License-Identifier: BSD-3-Clause
// The layers of a job that is partitioned already, as a tree: in which order they are computed and sent
// (edge/policy/pipeline/tree.h).
//
// {"problem": "pipeline-tree", "parent": [null, 0, 0], "device_s": [..], "upload_s": [..],
//  and optional: "tree": "out" (a parent comes before, the usual) or "in" (it comes after)}
//
// One entry a layer; several may have no parent. The answer: {"makespan_s", "order": [layers]}.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "edge/policy/outside.h"
#include "edge/policy/pipeline/scheme.h"
#include "edge/policy/pipeline/tree.h"
#include "tools/plan/problems/kinds.h"

enum { MOST_LAYERS = 100000 };

static const struct bounds SECONDS = {0, 1e6, false}, LAYERS = {0, MOST_LAYERS, false};

struct tree_problem {
	int n;
	int *parent;
	double *device_s, *upload_s;
	enum tree_direction direction;
};

static void drop(void *content)
{
	struct tree_problem *problem = content;
	if (!problem)
		return;
	free(problem->parent);
	free(problem->device_s);
	free(problem->upload_s);
	free(problem);
}

static int read_times(const struct field *document, const char *key, int n, double out[])
{
	struct field list;
	int size, rc = field_member(document, key, false, &list);
	rc = rc ? rc : field_array(&list, 1, MOST_LAYERS, &size);
	if (rc == 0 && size != n)
		return err_set(document->err, EINVAL,
			       "%s has %d entries, parent has %d: one for each layer is right", list.path,
			       size, n);
	for (int i = 0; i < n && rc == 0; i++) {
		struct field cell = field_element(&list, i);
		rc = field_number(&cell, SECONDS, &out[i]);
	}
	return rc;
}

static int read_parent(const struct field *cell, int *out)
{
	double x;
	*out = -1;
	if (json_is_null(cell->value))
		return 0;
	int rc = field_number(cell, LAYERS, &x);
	*out = (int)x;
	if (rc == 0 && x != *out)
		return err_set(cell->err, EINVAL, "%s is %g: must be a layer, counted from 0, or null",
			       cell->path, x);
	return rc;
}

static int read_direction(const struct field *document, enum tree_direction *out)
{
	struct field field;
	*out = TREE_OUT;
	int rc = field_member(document, "tree", true, &field);
	if (rc < 0 || !field.value)
		return rc;
	const char *name = json_string_value(field.value);
	if (!name || (strcmp(name, "out") != 0 && strcmp(name, "in") != 0))
		return err_set(
		    document->err, EINVAL,
		    "tree must be \"out\" (a parent comes before its layers) or \"in\" (after them)");
	*out = strcmp(name, "in") == 0 ? TREE_IN : TREE_OUT;
	return 0;
}

static int read_layers(struct tree_problem *problem, const struct field *document,
		       const struct field *parents)
{
	size_t n = (size_t)problem->n;
	problem->parent = calloc(n, sizeof(*problem->parent));
	problem->device_s = calloc(n, sizeof(*problem->device_s));
	problem->upload_s = calloc(n, sizeof(*problem->upload_s));
	if (!problem->parent || !problem->device_s || !problem->upload_s)
		return err_set(document->err, ENOMEM, "no memory for %d layers", problem->n);
	int rc = 0;
	for (int i = 0; i < problem->n && rc == 0; i++) {
		struct field cell = field_element(parents, i);
		rc = read_parent(&cell, &problem->parent[i]);
	}
	rc = rc ? rc : tree_check(problem->parent, problem->n, document->err);
	rc = rc ? rc : read_times(document, "device_s", problem->n, problem->device_s);
	return rc ? rc : read_times(document, "upload_s", problem->n, problem->upload_s);
}

static int read_tree(struct tree_problem *problem, const struct field *document)
{
	static const char *const keys[] = {"problem", "parent", "device_s", "upload_s", "tree", NULL};
	struct field parents;
	int rc = field_object(document, keys);
	rc = rc ? rc : field_member(document, "parent", false, &parents);
	rc = rc ? rc : field_array(&parents, 1, MOST_LAYERS, &problem->n);
	rc = rc ? rc : read_direction(document, &problem->direction);
	return rc ? rc : read_layers(problem, document, &parents);
}

static int read(void **out, const struct field *document)
{
	struct tree_problem *problem = calloc(1, sizeof(*problem));
	int rc = problem ? read_tree(problem, document) : err_set(document->err, ENOMEM, "no memory");
	if (rc < 0) {
		drop(problem);
		problem = NULL;
	}
	*out = problem;
	return rc;
}

static void print_order(const int order[], int n, double makespan_s, bool json, FILE *out)
{
	fprintf(out, json ? "{\"makespan_s\":%.15g,\"order\":[" : "all is done after %.6g s; the order: ",
		makespan_s);
	for (int i = 0; i < n; i++)
		fprintf(out, "%s%d", i == 0 ? "" : json ? "," : " ", order[i]);
	fputs(json ? "]}\n" : "\n", out);
}

static int schedule(const struct tree_problem *problem, const struct plan_question *question, struct err *err)
{
	int *order = calloc((size_t)problem->n, sizeof(*order));
	double makespan_s;
	int rc = order ? tree_schedule(problem->parent, problem->device_s, problem->upload_s, problem->n,
				       problem->direction, order, &makespan_s, err)
		       : err_set(err, ENOMEM, "no memory for %d layers", problem->n);
	if (rc == 0)
		print_order(order, problem->n, makespan_s, question->json, question->out);
	free(order);
	if (rc == 0 && ferror(question->out))
		rc = err_sys(err, EIO, "writing the answer");
	return rc < 0 ? PLAN_FAILED : PLAN_DONE;
}

static int answer(const void *content, const struct plan_question *question, struct err *err)
{
	void *library;
	const struct policy *policy =
	    policy_open(question->policy ? question->policy : "layer-schedule", &library, err);
	if (!policy)
		return PLAN_WRONG_INPUT;
	int status = PLAN_WRONG_INPUT;
	if (pipeline_find(policy->name) == pipeline_layer_schedule)
		status = schedule(content, question, err);
	else
		err_set(err, EINVAL, "%s orders no trees: layer-schedule does", policy->name);
	policy_close(library);
	return status;
}

const struct problem_kind problem_pipeline_tree = {
    "pipeline-tree", "one partitioned job: the order of its layers, which form a tree", read, answer, drop};
