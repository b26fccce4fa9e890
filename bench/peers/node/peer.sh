# shellcheck shell=sh disable=SC2034,SC2154 # see ../README.md
packages="nodejs"
command="node $here/server.js"
build_peer() { :; }
version() { echo "node $(node --version | tr -d v)"; }
