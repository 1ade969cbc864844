// SPDX-License-Identifier: BSD-3-Clause
#include "emu/supervisor/live_key.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

static const struct live_key {
	const char *name;
	enum live_what what;
	enum unit unit;
	double low, high;
	bool ue, cell;
} keys[] = {
    {"gain", LIVE_GAIN, UNIT_DB, -250, 0, true, false},
    {"loss", LIVE_LOSS, UNIT_RATIO, 0, 1, true, true},
    {"bandwidth", LIVE_BANDWIDTH, UNIT_HZ, 1e3, 1e10, false, true},
    {"grant", LIVE_GRANT, UNIT_HZ, 0, 1e10, true, false},
    {"delay", LIVE_DELAY, UNIT_S, 0, 60, true, true},
};

static int refuse_key(const char *key, struct err *err)
{
	return err_set(err, EINVAL,
		       "%s cannot be changed while a run lives: ueN.gain, ueN.loss, ueN.delay, ueN.grant, "
		       "cell.bandwidth, cell.loss and cell.delay can",
		       key);
}

// The part before the dot: 1 and the UE (0-based), or 0 for the cell.
static int parse_subject(const char *key, const char *dot, uint32_t n_ues, uint32_t *ue, struct err *err)
{
	if (strncmp(key, "cell.", 5) == 0) {
		*ue = LIVE_ALL_UES;
		return 0;
	}
	char *end = NULL;
	unsigned long number = strncmp(key, "ue", 2) == 0 ? strtoul(key + 2, &end, 10) : 0;
	if (!end || end != dot || end == key + 2)
		return refuse_key(key, err);
	if (number < 1 || number > n_ues)
		return err_set(err, EINVAL, "%s: this run has ue1 to ue%u", key, n_ues);
	*ue = (uint32_t)number - 1;
	return 1;
}

int live_parse(const char *key, const char *value, uint32_t n_ues, struct live_setting *setting,
	       struct err *err)
{
	const char *dot = strchr(key, '.');
	if (!dot)
		return refuse_key(key, err);
	int is_ue = parse_subject(key, dot, n_ues, &setting->ue, err);
	if (is_ue < 0)
		return is_ue;
	const struct live_key *k = NULL;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i].name, dot + 1) == 0 && (is_ue ? keys[i].ue : keys[i].cell))
			k = &keys[i];
	if (!k)
		return refuse_key(key, err);
	setting->what = k->what;
	setting->value = 0;
	if (k->what == LIVE_GAIN && strcmp(value, "auto") == 0) {
		setting->what = LIVE_GAIN_AUTO;
		return 0;
	}
	int r = unit_parse(value, k->unit, &setting->value, err);
	if (r < 0) {
		err_prefix(err, "%s", key);
		return r;
	}
	if (!(setting->value >= k->low && setting->value <= k->high)) {
		char low[32], high[32];
		return err_set(err, EINVAL, "%s is %s: from %s to %s is right", key, value,
			       unit_format(k->low, k->unit, low, sizeof(low)),
			       unit_format(k->high, k->unit, high, sizeof(high)));
	}
	return 0;
}

int live_each_key(bool of_ue, void (*each)(const char *key, void *user), void *user)
{
	int n = 0;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!(of_ue ? keys[i].ue : keys[i].cell))
			continue;
		each(keys[i].name, user);
		n++;
	}
	return n;
}
