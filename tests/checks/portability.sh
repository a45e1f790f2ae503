#!/usr/bin/env bash
# Fails on what one of the two libcs, or the compiler and libraries of one of the two systems, does not have
# (docs/portability.md), and on std::regex, whose recursion needs more stack than a thread of musl has.
set -uo pipefail
cd "$(dirname "$0")/../.."
forbidden=(
  '#include <(execinfo\.h|regex|format|expected|gnu/libc-version\.h|malloc\.h|error\.h|argp\.h|fts\.h)>'
  '#include "absl/log/' 'absl::(Mutex|CondVar|Notification)\b' '#include "absl/synchronization/'
  '\b(strerror_r|backtrace|backtrace_symbols|gnu_get_libc_version|getaddrinfo_a|mallinfo2?|malloc_trim|qsort_r|canonicalize_file_name)\('
  '\bprogram_invocation_(short_)?name\b' '\bTEMP_FAILURE_RETRY\b' '\bRTLD_DEEPBIND\b' '\bPTHREAD_[A-Z]+_INITIALIZER_NP\b'
  'std::(regex|format|expected)\b'
)
found=$(grep -rnE --include='*.h' --include='*.cc' "$(IFS='|'; echo "${forbidden[*]}")" collector notifier common |
  grep -v '^common/grpc/grpc_setup\.cc:.*#include' |  # a switch that both have
  grep -vE '^common/process/process\.cc:.*(#include <malloc\.h>|malloc_trim\()')  # only with glibc
[[ -z $found ]] || { echo "not on both systems:"; echo "$found"; exit 1; }
