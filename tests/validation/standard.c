// SPDX-License-Identifier: BSD-3-Clause
#include "standard.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

static const struct standard_row mcs_64qam[] = {
    {2, 120, 0.2344}, {2, 157, 0.3066}, {2, 193, 0.3770}, {2, 251, 0.4902}, {2, 308, 0.6016},
    {2, 379, 0.7402}, {2, 449, 0.8770}, {2, 526, 1.0273}, {2, 602, 1.1758}, {2, 679, 1.3262},
    {4, 340, 1.3281}, {4, 378, 1.4766}, {4, 434, 1.6953}, {4, 490, 1.9141}, {4, 553, 2.1602},
    {4, 616, 2.4063}, {4, 658, 2.5703}, {6, 438, 2.5664}, {6, 466, 2.7305}, {6, 517, 3.0293},
    {6, 567, 3.3223}, {6, 616, 3.6094}, {6, 666, 3.9023}, {6, 719, 4.2129}, {6, 772, 4.5234},
    {6, 822, 4.8164}, {6, 873, 5.1152}, {6, 910, 5.3320}, {6, 948, 5.5547},
};

static const struct standard_row mcs_256qam[] = {
    {2, 120, 0.2344},	{2, 193, 0.3770},   {2, 308, 0.6016}, {2, 449, 0.8770}, {2, 602, 1.1758},
    {4, 378, 1.4766},	{4, 434, 1.6953},   {4, 490, 1.9141}, {4, 553, 2.1602}, {4, 616, 2.4063},
    {4, 658, 2.5703},	{6, 466, 2.7305},   {6, 517, 3.0293}, {6, 567, 3.3223}, {6, 616, 3.6094},
    {6, 666, 3.9023},	{6, 719, 4.2129},   {6, 772, 4.5234}, {6, 822, 4.8164}, {6, 873, 5.1152},
    {8, 682.5, 5.3320}, {8, 711, 5.5547},   {8, 754, 5.8906}, {8, 797, 6.2266}, {8, 841, 6.5703},
    {8, 885, 6.9141},	{8, 916.5, 7.1602}, {8, 948, 7.4063},
};

static const struct standard_row cqi_64qam[] = {
    {2, 78, 0.1523},  {2, 120, 0.2344}, {2, 193, 0.3770}, {2, 308, 0.6016}, {2, 449, 0.8770},
    {2, 602, 1.1758}, {4, 378, 1.4766}, {4, 490, 1.9141}, {4, 616, 2.4063}, {6, 466, 2.7305},
    {6, 567, 3.3223}, {6, 666, 3.9023}, {6, 772, 4.5234}, {6, 873, 5.1152}, {6, 948, 5.5547},
};

static const struct standard_row cqi_256qam[] = {
    {2, 78, 0.1523},  {2, 193, 0.3770}, {2, 449, 0.8770}, {4, 378, 1.4766}, {4, 490, 1.9141},
    {4, 616, 2.4063}, {6, 466, 2.7305}, {6, 567, 3.3223}, {6, 666, 3.9023}, {6, 772, 4.5234},
    {6, 873, 5.1152}, {8, 711, 5.5547}, {8, 797, 6.2266}, {8, 885, 6.9141}, {8, 948, 7.4063},
};

#define ROWS(array) (int)(sizeof(array) / sizeof((array)[0])), array

const struct standard_table standard_tables[STANDARD_TABLES] = {
    {"MCS table 5.1.3.1-1", 0, ROWS(mcs_64qam)},
    {"MCS table 5.1.3.1-2", 0, ROWS(mcs_256qam)},
    {"CQI table 5.2.2.1-2", 1, ROWS(cqi_64qam)},
    {"CQI table 5.2.2.1-3", 1, ROWS(cqi_256qam)},
};

double reference_bler(double snr_db, double efficiency)
{
	double s = pow(10, (snr_db - STANDARD_GAP_DB) / 10), bits = efficiency * STANDARD_SYMBOLS;
	double blocks = ceil(bits / 8424), n = STANDARD_SYMBOLS / blocks, k = bits / blocks;
	double capacity = log2(1 + s), e = 1.44269504088896340736;
	double dispersion = s * (s + 2) / pow(s + 1, 2) * e * e;
	double z = (n * capacity - k + log2(n) / 2) / sqrt(n * dispersion);
	return 1 - pow(gsl_cdf_ugaussian_P(z), blocks);
}

int reference_choice(const struct standard_table *table, double snr_db)
{
	int best = -1;
	double best_efficiency = 0;
	for (int i = 0; i < table->n; i++) {
		double efficiency = table->rows[i].bits_per_symbol * table->rows[i].rate_x1024 / 1024;
		if (efficiency > best_efficiency && reference_bler(snr_db, efficiency) <= 0.1) {
			best = table->first + i;
			best_efficiency = efficiency;
		}
	}
	return best;
}
