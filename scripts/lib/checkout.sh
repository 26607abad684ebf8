# Sourced: keeps what one checkout built from being taken for what another one would build.
# shellcheck shell=bash

# own_builds: cargo names what it builds of the workspace by paths within the workspace, and takes it for fresh when no source
# is younger. In a folder that several checkouts use, one would run what another has built. Dependencies stay.
own_builds() {
  local mark=$CARGO_TARGET_DIR/checkout folder
  case $CARGO_TARGET_DIR in "$ROOT"/*) return 0 ;; esac # nobody else's
  [ "$(cat "$mark" 2>/dev/null)" != "$ROOT" ] || return 0
  for folder in "$CARGO_TARGET_DIR" "$CARGO_TARGET_DIR/torch"; do
    [ -e "$folder/CACHEDIR.TAG" ] || continue
    say "$folder holds what another checkout has built: that of the workspace is built again"
    clean_own "$folder"
    clean_own "$folder" --release
  done
  mkdir -p "$CARGO_TARGET_DIR"
  echo "$ROOT" >"$mark"
}

# clean_own FOLDER [--release]
clean_own() {
  local manifest=$ROOT/Cargo.toml packages=(--workspace)
  if [ "$1" = "$CARGO_TARGET_DIR/torch" ]; then
    # The learners are a dependency by path, so they are none of this workspace's members.
    manifest=$ROOT/trainer/torch/Cargo.toml packages=(-p podium-torch -p podium-learners)
  fi
  cargo clean --quiet --locked --manifest-path "$manifest" --target-dir "$1" "${packages[@]}" "${@:2}"
}
