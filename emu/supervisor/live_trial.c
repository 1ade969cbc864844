// SPDX-License-Identifier: BSD-3-Clause
#include "emu/supervisor/live_trial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "setup/cell/assembly.h"

static bool is_band(const struct live_setting *s)
{
	return s->what == LIVE_GRANT || s->what == LIVE_BANDWIDTH;
}

static void name_of(const struct live_setting *s, char *buf, size_t size)
{
	static const char *const keys[] = {
	    [LIVE_GAIN] = "gain",	    [LIVE_GAIN_AUTO] = "gain", [LIVE_LOSS] = "loss",
	    [LIVE_BANDWIDTH] = "bandwidth", [LIVE_GRANT] = "grant",    [LIVE_DELAY] = "delay"};
	if (s->ue == LIVE_ALL_UES)
		snprintf(buf, size, "cell.%s", keys[s->what]);
	else
		snprintf(buf, size, "ue%u.%s", s->ue + 1, keys[s->what]);
}

// What this UE's link has in place of the setting; NULL = it takes it.
static const char *in_place_of(const struct live_setting *s, const struct topology_ue *u)
{
	bool of_rate = is_band(s) || s->what == LIVE_GAIN || s->what == LIVE_GAIN_AUTO;
	if (of_rate && topology_follows(u, UE_TRACE_DELIVERY, true, true))
		return "its link is recorded both ways (trace.kind delivery)";
	if ((s->what == LIVE_LOSS || s->what == LIVE_DELAY) && topology_follows(u, UE_TRACE_LINK, true, true))
		return "its trace has loss and delay (trace.kind link)";
	return NULL;
}

static int check_use(const struct topology *t, const struct live_setting *s, struct err *err)
{
	char name[32];
	const char *wins = NULL;
	name_of(s, name, sizeof(name));
	if (s->what == LIVE_GRANT && t->cell.grant != GRANT_GRANTED)
		return err_set(err, EINVAL,
			       "%s has no effect: cell.grant is %s, bands are given with granted only", name,
			       grant_names[t->cell.grant]);
	int first = s->ue == LIVE_ALL_UES ? 0 : (int)s->ue,
	    end = s->ue == LIVE_ALL_UES ? t->n_ues : first + 1;
	for (int i = first; i < end; i++) {
		wins = in_place_of(s, &t->ue[i]);
		if (!wins)
			return 0;
	}
	return err_set(err, EINVAL, "%s has no effect on ue%d: %s", name, first + 1, wins);
}

// The cell counts its UEs from 0 ("cell: UE 2: a grant of ..."): the key says which one it is.
static void say_for(struct err *err, const char *name)
{
	char *ue = strstr(err->text, "UE "), *rest = ue ? strstr(ue, ": ") : NULL;
	if (rest)
		memmove(err->text, rest + 2, strlen(rest + 2) + 1);
	err_prefix(err, "%s", name);
}

static int check_bands(const struct live_trial *r, const struct live_setting *settings, size_t n,
		       struct err *err)
{
	char name[32];
	struct assembly *a;
	int rc = assembly_new(&a, r->cell, 0, err);
	for (size_t i = 0; rc == 0 && i < r->n; i++)
		rc = assembly_change(a, &r->grants[i], 0, err);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = is_band(&settings[i]) ? assembly_change(a, &settings[i], 0, err) : 0;
		name_of(&settings[i], name, sizeof(name));
		if (rc < 0)
			say_for(err, name);
	}
	assembly_free(a);
	return rc;
}

static int remember(struct live_trial *r, const struct live_setting *settings, size_t n, struct err *err)
{
	struct live_setting *more = realloc(r->grants, (r->n + n) * sizeof(*more));
	if (!more)
		return err_set(err, ENOMEM, "no memory for a change");
	r->grants = more;
	for (size_t i = 0; i < n; i++)
		if (is_band(&settings[i]))
			r->grants[r->n++] = settings[i];
	return 0;
}

int live_try(struct live_trial *r, const struct live_setting *settings, size_t n, struct err *err)
{
	bool bands = false;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = check_use(r->topology, &settings[i], err);
		bands |= is_band(&settings[i]);
	}
	if (rc < 0 || !bands)
		return rc;
	rc = check_bands(r, settings, n, err);
	return rc < 0 ? rc : remember(r, settings, n, err);
}
