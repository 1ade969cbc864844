// SPDX-License-Identifier: BSD-3-Clause
#include "setup/configs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"

void config_path(char *path, size_t size, const char *directory, const char *label)
{
	snprintf(path, size, "%s/config/%s.json", directory, label);
}

static int save(const struct prepared_run *p, const char *label, const struct config_table *table,
		const void *config, struct err *err)
{
	char path[PATH_MAX];
	config_path(path, sizeof(path), p->directory, label);
	return config_save(table, config, path, err);
}

static int write_shaper(const struct prepared_run *p, struct err *err)
{
	struct shaper_config config;
	int r = resolved_shaper(&config, p->resolved, p->directory, err);
	if (r < 0)
		return r;
	r = save(p, "shaper", &shaper_config_table, &config, err);
	shaper_config_free(&config);
	return r;
}

int configs_write_profiles(const struct prepared_run *p, struct err *err)
{
	int r = 0;
	for (int i = 0; r == 0 && i < p->prepared->n; i++) {
		const struct profile *profile = p->prepared->networks[i].profile;
		char path[PATH_MAX];
		resolved_profile_path(path, sizeof(path), p->prepared, i, p->directory);
		r = profile ? profile_save(profile, path, err) : 0;
	}
	return r;
}

static int write_edge(const struct prepared_run *p, struct err *err)
{
	struct edge_config config = p->resolved->edge; // with networks of its own
	size_t n = (size_t)config.n_networks;
	config.networks = calloc(n, sizeof(*config.networks));
	if (!config.networks)
		return err_set(err, ENOMEM, "no memory for %zu networks", n);
	memcpy(config.networks, p->resolved->edge.networks, n * sizeof(*config.networks));
	resolved_edge_files(&config, p->prepared, p->directory, p->run_id);
	int r = save(p, "edge", &edge_config_table, &config, err);
	free(config.networks);
	return r;
}

static int write_ue(const struct prepared_run *p, int i, struct err *err)
{
	struct ue_config config;
	char label[16];
	resolved_ue(&config, p->resolved, i);
	resolved_ue_files(&config, p->resolved, i, p->prepared, p->directory, p->run_id);
	snprintf(label, sizeof(label), "ue%d", i + 1);
	return save(p, label, &ue_config_table, &config, err);
}

int configs_write(const struct prepared_run *p, struct err *err)
{
	char folder[PATH_MAX];
	snprintf(folder, sizeof(folder), "%s/config", p->directory);
	int r = make_dirs(folder, err);
	r = r < 0 ? r : configs_write_profiles(p, err);
	r = r < 0 ? r : write_shaper(p, err);
	r = r < 0 ? r : write_edge(p, err);
	for (int i = 0; r == 0 && i < p->topology->n_ues; i++)
		r = write_ue(p, i, err);
	return r;
}
