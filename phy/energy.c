// SPDX-License-Identifier: BSD-3-Clause
#include "phy/energy.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>

int radio_energy_check(const struct radio_energy *e, struct err *err)
{
	if (!(e->efficiency > 0 && e->efficiency <= 1))
		return err_set(err, EINVAL, "amplifier efficiency %g is outside (0, 1]", e->efficiency);
	const struct {
		const char *name;
		double value;
	} powers[] = {{"circuit", e->circuit_w}, {"receive", e->receive_w}, {"idle", e->idle_w}};
	for (size_t i = 0; i < sizeof(powers) / sizeof(powers[0]); i++)
		if (!(powers[i].value >= 0 && isfinite(powers[i].value)))
			return err_set(err, EINVAL, "radio %s power %g W: it must be 0 or more",
				       powers[i].name, powers[i].value);
	return 0;
}

double radio_transmit_w(const struct radio_energy *e, double tx_w)
{
	return tx_w > 0 ? tx_w / e->efficiency + e->circuit_w : 0;
}

double radio_transmit_j(const struct radio_energy *e, double tx_w, double airtime_s)
{
	return radio_transmit_w(e, tx_w) * airtime_s;
}

double radio_receive_j(const struct radio_energy *e, double airtime_s)
{
	return e->receive_w * airtime_s;
}

double radio_idle_j(const struct radio_energy *e, double idle_s)
{
	return e->idle_w * idle_s;
}
