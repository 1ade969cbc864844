// SPDX-License-Identifier: BSD-3-Clause
#include "records/expect/expectation.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"

// Relative: what is written with nine digits equals what was meant.
#define SAME 1e-9

static const struct {
	const char *name, *of;
} shares[] = {
    {"tasks.met", "done"},
    {"tasks.missed", "done"},
    {"tasks.promised", "done"},
    {"tasks.offloaded", "done"},
    {"tasks.checked", "done"},
    {"tasks.promised_but_missed", "promised"},
    {"tasks.differing_results", "checked"},
    {"tasks.failed", "done+failed+cut_short+refused+dropped"},
    {"tasks.cut_short", "done+failed+cut_short+refused+dropped"},
    {"tasks.refused", "done+failed+cut_short+refused+dropped"},
    {"tasks.dropped", "done+failed+cut_short+refused+dropped"},
    {"tasks.served", "done+failed+cut_short+refused+dropped"},
    {"captures[FILE].lost", "packets+lost"},
    {"traffic[].received", "sent"},
    {"traffic[].lost", "sent"},
    {"edge.left_behind", "requests"},
    {"edge.stragglers", "batches"},
};

bool expectation_share(int i, const char **name, const char **of)
{
	if (i >= (int)(sizeof(shares) / sizeof(shares[0])))
		return false;
	*name = shares[i].name;
	*of = shares[i].of;
	return true;
}

const char *expectation_share_of(const char *path)
{
	char as_task[FIGURE_PATH];
	const char *name, *of, *dot = strchr(path, '.');
	bool of_ue = strncmp(path, "ues[", 4) == 0;
	snprintf(as_task, sizeof(as_task), "%s%s", of_ue ? "tasks" : "", of_ue && dot ? dot : path);
	for (int i = 0; expectation_share(i, &name, &of); i++)
		if (figure_fits(name, as_task))
			return of;
	return NULL;
}

static const struct {
	const char *text;
	enum comparison comparison;
} comparisons[] = {{"==", COMPARE_EQ}, {"!=", COMPARE_NE}, {"<=", COMPARE_LE},
		   {">=", COMPARE_GE}, {"<", COMPARE_LT},  {">", COMPARE_GT}};

// Finds the comparison at its place in the text; *length gets its letters. False when it is none of ours.
static bool comparison_at(const char *at, enum comparison *comparison, size_t *length)
{
	for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
		*length = strlen(comparisons[i].text);
		*comparison = comparisons[i].comparison;
		if (strncmp(at, comparisons[i].text, *length) == 0)
			return true;
	}
	return false;
}

// What a figure's unit is in the tables of base/units.h, and how many of the figure's are one of those.
static const struct {
	const char *name;
	enum unit unit;
	double per_unit;
} units[] = {{"s", UNIT_S, 1},	     {"ms", UNIT_S, 1e3},    {"us", UNIT_S, 1e6}, {"ns", UNIT_S, 1e9},
	     {"bit/s", UNIT_BPS, 1}, {"byte", UNIT_BYTE, 1}, {"dB", UNIT_DB, 1},  {"W", UNIT_W, 1},
	     {"J", UNIT_J, 1},	     {"mJ", UNIT_J, 1e3},    {"Hz", UNIT_HZ, 1},  {"m", UNIT_M, 1}};

static int read_quantity(struct expectation *e, const char *text, struct err *err)
{
	struct err plain;
	if (unit_parse(text, UNIT_NONE, &e->value, &plain) == 0)
		return 0;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(units[i].name, e->figure.unit) != 0)
			continue;
		int r = unit_parse(text, units[i].unit, &e->value, err);
		e->value *= units[i].per_unit;
		return r;
	}
	*err = plain;
	return -EINVAL;
}

static int read_percent(struct expectation *e, const char *text, struct err *err)
{
	char number[64];
	bool is_ratio = strcmp(e->figure.unit, "ratio") == 0;
	snprintf(number, sizeof(number), "%.*s", (int)strcspn(text, " %"), text);
	if (unit_parse(number, UNIT_NONE, &e->value, err) < 0)
		return -EINVAL;
	if (is_ratio) {
		e->value /= 100;
		return 0;
	}
	e->of = expectation_share_of(e->figure.path);
	return e->of ? 0
		     : err_set(err, EINVAL,
			       "'%s' is a percentage, and nobody says of what for %s: write a number", text,
			       e->figure.path);
}

static int read_flag(struct expectation *e, const char *text, struct err *err)
{
	e->value = strcmp(text, "true") == 0;
	if (e->value == 0 && strcmp(text, "false") != 0)
		return err_set(err, EINVAL, "%s is true or false, not '%s'", e->figure.path, text);
	return 0;
}

static int read_value(struct expectation *e, const char *text, struct err *err)
{
	const char *unit = e->figure.unit;
	bool is_word = strcmp(unit, "text") == 0, is_flag = strcmp(unit, "true or false") == 0;
	if (!*text)
		return err_set(err, EINVAL, "no value stands behind the comparison");
	if ((is_word || is_flag) && e->comparison > COMPARE_NE)
		return err_set(err, EINVAL, "%s is %s: compare it with == or !=", e->figure.path, unit);
	if (is_word) {
		e->word = text;
		return 0;
	}
	if (is_flag)
		return read_flag(e, text, err);
	return text[strlen(text) - 1] == '%' ? read_percent(e, text, err) : read_quantity(e, text, err);
}

int expectation_parse(struct expectation *e, const char *text, const struct column *fields, struct err *err)
{
	char name[FIGURE_PATH];
	size_t n = strcspn(text, "=!<>"), end = n, length = 0;
	*e = (struct expectation){.text = text};
	while (end > 0 && text[end - 1] == ' ')
		end--;
	snprintf(name, sizeof(name), "%.*s", (int)end, text);
	if (!comparison_at(text + n, &e->comparison, &length))
		return err_set(err, EINVAL,
			       "'%s' compares nothing: write a figure, one of == != < <= > >=, and a value, "
			       "such as met>=99%%",
			       text);
	int r = figure_find(&e->figure, name, fields, err);
	const char *value = text + n + length;
	r = r < 0 ? r : read_value(e, value + strspn(value, " "), err);
	if (r < 0)
		err_prefix(err, "'%s'", text);
	return r;
}

static bool compares(enum comparison comparison, double found, double wanted)
{
	bool same = fabs(found - wanted) <= SAME * fmax(fabs(found), fabs(wanted));
	switch (comparison) {
	case COMPARE_EQ:
		return same;
	case COMPARE_NE:
		return !same;
	case COMPARE_LE:
		return same || found < wanted;
	case COMPARE_GE:
		return same || found > wanted;
	case COMPARE_LT:
		return !same && found < wanted;
	case COMPARE_GT:
		return !same && found > wanted;
	}
	return false;
}

// What is told: the first value that does not hold, else the first of all.
struct judgement {
	const struct expectation *e;
	bool holds, told;
	char *found;
	size_t size;
};

static double sum_of(const json_t *object, const char *names)
{
	double sum = 0;
	for (const char *name = names; *name; name += strspn(name, "+")) {
		char key[40];
		size_t n = strcspn(name, "+");
		snprintf(key, sizeof(key), "%.*s", (int)n, name);
		sum += json_number_value(json_object_get(object, key));
		name += n;
	}
	return sum;
}

static bool holds_share(const struct expectation *e, double part, const json_t *object, char *found,
			size_t size)
{
	double whole = sum_of(object, e->of);
	if (whole == 0) {
		snprintf(found, size, "%.9g of 0 %s: no share", part, e->of);
		return false;
	}
	snprintf(found, size, "%.9g of %.9g %s (%.4g %%)", part, whole, e->of, 100 * part / whole);
	return compares(e->comparison, 100 * part, e->value * whole); // whole numbers stay exact
}

static bool holds_number(const struct expectation *e, double number, char *found, size_t size)
{
	const char *unit = e->figure.unit;
	bool plain = !*unit || strcmp(unit, "ratio") == 0;
	snprintf(found, size, "%.9g%s%s", number, plain ? "" : " ", plain ? "" : unit);
	return compares(e->comparison, number, e->value);
}

static bool holds_value(const struct expectation *e, const json_t *v, const json_t *object, char *found,
			size_t size)
{
	if (e->word && json_is_string(v)) {
		snprintf(found, size, "%s", json_string_value(v));
		return (strcmp(json_string_value(v), e->word) == 0) == (e->comparison == COMPARE_EQ);
	}
	if (!e->word && json_is_boolean(v)) {
		snprintf(found, size, "%s", json_is_true(v) ? "true" : "false");
		return compares(e->comparison, json_is_true(v), e->value);
	}
	if (!e->word && json_is_number(v))
		return e->of ? holds_share(e, json_number_value(v), object, found, size)
			     : holds_number(e, json_number_value(v), found, size);
	snprintf(found, size, "no value");
	return false;
}

static void judge(const json_t *value, const json_t *object, const char *place, void *user)
{
	struct judgement *j = user;
	char found[160];
	bool holds = holds_value(j->e, value, object, found, sizeof(found));
	if (!j->told || (j->holds && !holds))
		snprintf(j->found, j->size, "%s%s%s", found, *place ? " at " : "", place);
	j->told = true;
	j->holds = j->holds && holds;
}

bool expectation_holds(const struct expectation *e, const json_t *summary, char *found, size_t size)
{
	struct judgement j = {.e = e, .holds = true, .found = found, .size = size};
	figure_each(&e->figure, summary, judge, &j);
	return j.holds && j.told;
}
