# SPDX-License-Identifier: BSD-3-Clause
# cmake -DFROM=folder -DOUTPUT=page.html -P page.cmake: page.html with its style and its script in it.
foreach(part html css js)
  file(READ "${FROM}/page.${part}" ${part})
endforeach()
string(REPLACE "@STYLE@" "${css}" html "${html}")
string(REPLACE "@SCRIPT@" "${js}" html "${html}")
file(WRITE "${OUTPUT}" "${html}")
