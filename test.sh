#!/usr/bin/env bash
# Installs what the tests need and runs all of them. The last line has the sums.
# With "--redis-client <version>" the Redis tests run once more, with that version of StackExchange.Redis.
set -euo pipefail
cd "$(dirname "$0")"

redis_client=
if [ "${1:-}" = --redis-client ] && [ $# = 2 ]; then
  redis_client=$2
elif [ $# != 0 ]; then
  echo "Usage: ./test.sh [--redis-client <version>]" >&2
  exit 2
fi

# Debian's names of the packages.
servers=(redis-server mariadb-server postgresql)

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

missing() {
  cat >&2 <<EOF
$1

The tests start throw-away servers from the programs of these packages: ${servers[*]}.
  Debian, Ubuntu: this script installs them (as root, or with sudo).
  macOS:          brew install redis mariadb postgresql@17
                  PATH="\$(brew --prefix postgresql@17)/bin:\$PATH" ./test.sh
  elsewhere:      docker compose up -d, and name the servers (tests that stop one still need its program):
                  DISTRIBUTEDLOCKING_REDIS=localhost:6379 \\
                  DISTRIBUTEDLOCKING_MYSQL='Server=127.0.0.1;Port=3306;User ID=root;Password=locks;Database=locks' \\
                  DISTRIBUTEDLOCKING_POSTGRESQL='Host=127.0.0.1;Port=5432;Username=postgres;Password=locks;Database=locks' ./test.sh
EOF
  exit 1
}

# Where the tests look too: Debian has mariadbd in a directory that is only on root's PATH, and PostgreSQL in one a version, on nobody's.
found() {
  local path=$PATH:/usr/sbin:/usr/local/sbin
  case $1 in
    redis-server) [ -n "${DISTRIBUTEDLOCKING_REDIS:-}" ] || command -v redis-server ;;
    mariadb-server) [ -n "${DISTRIBUTEDLOCKING_MYSQL:-}" ] || { PATH=$path command -v mariadbd && command -v mariadb-install-db; } ;;
    postgresql) [ -n "${DISTRIBUTEDLOCKING_POSTGRESQL:-}" ] || command -v postgres || ls /usr/lib/postgresql/*/bin/postgres "$(pg_config --bindir)/postgres" ;;
  esac >/dev/null 2>&1
}

install_servers() {
  local wanted=() server
  for server in "${servers[@]}"; do found "$server" || wanted+=("$server"); done
  [ ${#wanted[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || missing "Not installed: ${wanted[*]}."
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || missing "Not installed: ${wanted[*]}; there is no sudo to install them with."

  as_root apt-get update -qq || missing "apt-get update failed."
  apt_install "${wanted[@]}" || missing "apt-get install ${wanted[*]} failed."
}

# The packages would start servers of their own; the tests start theirs. A policy is how Debian is told not to, while this runs.
apt_install() (
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    trap 'as_root rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root install -m 755 /dev/stdin $policy
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
)

command -v dotnet >/dev/null || { echo "The .NET SDK 10 is needed: https://dotnet.microsoft.com/download" >&2; exit 1; }
install_servers

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/results"
status=0

# Runs the tests of a project or an assembly that has been built.
run() {
  local name=$1 log="$scratch/results/$1.log"
  shift
  echo "== $name"
  dotnet test "$@" --nologo --logger "console;verbosity=minimal" 2>&1 | tee "$log" || status=1
  grep -q 'Total: ' "$log" || { echo "$name ran no tests." >&2; status=1; }
}

dotnet build DistributedLocking.sln -c Release -v quiet -nologo
for project in tests/*Tests/*.csproj; do
  run "$(basename "$project" .csproj)" "$project" -c Release --no-build
done

# Built apart, so that what was built above is still what it was.
run_with_redis_client() {
  local project=$1
  shift
  dotnet build "tests/$project" -c Release -p:StackExchangeRedisVersion="$redis_client" --artifacts-path "$scratch/build" -v quiet -nologo
  run "$project with StackExchange.Redis $redis_client" "$scratch/build/bin/$project/release/$project.dll" "$@"
}
if [ -n "$redis_client" ]; then
  run_with_redis_client DistributedLocking.Redis.Tests
  run_with_redis_client DistributedLocking.ConformanceTests --filter FullyQualifiedName~Redis
fi

# The sums of the runners' own closing lines.
sum() { cat "$scratch"/results/*.log | sed -n "s/.*$1: *\([0-9][0-9]*\),.*Total: .*/\1/p" | awk '{ n += $1 } END { print n + 0 }'; }
failed=$(sum Failed)
echo "tests: $(sum Passed) passed, $failed failed, $(sum Skipped) skipped"
[ "$status" = 0 ] && [ "$failed" = 0 ]
