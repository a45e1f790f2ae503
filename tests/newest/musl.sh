#!/bin/bash
# Inside of the tree: compiles what speaks to the system with the headers of musl, Alpine's libc, after compile.sh.
#
#   musl.sh SOURCES BUILD
#
# GCC's own C++ headers were configured for glibc: what they take from it is taken out of a copy. Nothing is linked.
set -euo pipefail
sources=$1 build=$2
gcc=$(g++ -dumpversion)
triplet=$(g++ -dumpmachine)
headers=$build/musl
rm -rf "$headers"
mkdir -p "$headers/libraries/openssl" "$headers/c++" "$headers/objects"

# The libraries' headers alone, without those of glibc that lie beside them.
for name in absl asm-generic fmt google grpc grpcpp hiredis linux microhttpd.h nlohmann spdlog utf8_range.h utf8_validity.h xxhash.h xxh3.h yaml-cpp; do
  ln -s "/usr/include/$name" "$headers/libraries/"
done
ln -s "/usr/include/$triplet/asm" "/usr/include/$triplet/curl" "$headers/libraries/"
ln -s /usr/include/openssl/* "/usr/include/$triplet/openssl"/* "$headers/libraries/openssl/"

cp -r "/usr/include/$triplet/c++/$gcc/bits" "$headers/c++/"
"$sources/tests/portability/musl_headers.sh" "$headers/c++/bits"

# Whatever includes a header of the system, not one of the language or of a library.
cd "$sources"
system='aio|arpa/.*|dirent|dlfcn|fcntl|grp|ifaddrs|malloc|net/.*|netdb|netinet/.*|poll|pthread|pwd|sched|signal|spawn|sys/.*|termios|time|unistd'
mapfile -t files < <(grep -rlE "#include <($system)\.h>" --include='*.cc' collector notifier common)
[[ ${#files[@]} -ge 10 ]] || { echo "only ${#files[@]} files speak to the system: does the search still find them?"; exit 1; }

compile() { # FILE
  ccache g++ -std=c++20 -O0 -Wall -Wextra -Werror -nostdinc -nostdinc++ -isystem "/usr/include/c++/$gcc" -isystem "$headers/c++" \
    -isystem "/usr/include/c++/$gcc/backward" -isystem "/usr/include/$triplet-musl" -isystem "/usr/include/${triplet%-gnu}-musl" \
    -isystem "$(dirname "$(g++ -print-libgcc-file-name)")/include" -isystem "$headers/libraries" -isystem "$build/proto" \
    -I "$sources" -DSPDLOG_COMPILED_LIB -DSPDLOG_FMT_EXTERNAL -DSWARMBELL_VERSION='""' \
    -c "$sources/$1" -o "$headers/objects/${1//\//_}.o"
}
export -f compile
export gcc triplet headers build sources
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -c 'compile "$0" || { echo "$0: not with musl"; exit 1; }'
echo "${#files[@]} files compile with musl's headers"
