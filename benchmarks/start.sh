#!/usr/bin/env bash
# Publishes benchmarks/Library and benchmarks/Floor natively and starts them in turns, each time on a new file.
# Prints a table: start to first durable save, start to exit, largest resident size, size on disk.
# Usage: benchmarks/start.sh [STARTS]     (25, after 3 that are not counted; --jit adds the jitted programs)
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C

starts=25
jit=
for argument in "$@"; do
    case $argument in
        --jit) jit=1 ;;
        *) starts=$argument ;;
    esac
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

programs=(floor library)
dotnet publish benchmarks/Floor -c Release -o "$work/floor" -v quiet
dotnet publish benchmarks/Library -c Release -o "$work/library" -v quiet
if [ -n "$jit" ]; then
    programs+=(floor-jit library-jit)
    dotnet publish benchmarks/Floor -c Release -o "$work/floor-jit" -p:PublishAot=false -v quiet
    dotnet publish benchmarks/Library -c Release -o "$work/library-jit" -p:PublishAot=false -v quiet
fi
"${CC:-cc}" -O2 -o "$work/start" benchmarks/start.c

run() {
    local database="$work/database-$1-$2.db"
    case $1 in
        floor*) "$work/start" "$work/$1/Floor" Fido "$database" ;;
        library*) "$work/start" "$work/$1/Library" Fido "$database" ;;
    esac
}

for start in $(seq -3 "$starts"); do
    for program in "${programs[@]}"; do
        figures=$(run "$program" "$start")
        if [ "$start" -gt 0 ]; then echo "$figures" >> "$work/$program.txt"; fi
        rm -f "$work"/database-*
    done
done

# The median, smallest and greatest of a column, divided.
summary() {
    cut -d' ' -f"$2" "$work/$1.txt" | sort -n | awk -v unit="$3" '
        { value[NR] = $1 / unit }
        END { middle = (NR % 2) ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2
              printf "%.1f (%.1f–%.1f)", middle, value[1], value[NR] }'
}

# Without symbols; of a jitted program, what the publish folder holds, without the shared runtime.
size() {
    find "$work/$1" -type f ! -name '*.dbg' ! -name '*.pdb' ! -name '*.xml' -printf '%s\n' | awk '{ sum += $1 } END { printf "%.2f", sum / 1e6 }'
}

echo "| program | first durable save, ms | exit, ms | peak RSS, MB | on disk, MB |"
echo "|---|---|---|---|---|"
for program in "${programs[@]}"; do
    echo "| $program | $(summary "$program" 1 1000) | $(summary "$program" 2 1000) | $(summary "$program" 3 1024) | $(size "$program") |"
done
echo
echo "Median (smallest–greatest) of $starts starts, new file each. $(uname -sr), $(nproc) cores, .NET SDK $(dotnet --version)."
