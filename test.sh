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
programs=(redis-server mariadb-server galera-4 postgresql pgbouncer etcd-server clang chromium chromium-driver)

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

missing() {
  cat >&2 <<EOF
$1

The tests start throw-away servers, open a page in a browser, and compile an application ahead of time, with the programs of these packages: ${programs[*]}.
  Debian, Ubuntu: this script installs them (as root, or with sudo).
  macOS:          xcode-select --install
                  brew install redis mariadb postgresql@17 pgbouncer etcd
                  brew install --cask chromium chromedriver
                  PATH="\$(brew --prefix postgresql@17)/bin:\$PATH" ./test.sh
  elsewhere:      install clang or gcc, pgbouncer, etcd, and Chromium with chromedriver, docker compose up -d, and name the servers (tests that stop one still need its program):
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

    # What joins MariaDB servers to a cluster. Where there is no such package, those tests are skipped.
    galera-4) [ -n "${DISTRIBUTEDLOCKING_MYSQL:-}" ] || ! command -v apt-get || ls /usr/lib/galera/libgalera_smm.so ;;
    etcd-server) command -v etcd ;;
    pgbouncer) PATH=$path command -v pgbouncer ;;
    clang) command -v clang || command -v gcc ;;

    # By the names that the tests look for. Ubuntu's package of that name is a snap: any Chrome of the same version as the driver will do.
    chromium) command -v chromium || command -v Chromium || command -v chromium-browser || command -v google-chrome || ls /Applications/Chromium.app/Contents/MacOS/Chromium ;;
    chromium-driver) command -v chromedriver ;;
    postgresql) [ -n "${DISTRIBUTEDLOCKING_POSTGRESQL:-}" ] || command -v postgres || ls /usr/lib/postgresql/*/bin/postgres "$(pg_config --bindir)/postgres" ;;
  esac >/dev/null 2>&1
}

install_programs() {
  local wanted=() program
  for program in "${programs[@]}"; do found "$program" || wanted+=("$program"); done
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
install_programs

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/results"
export scratch redis_client

# Runs the tests of a project or an assembly that has been built. What it prints comes in one piece, since others run beside it.
run() {
  local name=$1 log="$scratch/results/$1.log" code=0
  shift
  dotnet test "$@" --nologo --logger "console;verbosity=minimal" >"$log" 2>&1 || code=1
  grep -q 'Total: ' "$log" || { echo "$name ran no tests." >>"$log"; code=1; }
  printf '== %s\n%s\n' "$name" "$(cat "$log")"
  return $code
}

run_project() { run "$1" "tests/$1/$1.csproj" -c Release --no-build; }

# The tests of Redis with another client. Built apart, so that what was built before is still what it was.
run_with_redis_client() {
  local project build="$scratch/build" code=0
  for project in DistributedLocking.Redis.Tests DistributedLocking.ConformanceTests; do
    dotnet build "tests/$project" -c Release -p:StackExchangeRedisVersion="$redis_client" --artifacts-path "$build" -v quiet -nologo || return 1
    run "$project with StackExchange.Redis $redis_client" "$build/bin/$project/release/$project.dll" --filter FullyQualifiedName~Redis || code=1
  done
  return $code
}
export -f run run_project run_with_redis_client

# The long ones first.
list_runs() {
  local project long=(DistributedLocking.ConformanceTests DistributedLocking.FaultTests DistributedLocking.ArchitectureTests DistributedLocking.Sql.Tests)
  printf 'run_project %s\n' "${long[@]}"
  [ -z "$redis_client" ] || echo run_with_redis_client
  for project in tests/*Tests/*.csproj; do
    project=$(basename "$project" .csproj)
    case " ${long[*]} " in *" $project "*) ;; *) echo "run_project $project" ;; esac
  done
}

dotnet build DistributedLocking.sln -c Release -v quiet -nologo

# Two at a time: they wait more than they compute.
status=0
list_runs | xargs -P 2 -I{} bash -c '{}' || status=1

# The sums of the runners' own closing lines.
sum() { cat "$scratch"/results/*.log | sed -n "s/.*$1: *\([0-9][0-9]*\),.*Total: .*/\1/p" | awk '{ n += $1 } END { print n + 0 }'; }
failed=$(sum Failed)
echo "tests: $(sum Passed) passed, $failed failed, $(sum Skipped) skipped"
[ "$status" = 0 ] && [ "$failed" = 0 ]
