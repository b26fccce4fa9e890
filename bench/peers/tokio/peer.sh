# shellcheck shell=sh disable=SC2034,SC2154 # see ../README.md
packages="cargo librust-tokio-dev rustc"
command="$out/target/release/server"
crates=/usr/share/cargo/registry

# Debian's wrapper writes the configuration that makes cargo build from Debian's crates, offline.
build_peer() {
    export CARGO_HOME="$PWD/$out/debian/cargo_home"
    CFLAGS='' CXXFLAGS='' CPPFLAGS='' LDFLAGS='' DEB_CARGO_CRATE=server_0.1.0 \
        DEB_HOST_GNU_TYPE="$(gcc -dumpmachine)" \
        DEB_HOST_RUST_TYPE="$(rustc -vV | sed -n 's/^host: //p')" \
        /usr/share/cargo/bin/cargo prepare-debian "$crates"
    cp -R "$here/Cargo.toml" "$here/src" "$out/"
    (cd "$out" && /usr/bin/cargo build --release --offline)
}

version() {
    echo "tokio $(sed -n 's/^version = "\(.*\)"/\1/p' "$crates"/tokio-1.*/Cargo.toml | head -n 1)," \
        "$(rustc --version | cut -d' ' -f1,2)"
}
