# shellcheck shell=sh disable=SC2034,SC2154 # see ../README.md
packages=""
command="env DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1
    dotnet $out/bin/Server/release/Server.dll"
build_peer() { dotnet build "$here/Server.csproj" -c Release -v quiet --artifacts-path "$out"; }
version() { dotnet --list-runtimes | awk '/AspNetCore/ { v = $2 } END { print "Kestrel " v }'; }
