# SPDX-License-Identifier: MIT
# Every program that is built with a sanitizer is linked with what cmake/sanitizers.cpp tells it.
if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=" AND NOT NEVUS_FUZZ)
  add_library(nevus_sanitizers OBJECT "${PROJECT_SOURCE_DIR}/cmake/sanitizers.cpp")
  link_libraries(nevus_sanitizers)
endif()
