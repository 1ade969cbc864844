// SPDX-License-Identifier: BSD-3-Clause
// Which UE and direction a received frame belongs to, or why it is not forwarded. Pure: reads the Ethernet
// header and IPv4's total length and source, nothing else.
#pragma once

#include <stdint.h>
#include "base/err.h"
#include "setup/shaper_config.h"
#include "records/shaper_record.h"

#define CLASSIFY_NO_UE UINT32_MAX

struct classifier;

// Knows the addresses of config, which must outlive it; refuses two UEs (or a UE and the edge) of one. NULL
// with errno and a sentence.
struct classifier *classifier_new(const struct shaper_config *config, struct err *err);
void classifier_free(struct classifier *classifier);

// The UE of this address, or CLASSIFY_NO_UE. Constant time, whatever the number of UEs.
uint32_t classifier_find(const struct classifier *classifier, const uint8_t mac[MAC_BYTES]);

// A frame of size bytes came in on the trunk (dir LINK_UP) or from the edge (LINK_DOWN). Returns -1 when it
// is to be forwarded, else the enum filter_reason. *ue is the frame's UE, also when it is not forwarded
// (CLASSIFY_NO_UE: none).
int classify(const struct classifier *classifier, enum link_dir dir, const uint8_t *frame, uint32_t size,
	     uint32_t *ue);
