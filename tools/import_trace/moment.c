// SPDX-License-Identifier: BSD-3-Clause
#include "tools/import_trace/moment.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define MOST_PARTS 7 // year month day hour minute second fraction

// Whole numbers with one separator between two of them.
struct parts {
	int n;
	long value[MOST_PARTS];
	int digits[MOST_PARTS];
	char before[MOST_PARTS]; // the separator in front of each
	const char *rest;	 // what follows the last
};

static bool scan(const char *text, struct parts *p)
{
	*p = (struct parts){.rest = text};
	for (const char *at = text; p->n < MOST_PARTS; at++) {
		char *end;
		if (!isdigit((unsigned char)*at))
			break;
		p->before[p->n] = p->n ? at[-1] : '\0';
		p->value[p->n] = strtol(at, &end, 10);
		p->digits[p->n] = (int)(end - at);
		if (p->digits[p->n] > 9)
			return false;
		p->n++;
		p->rest = at = end;
		bool offset = *at == '-' && p->n >= 5; // behind a date and a time
		if (*at == '\0' || !strchr("-/.:_ T,", *at) || offset)
			break;
	}
	return p->n > 0;
}

static double fraction(const struct parts *p, int i)
{
	return i < p->n ? (double)p->value[i] / pow(10, p->digits[i]) : 0;
}

// Hour, minute, second and fraction from part i on.
static bool time_of_day(const struct parts *p, int i, double *out)
{
	if (p->n < i + 2)
		return false;
	long hour = p->value[i], minute = p->value[i + 1], second = p->n > i + 2 ? p->value[i + 2] : 0;
	bool separated = p->before[i + 1] == ':' || (i > 0 && p->before[i + 1] == '.');
	if (!separated || hour > 24 || minute > 59 || second > 60)
		return false;
	if (p->n > i + 3 && p->before[i + 3] != '.' && p->before[i + 3] != ',')
		return false;
	*out = (double)(hour * 3600 + minute * 60 + second) + fraction(p, i + 3);
	return true;
}

static bool date(const struct parts *p, double *out)
{
	struct tm day = {0};
	if (p->n < 5)
		return false;
	bool year_first = p->digits[0] == 4, year_last = p->digits[2] == 4 && p->before[1] == '.';
	if (!year_first && !year_last)
		return false;
	day.tm_year = (int)p->value[year_first ? 0 : 2] - 1900;
	day.tm_mon = (int)p->value[1] - 1;
	day.tm_mday = (int)p->value[year_first ? 2 : 0];
	if (day.tm_year < 70 || day.tm_mon < 0 || day.tm_mon > 11 || day.tm_mday < 1 || day.tm_mday > 31)
		return false;
	*out = (double)timegm(&day);
	return true;
}

// "", "Z", " AM", "+02:00": seconds that are to be added.
static bool suffix(const char *text, double of_day_s, double *out)
{
	*out = 0;
	text += strspn(text, " ");
	if (*text == '\0' || strcmp(text, "Z") == 0 || strcmp(text, "UTC") == 0)
		return true;
	bool pm = strcasecmp(text, "pm") == 0;
	if (pm || strcasecmp(text, "am") == 0) {
		bool twelve = of_day_s >= 12 * 3600;
		*out = pm && !twelve ? 12 * 3600 : !pm && twelve ? -12 * 3600 : 0;
		return of_day_s < 13 * 3600;
	}
	struct parts zone;
	if ((*text != '+' && *text != '-') || !scan(text + 1, &zone) || *zone.rest != '\0' || zone.n > 2)
		return false;
	long hours = zone.n == 1 && zone.digits[0] == 4 ? zone.value[0] / 100 : zone.value[0];
	long minutes = zone.n == 2 ? zone.value[1] : zone.digits[0] == 4 ? zone.value[0] % 100 : 0;
	*out = (double)(hours * 3600 + minutes * 60) * (*text == '+' ? -1 : 1);
	return hours <= 14 && minutes < 60;
}

static bool is_number(const char *text, double *out)
{
	char *end;
	*out = strtod(text, &end);
	return *text != '\0' && *end == '\0' && isfinite(*out) &&
	       text[strspn(text, "+-.0123456789eE")] == '\0';
}

bool moment_parse(const char *text, struct moment *out)
{
	*out = (struct moment){.kind = MOMENT_NUMBER};
	if (is_number(text, &out->value))
		return true;
	struct parts p;
	double day_s = 0, of_day_s, more_s;
	if (!scan(text, &p))
		return false;
	bool dated = date(&p, &day_s);
	if (!time_of_day(&p, dated ? 3 : 0, &of_day_s) || (!dated && p.n > 4))
		return false;
	if (!suffix(p.rest, of_day_s, &more_s))
		return false;
	out->kind = dated ? MOMENT_SINCE_1970 : MOMENT_OF_DAY;
	out->value = day_s + of_day_s + more_s;
	return true;
}
