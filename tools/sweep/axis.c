// SPDX-License-Identifier: BSD-3-Clause
#include "tools/sweep/axis.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int add_value(struct axis *axis, const char *text, size_t length, struct err *err)
{
	if (axis->n_values == AXIS_MOST_VALUES)
		return err_set(err, EINVAL, "%s takes more than %d values", axis->key, AXIS_MOST_VALUES);
	for (size_t i = 0; i < axis->n_values; i++)
		if (strlen(axis->values[i]) == length && strncmp(axis->values[i], text, length) == 0)
			return err_set(err, EINVAL, "%s has the value '%.*s' twice", axis->key, (int)length,
				       text);
	char **more = realloc(axis->values, (axis->n_values + 1) * sizeof(*more));
	if (!more)
		return err_set(err, ENOMEM, "no memory for the values of %s", axis->key);
	axis->values = more;
	axis->values[axis->n_values] = strndup(text, length);
	if (!axis->values[axis->n_values])
		return err_set(err, ENOMEM, "no memory for the values of %s", axis->key);
	axis->n_values++;
	return 0;
}

// The end of the value that starts here: a comma outside brackets, or the end.
static const char *value_end(const char *text)
{
	int depth = 0;
	for (; *text && (*text != ',' || depth > 0); text++)
		depth += (*text == '[') - (*text == ']');
	return text;
}

static int add_list(struct axis *axis, const char *text, struct err *err)
{
	for (const char *start = text;; start++) {
		const char *end = value_end(start);
		size_t length = (size_t)(end - start);
		bool in_brackets = length >= 2 && *start == '[' && end[-1] == ']';
		if (length == 0)
			return err_set(err, EINVAL, "%s=%s has an empty value", axis->key, text);
		int r = in_brackets ? add_value(axis, start + 1, length - 2, err)
				    : add_value(axis, start, length, err);
		if (r < 0 || !*end)
			return r;
		start = end;
	}
}

struct range {
	double low, high, step;
	const char *unit; // what stands behind each number
};

// "low:high:step" with the same unit behind each. False when it is not one: then it is a value as it stands.
static bool parse_range(const char *text, struct range *range, char *unit, size_t size)
{
	double *numbers[] = {&range->low, &range->high, &range->step};
	for (int i = 0; i < 3; i++) {
		char *end;
		*numbers[i] = strtod(text, &end);
		size_t length = strcspn(end, ":");
		if (end == text || !isfinite(*numbers[i]) || (end[length] == ':') != (i < 2) ||
		    length >= size)
			return false;
		if (i == 0)
			snprintf(unit, size, "%.*s", (int)length, end);
		else if (strlen(unit) != length || strncmp(unit, end, length) != 0)
			return false;
		text = end + length + 1;
	}
	range->unit = unit;
	return true;
}

static int add_range(struct axis *axis, const struct range *r, const char *text, struct err *err)
{
	double steps = (r->high - r->low) / r->step;
	if (r->step == 0 || steps < 0)
		return err_set(err, EINVAL, "%s=%s: the step never leads from %g to %g", axis->key, text,
			       r->low, r->high);
	// A step that misses the end by rounding alone still meets it.
	double last = floor(steps + 1e-9);
	if (last >= AXIS_MOST_VALUES)
		return err_set(err, EINVAL, "%s=%s: more than %d values", axis->key, text, AXIS_MOST_VALUES);
	int rc = 0;
	for (size_t i = 0; rc == 0 && i <= (size_t)last; i++) {
		char value[80];
		int length = snprintf(value, sizeof(value), "%.12g%s", r->low + (double)i * r->step, r->unit);
		rc = add_value(axis, value, (size_t)length, err);
	}
	return rc;
}

// How many parts between colons begin with a digit or a sign before one; 0 when one does not.
static int count_bounds(const char *text)
{
	int n = 1;
	for (const char *at = text;; n++) {
		at += *at == '-' || *at == '+';
		if (*at < '0' || *at > '9')
			return 0;
		at = strchr(at, ':');
		if (!at)
			return n;
		at++;
	}
}

// What was meant for a range and is none; "2:10" is no value of any key.
static int refuse_range(const struct axis *axis, const char *text, struct err *err)
{
	int bounds = strchr(text, ',') ? 0 : count_bounds(text);
	if (bounds == 2)
		return err_set(err, EINVAL,
			       "%s=%s is a range without a step: write low:high:step, such as %s:%.*s",
			       axis->key, text, text, (int)strcspn(text, ":"), text);
	if (bounds > 2)
		return err_set(
		    err, EINVAL,
		    "%s=%s is no range: write low:high:step with the same unit behind each, such as "
		    "1MHz:5MHz:1MHz",
		    axis->key, text);
	return 0;
}

// "1,5MHz": the first number has no unit, the second has one.
static int refuse_decimal_comma(const struct axis *axis, const char *text, struct err *err)
{
	const char *comma = strchr(text, ',');
	size_t first = strspn(text, "+-0123456789");
	if (!comma || first == 0 || text + first != comma)
		return 0;
	size_t second = strspn(comma + 1, "0123456789");
	char letter = comma[1 + second];
	if (second == 0 || strchr(comma + 1, ',') || !letter || letter == '.' || letter == ':')
		return 0;
	return err_set(err, EINVAL,
		       "%s=%s: commas separate values, and '%.*s' has no unit: write %.*s.%s for one value",
		       axis->key, text, (int)first, text, (int)first, text, comma + 1);
}

int axis_parse(struct axis *axis, const char *text, struct err *err)
{
	*axis = (struct axis){0};
	const char *equals = strchr(text, '=');
	struct range range;
	char unit[32];
	if (!equals || equals == text)
		return err_set(err, EINVAL, "'%s': KEY=VALUES is right, such as ues.count=2,4,8", text);
	axis->key = strndup(text, (size_t)(equals - text));
	if (!axis->key)
		return err_set(err, ENOMEM, "no memory");
	if (parse_range(equals + 1, &range, unit, sizeof(unit)))
		return add_range(axis, &range, equals + 1, err);
	int rc = refuse_range(axis, equals + 1, err);
	rc = rc < 0 ? rc : refuse_decimal_comma(axis, equals + 1, err);
	return rc < 0 ? rc : add_list(axis, equals + 1, err);
}

static int add_numbers(struct axis *axis, long low, long high, struct err *err)
{
	int r = 0;
	for (long i = low; r == 0 && i <= high; i++) {
		char value[32];
		int length = snprintf(value, sizeof(value), "%ld", i);
		r = add_value(axis, value, (size_t)length, err);
	}
	return r;
}

int axis_parse_numbers(struct axis *axis, const char *key, const char *text, struct err *err)
{
	*axis = (struct axis){.key = strdup(key)};
	if (!axis->key)
		return err_set(err, ENOMEM, "no memory");
	for (const char *at = text;;) {
		char *end;
		long low = strtol(at, &end, 10), high = low;
		bool right = end != at;
		if (right && *end == '-') {
			at = end + 1;
			high = strtol(at, &end, 10);
			right = end != at;
		}
		if (!right || (*end && *end != ',') || low < 0 || high < low || high > 4294967295)
			return err_set(err, EINVAL, "%s '%s': whole numbers such as 1-5 or 1,3,7-9 are right",
				       key, text);
		int r = add_numbers(axis, low, high, err);
		if (r < 0 || !*end)
			return r;
		at = end + 1;
	}
}

void axis_free(struct axis *axis)
{
	for (size_t i = 0; i < axis->n_values; i++)
		free(axis->values[i]);
	free(axis->values);
	free(axis->key);
	*axis = (struct axis){0};
}
