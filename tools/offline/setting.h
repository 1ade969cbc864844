// SPDX-License-Identifier: BSD-3-Clause
// A setting is one point of the offline experiments; a grid is the list of all points. Each question varies
// one thing at a time around the defaults, except for the main grid, which is a full product.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "tools/offline/network.h"

// Why a setting is in the grid.
enum question {
	QUESTION_GRID,	      // network x precision x deadline x bandwidth x power x users
	QUESTION_SPREAD,      // deadlines from one value to a wide range
	QUESTION_SENSITIVITY, // shadowing, distance, noise figure, device power, fp16
	QUESTION_EDGE_POWER,  // what the edge draws, for J-DOB
};

struct setting {
	enum question question;
	enum experiment_network_name network;
	int feature_bits;
	double deadline_low_s, deadline_high_s; // uniform between them
	double bandwidth_hz;			// of each user, its own
	double tx_power_dbm;
	int users;
	double distance_high_m; // uniform over the annulus from DISTANCE_LOW_M
	double noise_figure_db;
	double shadowing_db; // standard deviation of log-normal shadowing, independent between users
	double device_scale; // of the device's power at its highest speed
	double edge_power_w; // at its highest frequency: EDGE_STATIC_SHARE of it static
};

#define DISTANCE_LOW_M 20.
#define EDGE_STATIC_SHARE 0.2
#define EDGE_POWER_DEFAULT_W 1.5
enum { MOST_USERS = 30, N_USER_COUNTS = 5 };
extern const int user_counts[N_USER_COUNTS]; // 1, 5, 10, 15, 30

// The defaults: 1 MHz, 10 dBm, fp32, one deadline, 20 to 100 m.
struct setting setting_default(enum experiment_network_name network, double deadline_low_s,
			       double deadline_high_s);

// All settings, questions in order. The caller frees the array. NULL when out of memory.
struct setting *setting_grid(size_t *n);

bool setting_equal(const struct setting *a, const struct setting *b); // in everything but the question
bool setting_deadlines_equal(const struct setting *s);		      // one deadline for all users

// "mobilenet-v2 fp32, l = 100 ms, 1 MHz, 10 dBm, M = 5" and what else differs from the defaults. Returns buf.
char *setting_text(const struct setting *s, char *buf, size_t size);
