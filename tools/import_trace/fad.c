// SPDX-License-Identifier: BSD-3-Clause
// ns-3's fading traces (.fad, TraceFadingLossModel): for each resource block its samples in dB, which are
// added to the gain. A link here fades alike over its band, so a sample becomes the mean of the blocks'
// powers. ns-3 gives each pair of nodes a place in the trace by chance; here UE i of n begins i / n of the
// trace later.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "phy/decibel.h"
#include "tools/import_trace/importer.h"
#include "tools/import_trace/text.h"

struct matrix {
	double *db; // block after block
	size_t n, capacity;
	size_t lines, first; // lines, and numbers in the first
	bool even;	     // all lines have as many
};

static int append(struct matrix *m, double db, struct err *err)
{
	if (m->n == m->capacity) {
		size_t capacity = m->capacity ? 2 * m->capacity : 4096;
		double *grown = realloc(m->db, capacity * sizeof(*grown));
		if (!grown)
			return err_set(err, ENOMEM, "no memory for %zu samples", capacity);
		m->db = grown;
		m->capacity = capacity;
	}
	m->db[m->n++] = db;
	return 0;
}

static int read_matrix(struct matrix *m, struct text *t, struct err *err)
{
	int got = 0;
	m->even = true;
	while (got >= 0 && text_next(t)) {
		const char *at = t->row;
		double db;
		size_t before = m->n;
		while ((got = text_number(t, &at, &db, err)) > 0) {
			if (!(db >= DB_FLOOR && db <= DB_CEILING))
				return text_refuse(t, err, "%g dB is outside %g .. %g", db, DB_FLOOR,
						   DB_CEILING);
			got = append(m, db, err);
			if (got < 0)
				return got;
		}
		if (m->lines++ == 0)
			m->first = m->n;
		m->even = m->even && m->n - before == m->first;
	}
	return got;
}

// How many resource blocks the numbers are of.
static int find_blocks(const struct matrix *m, const struct text *t, int asked, size_t *blocks,
		       struct err *err)
{
	if (m->n == 0)
		return text_refuse_file(t, err, "is empty");
	if (!asked && (m->lines == 1 || !m->even))
		return text_refuse_file(t, err,
					"does not have a line a block: say --blocks=N (ns-3's RbNum)");
	*blocks = asked ? (size_t)asked : m->lines;
	if (m->n % *blocks == 0)
		return 0;
	return text_refuse_file(t, err, "has %zu numbers, which are not samples of %zu resource blocks", m->n,
				*blocks);
}

static double mean_db(const struct matrix *m, size_t blocks, size_t sample)
{
	size_t samples = m->n / blocks;
	double sum = 0;
	for (size_t block = 0; block < blocks; block++)
		sum += db_to_linear(m->db[block * samples + sample]);
	return linear_to_db(sum / (double)blocks);
}

static int add_ue(struct samples *samples, const struct matrix *m, size_t blocks, int ue,
		  const struct import_options *o, const struct text *t, struct err *err)
{
	char name[32];
	snprintf(name, sizeof(name), "part %d", ue + 1);
	int node = samples_node(samples, name, err);
	size_t n = m->n / blocks, first = (size_t)ue * n / (size_t)o->ues;
	double step_s = (o->length_s > 0 ? o->length_s : 1e-3 * (double)n) / (double)n;
	int rc = node < 0 ? node : 0;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		double value[SAMPLE_VALUES] = {o->mean_gain_db + mean_db(m, blocks, (first + i) % n)};
		if (value[0] > 0)
			return text_refuse_file(t, err,
						"and --mean-gain=%gdB make a gain of %g dB: at most 0 is one",
						o->mean_gain_db, value[0]);
		value[0] = fmax(value[0], DB_FLOOR);
		rc = samples_add(samples, node, s_to_ns(step_s * (double)i), value, err);
	}
	return rc;
}

int import_fad(struct samples *samples, enum sample_kind *kind, const char *path,
	       const struct import_options *o, struct err *err)
{
	struct text t;
	struct matrix m = {0};
	size_t blocks = 1;
	*kind = SAMPLES_GAIN;
	int rc = text_open(&t, path, "numbers in dB, those of each resource block after the other", err);
	if (rc < 0)
		return rc;
	rc = read_matrix(&m, &t, err);
	rc = rc < 0 ? rc : find_blocks(&m, &t, o->blocks, &blocks, err);
	for (int ue = 0; rc == 0 && ue < o->ues; ue++)
		rc = add_ue(samples, &m, blocks, ue, o, &t, err);
	free(m.db);
	text_close(&t);
	return rc;
}
