// SPDX-License-Identifier: BSD-3-Clause
// Running average power limit counters: microjoules of each processor package, which wrap at
// max_energy_range_uj (Linux, Documentation/power/powercap/powercap.rst). Only root may read them.
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge/process/energy_source_private.h"

enum { MOST_PACKAGES = 16 };

struct package {
	char path[PATH_MAX];
	uint64_t range_uj, last_uj;
};

struct rapl {
	int n;
	struct package package[MOST_PACKAGES];
	double joules;
};

static int read_number(const char *path, uint64_t *out)
{
	FILE *f = fopen(path, "re");
	if (!f)
		return -errno;
	int n = fscanf(f, "%" SCNu64, out);
	fclose(f);
	return n == 1 ? 0 : -EIO;
}

static void read_name(const char *folder, int i, char *name, size_t size)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/intel-rapl:%d/name", folder, i);
	snprintf(name, size, "package");
	FILE *f = fopen(path, "re");
	if (f && fgets(name, (int)size, f))
		name[strcspn(name, "\n")] = '\0';
	if (f)
		fclose(f);
}

// 1 = there is such a package, 0 = none, or a negative errno.
static int open_package(struct package *p, const char *folder, int i)
{
	char range[PATH_MAX];
	snprintf(p->path, sizeof(p->path), "%s/intel-rapl:%d/energy_uj", folder, i);
	snprintf(range, sizeof(range), "%s/intel-rapl:%d/max_energy_range_uj", folder, i);
	int r = read_number(p->path, &p->last_uj);
	if (r == 0)
		r = read_number(range, &p->range_uj);
	return r == -ENOENT ? 0 : r < 0 ? r : 1;
}

static int rapl_open(void **self, const struct energy_places *places, char *text, size_t size,
		     struct err *err)
{
	const char *folder = places->powercap ? places->powercap : "/sys/class/powercap";
	struct rapl *rapl = calloc(1, sizeof(*rapl));
	if (!rapl)
		return err_set(err, ENOMEM, "no memory for an energy meter");
	snprintf(text, size, "rapl:");
	int r = 0;
	for (int i = 0; i < MOST_PACKAGES && (r = open_package(&rapl->package[rapl->n], folder, i)) > 0;
	     i++) {
		char name[32];
		size_t used = strlen(text);
		read_name(folder, i, name, sizeof(name));
		snprintf(text + used, size - used, "%s %s", i ? "," : "", name);
		rapl->n++;
	}
	if (r == 0 && rapl->n == 0)
		r = err_set(err, ENOENT, "%s has no intel-rapl:0: this processor's energy cannot be read",
			    folder);
	else if (r < 0)
		r = err_sys(err, -r, "%s/intel-rapl:%d", folder, rapl->n);
	if (r < 0)
		free(rapl);
	else
		*self = rapl;
	return r < 0 ? r : 0;
}

static int rapl_sample(void *self, int64_t now_ns, double *joules, struct err *err)
{
	(void)now_ns;
	struct rapl *rapl = self;
	for (int i = 0; i < rapl->n; i++) {
		struct package *p = &rapl->package[i];
		uint64_t uj = 0;
		int r = read_number(p->path, &uj);
		if (r < 0)
			return err_sys(err, -r, "%s", p->path);
		uint64_t more = uj >= p->last_uj ? uj - p->last_uj : uj + p->range_uj - p->last_uj;
		rapl->joules += 1e-6 * (double)more;
		p->last_uj = uj;
	}
	*joules = rapl->joules;
	return 0;
}

const struct energy_source rapl_source = {"cpu", rapl_open, rapl_sample, free};
