# shellcheck shell=sh disable=SC2034,SC2154 # see ../README.md
packages="python3"
command="python3 $here/server.py"
build_peer() { :; }
version() { python3 --version; }
