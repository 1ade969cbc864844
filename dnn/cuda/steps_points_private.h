// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: how the steps over points are taken (steps.h), and the workspace they need.
#pragma once

#include "dnn/cuda/steps.h"

// Bytes of workspace that one image takes; 0 for a step that needs none.
int64_t points_image_bytes(const struct cuda_step *step);

// How many images of a batch a step takes at a time: as many as are planned for it, whatever else the
// workspace serves; fewer where the workspace holds fewer, 0 where it holds none.
int64_t images_at_once(const struct cuda_step *step, int batch, const struct cuda_buffers *buffers);

// Takes a STEP_SAMPLE, STEP_BALLS (with the steps that follow it for its balls) or STEP_BOXES. 0, -ENOMEM
// when the workspace holds not even one image, or what the taker refused with.
int take_points(const struct cuda_step *step, int batch, const struct cuda_buffers *buffers,
		const struct cuda_taker *taker);

// Takes n steps (steps_take.c).
int take_steps(const struct cuda_step *step, int n, int batch, const struct cuda_buffers *buffers,
	       const struct cuda_taker *taker);
