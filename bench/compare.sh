#!/bin/sh
# epollecho beside other echo servers: installs and builds what is compared, then has compare.py
# run it all in turn. Usage: bench/compare.sh --help, or bench/README.md.
set -eu
cd "$(dirname "$0")/.."
PATH=/usr/bin:$PATH # what Debian installs comes first
build=artifacts/bench

fail() {
    echo "compare.sh: $*" >&2
    exit 1
}

all_peers() {
    for folder in bench/peers/*; do
        printf '%s ' "$(basename "$folder")"
    done
}

# load_peer NAME: sets packages, command, build_peer and version of a peer (see bench/README.md).
load_peer() {
    here=bench/peers/$1
    out=$build/peers/$1
    [ -f "$here/peer.sh" ] || fail "there is no peer '$1'; there are: $(all_peers)"
    packages='' command=''
    mkdir -p "$out"
    # shellcheck source=/dev/null
    . "$here/peer.sh"
}

install_missing() { # PACKAGE...
    missing=
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    [ "$(id -u)" -eq 0 ] || fail "something is missing; install it: apt-get install$missing"
    echo "compare.sh: installing$missing" >&2
    # shellcheck disable=SC2086 # a list of words
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2 ||
        fail "cannot install$missing"
}

# Builds in a subshell, so that a peer's build can set what it likes; its output shows on failure.
build_quietly() { # NAME COMMAND...
    name=$1
    shift
    ("$@") >"$build/build.log" 2>&1 ||
        { cat "$build/build.log" >&2; fail "cannot build $name"; }
}

# --peers and --help are for this script; all else is passed on.
peers=${PEERS:-$(all_peers)}
for argument in "$@"; do
    shift
    case $argument in
    --peers=*) peers=$(echo "${argument#*=}" | tr , ' ') ;;
    -h | --help)
        sed -n '/^## Options/,/^## /p' bench/README.md | grep -v '^## '
        exit 0
        ;;
    *) set -- "$@" "$argument" ;;
    esac
done

wanted="gcc iproute2 libc6-dev python3 redis-tools util-linux"
for peer in $peers; do
    load_peer "$peer"
    wanted="$wanted $packages"
done
# shellcheck disable=SC2086 # a list of words
install_missing $wanted

for tool in load churn hold start; do
    build_quietly $tool gcc -O2 -Wall -Wextra -Werror -o "$build/$tool" bench/c/$tool.c
done
for peer in $peers; do
    load_peer "$peer"
    build_quietly "$peer" build_peer
    set -- "$@" --peer "$peer=$command" --version "$peer=$(version)"
done
set -- python3 bench/compare.py --tools "$build" "$@"
export PYTHONDONTWRITEBYTECODE=1

# In a network of its own, where there is nothing else, and with reno, which every kernel has: bbr
# paces what it sends by a timer, and on a virtual machine that timer is what bulk then measures.
alone='unshare --net'
[ "$(id -u)" -eq 0 ] || alone='unshare --map-root-user --net'
if $alone ip link set lo up 2>/dev/null; then
    # shellcheck disable=SC2016 # expanded in there
    exec $alone sh -c 'ip link set lo up
        echo reno >/proc/sys/net/ipv4/tcp_congestion_control
        exec "$@"' sh "$@"
fi
echo "compare.sh: no network namespace can be had; loopback is used as it is" >&2
exec "$@"
