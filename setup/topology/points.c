// SPDX-License-Identifier: BSD-3-Clause
#include "setup/topology/points_private.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "setup/topology/schema_private.h"

static int add_point(struct topology_points *p, const char *shown, const char *word, struct err *err)
{
	const struct schema_list *list;
	int number = schema_item(word, &list);
	if (strcmp(word, "radio") == 0)
		p->radio = true;
	else if (strcmp(word, "edge") == 0)
		p->edge = true;
	else if (strcmp(word, "all") == 0)
		p->all = true;
	else if (number > 0 && list->of == KEY_OF_UE)
		p->ue[(number - 1) / 8] |= (uint8_t)(1u << ((number - 1) % 8));
	else
		return err_set(err, EINVAL,
			       "%s holds '%s': must be radio, edge, ue1, ue2, ..., or all, or none", shown,
			       word);
	return 0;
}

int points_read(void *points, const char *shown, const char *text, struct err *err)
{
	struct topology_points p = {0};
	char *copy = strdup(text);
	if (!copy)
		return err_set(err, ENOMEM, "%s: out of memory", shown);
	char *rest = copy;
	int rc = 0;
	for (char *word; rc == 0 && strcmp(text, "none") != 0 && (word = strsep(&rest, ","));) {
		while (*word == ' ')
			word++;
		rc = add_point(&p, shown, word, err);
	}
	free(copy);
	if (rc == 0)
		memcpy(points, &p, sizeof(p));
	return rc;
}

bool points_has_ue(const struct topology_points *points, int ue)
{
	return points->all || (points->ue[ue / 8] >> (ue % 8) & 1);
}

int points_highest_ue(const struct topology_points *points)
{
	for (int i = TOPOLOGY_MAX_UES; i > 0; i--)
		if (points->ue[(i - 1) / 8] >> ((i - 1) % 8) & 1)
			return i;
	return 0;
}

json_t *points_to_json(const struct topology_points *points)
{
	json_t *list = json_array();
	int failed = 0;
	if (points->all)
		failed |= json_array_append_new(list, json_string("all"));
	if (points->radio)
		failed |= json_array_append_new(list, json_string("radio"));
	if (points->edge)
		failed |= json_array_append_new(list, json_string("edge"));
	for (int i = 0; i < points_highest_ue(points); i++)
		if (points->ue[i / 8] >> (i % 8) & 1)
			failed |= json_array_append_new(list, json_sprintf("ue%d", i + 1));
	if (failed) {
		json_decref(list);
		return NULL;
	}
	return list;
}
