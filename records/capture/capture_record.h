// SPDX-License-Identifier: BSD-3-Clause
// What became of one capture: an entry of summary.json's "captures", and what airbatch-shaper tells the
// supervisor (CHANNEL_CAPTURE).
#pragma once

#include <stdint.h>

struct capture_record {
	char file[64];	 // the first file's name, without its folder
	char error[256]; // why it is incomplete; "" = nothing failed
	uint32_t files;	 // of the rotation; 1 without
	uint32_t reserved;
	uint64_t packets;  // in the files
	uint64_t bytes;	   // of the files
	uint64_t filtered; // left out as the filter wants it
	uint64_t lost;	   // missing: the writer was behind, or the file failed
};
