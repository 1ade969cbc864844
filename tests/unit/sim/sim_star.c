// SPDX-License-Identifier: BSD-3-Clause
#include "tests/unit/sim/sim_star.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int resolve_at(struct star *s, double rate_bps, struct err *err)
{
	struct assembly_config cell;
	int r = assembly_config_of(&cell, s->topology, err);
	if (r < 0)
		return r;
	for (uint32_t i = 0; rate_bps > 0 && i < cell.n_ues; i++)
		cell.ues[i].fixed_bps[LINK_UP] = cell.ues[i].fixed_bps[LINK_DOWN] = rate_bps;
	return resolve_around(&s->resolved, s->topology, &cell, err);
}

int star_open(struct star *s, const char *yaml, double rate_bps, struct err *err)
{
	*s = (struct star){.directory = "/tmp/airbatch-star-XXXXXX"};
	if (!mkdtemp(s->directory))
		return err_sys(err, errno, "cannot make %s", s->directory);
	int r = topology_load_text(&s->topology, "star.yaml", yaml, strlen(yaml), NULL, err);
	r = r < 0 ? r : resolve_at(s, rate_bps, err);
	r = r < 0 ? r : prepare(&s->prepared, s->topology, false, true, err);
	r = r < 0 ? r : results_open(&s->results, s->directory, s->topology, err);
	if (r < 0) {
		star_close(s);
		return r;
	}
	s->run = (struct prepared_run){.topology = s->topology,
				       .prepared = &s->prepared,
				       .resolved = &s->resolved,
				       .directory = s->directory,
				       .run_id = 1};
	results_set_virtual(s->results);
	return 0;
}

int star_run(struct star *s, sim_datagram_fn fn, void *user, struct err *err)
{
	struct sim *sim;
	int r = sim_new(&sim, &s->run, s->results, err);
	if (r < 0)
		return r;
	sim_tap(sim, fn, user);
	r = sim_run(sim, err);
	s->counts = sim_counts(sim);
	sim_free(sim);
	int closed = results_close_tables(s->results, err);
	return r < 0 ? r : closed;
}

json_t *star_results(const struct star *s)
{
	return results_to_json(s->results);
}

char *star_read(const struct star *s, const char *name, size_t *size)
{
	char path[320];
	snprintf(path, sizeof(path), "%s/%s", s->directory, name);
	FILE *f = fopen(path, "re");
	if (!f)
		return NULL;
	fseek(f, 0, SEEK_END);
	long length = ftell(f);
	rewind(f);
	char *text = length < 0 ? NULL : malloc((size_t)length + 1);
	*size = text ? fread(text, 1, (size_t)length, f) : 0;
	if (text)
		text[*size] = '\0';
	fclose(f);
	return text;
}

static void remove_directory(const char *directory)
{
	DIR *d = opendir(directory);
	for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d))
		unlinkat(dirfd(d), e->d_name, 0); // "." and ".." stay
	if (d)
		closedir(d);
	rmdir(directory);
}

void star_close(struct star *s)
{
	results_free(s->results);
	prepared_free(&s->prepared);
	resolved_free(&s->resolved);
	topology_free(s->topology);
	remove_directory(s->directory);
}
