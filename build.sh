#!/bin/sh
# Builds epollecho and runs its tests. See usage below, or ./build.sh --help.
set -eu
cd "$(dirname "$0")"

usage() {
    cat <<'EOF'
usage: ./build.sh                  build ./epollecho for this machine
       ./build.sh --arch arm64     build ./epollecho-arm64, on any machine (also: x64)
       ./build.sh test [FILTER]    build and run all tests, or those whose name holds FILTER
       ./build.sh clean            remove everything that was built
EOF
}

fail() {
    echo "build.sh: $*" >&2
    exit 1
}

# need COMMAND PACKAGE: COMMAND must be there; Debian has it in PACKAGE.
need() {
    command -v "$1" >/dev/null 2>&1 ||
        fail "'$1' is missing; install it: apt-get install $2"
}

need_dotnet() {
    sdk="the .NET 10 SDK; install it as https://dot.net/download says (package dotnet-sdk-10.0)"
    command -v dotnet >/dev/null 2>&1 || fail "'dotnet' is missing; it comes with $sdk"
    dotnet --version >/dev/null 2>&1 || fail "this dotnet does not have $sdk"
}

need_tools() { # ARCH
    need_dotnet
    need gcc gcc
    need readelf binutils
    need objcopy binutils
    if [ "$1" = "$host_arch" ]; then
        [ -e "$(gcc -print-file-name=libc.a)" ] ||
            fail "the static C library is missing; install it: apt-get install libc6-dev"
    else
        need clang clang
        need ld.lld lld
        need "$cross-objcopy" "binutils-$cross_package"
        [ -e "/usr/$cross/lib/libc.a" ] ||
            fail "the C library of $1 is missing; install it:" \
                "apt-get install gcc-$cross_package libc6-dev-$2-cross"
    fi
}

# The lock file pins the packages of one SDK. Another .NET 10 SDK brings other versions of the
# compiler: it may build, but says so and leaves the lock file alone.
restore() { # PROJECT ARTIFACTS
    if dotnet restore "$1" --locked-mode --artifacts-path "$2" -v quiet >"$log" 2>&1; then
        unlocked=
        return
    fi
    grep -q NU1004 "$log" || { cat "$log" >&2; fail "cannot restore the packages of $1"; }
    echo "build.sh: SDK $(dotnet --version) is not the one that is pinned; building all the same" >&2
    unlocked="-p:NuGetLockFilePath=$PWD/$2/packages.lock.json"
    dotnet restore "$1" --artifacts-path "$2" -v quiet "$unlocked" >"$log" 2>&1 ||
        { cat "$log" >&2; fail "cannot restore the packages of $1"; }
}

# publish ARCH ARTIFACTS OUTPUT [MSBUILD-OPTION]...
publish() {
    arch=$1 artifacts=$2 output=$3
    shift 3
    mkdir -p "$artifacts"
    log=$artifacts/build.log
    if [ "$arch" != "$host_arch" ]; then
        set -- "$@" -p:CppCompilerAndLinker=clang -p:LinkerFlavor=lld \
            "-p:ObjCopyName=$cross-objcopy"
    fi
    commit=${EPOLLECHO_COMMIT:-$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)}
    restore epollecho.csproj "$artifacts"
    dotnet publish epollecho.csproj --no-restore -c Release -r "linux-$arch" \
        --artifacts-path "$artifacts" -p:Commit="$commit" ${unlocked:+"$unlocked"} "$@" \
        >"$log" 2>&1 || { cat "$log" >&2; fail "the build has failed"; }
    # Two warnings may be: the runtime's own dlopen, which no code here reaches, and getaddrinfo,
    # whose plugins Interop/Resolver.cs leaves out.
    if grep -i 'warning' "$log" |
        grep -qv "Using '\(dlopen\|getaddrinfo\)' in statically linked"; then
        cat "$log" >&2
        fail "the build has warnings"
    fi
    published=$artifacts/publish/epollecho/release_linux-$arch
    install -m 755 "$published/epollecho" "$output.new"
    mv -f "$output.new" "$output"
    install -m 644 "$published/epollecho.dbg" "$output.dbg"
    check_static "$output"
}

check_static() { # FILE
    if readelf -lW "$1" | grep -q INTERP || readelf -dW "$1" | grep -q NEEDED; then
        fail "$1 is not statically linked"
    fi
    echo "$1: static, $(wc -c <"$1") bytes"
}

run_tests() { # [FILTER]
    need_tools "$host_arch"
    publish "$host_arch" artifacts ./epollecho
    # The same server with one allocation an event: the gate on allocations must catch it.
    publish "$host_arch" artifacts/control artifacts/epollecho-allocating \
        -p:AllocationControl=true
    log=artifacts/test-build.log
    restore tests/epollecho.Tests.csproj artifacts
    dotnet build tests/epollecho.Tests.csproj --no-restore -c Release --artifacts-path artifacts \
        -v quiet ${unlocked:+"$unlocked"} >"$log" 2>&1 || { cat "$log" >&2; fail "the tests do not build"; }
    run_suite ${1:+-method "*$1*"}
}

# run_suite [RUNNER-OPTION]...: runs the tests, and prints what they came to.
run_suite() {
    status=0
    # Under nohup, SIGHUP would be ignored by all that the tests start.
    EPOLLECHO_ROOT=$PWD env --default-signal=HUP \
        ./artifacts/bin/epollecho.Tests/release/epollecho.Tests -noLogo -noColor "$@" \
        >artifacts/test.log 2>&1 || status=$?
    cat artifacts/test.log
    # The runner's last line is "... Total: 9, Errors: 0, Failed: 0, Skipped: 0, ...".
    counts=$(sed -n 's/.*Total: \([0-9]*\), Errors: \([0-9]*\), Failed: \([0-9]*\), Skipped: \([0-9]*\).*/\1 \2 \3 \4/p' artifacts/test.log | tail -n 1)
    [ -n "$counts" ] || fail "no test has run"
    # shellcheck disable=SC2086 # four numbers
    set -- $counts
    [ "$status" -eq 0 ] || [ $(($2 + $3)) -gt 0 ] || fail "the test runner has failed: $status"
    passed=$(($1 - $3 - $4))
    failed=$(($2 + $3))
    echo "$passed passed, $failed failed, $4 skipped"
    [ "$passed" -gt 0 ] && [ "$failed" -eq 0 ]
}

case $(uname -m) in
x86_64) host_arch=x64 ;;
aarch64) host_arch=arm64 ;;
*) fail "this machine is $(uname -m); epollecho is built on x86_64 and aarch64" ;;
esac

set_cross() { # ARCH
    case $1 in
    x64) cross=x86_64-linux-gnu cross_package=x86-64-linux-gnu debian=amd64 ;;
    arm64) cross=aarch64-linux-gnu cross_package=aarch64-linux-gnu debian=arm64 ;;
    *) fail "--arch $1: expected x64 or arm64" ;;
    esac
}

case ${1-} in
'')
    need_tools "$host_arch"
    publish "$host_arch" artifacts ./epollecho
    ;;
test) run_tests "${2-}" ;;
clean) rm -rf artifacts epollecho epollecho.dbg epollecho-arm64 epollecho-arm64.dbg \
    epollecho-x64 epollecho-x64.dbg ;;
--arch)
    set_cross "${2-}"
    need_tools "$2" "$debian"
    publish "$2" "artifacts/$2" "./epollecho-$2"
    ;;
-h | --help) usage ;;
*)
    usage >&2
    exit 64
    ;;
esac
