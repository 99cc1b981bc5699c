# Installs the packages that tools/dev needs, which sources this: `need` and `setup`.
# shellcheck shell=bash

# What apt must install, by purpose. `a|b`: the name differs between Debian 12, Debian 13 and Ubuntu 24.04; the first
# that exists is taken. `name:command`: the command, from wherever, is enough.
# shellcheck disable=SC2034  # used by name, in find_missing
{
  packages_build=(
    build-essential:g++ cmake:cmake ninja-build:ninja ccache:ccache 'pkgconf|pkg-config:pkg-config' git:git
    python3:python3 ca-certificates tzdata curl:curl
    protobuf-compiler:protoc libprotobuf-dev librdkafka-dev librocksdb-dev libspdlog-dev libyaml-cpp-dev libcli11-dev
    libabsl-dev libicu-dev libsimdjson-dev prometheus-cpp-dev libmicrohttpd-dev libgnutls28-dev libxxhash-dev libzstd-dev
    libsqlite3-dev libsodium-dev zlib1g-dev libssl-dev libcurl4-openssl-dev libjemalloc-dev libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev nlohmann-json3-dev libkainjow-mustache-dev libroaring-dev
  )
  packages_lint=(clang-format:clang-format clang-tidy:clang-tidy)
  packages_fuzz=(clang:clang++ 'libclang-rt-dev|libclang-rt-19-dev|libclang-rt-18-dev|libclang-rt-14-dev')
  packages_coverage=(gcovr:gcovr)
  packages_kafka=(
    maven:mvn 'openjdk-17-jre-headless|openjdk-21-jre-headless:java' python3-confluent-kafka python3-protobuf
    python3-jsonschema python3-requests python3-yaml python3-venv openssl:openssl
  )
  packages_streams=(maven:mvn 'openjdk-17-jdk-headless|openjdk-21-jdk-headless:javac')
  packages_browser=('chromium|chromium-browser:chromium' 'chromium-driver|chromium-chromedriver:chromedriver' python3-selenium npm:npm)
  packages_valgrind=(valgrind:valgrind)
  packages_package=(dpkg-dev:dpkg-shlibdeps fakeroot:fakeroot lintian:lintian man-db:man zsh:zsh)
  packages_distro=(mmdebstrap:mmdebstrap)
  packages_manual=(mkdocs mkdocs-material)
  packages_image=(buildah:buildah mmdebstrap:mmdebstrap iproute2:ip)
  packages_go=(golang-go:go)
}

installed() { [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

present() {
  local spec=$1 command=''
  [[ $spec == *:* ]] && command=${spec##*:}
  if [[ -n $command ]] && command -v "$command" >/dev/null 2>&1; then return 0; fi
  local name names
  IFS='|' read -ra names <<<"${spec%%:*}"
  for name in "${names[@]}"; do
    installed "$name" && return 0
  done
  return 1
}

# Sets `missing` to the packages of a group that are not installed.
find_missing() {
  local group spec
  missing=()
  for group in "$@"; do
    local -n specs="packages_$group"
    for spec in "${specs[@]}"; do
      present "$spec" || missing+=("${spec%%:*}")
    done
  done
}

# Prints the first of the alternatives that apt can install.
available_name() {
  local name names policy
  IFS='|' read -ra names <<<"$1"
  for name in "${names[@]}"; do
    policy=$(apt-cache policy "$name" 2>/dev/null)
    if [[ $policy =~ Candidate:\ [^\(] ]]; then
      printf '%s\n' "$name"
      return 0
    fi
  done
  return 1
}

# Prints the line that installs packages, and fails. This script never becomes root by itself.
ask_for_packages() {
  local spec names=()
  for spec in "$@"; do
    names+=("$(available_name "$spec" || printf '%s\n' "${spec%%|*}")")
  done
  printf 'sudo apt-get update && sudo apt-get install --no-install-recommends %s\n' "${names[*]}" >&2
  fail "packages are missing: type the line above, then run this again"
}

install_packages() {
  command -v apt-get >/dev/null ||
    fail "missing: $* — install these (names as in Debian 12); this script knows only apt"
  [[ $(id -u) -eq 0 ]] || ask_for_packages "$@"
  local quiet=(env DEBIAN_FRONTEND=noninteractive)
  say "apt-get update"
  "${quiet[@]}" apt-get update -qq || fail "apt-get update failed: is the network there?"
  local spec name names=()
  for spec in "$@"; do
    name=$(available_name "$spec") || fail "apt knows no package ${spec//|/, } (on Ubuntu: is universe enabled?)"
    names+=("$name")
  done
  say "apt-get install ${names[*]} (this takes a few minutes; what it says goes to build/setup.log)"
  mkdir -p build
  "${quiet[@]}" apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends "${names[@]}" \
    >build/setup.log 2>&1 || {
    tail -n 20 build/setup.log >&2
    fail "apt-get install failed; its message is above"
  }
}

# Makes sure that all packages of the groups are installed; silent if they are.
need() {
  find_missing "$@"
  [[ ${#missing[@]} -eq 0 ]] || install_packages "${missing[@]}"
}

setup() {
  local groups=("$@") group
  [[ ${#groups[@]} -gt 0 ]] || groups=(build lint fuzz coverage valgrind kafka streams package image go manual distro browser)
  for group in "${groups[@]}"; do
    [[ $group =~ ^(build|lint|fuzz|coverage|valgrind|kafka|streams|package|image|go|manual|distro|browser)$ ]] ||
      usage_error "setup knows build, lint, fuzz, coverage, valgrind, kafka, streams, package, image, go, manual, distro and browser, not '$group'"
  done
  find_missing "${groups[@]}"
  if [[ ${#missing[@]} -eq 0 ]]; then
    say "all packages are installed (${groups[*]})"
  else
    install_packages "${missing[@]}"
  fi
}
