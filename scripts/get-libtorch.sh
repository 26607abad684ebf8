#!/usr/bin/env bash
# Puts libtorch from PyPI wheels into the cache, once per machine, and prints its folder (torch/ and nvidia/ within).
# Needs python3 with pip; installs nothing into any Python.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: scripts/get-libtorch.sh         what a CPU needs: 544 MB to fetch, 546 MB kept
       scripts/get-libtorch.sh cuda    CUDA libraries too: 2.5 GB to fetch, 3.8 GB kept; for GPU nodes
The folder lies below $PODIUM_CACHE (default ~/.cache/podium).
TEXT
}

fail() {
  echo "scripts/get-libtorch.sh: $*" >&2
  exit 1
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${PODIUM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/podium}
python=${PYTHON:-python3}
version=2.11.0
case ${1:-cpu} in
  cpu) home=$cache/libtorch-$version requirements=("$here/requirements-libtorch.txt") ;;
  cuda)
    home=$cache/libtorch-$version-cuda
    requirements=("$here/requirements-libtorch.txt" "$here/requirements-libtorch-cuda.txt")
    ;;
  -h | --help | help) usage && exit ;;
  *) usage >&2 && exit 2 ;;
esac

# fetch FOLDER: unpacks the wheels. pip wants every manylinux tag by name. One list at a time, each into a folder of
# its own: digests are asked of all packages of a call or of none, and pip does not add to a folder that is there.
fetch() {
  local list tag tags=()
  for tag in manylinux_2_28 manylinux_2_27 manylinux_2_25 manylinux_2_18 manylinux_2_17 manylinux2014 manylinux2010 manylinux1; do
    tags+=(--platform "${tag}_x86_64")
  done
  mkdir -p "$1"
  for list in "${requirements[@]}"; do
    "$python" -m pip install --quiet --no-cache-dir --no-compile --no-deps --only-binary=:all: \
      --implementation cp --python-version 3.12 "${tags[@]}" --target "$1.list" -r "$list" >&2 ||
      fail "pip could not fetch the wheels of $list; see its message above."
    cp -al "$1.list/." "$1/"
    rm -rf "$1.list"
  done
}

# slim FOLDER: a CPU build needs the headers, a CPU run three libraries, and nvidia/, which must stay beside torch/.
slim() {
  mkdir -p "$1/keep/lib"
  mv "$1/torch/include" "$1/keep/"
  mv "$1"/torch/lib/{libc10.so,libtorch_cpu.so,libgomp.so.1} "$1/keep/lib/"
  rm -rf "${1:?}"/{torch,torchgen,functorch,bin}
  mv "$1/keep" "$1/torch"
  # The wheel's libtorch.so needs libtorch_cuda.so; a linker script keeps -ltorch resolvable.
  echo 'INPUT(-lc10)' >"$1/torch/lib/libtorch.so"
}

"$python" -m pip --version >/dev/null 2>&1 || fail "needs python3 with pip (Debian: apt-get install python3-pip; PYTHON names another)."
mkdir -p "$cache"
# Moved into place when complete, so an interrupted fetch is made again; the lock lets only one make it.
(
  flock 9
  if [[ ! -e $home/complete ]]; then
    echo "scripts/get-libtorch.sh: fetching libtorch $version into $home (once)" >&2
    rm -rf "$home" "$home.part" "$home.part.list"
    fetch "$home.part"
    if [[ ${1:-cpu} == cpu ]]; then slim "$home.part"; fi
    echo $version >"$home.part/torch/build-version"
    touch "$home.part/complete"
    mv "$home.part" "$home"
  fi
) 9>"$home.lock"
echo "$home"
