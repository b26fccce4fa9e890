# shellcheck shell=sh disable=SC2034,SC2154 # see ../README.md
packages="gcc libc6-dev"
command="$out/server"
build_peer() { gcc -O2 -Wall -Wextra -Werror -o "$out/server" "$here/../../c/epoll_echo.c"; }
version() { echo "gcc $(gcc -dumpfullversion)"; }
