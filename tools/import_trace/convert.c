// SPDX-License-Identifier: BSD-3-Clause
#include "tools/import_trace/convert.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/output.h"
#include "base/units.h"
#include "tools/import_trace/moment.h"

enum { MOST_NAME = 60 };

static void keep_named(const struct samples *s, const char *names, int *keep, int *kept)
{
	for (const char *name = names; name; name = strchr(name, ',') ? strchr(name, ',') + 1 : NULL) {
		size_t length = strcspn(name, ",");
		for (int node = 0; node < s->n_nodes; node++)
			if (keep[node] < 0 && strlen(s->node[node]) == length &&
			    strncmp(s->node[node], name, length) == 0)
				keep[node] = (*kept)++;
	}
}

static int count_names(const char *names)
{
	int n = 1;
	for (const char *at = names; *at; at++)
		n += *at == ',';
	return n;
}

// keep[node]: its UE, or -1. How many UEs there are, or a negative errno.
static int choose_nodes(const struct samples *s, const struct conversion *c, int *keep, struct err *err)
{
	int kept = 0;
	for (int node = 0; node < s->n_nodes; node++)
		keep[node] = c->nodes || (c->ues && node >= c->ues) ? -1 : kept++;
	if (c->nodes) {
		keep_named(s, c->nodes, keep, &kept);
		if (kept != count_names(c->nodes))
			return err_set(err, EINVAL,
				       "--nodes %.80s: not all are in the file, whose first of %d is '%.60s'",
				       c->nodes, s->n_nodes, s->n_nodes ? s->node[0] : "");
	}
	if (kept > CONVERT_MOST_UES)
		return err_set(
		    err, EINVAL,
		    "the file has %d nodes, a run at most %d UEs: --ues=N takes the first, --nodes "
		    "names some",
		    kept, CONVERT_MOST_UES);
	return kept;
}

static int find_start(const struct samples *s, const struct conversion *c, int64_t *start_ns, struct err *err)
{
	struct moment m;
	*start_ns = s->at[0].ns;
	if (!c->start)
		return 0;
	if (!moment_parse(c->start, &m))
		return err_set(err, EINVAL, "--start is '%.60s': must be " MOMENT_FORMS, c->start);
	double s_ = m.kind == MOMENT_NUMBER ? m.value * c->time_unit_s : m.value;
	if (!(fabs(s_) <= SAMPLES_MOST_S) || s_to_ns(s_) > s->at[s->n - 1].ns)
		return err_set(err, EINVAL, "--start %.60s lies behind the last row (%.9g s)", c->start,
			       ns_to_s(s->at[s->n - 1].ns));
	*start_ns = s_to_ns(s_);
	return 0;
}

static int choose_form(struct conversion *c, enum sample_kind kind, int n_ues, struct err *err)
{
	bool rates = kind == SAMPLES_RATE_FROM || kind == SAMPLES_RATE_UNTIL;
	if (!rates && c->to_given)
		return err_set(err, EINVAL, "--to is for rates: %s makes %s", c->from,
			       kind == SAMPLES_GAIN ? "gains" : "waypoints");
	if (rates && n_ues > 1)
		return err_set(err, EINVAL,
			       "a trace of rates is one UE's, and here are %d: --nodes names one", n_ues);
	if (!rates)
		c->output.form = kind == SAMPLES_GAIN ? FORM_GAIN : FORM_WAYPOINTS;
	return 0;
}

// Which node became which UE, as comments; names come from foreign files.
static void write_origin(FILE *out, const struct samples *s, const int *keep, int n_ues)
{
	for (int ue = 0; ue < n_ues; ue++)
		for (int node = 0; node < s->n_nodes; node++)
			if (keep[node] == ue) {
				const char *slash = strrchr(s->node[node], '/'),
					   *name = slash ? slash + 1 : s->node[node];
				fprintf(out, "# ue%d: ", ue + 1);
				for (const char *at = name; *at && at < name + MOST_NAME; at++)
					fputc((unsigned char)*at < ' ' ? '?' : *at, out);
				fputc('\n', out);
			}
}

static void report(const struct conversion *c, const struct samples *s, enum sample_kind kind,
		   const struct trace_written *w, int n_ues)
{
	static const char *const keys[] = {[FORM_LINK] = "ues.trace: {kind: link, uplink: ",
					   [FORM_DELIVERY] = "ues.trace: {kind: delivery, uplink: ",
					   [FORM_GAIN] = "cell.trace: {gain: ",
					   [FORM_WAYPOINTS] =
					       "ues.mobility.kind: trace, cell.trace: {waypoints: "};
	char rate[40];
	fprintf(stderr, "%zu rows of %d UE%s over %.6g s", w->rows, n_ues, n_ues > 1 ? "s" : "", w->length_s);
	if (w->mean_bps > 0)
		fprintf(stderr, ", %s on average", unit_format(w->mean_bps, UNIT_BPS, rate, sizeof(rate)));
	fprintf(stderr, "; time 0 is the file's %.15g s\n", ns_to_s(c->output.start_ns));
	if (c->output.form == FORM_LINK)
		fprintf(stderr, "its latency, %g s (--latency), stands in place of cell.delay\n",
			ns_to_s(c->output.latency_ns));
	if (kind == SAMPLES_RATE_UNTIL)
		fputs("a rate holds since the row before: that of the first row is not used\n", stderr);
	if (s->n_missing > 0)
		fprintf(stderr, "%zu rows without a value are left out\n", s->n_missing);
	if (c->out)
		fprintf(stderr, "in a topology: %s%s}\n", keys[c->output.form], c->out);
}

static int write_file(const struct conversion *c, const struct samples *s, enum sample_kind kind,
		      const int *keep, int n_ues, struct err *err)
{
	struct trace_written written;
	char *text = NULL; // whole, so that a refusal leaves no half file
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	int rc = memory ? 0 : err_sys(err, errno, "no memory for the trace");
	if (rc == 0 && c->output.form != FORM_DELIVERY) // mahimahi itself knows no comments
		write_origin(memory, s, keep, n_ues);
	rc = rc < 0 ? rc : trace_write(memory, s, kind, &c->output, &written, err);
	if (memory && fclose(memory) != 0 && rc == 0)
		rc = err_sys(err, errno, "no memory for the trace");
	if (rc == 0 && c->out && !c->overwrite && access(c->out, F_OK) == 0)
		rc = output_new_file(c->out, "--overwrite", "--out", err);
	FILE *out = rc < 0 ? NULL : c->out ? fopen(c->out, "we") : stdout;
	if (rc == 0 && (!out || fwrite(text, 1, size, out) != size || fflush(out) != 0))
		rc = -err_sys(err, errno, "%s cannot be written", c->out ? c->out : "standard output");
	if (out && c->out)
		fclose(out);
	free(text);
	if (rc == 0)
		report(c, s, kind, &written, n_ues);
	return rc;
}

int convert_samples(struct conversion *c, struct samples *s, enum sample_kind kind, struct err *err)
{
	int *keep = calloc((size_t)s->n_nodes + 1, sizeof(*keep));
	int n_ues =
	    keep ? choose_nodes(s, c, keep, err) : err_set(err, ENOMEM, "no memory for %d nodes", s->n_nodes);
	int rc = n_ues < 0 ? n_ues : choose_form(c, kind, n_ues, err);
	if (rc == 0) {
		samples_sort(s);
		samples_select(s, keep);
	}
	if (rc == 0 && s->n == 0)
		rc = err_set(err, EINVAL, "%s has no row with a value: there is nothing to import", c->input);
	rc = rc < 0 ? rc : find_start(s, c, &c->output.start_ns, err);
	rc = rc < 0 ? rc : samples_start_at(s, n_ues, c->output.start_ns, kind == SAMPLES_PLACE, err);
	rc = rc < 0 ? rc : write_file(c, s, kind, keep, n_ues, err);
	free(keep);
	return rc;
}
