# swarmbell_precompiled(NAME HEADERS header... DEPS library...): these headers, compiled once for the targets that reuse them.
function(swarmbell_precompiled name)
  cmake_parse_arguments(ARG "" "" "HEADERS;DEPS" ${ARGN})
  file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc CONTENT "")
  add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc)
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} swarmbell_warnings)
  target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
endfunction()

# A target of the folders that handle changes reuses the precompiled headers of `from`. The others do not need the messages, or
# use gRPC: they are compiled with -pthread, and GCC refuses headers that were not ("_REENTRANT is defined").
function(swarmbell_reuse_precompiled name from)
  set(without "^(collector_(app|docker|options|stream)|collector_(changelog|restart)_test|notifier_(app|feed|lease|web|page))")
  if(SWARMBELL_PRECOMPILED_HEADERS AND name MATCHES "^(collector|notifier)_" AND NOT name MATCHES "${without}")
    target_precompile_headers(${name} REUSE_FROM ${from})
  endif()
endfunction()

# swarmbell_library(NAME SOURCES a.cc ... [DEPS lib ...] [PRIVATE_DEPS lib ...])
# The library of one folder.
function(swarmbell_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE swarmbell_warnings ${ARG_PRIVATE_DEPS})
  swarmbell_reuse_precompiled(${name} precompiled_messages)
endfunction()

# swarmbell_test(NAME SOURCES a_test.cc ... [DEPS lib ...])
# One test program for one folder; each of its tests is run by CTest on its own.
function(swarmbell_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} swarmbell_warnings GTest::gmock GTest::gtest_main)
  swarmbell_reuse_precompiled(${name} precompiled_tests)
  if(SWARMBELL_PRECOMPILED_HEADERS AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 takes precompiled headers for the project's own, and reports std::string in them (GCC bug 105329).
    target_compile_options(${name} PRIVATE -Wno-array-bounds -Wno-stringop-overflow)
  endif()
  target_compile_definitions(${name} PRIVATE
    SWARMBELL_TESTDATA="${CMAKE_SOURCE_DIR}/tests/testdata" SWARMBELL_BINARY_DIR="${CMAKE_BINARY_DIR}")
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
endfunction()
