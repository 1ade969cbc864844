// SPDX-License-Identifier: BSD-3-Clause
// Where in which file a reader is; private to this room.
#pragma once

#include "setup/fields/fields.h"

struct config_place {
	const char *file;
	struct err *err;
	size_t length;
	char path[192]; // "ues[3].network"; "" = the whole
};

// Goes into a key (NULL: item `index` of a list). The caller sets length back by place_leave.
size_t place_enter(struct config_place *place, const char *key, size_t index);
void place_leave(struct config_place *place, size_t length);

// "FILE: PATH is VALUE: TAKES is right", or "is missing" where there is no value. Returns -EINVAL.
int place_refuse(const struct config_place *place, const json_t *value, const char *takes);

// Likewise of a row's value.
int config_refuse_value(const struct config_place *place, const struct config_field *f, const json_t *value);

// Takes a value that holds no others into the struct at base: 0, or what config_refuse_value returns.
int config_take(const struct config_field *f, json_t *value, struct config_place *place, void *base);

// How many items a list has, and the same said.
size_t config_count(const struct config_field *field, const void *base);
void config_set_count(const struct config_field *field, void *base, size_t n);
