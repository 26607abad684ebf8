#!/usr/bin/env bash
# Puts ONNX Runtime's library from a PyPI wheel into the cache, once per machine, and prints its folder: libonnxruntime.so and the
# licences. Needs python3 with pip; installs nothing into any Python.
set -euo pipefail

fail() {
  echo "scripts/get-onnxruntime.sh: $*" >&2
  exit 1
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
requirements=$here/requirements-onnxruntime.txt
cache=${PODIUM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/podium}
python=${PYTHON:-python3}
home=$cache/onnxruntime-$(sha256sum "$requirements" | cut -c1-12)
case ${1:-} in
  '') ;;
  -h | --help | help) echo "usage: scripts/get-onnxruntime.sh    24 MB to fetch, 30 MB kept, below \$PODIUM_CACHE (default ~/.cache/podium)" && exit ;;
  *) fail "takes no arguments" ;;
esac

# fetch FOLDER: the wheel, of which the library and the licences are kept.
fetch() {
  "$python" -m pip install --quiet --no-cache-dir --no-compile --no-deps --only-binary=:all: --implementation cp \
    --python-version 3.12 --platform manylinux_2_28_x86_64 --target "$1.wheel" -r "$requirements" >&2 ||
    fail "pip could not fetch the wheel of $requirements; see its message above."
  mkdir -p "$1"
  mv "$1.wheel"/onnxruntime/{LICENSE,ThirdPartyNotices.txt} "$1/"
  mv "$1.wheel"/onnxruntime/capi/libonnxruntime.so.* "$1/libonnxruntime.so"
  rm -rf "$1.wheel"
}

"$python" -m pip --version >/dev/null 2>&1 || fail "needs python3 with pip (Debian: apt-get install python3-pip; PYTHON names another)."
mkdir -p "$cache"
# Moved into place when complete, so an interrupted fetch is made again; the lock lets only one make it.
(
  flock 9
  if [[ ! -e $home/libonnxruntime.so ]]; then
    echo "scripts/get-onnxruntime.sh: fetching ONNX Runtime into $home (once)" >&2
    rm -rf "$home" "$home.part" "$home.part.wheel"
    fetch "$home.part"
    mv "$home.part" "$home"
  fi
) 9>"$home.lock"
echo "$home"
