#!/usr/bin/env bash
# Restores, builds and runs every test of the solution, jitted and native.
#
#   ./test.sh                    reduced rounds, 17 to 20 minutes on two processors
#   ./test.sh --all              the run of a build server: also tests that need long builds, and more rounds
#   ./test.sh --long [PART]      full rounds of the fault and property tests. PART is the name of one test project, or a filter
#                                of dotnet test; then only that runs.
#   ./test.sh --mutate [FOLDER]  breaks the sources in many ways, in one folder or everywhere, and lists changes that no test noticed
#
# Needs the .NET SDK named in global.json, git, a C tool chain for native compilation (clang or gcc), a PostgreSQL server,
# pgbouncer, and Chromium for the page of a sample. The tests start private servers from the binaries on PATH or in the usual
# Debian, Homebrew and Windows folders; they run as another user where the tests run as root. Most use the server in
# EVENTSOURCING_TEST_POSTGRES instead, if it is set: a connection string of a user who may create databases. Debian's packages
# postgresql, pgbouncer and chromium are installed if they are missing and that is possible (as root, or by sudo without a
# password), without setting up or starting services.
# Package feeds are those that NuGet is configured with. The last line is "N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "$0")"
export LC_ALL=C DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

limit=30m part=
usage() { echo "Usage: ./test.sh [--all | --long [PART] | --mutate [FOLDER]]" >&2; exit 2; }
case "${1:-}" in
    "") [ $# -eq 0 ] || usage ;;
    --all) [ $# -eq 1 ] || usage; export EVENTSOURCING_ALL=1; limit=60m ;;
    --long) [ $# -le 2 ] || usage; export EVENTSOURCING_LONG=1; limit=6h part=${2:-} ;;
    --mutate) shift; exec dotnet run -c Release --project tests/Mutation -- "$@" ;;
    *) usage ;;
esac

# Most tests are short programs. The JIT's profiles cost a third of their processor time, and pay off only in long ones.
if [ -z "${EVENTSOURCING_LONG:-}" ]; then export DOTNET_TieredPGO=0; fi

# One compiler for all builds of this run, as starting one takes longer than most of them.
export UseSharedCompilation=true SharedCompilationId="eventsourcing-tests-$$-"

passed=0 failed=0 skipped=0
problems=()
failures=()
results=$(mktemp -d)
beside= publishing= published=
as_root=()
leftovers=()

# Runs even when this script is killed: the tests beside, the native compilation and the compiler must end, and the files that keep
# services from starting must be removed.
clean_up() {
    if [ -n "$beside" ]; then kill -- "-$beside" 2> /dev/null; fi
    if [ -n "$publishing" ] && [ -z "$published" ]; then kill "$publishing" 2> /dev/null; fi
    pkill -f -- "-pipename:$SharedCompilationId" 2> /dev/null
    rm -rf "$results"
    if [ ${#leftovers[@]} -eq 0 ]; then return; fi
    ${as_root[@]+"${as_root[@]}"} rm -f "${leftovers[@]}"
    leftovers=()
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

finish() {
    if [ $((passed + failed)) -eq 0 ] && [ ${#problems[@]} -eq 0 ]; then problems+=("No test ran."); fi
    # None of our tests is skipped: a test that can't run here fails and says so.
    if [ "$skipped" -gt 0 ]; then problems+=("Tests were skipped."); fi
    echo
    # Once more, because a build server may keep only the end of the output.
    for failure in ${failures[@]+"${failures[@]}"}; do echo "FAILED: $failure"; done
    for problem in ${problems[@]+"${problems[@]}"}; do echo "PROBLEM: $problem"; done
    echo "$passed passed, $failed failed, $skipped skipped"
    if [ "$failed" -gt 0 ] || [ ${#problems[@]} -gt 0 ]; then exit 1; fi
    exit 0
}

stop() { problems+=("$1"); finish; }

command -v dotnet > /dev/null || stop "The .NET SDK is missing (dotnet): install version 10.0.100 or later."
command -v git > /dev/null || stop "git is missing."
command -v clang > /dev/null || command -v gcc > /dev/null ||
    stop "A C tool chain is missing (clang or gcc): the tests also compile to native code."

step() { echo; echo "== $*"; }

has_server() {
    command -v initdb > /dev/null && return
    local found
    for found in /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin /usr/pgsql-*/bin \
        /usr/local/pgsql/bin "${PROGRAMFILES:-/none}"/PostgreSQL/*/bin; do
        if [ -e "$found/initdb" ] || [ -e "$found/initdb.exe" ]; then return; fi
    done
    return 1
}

has_pgbouncer() { command -v pgbouncer > /dev/null || [ -x /usr/sbin/pgbouncer ] || [ -x /usr/local/sbin/pgbouncer ]; }

has_chromium() {
    command -v chromium > /dev/null || command -v chromium-browser > /dev/null || command -v google-chrome > /dev/null || [ -x /opt/homebrew/bin/chromium ]
}

# Installs packages of Debian and leaves the machine otherwise as it was: no database cluster is set up, no service starts, now or
# with the system. The files that ensure this are removed afterwards, so that later installations behave as usual.
install_packages() {
    command -v apt-get > /dev/null || return 1
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2> /dev/null || return 1
        as_root=(sudo -n)
    fi
    local package missing=() code=0 cluster=/etc/postgresql-common/createcluster.d/eventsourcing-tests.conf policy=/usr/sbin/policy-rc.d
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q '^install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    step "Install ${missing[*]}"
    "${as_root[@]}" mkdir -p "${cluster%/*}"
    leftovers=("$cluster")
    if [ ! -e "$policy" ]; then leftovers+=("$policy"); else policy=; fi
    echo "create_main_cluster = false" | "${as_root[@]}" tee "$cluster" > /dev/null
    if [ -n "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" > /dev/null
        "${as_root[@]}" chmod +x "$policy"
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c \
        'apt-get update -q && apt-get install -q -y --no-install-recommends "$@"' sh "${missing[@]}" < /dev/null || code=$?
    "${as_root[@]}" rm -f "${leftovers[@]}"
    leftovers=()
    "${as_root[@]}" rmdir --ignore-fail-on-non-empty "${cluster%/*}"
    if [ "$code" -eq 0 ] && command -v systemctl > /dev/null; then
        for package in "${missing[@]}"; do "${as_root[@]}" systemctl disable "$package" > /dev/null 2>&1; done
    fi
    return "$code"
}

# PART names a test project, or is a filter for all of them.
filter=()
if [ -n "$part" ] && [ ! -d "tests/$part" ]; then filter=(--filter "$part"); fi
is_wanted() { [ -z "$part" ] || [ ${#filter[@]} -gt 0 ] || [ "$part" = "$1" ]; }

# With a given server, only the tests that kill their server need another one. Without one, they fail and say so.
has_server || install_packages postgresql || [ -n "${EVENTSOURCING_TEST_POSTGRES:-}" ] ||
    stop "No PostgreSQL server was found: install one (apt-get install postgresql, brew install postgresql), or put its folder with initdb on PATH."
has_pgbouncer || install_packages pgbouncer ||
    stop "pgbouncer was not found: install it (apt-get install pgbouncer, brew install pgbouncer), or put it on PATH."
# With a font, because Debian's package brings none.
has_chromium || install_packages chromium fonts-dejavu-core ||
    stop "Chromium was not found: install it (apt-get install chromium, brew install chromium), or put it on PATH."

step "Restore"
dotnet restore EventSourcing.Generated.sln || stop "Restoring failed."
step "Build"
dotnet build EventSourcing.Generated.sln -c Release --no-restore || stop "The build failed."

# Compiled natively beside the first tests, which neither measure nor build. The first test project that does waits for it. A filter
# doesn't apply to it.
if [ ${#filter[@]} -eq 0 ] && is_wanted Recorders.Native; then
    dotnet publish tests/Recorders.Native -c Release -o "$results/native" > "$results/publish.log" 2>&1 &
    publishing=$!
fi

wait_for_native() {
    if [ -z "$publishing" ] || [ -n "$published" ]; then return; fi
    if wait "$publishing"; then published=yes; else published=no; cat "$results/publish.log"; fi
    echo "$published" > "$results/published"
}

# Runs the tests of a project, and leaves its exit code for count_tests. Its program is started directly, because dotnet test starts
# three more programs; but only dotnet test knows its filters. In the foreground, so that it ends with this script's group of processes.
run_tests() {
    if [ ${#filter[@]} -gt 0 ]; then
        timeout --foreground -k 30 "$limit" dotnet test "tests/$1" -c Release --no-build "${filter[@]}" \
            --logger "trx;LogFileName=$1.trx" --results-directory "$results"
    else
        (cd "tests/$1/bin/Release/net10.0" && exec timeout --foreground -k 30 "$limit" dotnet exec "$1.dll" -noLogo -noColor -trx "$results/$1.trx")
    fi
    echo $? > "$results/$1.code"
}

# The recorders' contract once more, as a native binary. It prints its own counts.
run_native() {
    timeout --foreground -k 30 "$limit" "$results/native/Recorders.Native"
    echo $? > "$results/native.code"
}

# The failed tests of a file of results, each with the first line of its message.
list_failures() {
    awk '/<UnitTestResult / { name = ""; if (/outcome="Failed"/) { name = $0; sub(/.*testName="/, "", name); sub(/".*/, "", name) } }
        # What a test wrote consists of messages too, and comes first.
        /<ErrorInfo>/ { hasError = 1 }
        /<\/UnitTestResult>/ { hasError = 0 }
        name != "" && hasError && /<Message>/ { text = $0; sub(/.*<Message>/, "", text); sub(/<\/Message>.*/, "", text); print name ": " text; name = "" }' "$1" |
        sed -e 's/&#xD;//g; s/\\&quot;/"/g; s/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g'
}

count_tests() {
    local name=$1 code counters ran
    code=$(cat "$results/$name.code")
    if ! counters=$(grep -o '<Counters [^>]*' "$results/$name.trx" 2> /dev/null); then
        problems+=("$name ended without results (exit code $code; 124 means that it took more than $limit).")
        return
    fi
    # The numbers of rounds, and the seed that repeats them.
    grep -hoE '[^>]*(seed [0-9]+|[0-9.]+ ms \(all\)|[0-9]+ refused|Screenshot: [^<]+)' "$results/$name.trx" | sort -u
    while IFS= read -r line; do failures+=("$line"); done < <(list_failures "$results/$name.trx")
    # The marker in the passwords of our servers, in states and metadata: no output and no failure of a test may contain it.
    if grep -q 'Canary5ecret' "$results/$name.trx"; then problems+=("$name told a secret: look for Canary5ecret in its output."); fi
    count() { grep -o " $1=\"[0-9]*\"" <<< "$counters" | grep -o '[0-9]*'; }
    ran=$(($(count passed) + $(count failed)))
    passed=$((passed + $(count passed)))
    failed=$((failed + $(count failed)))
    skipped=$((skipped + $(count total) - ran))
    if [ "$ran" -eq 0 ] && [ ${#filter[@]} -eq 0 ]; then problems+=("$name ran no test."); fi
    if [ "$code" -ne 0 ] && [ "$(count failed)" -eq 0 ]; then problems+=("$name ended with exit code $code."); fi
}

projects=()
while read -r project; do
    name=$(basename "$project" .csproj)
    if grep -q '<IsTestProject>true' "$project" && is_wanted "$name"; then projects+=("$name"); fi
done < <(dotnet sln EventSourcing.Generated.sln list | tr '\\' '/' | grep '\.csproj$')

# Each project is run by the first that takes it: this script, or the tests beside.
take() { mkdir "$results/$1.taken" 2> /dev/null; }

# Without builds that could meet those of another project in one folder.
builds_nothing() { case "$1" in AspNetCore.Tests | EntityFrameworkCore.Tests | Generators.Tests | Hosting.Tests | Runtime.Tests | Scenarios.Tests | Serializers.Tests) ;; *) return 1 ;; esac; }

# PostgreSql.Tests and Recorders.Tests mostly wait: for servers, disks and timeouts. They run beside the others, which compile. What is
# left then is shared. Counts and measurements of --long get the machine for themselves.
run_beside() {
    local i name
    for name in PostgreSql.Tests Recorders.Tests; do
        case " ${projects[*]-} " in *" $name "*) if take "$name"; then run_tests "$name" > "$results/$name.log" 2>&1; fi ;; esac
    done
    if [ -n "$publishing" ]; then
        until [ -e "$results/published" ]; do sleep 1; done
        if [ "$(cat "$results/published")" = yes ]; then run_native > "$results/native.log" 2>&1; fi
    fi
    for ((i = ${#projects[@]} - 1; i >= 0; i--)); do
        name=${projects[i]}
        if builds_nothing "$name" && take "$name"; then run_tests "$name" > "$results/$name.log" 2>&1; fi
    done
}

if [ -z "${EVENTSOURCING_LONG:-}" ]; then
    set -m
    run_beside &
    beside=$!
    set +m
fi

# Those that build first, as the tests beside can help with the rest.
for kind in quick building rest; do
    for name in ${projects[@]+"${projects[@]}"}; do
        case "$kind $name" in
            "quick AspNetCore.Tests" | "quick EntityFrameworkCore.Tests") ;;
            quick*) continue ;;
            building*) if builds_nothing "$name"; then continue; fi ;;
        esac
        case "$beside $name" in [0-9]*" PostgreSql.Tests" | [0-9]*" Recorders.Tests") continue ;; esac
        take "$name" || continue
        if [ "$kind" = building ]; then wait_for_native; fi
        step "$name"
        run_tests "$name"
        count_tests "$name"
    done
done
wait_for_native

if [ -n "$beside" ]; then
    wait "$beside"
    beside=
    for name in ${projects[@]+"${projects[@]}"}; do
        if [ -e "$results/$name.log" ]; then
            step "$name"
            cat "$results/$name.log"
            count_tests "$name"
        fi
    done
fi

for name in ${projects[@]+"${projects[@]}"}; do
    if [ ! -e "$results/$name.code" ]; then problems+=("$name didn't run to its end."); fi
done

if [ "$published" = no ]; then problems+=("Recorders.Native could not be published."); fi
if [ "$published" = yes ]; then
    step "Recorders.Native"
    if [ ! -e "$results/native.log" ]; then run_native 2>&1 | tee "$results/native.log"; else cat "$results/native.log"; fi
    if counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$results/native.log" | tail -1) && [ -n "$counts" ]; then
        read -r p _ f _ s _ <<< "$counts"
        passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
        while IFS= read -r line; do failures+=("Recorders.Native: ${line#FAILED: }"); done < <(grep '^FAILED: ' "$results/native.log")
        code=$(cat "$results/native.code")
        if [ "$code" -ne 0 ] && [ "$f" -eq 0 ]; then problems+=("Recorders.Native ended with exit code $code."); fi
    else
        problems+=("Recorders.Native ended without counts (exit code $(cat "$results/native.code")).")
    fi
fi

finish
