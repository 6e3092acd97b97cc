#!/bin/sh
# Build user-mode Linux from Debian's package of the kernel's sources, and a wheel that brings it.
#
#   uml/build.sh [OUT [PACKAGE]]
#
# PACKAGE is the file that uml/source names; without it, apt is asked for it, in a directory of its
# own: nothing is changed on this machine. OUT, by default uml/out, is a new directory, which gets
#
#   linux              the program: static, stripped, of no use but to be executed
#   config             every option that it was built with
#   SOURCE             which sources, by name and digest, and which C library is in it
#   l2harness_uml-…    the wheel, with all of these, the licence and the offer of the sources
#
# It takes bc, bison, flex, gcc, make, xz, Python with pip, 4 GB of room, and some 6 minutes on two
# processors. JOBS says how many to use, PYTHON which Python, TMPDIR where the room is.
set -eu
[ $# -le 2 ] || { sed -n '2,16s/^# \{0,1\}//p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
for tool in apt-get bc bison dpkg-deb flex gcc make xz "$python"; do
    command -v "$tool" >/dev/null || { echo "missing: $tool" >&2; exit 3; }
done
mkdir "${1:-$here/out}"
out=$(realpath "${1:-$here/out}")
package=${2:+$(realpath "$2")}
read -r digest name <"$here/source"

work=$(mktemp -d "${TMPDIR:-/var/tmp}/l2harness-uml.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Have apt look into Debian's newest, without the machine's own lists and sources.
fetch() {
    mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial"
    echo "deb http://deb.debian.org/debian sid main" >"$work/apt/sources"
    cat >"$work/apt/conf" <<END
Dir::Etc::SourceList "$work/apt/sources";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$work/apt/lists";
Dir::Cache "$work/apt";
Acquire::Languages "none";
APT::Sandbox::User "";
END
    export APT_CONFIG="$work/apt/conf"
    apt-get update -qq >&2
    version=${name#*_}
    (cd "$work" && apt-get download -qq "${name%%_*}=${version%_*}" >&2) || {
        echo "Debian has a newer one now: $name is at https://snapshot.debian.org/" >&2
        exit 3
    }
    echo "$work/$name"
}
[ -n "$package" ] || package=$(fetch)
echo "$digest  $package" | sha256sum --check --quiet >&2 || {
    echo "$package is not what uml/source names" >&2
    exit 2
}
mkdir "$work/package" "$work/source"
dpkg-deb -x "$package" "$work/package"
tar -xf "$work"/package/usr/src/linux-source-*.tar.xz -C "$work/source" --strip-components=1
rm -rf "$work/package"

# The same sources and options make the same bytes on the same compiler.
export KBUILD_BUILD_TIMESTAMP=1970-01-01 KBUILD_BUILD_USER=l2harness KBUILD_BUILD_HOST=l2harness
build() { make -s -C "$work/source" ARCH=um O="$work/build" "$@"; }
build tinyconfig
# What is said last counts, and to say a thing twice is reported, a line each.
cat "$here/config" >>"$work/build/.config"
build olddefconfig 2>/dev/null
# What was asked for and is not there would only be noticed in the middle of a grading.
missing=$(grep -E '^CONFIG_\w+=y$|^# CONFIG_\w+ is not set$' "$here/config" | grep -vxFf "$work/build/.config" || true)
[ -z "$missing" ] || { printf 'the kernel did not take:\n%s\n' "$missing" >&2; exit 1; }
build -j"${JOBS:-$(nproc)}" linux
strip -o "$out/linux" "$work/build/linux"
cp "$work/build/.config" "$out/config"
{
    echo "$name"
    echo "sha256:$digest"
    echo "by $(gcc --version | head -n 1), with $(ldd --version | head -n 1)"
} >"$out/SOURCE"

L2HARNESS_UML_BUILD=$out "$python" -m pip wheel -q --disable-pip-version-check --no-deps \
    -w "$out" "$here"
ls -l "$out" >&2
