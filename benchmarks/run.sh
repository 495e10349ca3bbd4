#!/usr/bin/env bash
# Compares hand-written code with the library at the same work, by turns in one run: builds, starts a PostgreSQL server of its own,
# runs everything, prints a table, stops the server. The table has the median of the rounds, and in brackets least and greatest.
#
#     benchmarks/run.sh [--quick] [--json FILE] [--plot FILE.svg] [WORKLOAD ...] [--engine ENGINE] ... [--rounds N] [--events N]
#
#     --quick        smaller amounts and fewer rounds, without the starts of processes (W6): less than two minutes, when built before
#     --json FILE    a line of JSON for each system: workload, engine, system (floor or library), value, unit, min, max, rounds,
#                    busy (the share of one processor that other processes had); of the library also ratio and aim
#     --plot FILE    the ratios as bars, as an SVG
#     WORKLOAD       W1 one event a save, one caller             W6 process start, size, memory (native programs)
#                    W2 the same with 16 and 64 callers          W7 from a save to a subscriber, in this and another process
#                    W3 100 events a save                        W8 projections of views: build one, ten; save to row; idle
#                    W4 load an aggregate of 10, 100, 1000       W9 bytes allocated
#                    W5 read the whole log                       W10 encode and decode one event
#                    or a single one, such as W4-100; without a name, all of them.
#     --notify       instead, the delay of hints to another process on PostgreSQL, sent in the transaction of an append or after it
#     --events N     the number of stored events of W8: 200,000 without this option, 40,000 with --quick
#     --engine       sqlite, sqlite-full, sqlite-normal, postgresql or none (no database needed); without this option, all of them
#
# Ratios: the greater, the better; of bounds (W7, W9) the bound divided by the value. The ratio is the median of the rounds' ratios,
# as both turns of a round meet the same noise. Results during which others had more than 8 % of a processor are marked: repeat them
# on an idle machine. Files are written below TMPDIR, or /var/tmp: let it be the disk that you mean to measure.
#
# Needs the .NET SDK and PostgreSQL's server programs (initdb, postgres), W6 also a C compiler. PostgreSQL refuses to run as root: then
# its server runs as the user postgres, or nobody.
set -euo pipefail
export LC_ALL=C DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

here=$(cd "$(dirname "$0")" && pwd)
. "$here/server.sh"
quick= named= start=1 server=
engines=()
pass=()
while [ $# -gt 0 ]; do
    case $1 in
        -h|--help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit ;;
        --quick) quick=1; pass+=("$1") ;;
        --json|--plot)
            case $2 in /*) file=$2 ;; *) file=$PWD/$2 ;; esac
            pass+=("$1" "$file"); shift ;;
        --notify) named=1; other=1; engines=(postgresql); pass+=("$1") ;;
        --engine) engines+=("$2"); pass+=("$1" "$2"); shift ;;
        --rounds|--events) pass+=("$1" "$2"); shift ;;
        W6*) named=1 start=2 ;;
        W*) named=1; pass+=("$1"); other=1 ;;
        *) echo "$1 isn't known; see --help." >&2; exit 2 ;;
    esac
    shift
done
# W6 takes minutes to publish, so it runs only if it is named, or if everything runs.
if [ "$start" = 1 ] && { [ -n "$named" ] || [ -n "$quick" ] || [ "${#engines[@]}" -gt 0 ]; }; then start=; fi
if [ "${#engines[@]}" = 0 ] || [[ " ${engines[*]} " == *" postgresql "* ]]; then server=1; fi

work=$(mktemp -d "${TMPDIR:-/var/tmp}/benchmarks.XXXXXX")
stop() {
    stop_server "$work"
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

echo "Building." >&2
dotnet build "$here/SideBySide" -c Release -v quiet --nologo >&2
program="$here/SideBySide/bin/Release/net10.0/SideBySide.dll"

if [ -n "$server" ]; then
    start_server "$work"
    pass+=(--postgresql "$connection")
fi

if [ -n "$start" ]; then
    "$here/Start/start.sh" --json "$work/start.jsonl" ${connection:+--postgresql "$connection"} >&2
    pass+=(--add "$work/start.jsonl")
    if [ "$start" = 2 ] && [ -z "${other:-}" ]; then pass+=(--only-added); fi
elif [ -z "$named" ]; then
    echo "Without W6, the starts of processes: benchmarks/run.sh W6 measures them." >&2
fi

dotnet "$program" --folder "$work" "${pass[@]}"
echo "$(uname -sr), $(nproc) processors, .NET $(dotnet --version)${bin:+, $("$bin/postgres" --version)}, $(date -u +%Y-%m-%d)."
