#!/bin/sh
# Microseconds for a call of a function outside of the program, by each way to reach it.
# Usage: measure.sh PATH-OF-ppl   (needs cc and python3)
set -eu
ppl=$(readlink -f "$1")
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$here"/*.py "$here"/*.c "$folder"
cd "$folder"
cc -shared -fPIC -O2 -o libcell.so cell.c -lm

measure() { # name, place, number of calls
  cat > model.ppl <<MODEL
dim obs = $3
x[i: obs] = i / 64
extern fn cell(k: real, x: real) -> real = $2
k ~ Normal(0, 1)
factor f = sum(cell(k, x[i]) for i: obs)
MODEL
  "$ppl" bench model.ppl --allow-extern --format json \
    | awk -v name="$1" -v count="$3" '/"gradient_ns":/ {
        gsub(/[^0-9.e+-]/, "", $2)
        printf "%s, %d calls: %.2f us a call\n", name, count, $2 / 1000 / count }'
}

for count in 1 64; do
  measure "library" 'library("libcell.so", "cell", gradient: given)' $count
  measure "process, batch 1, 1 worker" \
    'process("python3 worker.py", gradient: given, workers: 1, batch: 1)' $count
  measure "process, batch 64, 1 worker" \
    'process("python3 worker.py", gradient: given, workers: 1)' $count
  measure "process, batch 64, 2 workers" \
    'process("python3 worker.py", gradient: given, workers: 2)' $count
done
python3 pool.py 1
python3 pool.py 2
