// SPDX-License-Identifier: BSD-3-Clause
#include "dag_lab.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

uint64_t dag_lab_seed(const char *test)
{
	const char *text = getenv("SEED");
	uint64_t seed = text ? strtoull(text, NULL, 10) : 1;
	printf("%s: SEED=%" PRIu64 "\n", test, seed);
	return seed;
}

static int below(struct rng *rng, int n)
{
	return (int)rng_below(rng, (uint64_t)n);
}

static void add_edge(struct dag_lab *lab, int *n_edges, int from, bool *read)
{
	lab->reads[(*n_edges)++] = from;
	read[from] = true;
}

void dag_lab_draw(struct dag_lab *lab, struct rng *rng)
{
	int n = 2 + below(rng, DAG_LAB_NODES - 1), edges = 0;
	bool read[DAG_LAB_NODES] = {false};
	lab->first[0] = lab->first[1] = 0;
	lab->work[0] = 0;
	lab->values[0] = 1 + below(rng, 20);
	for (int i = 1; i < n; i++) {
		for (int k = i == n - 1 ? 0 : 1 + below(rng, 2); k > 0; k--)
			add_edge(lab, &edges, i - 1 - below(rng, i < 4 ? i : 4), read);
		for (int k = 0; i == n - 1 && k < i; k++) // the result reads whatever nobody else does
			if (!read[k])
				add_edge(lab, &edges, k, read);
		lab->first[i + 1] = edges;
		lab->work[i] = below(rng, 3) ? 1 + below(rng, 50) : 0;
		lab->values[i] = 1 + below(rng, 20);
	}
	lab->dag = (struct dag){n, lab->first, lab->reads, lab->work, lab->values};
}

enum { MOST_CHANNELS = 40 };

struct author {
	struct rng *rng;
	FILE *text;
	int n;
	int channels[64];
	bool is_read[64];
};

static int recent(const struct author *a)
{
	return a->n - 1 - below(a->rng, a->n < 4 ? a->n : 4);
}

static void write_line(struct author *a)
{
	int from = recent(a), other = recent(a), channels = a->channels[from];
	bool wide = channels + a->channels[other] > MOST_CHANNELS;
	int n = a->n, kind = wide ? 5 : below(a->rng, 6);
	a->is_read[from] = true;
	a->is_read[other] |= kind != 1 && kind != 4;
	switch (kind) {
	case 0:
		channels += a->channels[other];
		fprintf(a->text, "concat L%d,L%d", from, other);
		break;
	case 1:
		fprintf(a->text, "conv 1x1 %d from L%d as P%d\nadd L%d relu", channels, from, n, from);
		break;
	case 2:
		fprintf(a->text, "conv 1x1 %d from L%d as P%d\nconcat P%d,L%d", channels, from, n, n, other);
		channels += a->channels[other];
		break;
	case 3:
		fprintf(a->text, "maxpool 3x3 pad 1 from L%d as P%d\nconcat P%d,L%d", from, n, n, other);
		channels += a->channels[other];
		break;
	case 4: // branches that begin narrow
		fprintf(a->text, "conv 1x1 1 from L%d as P%d\nconv 3x3 4 pad 1 as Q%d\n", from, n, n);
		fprintf(a->text, "conv 1x1 1 relu from L%d\nconv 3x3 5 pad 1 as R%d\nconcat Q%d,R%d", from, n,
			n, n);
		channels = 9;
		break;
	default:
		fprintf(a->text,
			"depthwise 3x3 pad 1 relu from L%d as P%d\nconcat P%d,L%d\nconv 3x3 4 pad 1 relu",
			from, n, n, other);
		channels = 4;
	}
	fprintf(a->text, " as L%d\n", n);
	a->channels[a->n++] = channels;
}

char *dag_lab_description(struct rng *rng)
{
	char *text = NULL;
	size_t size;
	struct author a = {.rng = rng, .text = open_memstream(&text, &size), .n = 1};
	fprintf(a.text, "network random\ninput 4x4x3\nsubtask all\nconv 3x3 4 pad 1 relu as L0\n");
	a.channels[0] = 4;
	for (int lines = 1 + below(rng, 12); lines > 0; lines--)
		write_line(&a);
	a.is_read[a.n - 1] = true;
	fprintf(a.text, "concat L%d,L%d", a.n - 1, a.n - 1);
	for (int i = 0; i < a.n; i++)
		if (!a.is_read[i])
			fprintf(a.text, ",L%d", i);
	fprintf(a.text, "\nconv 1x1 4\n");
	fclose(a.text);
	return text;
}
