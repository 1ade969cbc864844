// SPDX-License-Identifier: BSD-3-Clause
#include "tools/plan/problems/kinds.h"

#include <errno.h>
#include <string.h>
#include "base/nearest.h"
#include "tools/plan/document.h"

const struct problem_kind *const problem_kinds[] = {
    &problem_co_inference,
    &problem_early_exit,
    &problem_orchestration,
    &problem_pipeline,
    &problem_pipeline_tree,
    NULL,
};

static int refuse_kind(const char *name, struct err *err)
{
	char names[200] = "", near[80];
	struct nearest nearest = nearest_to(name);
	for (const struct problem_kind *const *kind = problem_kinds; *kind; kind++) {
		size_t used = strlen(names);
		snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "", (*kind)->name);
		nearest_offer(&nearest, (*kind)->name);
	}
	return err_set(err, EINVAL, "problem is '%.40s': there are %s%s", name, names,
		       nearest_text(&nearest, near, sizeof(near)));
}

static int find_kind(const struct problem_kind **out, const struct field *document)
{
	struct field field;
	*out = problem_kinds[0];
	int rc = field_member(document, "problem", true, &field);
	if (rc < 0 || !field.value)
		return rc;
	const char *name = json_string_value(field.value);
	if (!name)
		return err_set(document->err, EINVAL, "problem must be a kind of problems, such as \"%s\"",
			       problem_kinds[0]->name);
	for (const struct problem_kind *const *kind = problem_kinds; *kind; kind++)
		if (strcmp((*kind)->name, name) == 0) {
			*out = *kind;
			return 0;
		}
	return refuse_kind(name, document->err);
}

int written_problem_read(struct written_problem *out, const char *path, struct err *err)
{
	*out = (struct written_problem){0};
	struct field root = {.value = document_load(path, err), .err = err};
	if (!root.value)
		return -errno;
	int rc = find_kind(&out->kind, &root);
	rc = rc ? rc : out->kind->read(&out->content, &root);
	json_decref((json_t *)root.value);
	if (rc < 0) {
		*out = (struct written_problem){0};
		err_prefix(err, "%s", path);
	}
	return rc;
}

void written_problem_free(struct written_problem *problem)
{
	if (problem->kind)
		problem->kind->free(problem->content);
	*problem = (struct written_problem){0};
}

int written_problem_answer(const struct written_problem *problem, const struct plan_question *question,
			   struct err *err)
{
	if (question->agent && problem->kind != &problem_orchestration) {
		err_set(err, EINVAL, "--agent has no effect on problems of %s: no agent plans them",
			problem->kind->name);
		return PLAN_WRONG_INPUT;
	}
	if (!question->save || problem->kind == problem_kinds[0])
		return problem->kind->answer(problem->content, question, err);
	err_set(err, EINVAL, "--save writes problems of %s; this one is of %s", problem_kinds[0]->name,
		problem->kind->name);
	return PLAN_WRONG_INPUT;
}

void problem_kinds_print(FILE *out)
{
	for (const struct problem_kind *const *kind = problem_kinds; *kind; kind++)
		fprintf(out, "%-20s %s\n", (*kind)->name, (*kind)->summary);
}
