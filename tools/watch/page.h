// SPDX-License-Identifier: BSD-3-Clause
// page.html with page.css and page.js in it, as the build puts them together.
#pragma once

extern const char page_html[];
