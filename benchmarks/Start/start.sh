#!/usr/bin/env bash
# W6: publishes the four programs of this folder natively and starts them in turns: floors written by hand and the same with the
# library, on SQLite (a new file each time) and PostgreSQL (tables that are there already). Prints a table: from the start of the
# process to its first durable save and to its exit, largest resident size, size on disk.
#
#     benchmarks/Start/start.sh [--jit] [--json FILE] [--postgresql CONNECTION] [STARTS]
#
#     --jit          the jitted programs, too
#     --json FILE    adds lines of JSON, as benchmarks/run.sh writes them
#     --postgresql   a database whose tables may be added to (also in EVENTSOURCING_BENCHMARK_POSTGRESQL); else a server is started
#     STARTS         of each program, after 3 that aren't counted: 25
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export LC_ALL=C DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
. "$here/../server.sh"

starts=25 jit= json=
connection=${EVENTSOURCING_BENCHMARK_POSTGRESQL:-}
while [ $# -gt 0 ]; do
    case $1 in
        --jit) jit=1 ;;
        --json) json=$2; shift ;;
        --postgresql) connection=$2; shift ;;
        -h|--help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit ;;
        [0-9]*) starts=$1 ;;
        *) echo "$1 isn't known; see --help." >&2; exit 2 ;;
    esac
    shift
done

work=$(mktemp -d "${TMPDIR:-/var/tmp}/start.XXXXXX")
stop() {
    stop_server "$work"
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM
if [ -z "$connection" ]; then start_server "$work"; fi

programs=()
for program in Floor.Sqlite Library.Sqlite Floor.PostgreSql Library.PostgreSql; do
    dotnet publish "$here/$program" -c Release -o "$work/$program" -v quiet --nologo >&2
    programs+=("$program")
done
if [ -n "$jit" ]; then
    for program in "${programs[@]}"; do
        dotnet publish "$here/$program" -c Release -o "$work/$program.jitted" -p:PublishAot=false -v quiet --nologo >&2
        programs+=("$program.jitted")
    done
fi
"${CC:-cc}" -O2 -o "$work/start" "$here/start.c"

run() {
    case $1 in
        *.Sqlite*) "$work/start" "$work/$1/${1%.jitted}" Fido "$work/$1.db"; rm -f "$work/$1".db* ;;
        *) "$work/start" "$work/$1/${1%.jitted}" "$1 $2 $$" "$connection" ;;
    esac
}

# Processor time of all other processes: without this script, its children, and PostgreSQL; in hundredths of a second.
others() {
    cat /proc/stat /proc/$$/stat /proc/[0-9]*/stat 2> /dev/null | awk -v self=$$ '
        $1 == "cpu" { all = $2 + $3 + $4 + $7 + $8 }
        $1 == self && !seen++ || $2 == "(postgres)" { ours += $14 + $15 + $16 + $17 }
        END { printf "%d", all - ours }' || true
}

before=$(others) began=$(date +%s%N)
for start in $(seq -2 "$starts"); do
    for program in "${programs[@]}"; do
        figures=$(run "$program" "$start")
        if [ "$start" -gt 0 ]; then echo "$figures" >> "$work/$program.txt"; fi
    done
done
busy=$(awk -v d=$(($(others) - before)) -v t=$(($(date +%s%N) - began)) 'BEGIN { b = d / (t / 1e7); printf "%.3f", (b > 0 ? b : 0) }')

# Without symbols; for a jitted program, the size of the publish folder, without the shared runtime.
for program in "${programs[@]}"; do
    find "$work/$program" -type f ! -name '*.dbg' ! -name '*.pdb' ! -name '*.xml' -printf '%s\n' | awk '{ sum += $1 } END { print sum }' > "$work/$program.size"
done

# spread FILE COLUMN DIVISOR: median, smallest and greatest.
spread() {
    cut -d' ' -f"$2" "$1" | sort -n | awk -v unit="$3" '
        { value[NR] = $1 / unit }
        END { printf "%.3f %.3f %.3f", NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2, value[1], value[NR] }'
}

cell() { spread "$work/$1" "$2" "$3" | awk '{ printf "%.1f (%.1f–%.1f)", $1, $2, $3 }'; }

echo "| program | first durable save, ms | exit, ms | peak RSS, MB | on disk, MB |"
echo "|---|---|---|---|---|"
for program in "${programs[@]}"; do
    echo "| $program | $(cell "$program.txt" 1 1000) | $(cell "$program.txt" 2 1000) | $(cell "$program.txt" 3 1024) | $(spread "$work/$program.size" 1 1e6 | cut -d' ' -f1) |"
done
echo
echo "Median (smallest–greatest) of $starts starts in turns. Others had $busy of a processor meanwhile. $(uname -sr), $(nproc) processors, .NET SDK $(dotnet --version)."

# compare WORKLOAD ENGINE FLOOR LIBRARY COLUMN DIVISOR UNIT AIM: two lines, the ratio of the floor to the library in each turn.
compare() {
    local workload=$1 engine=$2 floor=$work/$3 library=$work/$4 column=$5 unit=$6 name=$7 aim=$8
    paste -d' ' <(cut -d' ' -f"$column" "$floor") <(cut -d' ' -f"$column" "$library") | awk '{ printf "%.4f\n", $1 / $2 }' > "$work/ratios"
    read -r value min max < <(spread "$floor" "$column" "$unit"; echo)
    echo "{\"workload\":\"$workload\",\"engine\":\"$engine\",\"system\":\"floor\",\"value\":$value,\"unit\":\"$name\",\"min\":$min,\"max\":$max,\"rounds\":$starts,\"busy\":$busy}"
    read -r value min max < <(spread "$library" "$column" "$unit"; echo)
    read -r ratio least greatest < <(spread "$work/ratios" 1 1; echo)
    echo "{\"workload\":\"$workload\",\"engine\":\"$engine\",\"system\":\"library\",\"value\":$value,\"unit\":\"$name\",\"min\":$min,\"max\":$max,\"rounds\":$starts,\"busy\":$busy,\"ratio\":$ratio,\"ratioMin\":$least,\"ratioMax\":$greatest${aim:+,\"aim\":$aim}}"
}

if [ -n "$json" ]; then
    for kind in "" ${jit:+.jitted}; do
        for engine in Sqlite PostgreSql; do
            floor=Floor.$engine$kind library=Library.$engine$kind suffix=${kind/./-}
            case $engine in Sqlite) name=sqlite-full ;; *) name=postgresql ;; esac
            # The aims are for native code: 1.5 times the time, twice the size.
            compare "W6-start$suffix" $name "$floor.txt" "$library.txt" 1 1000 ms "$([ -n "$kind" ] || echo 0.67)"
            compare "W6-exit$suffix" $name "$floor.txt" "$library.txt" 2 1000 ms ""
            compare "W6-memory$suffix" $name "$floor.txt" "$library.txt" 3 1024 MB ""
            compare "W6-size$suffix" $name "$floor.size" "$library.size" 1 1e6 MB "$([ -n "$kind" ] || echo 0.5)"
        done
    done >> "$json"
fi
