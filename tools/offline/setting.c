// SPDX-License-Identifier: BSD-3-Clause
#include "tools/offline/setting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const int user_counts[N_USER_COUNTS] = {1, 5, 10, 15, 30};

struct setting setting_default(enum experiment_network_name network, double low_s, double high_s)
{
	return (struct setting){.network = network,
				.feature_bits = 32,
				.deadline_low_s = low_s,
				.deadline_high_s = high_s,
				.bandwidth_hz = 1e6,
				.tx_power_dbm = 10,
				.users = 10,
				.distance_high_m = 100,
				.device_scale = 1,
				.edge_power_w = EDGE_POWER_DEFAULT_W};
}

struct list {
	struct setting *settings; // NULL: only count
	size_t n;
};

static void add(struct list *list, enum question question, struct setting s)
{
	s.question = question;
	if (list->settings)
		list->settings[list->n] = s;
	list->n++;
}

static void add_users(struct list *list, struct setting s)
{
	for (int i = 0; i < N_USER_COUNTS; i++) {
		s.users = user_counts[i];
		add(list, QUESTION_GRID, s);
	}
}

static void add_radio(struct list *list, struct setting s)
{
	static const double bands_hz[] = {1e6, 5e6}, powers_dbm[] = {10, 23};
	for (size_t i = 0; i < COUNT(bands_hz); i++)
		for (size_t k = 0; k < COUNT(powers_dbm); k++) {
			s.bandwidth_hz = bands_hz[i];
			s.tx_power_dbm = powers_dbm[k];
			add_users(list, s);
		}
}

static void add_grid(struct list *list)
{
	static const struct {
		enum experiment_network_name network;
		double low_s, high_s;
	} cases[] = {
	    {NETWORK_MOBILENET_V2, .05, .05}, {NETWORK_MOBILENET_V2, .1, .1}, {NETWORK_MOBILENET_V2, .05, .2},
	    {NETWORK_3DSSD, .25, .25},	      {NETWORK_3DSSD, .5, .5},	      {NETWORK_3DSSD, .25, 1},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		for (int bits = 32; bits >= 8; bits /= 4) {
			struct setting s = setting_default(cases[i].network, cases[i].low_s, cases[i].high_s);
			s.feature_bits = bits;
			add_radio(list, s);
		}
}

static void add_spread(struct list *list)
{
	static const double high_s[] = {.05, .075, .1, .15, .2, .3};
	for (size_t i = 0; i < COUNT(high_s); i++)
		add(list, QUESTION_SPREAD, setting_default(NETWORK_MOBILENET_V2, .05, high_s[i]));
}

static void add_sensitivity(struct list *list)
{
	const struct setting base = setting_default(NETWORK_MOBILENET_V2, .1, .1);
	struct setting s = base;
	add(list, QUESTION_SENSITIVITY, s);
	s.feature_bits = 16;
	add(list, QUESTION_SENSITIVITY, s);
	s.feature_bits = 8;
	add(list, QUESTION_SENSITIVITY, s);
	s = base, s.distance_high_m = 200;
	add(list, QUESTION_SENSITIVITY, s);
	s = base, s.shadowing_db = 8;
	add(list, QUESTION_SENSITIVITY, s);
	s = base, s.noise_figure_db = 9;
	add(list, QUESTION_SENSITIVITY, s);
	s = base, s.device_scale = .5;
	add(list, QUESTION_SENSITIVITY, s);
	s = base, s.device_scale = 2;
	add(list, QUESTION_SENSITIVITY, s);
}

static void add_edge_power(struct list *list)
{
	static const double powers_w[] = {.5, 1.5, 5, 15, 50, 150};
	for (size_t i = 0; i < COUNT(powers_w); i++)
		for (int different = 0; different < 2; different++) {
			struct setting s = setting_default(NETWORK_MOBILENET_V2, .05, different ? .2 : .05);
			s.edge_power_w = powers_w[i];
			add(list, QUESTION_EDGE_POWER, s);
		}
}

static void add_all(struct list *list)
{
	add_grid(list);
	add_spread(list);
	add_sensitivity(list);
	add_edge_power(list);
}

struct setting *setting_grid(size_t *n)
{
	struct list list = {0};
	add_all(&list);
	list.settings = calloc(list.n, sizeof(*list.settings));
	list.n = 0;
	if (list.settings)
		add_all(&list);
	*n = list.n;
	return list.settings;
}

// Values come from the same literals, so equality is exact.
bool setting_equal(const struct setting *a, const struct setting *b)
{
	return a->network == b->network && a->feature_bits == b->feature_bits &&
	       a->deadline_low_s == b->deadline_low_s && a->deadline_high_s == b->deadline_high_s &&
	       a->bandwidth_hz == b->bandwidth_hz && a->tx_power_dbm == b->tx_power_dbm &&
	       a->users == b->users && a->distance_high_m == b->distance_high_m &&
	       a->noise_figure_db == b->noise_figure_db && a->shadowing_db == b->shadowing_db &&
	       a->device_scale == b->device_scale && a->edge_power_w == b->edge_power_w;
}

bool setting_deadlines_equal(const struct setting *s)
{
	return s->deadline_low_s == s->deadline_high_s;
}

static void append(char *buf, size_t size, bool wanted, const char *format, double value)
{
	size_t used = strlen(buf);
	if (wanted)
		snprintf(buf + used, size - used, format, value);
}

char *setting_text(const struct setting *s, char *buf, size_t size)
{
	char deadline[48];
	if (setting_deadlines_equal(s))
		snprintf(deadline, sizeof(deadline), "l = %g ms", 1e3 * s->deadline_low_s);
	else
		snprintf(deadline, sizeof(deadline), "l in U[%g, %g] ms", 1e3 * s->deadline_low_s,
			 1e3 * s->deadline_high_s);
	snprintf(buf, size, "%s %s, %s, %g MHz, %g dBm, M = %d", experiment_network_text(s->network),
		 s->feature_bits == 32	 ? "fp32"
		 : s->feature_bits == 16 ? "fp16"
					 : "int8",
		 deadline, s->bandwidth_hz / 1e6, s->tx_power_dbm, s->users);
	append(buf, size, s->distance_high_m != 100, ", 20-%g m", s->distance_high_m);
	append(buf, size, s->noise_figure_db != 0, ", noise figure %g dB", s->noise_figure_db);
	append(buf, size, s->shadowing_db != 0, ", shadowing %g dB", s->shadowing_db);
	append(buf, size, s->device_scale != 1, ", device power x %g", s->device_scale);
	append(buf, size, s->edge_power_w != EDGE_POWER_DEFAULT_W, ", edge %g W", s->edge_power_w);
	return buf;
}
