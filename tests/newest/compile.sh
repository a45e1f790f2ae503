#!/bin/bash
# Inside of the tree, where the sources are /src and the build folder is /build: compile.sh TARGET...
# Everything that is wrong is shown, not only the first.
set -uo pipefail
{
  # As the images' build configures it, but for a debugger: what the optimiser makes of it takes three times as long.
  cmake -S /src -B /build -G Ninja -DCMAKE_BUILD_TYPE= -DCMAKE_CXX_FLAGS=-O0 -DCMAKE_INSTALL_PREFIX=/usr/local \
    -DSWARMBELL_WARNINGS_AS_ERRORS=ON --log-level=WARNING &&
    NINJA_STATUS='[%f/%t] ' ninja -C /build -k 0 "$@" && rm -rf /out/usr && DESTDIR=/out cmake --install /build --strip >/dev/null
} 2>&1 | tee /build/compile.log
code=${PIPESTATUS[0]}
ccache --show-stats --verbose 2>/dev/null | grep -E '^ *(Hits|Misses):' | head -n 2
exit "$code"
