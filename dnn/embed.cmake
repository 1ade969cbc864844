# SPDX-License-Identifier: BSD-3-Clause
# cmake -DOUTPUT=builtin.c -DFILES=a.net,b.net -P embed.cmake: writes the files as C strings, and the weights beside them
# (a.safetensors, where there are any) as bytes (see builtin_private.h).
string(REPLACE "," ";" FILES "${FILES}")
set(texts "")
set(rows "")
set(names "")
set(index 0)
foreach(file ${FILES})
  get_filename_component(name "${file}" NAME_WLE)
  file(READ "${file}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND texts "static const char text_${index}[] = {${bytes}0};\n")
  set(weights "NULL, 0")
  string(REGEX REPLACE "\\.net$" ".safetensors" weights_file "${file}")
  if(EXISTS "${weights_file}")
    file(READ "${weights_file}" hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(APPEND texts "static const unsigned char weights_${index}[] = {${bytes}};\n")
    set(weights "weights_${index}, sizeof(weights_${index})")
  endif()
  string(APPEND rows "\t{\"${name}\", \"dnn/networks/${name}.net\", text_${index}, ${weights}},\n")
  string(APPEND names "\t\"${name}\",\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE "${OUTPUT}" "// Generated from dnn/networks/*.net by dnn/embed.cmake.
#include \"dnn/builtin_private.h\"

#include <stddef.h>

${texts}
const struct builtin_network builtin_networks[] = {
${rows}\t{NULL, NULL, NULL, NULL, 0},
};

const char *const builtin_network_names[] = {
${names}\tNULL,
};
")
