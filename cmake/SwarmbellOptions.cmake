# Options of the build, and compiler flags for every Swarmbell target.
option(SWARMBELL_BUILD_TESTS "Build the tests" ON)
option(SWARMBELL_WARNINGS_AS_ERRORS "Fail on any compiler warning: for who changes Swarmbell, with the compilers that the tests know" OFF)
option(SWARMBELL_STATIC "Link everything, libc too, into the programs (Debian 12; see packaging/static-libraries.sh)" OFF)
# Files of a folder are compiled together, up to this many: a build from scratch takes less than half of the time. The preset dev compiles
# each alone, for builds after small changes; so does clang-tidy, which finds missing includes.
set(CMAKE_UNITY_BUILD ON CACHE BOOL "Compile the files of a folder together")
set(CMAKE_UNITY_BUILD_BATCH_SIZE 12)
set(SWARMBELL_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address,undefined")
option(SWARMBELL_BUILD_FUZZERS "Build the libFuzzer targets (clang only)" OFF)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(SWARMBELL_CCACHE ccache)
if(SWARMBELL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SWARMBELL_CCACHE})
endif()
find_program(SWARMBELL_MOLD mold)
if(SWARMBELL_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# musl gives each thread as much stack as the program's header says, and only 128 KiB without; glibc does not look there,
# and mold does not know the option.
if(NOT SWARMBELL_MOLD)
  add_link_options(LINKER:-z,stack-size=2097152)
endif()

if(SWARMBELL_SANITIZE)
  add_compile_options(-fsanitize=${SWARMBELL_SANITIZE} -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${SWARMBELL_SANITIZE})
endif()
if(SWARMBELL_BUILD_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

add_library(swarmbell_warnings INTERFACE)
target_compile_options(swarmbell_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wnull-dereference -Wold-style-cast)
if(SWARMBELL_WARNINGS_AS_ERRORS)
  target_compile_options(swarmbell_warnings INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports these inside Abseil's and libstdc++'s inlined code (GCC bugs 105562, 105329).
  target_compile_options(swarmbell_warnings INTERFACE
    -Wno-null-dereference -Wno-maybe-uninitialized -Wno-restrict)
else()
  # A part of clang's -Wconversion, but not of GCC's.
  target_compile_options(swarmbell_warnings INTERFACE -Wno-sign-conversion)
endif()
