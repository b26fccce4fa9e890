#!/bin/sh
# What an echo costs: CPU time of the server per echo and per KB, epollecho and the C reference in
# turn, server on core 0, load on core 1. Prints each round and the medians.
# Usage: bench/cost.sh [ROUNDS] [SECONDS]
set -eu
cd "$(dirname "$0")/.."
rounds=${1:-7}
seconds=${2:-2}
build=artifacts/bench
mkdir -p "$build"
gcc -O2 -Wall -Wextra -Werror -o "$build/epoll_echo" bench/c/epoll_echo.c
gcc -O2 -Wall -Wextra -Werror -o "$build/load" bench/c/load.c
[ -x ./epollecho ] || ./build.sh

server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null' EXIT
port=17080

# measure NAME CONNECTIONS SIZE DEPTH COMMAND...: one line "NAME ns/echo ns/KB echoes/s MB/s"
measure() {
    name=$1 connections=$2 size=$3 depth=$4
    shift 4
    port=$((port + 1))
    taskset -c 0 "$@" $port 2>/dev/null &
    server=$!
    attempts=0
    until "$build/load" $port 1 1 1 0.01 1 >/dev/null 2>&1; do
        attempts=$((attempts + 1))
        [ $attempts -lt 1000 ] || { echo "cost.sh: $name does not listen" >&2; exit 1; }
    done
    before=$(cut -d' ' -f1 /proc/$server/schedstat)
    counted=$(taskset -c 1 "$build/load" $port "$connections" "$size" "$depth" "$seconds" 1)
    after=$(cut -d' ' -f1 /proc/$server/schedstat)
    kill $server
    wait $server || true
    server=
    echo "$counted" | awk -v name="$name" -v ns=$((after - before)) \
        '{ printf "%s %.0f %.1f %.0f %.0f\n", name, ns / $1, ns * 1024 / $2, $1 / $3, $2 / $3 / 1e6 }'
}

median() { # NAME COLUMN FILE
    awk -v name="$1" -v column="$2" '$1 == name { print $column }' "$3" | sort -n |
        awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

compare() { # TITLE CONNECTIONS SIZE DEPTH
    echo "== $1"
    result=$build/cost.txt
    : >"$result"
    for _ in $(seq "$rounds"); do
        measure c "$2" "$3" "$4" "$build/epoll_echo" | tee -a "$result"
        measure epollecho "$2" "$3" "$4" ./epollecho -q -b 127.0.0.1 -p | tee -a "$result"
    done
    for unit in 2:ns/echo 3:ns/KB 4:echoes/s 5:MB/s; do
        ours=$(median epollecho "${unit%%:*}" "$result")
        theirs=$(median c "${unit%%:*}" "$result")
        echo "median ${unit#*:}: epollecho $ours, C $theirs, ratio $(
            awk -v a="$ours" -v b="$theirs" 'BEGIN { printf "%.3f", a / b }')"
    done
}

compare "50 connections, 64 B, ping-pong" 50 64 1
compare "1 connection, 64 B, ping-pong" 1 64 1
compare "50 connections, 64 B, 16 under way" 50 64 16
compare "8 connections, bulk" 8 65536 64
compare "1 connection, bulk" 1 65536 64
