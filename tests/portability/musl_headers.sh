#!/usr/bin/env bash
# Tells GCC's C++ headers of musl: musl_headers.sh BITS, their folder `bits` for one architecture (a copy). They were configured
# for glibc; what they take from it is taken out.
set -euo pipefail
sed -i -E '/define _GLIBCXX_USE_PTHREAD_(COND|MUTEX|RWLOCK)_CLOCK/d' "$1/c++config.h"
cat >"$1/os_defines.h" <<'HEADER'
#pragma once
#define __GLIBC_PREREQ(major, minor) 0
#define _GLIBCXX_GTHREAD_USE_WEAK 0
#define _GLIBCXX_NATIVE_THREAD_ID pthread_self()
#define __locale_t locale_t
enum : unsigned short { _ISupper = 1, _ISlower = 2, _ISalpha = 4, _ISdigit = 8, _ISxdigit = 16, _ISspace = 32, _ISprint = 64,
  _IScntrl = 128, _ISpunct = 256, _ISblank = 512 };
HEADER
