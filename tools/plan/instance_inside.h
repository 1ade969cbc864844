// SPDX-License-Identifier: BSD-3-Clause
// What the readers of an instance file share: the instance that they fill, its memory, and bounds wide enough
// for any device or network to come, tight enough that no product overflows.
#pragma once

#include "tools/plan/field.h"
#include "tools/plan/instance.h"

struct kept; // one piece of an instance's memory

struct plan_instance {
	struct snapshot snapshot;
	struct snapshot_network network;
	char (*names)[16]; // [n_subtasks] of sub-tasks
	struct kept *kept;
};

static const struct bounds FLOP = {0, 1e18, false}, BITS = {0, 1e15, false}, FREQUENCY = {0, 1e18, true},
			   SECONDS = {0, 1e6, false}, POSITIVE_SECONDS = {0, 1e6, true},
			   WATTS = {0, 1e6, false}, KAPPA = {0, 1, false}, RATIO = {0, 1, true},
			   SHARE = {0, 1, false}, HERTZ = {0, 1e12, false}, SIGNAL = {0, 1e30, false};

// Zeroed memory for n things that lives as long as the instance; NULL with a sentence.
void *instance_keep(struct plan_instance *instance, size_t n, size_t size, struct err *err);

// A member that is a text of at most size - 1 letters; optional, then "" when absent.
int instance_text(const struct field *object, const char *key, char *text, size_t size);

// A member that is a list of exactly n numbers; absent gives NULL. `each`: what an entry stands for, in the
// refusal of another length ("cut").
int instance_numbers(struct plan_instance *instance, const struct field *object, const char *key, int n,
		     const char *each, struct bounds bounds, const double **out);

// Batch times: one row for each sub-task of the network, all of max_batch columns, not falling.
int instance_rows(struct plan_instance *instance, const struct field *profile, const double **out);

// The list "users" of the root, each user by `read`, which is handed `more`.
typedef int (*instance_user_reader)(struct plan_instance *instance, const struct field *field, void *more,
				    struct snapshot_job *user);
int instance_users_with(struct plan_instance *instance, const struct field *root, instance_user_reader read,
			void *more);

// The file's users, for the network already read.
int instance_users(struct plan_instance *instance, const struct field *root);

// The file's servers: a list "servers", or the edge alone in keys of the root.
int instance_servers(struct plan_instance *instance, const struct field *root);
