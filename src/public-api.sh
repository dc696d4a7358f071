#!/usr/bin/env bash
# Writes down what is public in each package, or in those that the arguments name, and not in its PublicAPI.Shipped.txt yet.
set -euo pipefail
cd "$(dirname "$0")"

if [ $# = 0 ]; then set -- */PublicAPI.Unshipped.txt; fi
for package in "${@%%/*}"; do
  echo "$package"
  echo '#nullable enable' >"$package/PublicAPI.Unshipped.txt"
  dotnet format analyzers "$package" --diagnostics RS0016 --severity warn
done
