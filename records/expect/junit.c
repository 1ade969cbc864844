// SPDX-License-Identifier: BSD-3-Clause
#include "records/expect/junit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/output.h"

// Written in pieces, since a suite's counts stand before its cases.
struct piece {
	FILE *out;
	char *text;
	size_t size;
	int n[JUNIT_SKIPPED + 1]; // cases by their result
};

struct junit {
	FILE *file;
	const char *path;
	struct piece suites, cases;
	char *suite, *started; // of the open suite
	double seconds;
};

static bool piece_open(struct piece *p)
{
	*p = (struct piece){0};
	p->out = open_memstream(&p->text, &p->size);
	return p->out != NULL;
}

static void piece_close(struct piece *p)
{
	if (p->out)
		fclose(p->out);
	free(p->text);
	*p = (struct piece){0};
}

// Five characters mean something to XML; control characters have no place in it.
static void escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		const char *entity = *text == '&'   ? "&amp;"
				     : *text == '<' ? "&lt;"
				     : *text == '>' ? "&gt;"
				     : *text == '"' ? "&quot;"
						    : NULL;
		if (entity)
			fputs(entity, out);
		else
			fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
	}
}

static void attribute(FILE *out, const char *name, const char *text)
{
	fprintf(out, " %s=\"", name);
	escaped(out, text);
	fputc('"', out);
}

static void counts(FILE *out, const int n[])
{
	fprintf(out, " tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\"",
		n[JUNIT_PASSED] + n[JUNIT_FAILED] + n[JUNIT_ERROR] + n[JUNIT_SKIPPED], n[JUNIT_FAILED],
		n[JUNIT_ERROR], n[JUNIT_SKIPPED]);
}

int junit_open(struct junit **out, const char *path, struct err *err)
{
	*out = NULL;
	int mine = output_file(path, "<testsuites", "JUnit file", "--junit", err);
	if (mine < 0)
		return mine;
	struct junit *j = *out = calloc(1, sizeof(*j));
	if (!j || !piece_open(&j->suites)) {
		free(j);
		*out = NULL;
		return err_set(err, ENOMEM, "no memory");
	}
	j->path = path;
	j->file = fopen(path, "we");
	if (j->file)
		return 0;
	int code = errno;
	junit_close(j, NULL);
	*out = NULL;
	return err_sys(err, code, "cannot write %s", path);
}

void junit_suite(struct junit *j, const char *name, const char *started, double seconds)
{
	j->suite = strdup(name);
	j->started = started ? strdup(started) : NULL;
	j->seconds = seconds;
	piece_open(&j->cases);
}

void junit_case(struct junit *j, const char *name, enum junit_result result, const char *message)
{
	static const char *const elements[] = {NULL, "failure", "error", "skipped"};
	FILE *out = j->cases.out;
	if (!out || !j->suite)
		return;
	j->cases.n[result]++;
	j->suites.n[result]++;
	fputs("    <testcase", out);
	attribute(out, "classname", j->suite);
	attribute(out, "name", name);
	fputs(" time=\"0\"", out);
	if (elements[result]) {
		fprintf(out, ">\n      <%s", elements[result]);
		attribute(out, "message", message);
		fputs("/>\n    </testcase>\n", out);
	} else {
		fputs("/>\n", out);
	}
}

void junit_suite_end(struct junit *j)
{
	FILE *out = j->suites.out;
	if (j->cases.out && fflush(j->cases.out) == 0 && j->suite) {
		fputs("  <testsuite", out);
		attribute(out, "name", j->suite);
		counts(out, j->cases.n);
		fprintf(out, " time=\"%.3f\"", j->seconds);
		if (j->started)
			attribute(out, "timestamp", j->started);
		fprintf(out, ">\n%s  </testsuite>\n", j->cases.text);
	}
	piece_close(&j->cases);
	free(j->suite);
	free(j->started);
	j->suite = j->started = NULL;
}

int junit_close(struct junit *j, struct err *err)
{
	int r = 0;
	if (!j)
		return 0;
	if (j->file && fflush(j->suites.out) == 0) {
		fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"airbatch\"", j->file);
		counts(j->file, j->suites.n);
		fprintf(j->file, ">\n%s</testsuites>\n", j->suites.text);
	}
	if (j->file && fclose(j->file) != 0)
		r = err_sys(err, errno, "cannot write %s", j->path);
	piece_close(&j->suites);
	free(j);
	return r;
}
