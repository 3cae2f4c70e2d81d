# SPDX-License-Identifier: MIT
# nevus_module(NAME <module> [WHEN <bool>] [USES <lower module>...] [PUBLIC <lib>...] [PRIVATE <lib>...])
#
# Declares src/nevus/<module> as a static library with the complete list of modules that it may include. A module can
# only use what is declared before it, so a cycle cannot be written. The include-layering test compares every
# `#include "nevus/..."` with this list, since linking alone does not catch a stray include. Where WHEN is false the module
# is declared, but not built.

set_property(GLOBAL PROPERTY NEVUS_LAYERS "")

function(nevus_module)
  cmake_parse_arguments(M "" "NAME;WHEN" "USES;PUBLIC;PRIVATE" ${ARGN})
  list(JOIN M_USES " " uses)
  set_property(GLOBAL APPEND_STRING PROPERTY NEVUS_LAYERS "${M_NAME}: ${uses}\n")
  if(DEFINED M_WHEN AND NOT M_WHEN)
    return()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/nevus/${M_NAME}/*.cpp")
  add_library(nevus_${M_NAME} STATIC ${sources})
  target_include_directories(nevus_${M_NAME} PUBLIC "${PROJECT_SOURCE_DIR}/src")
  target_compile_options(nevus_${M_NAME} PRIVATE ${NEVUS_WARNINGS})
  foreach(used IN LISTS M_USES)
    if(NOT TARGET nevus_${used})
      message(FATAL_ERROR "module ${M_NAME} uses ${used}, which is not declared before it")
    endif()
    target_link_libraries(nevus_${M_NAME} PUBLIC nevus_${used})
  endforeach()
  target_link_libraries(nevus_${M_NAME} PUBLIC ${M_PUBLIC} PRIVATE ${M_PRIVATE})
  nevus_tests(${M_NAME})
endfunction()

# nevus_embed_text(<module> <file>...): each file of src/nevus/<module> becomes a text inside the program. policy.toml is
# kPolicyText of "nevus/<module>/policy_text.h", which only the module itself can include.
function(nevus_embed_text module)
  foreach(file IN LISTS ARGN)
    set(source "${PROJECT_SOURCE_DIR}/src/nevus/${module}/${file}")
    file(READ "${source}" text)
    set_property(DIRECTORY "${PROJECT_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}")
    get_filename_component(stem "${file}" NAME_WE)
    string(SUBSTRING "${stem}" 0 1 first)
    string(SUBSTRING "${stem}" 1 -1 rest)
    string(TOUPPER "${first}" first)
    set(constant "k${first}${rest}Text")
    configure_file("${PROJECT_SOURCE_DIR}/cmake/embedded_text.h.in"
                   "${PROJECT_BINARY_DIR}/made/${module}/nevus/${module}/${stem}_text.h" @ONLY)
  endforeach()
  target_include_directories(nevus_${module} PRIVATE "${PROJECT_BINARY_DIR}/made/${module}")
endfunction()

# Every tests/<module>/*_test.cpp goes into one test program that links the module alone.
function(nevus_tests module)
  file(GLOB tests CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/${module}/*_test.cpp")
  if(NOT BUILD_TESTING OR NOT tests)
    return()
  endif()
  add_executable(test_${module} ${tests})
  target_compile_options(test_${module} PRIVATE ${NEVUS_WARNINGS})
  target_include_directories(test_${module} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(test_${module} PRIVATE nevus_${module} GTest::gtest_main)
  target_compile_definitions(test_${module} PRIVATE NEVUS_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  gtest_discover_tests(test_${module} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
endfunction()
