# shellcheck shell=sh disable=SC2034,SC2154 # see ../README.md
packages="golang-go"
command="$out/server"
build_peer() { GO111MODULE=off GOCACHE="$PWD/$out/cache" go build -o "$out/server" "$here/server.go"; }
version() { go version | cut -d' ' -f1,3; }
