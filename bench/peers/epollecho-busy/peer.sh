# shellcheck shell=sh disable=SC2034,SC2154 # see ../README.md
packages=""
command="./epollecho -q --busy-poll=50 -b 127.0.0.1 -p"
build_peer() { [ -x ./epollecho ] || ./build.sh; }
version() { ./epollecho --version | head -n 1; }
