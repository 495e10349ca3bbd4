# To be sourced: a PostgreSQL server for measurements, with PostgreSQL's defaults, on a port of this machine only. It runs as
# another user where we are root, because it refuses to run as root.

# start_server FOLDER: makes FOLDER/server and sets $connection, $bin (its programs) and $PGPASSWORD.
start_server() {
    local folder=$1/server port user started=
    bin=$(dirname "$(readlink -f "$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -1 || true)")")
    if [ ! -x "$bin/initdb" ]; then echo "There is no initdb of PostgreSQL." >&2; return 2; fi
    mkdir "$folder"
    export PGPASSWORD
    PGPASSWORD=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    echo "$PGPASSWORD" > "$folder/password"
    as=()
    if [ "$(id -u)" = 0 ]; then
        user=postgres; id "$user" > /dev/null 2>&1 || user=nobody
        as=(runuser -u "$user" --)
        chmod 711 "$1"; chown -R "$user" "$folder"
    fi
    chmod -R go-rwx "$folder"

    # A port that is free now; another program may take it before the server does.
    for _ in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 10000))
        (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null && continue
        if [ ! -f "$folder/data/PG_VERSION" ]; then
            (cd "$folder" && "${as[@]}" "$bin/initdb" -D data -U postgres -A scram-sha-256 --pwfile=password -E UTF8 --no-locale > initdb.log 2>&1) \
                || { cat "$folder/initdb.log" >&2; return 1; }
        fi
        # All other settings have PostgreSQL's defaults.
        if (cd "$folder" && "${as[@]}" "$bin/pg_ctl" start -s -w -D data -l log \
            -o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories='' -c max_connections=200"); then
            started=1
            break
        fi
    done
    if [ -z "$started" ]; then cat "$folder/log" >&2; return 1; fi
    connection="Host=127.0.0.1;Port=$port;Username=postgres;Database=postgres"
}

# stop_server FOLDER
stop_server() {
    if [ -f "$1/server/data/postmaster.pid" ]; then "${as[@]}" "$bin/pg_ctl" stop -s -D "$1/server/data" -m fast || true; fi
}
