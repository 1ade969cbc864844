// SPDX-License-Identifier: BSD-3-Clause
#include "phy/mcs.h"

#include <errno.h>
#include <stddef.h>

const char *const mcs_table_names[] = {[MCS_64QAM] = "64qam", [MCS_256QAM] = "256qam", NULL};

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct mcs mcs_64qam[] = {
    {2, 120}, {2, 157}, {2, 193}, {2, 251}, {2, 308}, {2, 379}, {2, 449}, {2, 526}, {2, 602}, {2, 679},
    {4, 340}, {4, 378}, {4, 434}, {4, 490}, {4, 553}, {4, 616}, {4, 658}, {6, 438}, {6, 466}, {6, 517},
    {6, 567}, {6, 616}, {6, 666}, {6, 719}, {6, 772}, {6, 822}, {6, 873}, {6, 910}, {6, 948}};

static const struct mcs mcs_256qam[] = {
    {2, 120},	{2, 193}, {2, 308}, {2, 449}, {2, 602}, {4, 378}, {4, 434},   {4, 490}, {4, 553}, {4, 616},
    {4, 658},	{6, 466}, {6, 517}, {6, 567}, {6, 616}, {6, 666}, {6, 719},   {6, 772}, {6, 822}, {6, 873},
    {8, 682.5}, {8, 711}, {8, 754}, {8, 797}, {8, 841}, {8, 885}, {8, 916.5}, {8, 948}};

static const struct mcs cqi_64qam[] = {{2, 78},	 {2, 120}, {2, 193}, {2, 308}, {2, 449},
				       {2, 602}, {4, 378}, {4, 490}, {4, 616}, {6, 466},
				       {6, 567}, {6, 666}, {6, 772}, {6, 873}, {6, 948}};

static const struct mcs cqi_256qam[] = {{2, 78},  {2, 193}, {2, 449}, {4, 378}, {4, 490},
					{4, 616}, {6, 466}, {6, 567}, {6, 666}, {6, 772},
					{6, 873}, {8, 711}, {8, 797}, {8, 885}, {8, 948}};

static const struct {
	const char *name;
	const struct mcs *rows;
	int first, n; // the index of the first row, the number of rows
} tables[] = {
    [MCS_64QAM] = {"MCS table 1 (64QAM)", mcs_64qam, 0, COUNT(mcs_64qam)},
    [MCS_256QAM] = {"MCS table 2 (256QAM)", mcs_256qam, 0, COUNT(mcs_256qam)},
    [CQI_64QAM] = {"CQI table 1 (64QAM)", cqi_64qam, 1, COUNT(cqi_64qam)},
    [CQI_256QAM] = {"CQI table 2 (256QAM)", cqi_256qam, 1, COUNT(cqi_256qam)},
};

int mcs_first(enum mcs_table table)
{
	return tables[table].first;
}

int mcs_last(enum mcs_table table)
{
	return tables[table].first + tables[table].n - 1;
}

int mcs_get(enum mcs_table table, int index, struct mcs *out, struct err *err)
{
	if (index < mcs_first(table) || index > mcs_last(table))
		return err_set(err, ERANGE, "index %d is not in %s, which goes from %d to %d", index,
			       tables[table].name, mcs_first(table), mcs_last(table));
	*out = tables[table].rows[index - mcs_first(table)];
	return 0;
}

double mcs_efficiency(const struct mcs *mcs)
{
	return mcs->bits_per_symbol * mcs->rate_x1024 / 1024;
}
