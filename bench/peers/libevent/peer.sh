# shellcheck shell=sh disable=SC2034,SC2154 # see ../README.md
packages="gcc libc6-dev libevent-dev pkg-config"
command="$out/server"
build_peer() { gcc -O2 -Wall -Wextra -Werror -o "$out/server" "$here/server.c" -levent_core; }
version() { echo "libevent $(pkg-config --modversion libevent)"; }
