#!/usr/bin/env bash
# Servers for the tests, private to this checkout: a PostgreSQL, a Redis and a Redis Cluster of three, on ports and in a
# folder of their own, as an unprivileged user. Nothing else on the machine is touched.
#
#   services.sh up        start what is missing (idempotent); exits 3 where no server is installed
#   services.sh env       print the variables that tell the tests where the servers are, for `eval`
#   services.sh run CMD…  up, CMD with these variables, and down again unless it was up before
#   services.sh down      stop what `up` started and remove its folder
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# Short, as the path of a Unix socket has 107 bytes at most; one per checkout.
home=${JUNO_SERVICES_DIR:-/tmp/juno-$(id -u)-$(printf %s "$root" | cksum | cut -d' ' -f1)}
data=$home/pg

say() { echo "services: $*" >&2; }

# PostgreSQL refuses to run as root.
if [ "$(id -u)" -eq 0 ]; then
    user=$(id -un postgres 2>/dev/null || echo nobody)
    if command -v setpriv >/dev/null; then
        as=(setpriv "--reuid=$user" "--regid=$(id -gn "$user")" --clear-groups)
    else
        as=(runuser -u "$user" --)
    fi
else
    user=$(id -un)
    as=()
fi
as() { (cd / && exec env -i PATH="$PATH" LC_ALL=C HOME="$home" "${as[@]}" "$@"); }

# The folder of the newest PostgreSQL, 14 or later.
bin() {
    local folder version
    for folder in $(command -v pg_ctl >/dev/null && dirname "$(command -v pg_ctl)" || true) \
        $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin 2>/dev/null | sort -Vr); do
        [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ] || continue
        version=$("$folder/pg_ctl" --version | grep -oE '[0-9]+' | head -1)
        [ "${version:-0}" -ge 14 ] && echo "$folder" && return
    done
    return 1
}

pg_running() { [ -s "$home/url" ] && [ -n "$pg" ] && as "$pg/pg_ctl" -D "$data" status >/dev/null 2>&1; }

# A port nobody listens on.
free_port() {
    local port
    for _ in $(seq 200); do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo $port; return; }
    done
    return 1
}

# A certificate for 127.0.0.1, where openssl is at hand, so that TLS is tested too.
certificate() {
    command -v openssl >/dev/null || return 1
    as openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=juno-test \
        -addext 'subjectAltName=IP:127.0.0.1,DNS:localhost' -addext 'basicConstraints=critical,CA:FALSE' \
        -keyout "$home/server.key" -out "$home/server.crt" >/dev/null 2>&1
}

make_home() {
    [ ! -d "$home" ] || return 0
    clear_home && mkdir -m 700 "$home" || return 1
    [ "$(id -u)" -ne 0 ] || chown "$user" "$home"
}

start_pg() {
    local password port
    make_home || return 1
    as rm -rf -- "$data" "$home/url" "$home/password"
    password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
    as sh -c 'umask 077; printf %s "$1" >"$2"' - "$password" "$home/password"
    as "$pg/initdb" -D "$data" -U juno -A scram-sha-256 --pwfile="$home/password" -E UTF8 --locale=C --no-sync \
        >/dev/null || return 1
    {
        echo "unix_socket_directories = '$home'"
        echo "listen_addresses = '127.0.0.1'"
        echo 'max_connections = 200'
        # Lock waits of a test show up at once.
        echo 'deadlock_timeout = 200ms'
        ! certificate || printf "ssl = on\nssl_cert_file = '%s'\nssl_key_file = '%s'\n" "$home/server.crt" "$home/server.key"
    } | as sh -c 'cat >>"$1"' - "$data/postgresql.conf"
    # Over TLS the way to log in is the one of real servers; without, a cheap one, as unoptimised clients take a tenth of
    # a second for the other.
    printf '%s 127.0.0.1/32 %s\n' 'hostssl all all' scram-sha-256 'hostnossl all all' password |
        as sh -c 'cat >"$1"' - "$data/pg_hba.conf"
    for _ in 1 2 3; do
        port=$(free_port)
        if as "$pg/pg_ctl" -D "$data" -l "$home/log" -o "-p $port" -w -t 30 start >/dev/null 2>&1; then
            as sh -c 'umask 077; printf %s "$1" >"$2"' - "postgresql://juno:$password@127.0.0.1:$port/postgres?sslmode=disable" "$home/url"
            return
        fi
    done
    say "PostgreSQL does not start:"
    tail -20 "$home/log" >&2 || true
    return 1
}

# A node of Redis on a port: its name, the port, more settings. Working memory must not be evicted, so as in production
# nothing without a time to live is.
redis_node() {
    local folder=$home/redis-$1 port=$2
    shift 2
    as rm -rf -- "$folder" && as mkdir -m 700 "$folder" || return 1
    {
        printf 'port %s\nbind 127.0.0.1\ndir %s\npidfile %s/pid\nlogfile %s/log\n' "$port" "$folder" "$folder" "$folder"
        printf 'daemonize yes\nsave ""\nmaxmemory-policy noeviction\n'
        printf '%s\n' "$@"
    } | as sh -c 'umask 077; cat >"$1"' - "$folder/conf"
    as "$redis" "$folder/conf" >/dev/null 2>&1 || return 1
    for _ in $(seq 100); do
        redis_answers "$port" && return
        sleep 0.05
    done
    return 1
}

redis_says() { as "$redis_cli" -h 127.0.0.1 -p "$@" 2>/dev/null || true; }

redis_answers() { redis_says "$1" PING | grep -qE 'PONG|NOAUTH'; }

redis_running() {
    [ -n "$redis" ] && [ -s "$home/redis-urls" ] || return 1
    local port
    for port in $(as cat "$home/redis-urls" | grep -oE '127\.0\.0\.1:[0-9]+' | cut -d: -f2); do
        redis_answers "$port" || return 1
    done
}

start_redis() {
    local password port ports=() nodes=() node slots=(0-5460 5461-10922 10923-16383)
    make_home || return 1
    password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
    port=$(free_port) && redis_node one "$port" "requirepass $password" || return 1
    for node in 0 1 2; do
        # The nodes talk to each other on another port, 10,000 higher.
        ports+=("$(free_port)") && redis_node "c$node" "${ports[node]}" 'cluster-enabled yes' 'cluster-node-timeout 2000' || return 1
        redis_says "${ports[node]}" CLUSTER ADDSLOTSRANGE ${slots[node]/-/ } >/dev/null
        nodes+=("redis://127.0.0.1:${ports[node]}")
        [ "$node" = 0 ] || redis_says "${ports[0]}" CLUSTER MEET 127.0.0.1 "${ports[node]}" >/dev/null
    done
    for node in 0 1 2; do
        for _ in $(seq 200); do
            redis_says "${ports[node]}" CLUSTER INFO | grep -q 'cluster_state:ok' && break
            sleep 0.05
        done
    done
    printf 'redis://:%s@127.0.0.1:%s/0 %s' "$password" "$port" "$(IFS=,; echo "${nodes[*]}")" |
        as sh -c 'umask 077; cat >"$1"' - "$home/redis-urls"
}

stop_redis() {
    local pid
    for pid in "$home"/redis-*/pid; do
        [ ! -e "$pid" ] || as kill -9 "$(as cat "$pid")" 2>/dev/null || true
    done
}

# Removes the folder, only if it is ours.
clear_home() {
    [ -e "$home" ] || [ -L "$home" ] || return 0
    if [ -L "$home" ] || [ "$(stat -c %U "$home" 2>/dev/null || stat -f %Su "$home")" != "$user" ]; then
        say "$home belongs to somebody else: set JUNO_SERVICES_DIR to another short path"
        return 1
    fi
    rm -rf -- "$home"
}

# Two callers at once: the second waits for the first.
locked() {
    local status=0
    exec 9<"${BASH_SOURCE[0]}"
    ! command -v flock >/dev/null || flock 9
    # The servers must not inherit the lock.
    "$@" 9<&- || status=$?
    exec 9<&-
    return $status
}

up_locked() {
    local status=0
    [ -n "${TEST_POSTGRES_URL:-}" ] || [ -z "$pg" ] || pg_running || start_pg || status=1
    if [ -z "${TEST_REDIS_URL:-}" ] && [ -n "$redis" ] && ! redis_running; then
        stop_redis
        # Somebody may take a port in between.
        start_redis || { stop_redis && start_redis; } || { say 'Redis does not start:'; tail -5 "$home"/redis-*/log >&2 || true; status=1; }
    fi
    return $status
}

up() {
    local missing=0
    if [ -z "${TEST_POSTGRES_URL:-}" ] && [ -z "$pg" ]; then
        say 'no PostgreSQL from 14 on is installed (apt-get install postgresql): its suites will be skipped'
        missing=3
    fi
    if [ -z "${TEST_REDIS_URL:-}" ] && [ -z "$redis" ]; then
        say 'no Redis is installed (apt-get install redis-server): its suites will be skipped'
        missing=3
    fi
    locked up_locked || return
    return $missing
}

down_locked() {
    [ -d "$home" ] || return 0
    if [ -n "$pg" ] && [ -s "$data/postmaster.pid" ]; then
        as "$pg/pg_ctl" -D "$data" -m immediate -w -t 30 stop >/dev/null 2>&1 || true
    fi
    stop_redis
    clear_home
}

down() { locked down_locked; }

environment() {
    local one cluster
    if [ -n "${TEST_POSTGRES_URL:-}" ]; then
        printf 'export TEST_POSTGRES_URL=%q\n' "$TEST_POSTGRES_URL"
    elif pg_running; then
        printf 'export TEST_POSTGRES_URL=%q\n' "$(as cat "$home/url")"
        [ ! -e "$home/server.crt" ] || printf 'export TEST_POSTGRES_CA=%q\n' "$home/server.crt"
    fi
    if [ -n "${TEST_REDIS_URL:-}" ]; then
        printf 'export TEST_REDIS_URL=%q\n' "$TEST_REDIS_URL"
    elif redis_running; then
        read -r one cluster <<<"$(as cat "$home/redis-urls")"
        printf 'export TEST_REDIS_URL=%q TEST_REDIS_CLUSTER_URL=%q TEST_REDIS_SERVER=%q\n' "$one" "$cluster" "$redis"
    fi
}

# Whether everything that can run here does.
running() {
    { [ -n "${TEST_POSTGRES_URL:-}" ] || [ -z "$pg" ] || pg_running; } &&
        { [ -n "${TEST_REDIS_URL:-}" ] || [ -z "$redis" ] || redis_running; }
}

run() {
    local variables
    if ! running; then
        trap down EXIT
        trap 'exit 130' INT TERM
        up || true
    fi
    variables=$(environment)
    eval "$variables"
    "$@"
}

pg=$(bin || true)
redis=$(command -v redis-server || true)
redis_cli=$(command -v redis-cli || true)
[ -n "$redis_cli" ] || redis=
case ${1:-} in
    up) up ;;
    env) environment ;;
    run) shift && run "$@" ;;
    down) down ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2 && exit 2 ;;
esac
