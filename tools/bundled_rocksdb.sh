#!/usr/bin/env bash
# Builds RocksDB as a static release, unless it is there: bundled_rocksdb.sh FOLDER. CMake calls it with
# -DLEADPULSE_ROCKSDB=bundled. About 13 minutes of processor time.
#
# Debian's library has RocksDB's assertions on, counts checksums without the processor's instruction for it, and looks up
# each variable of a thread by a call (tests/bench/HISTORY.md says what that costs). This is the same version from the same
# source, so a state may go from one to the other. It runs on every amd64 processor since 2010.
#
# The source comes from the mirrors that apt has here; where none has it, put rocksdb_VERSION.orig.tar.gz into FOLDER.
set -euo pipefail
version=7.8.3
sha256=b85408a374770897332bf15e51620a5f35720dd416a4749e3899057f9cfaf84d
file=rocksdb_$version.orig.tar.gz

folder=$(mkdir -p "$1" && cd "$1" && pwd)
[[ ! -f $folder/$version.built ]] || exit 0
exec 9>"$folder/lock"
flock 9
[[ ! -f $folder/$version.built ]] || exit 0

fail() {
  printf 'bundled_rocksdb.sh: %s\n' "$*" >&2
  exit 1
}
is_whole() { printf '%s  %s\n' "$sha256" "$folder/$file" | sha256sum --check --status 2>/dev/null; }
fetch() {
  local mirror
  while read -r mirror; do
    curl -fsSL --retry 3 -o "$folder/$file" "${mirror%/}/pool/main/r/rocksdb/$file" && is_whole && return
  done < <(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | sort -u)
  rm -f "$folder/$file"
  fail "no mirror of apt's has $file (Debian 12 has); put it into $folder, or build with -DLEADPULSE_ROCKSDB=distribution"
}

is_whole || fetch
rm -rf "$folder/source" "$folder/build"
mkdir "$folder/source"
tar -xzf "$folder/$file" -C "$folder/source" --strip-components=1
has_sse42=OFF
[[ $(uname -m) != x86_64 ]] || has_sse42=ON
launcher=()
[[ -z $(type -P ccache) ]] || launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
{
  cmake -G Ninja -S "$folder/source" -B "$folder/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE='-O2 -DNDEBUG' \
    -DCMAKE_INSTALL_PREFIX="$folder" -DCMAKE_INSTALL_LIBDIR=lib -DPORTABLE=ON -DFORCE_SSE42="$has_sse42" "${launcher[@]}" \
    -DROCKSDB_BUILD_SHARED=OFF -DWITH_TESTS=OFF -DWITH_TOOLS=OFF -DWITH_CORE_TOOLS=OFF -DWITH_BENCHMARK_TOOLS=OFF \
    -DWITH_GFLAGS=OFF -DWITH_JEMALLOC=OFF -DWITH_LIBURING=OFF -DWITH_SNAPPY=OFF -DWITH_LZ4=ON -DWITH_ZSTD=ON \
    -DUSE_RTTI=ON -DFAIL_ON_WARNINGS=OFF
  cmake --build "$folder/build" --target rocksdb -j "${LEADPULSE_JOBS:-$(nproc)}"
  cmake --install "$folder/build"
} >"$folder/build.log" 2>&1 || fail "RocksDB could not be built; the compiler's words are in $folder/build.log"
cp "$folder/source/LICENSE.Apache" "$folder"
rm -rf "$folder/source" "$folder/build"
touch "$folder/$version.built"
