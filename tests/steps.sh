# Sourced by the scripts that people start. Gives:
#   heading TEXT              a line between parts
#   step LABEL LOG COMMAND…   runs the command with its output in LOG; one line with the time it took; what went wrong when it failed
# and `root`, the folder of the checkout. Works from any folder and without a terminal.
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
jobs="$(nproc 2>/dev/null || echo 2)"
export LC_ALL=C.UTF-8

if [[ -t 1 && -z "${NO_COLOR:-}" ]]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
  bold='' dim='' red='' green='' plain=''
fi

heading() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
problem() { printf '%s%s%s\n' "$red" "$1" "$plain" >&2; }

# The last thing a log says that tells how far the work is, cut to one line.
progress_of() { tail -c 4000 "$1" 2>/dev/null | tr '\r' '\n' | grep -E '^(\[[0-9]+/[0-9]+\]|Unpacking |Setting up |Get:|-- )' | tail -n 1 | cut -c 1-90; }

# While a command runs: on a terminal one line that changes, otherwise a line every 20 seconds.
watch_step() {
  local pid=$1 label=$2 log=$3 begin=$SECONDS shown=0
  while kill -0 "$pid" 2>/dev/null; do
    if [[ -t 1 ]]; then
      printf '\r\e[K  %s  %s%ds  %s%s' "$label" "$dim" $((SECONDS - begin)) "$(progress_of "$log")" "$plain"
      sleep 0.2
    else
      if ((SECONDS - begin >= shown + 20)); then
        shown=$((SECONDS - begin))
        printf '  … %s  %ds  %s\n' "$label" "$shown" "$(progress_of "$log")"
      fi
      sleep 0.1
    fi
  done
  [[ -t 1 ]] && printf '\r\e[K'
  return 0
}

seconds_since() { # of a time from `now`, with one decimal
  local ms=$((($(now) - $1)))
  printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100))
}
now() { local t=${EPOCHREALTIME/[.,]/}; echo $((t / 1000)); }

step() {
  local label=$1 log=$2 begin
  shift 2
  begin=$(now)
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 </dev/null &
  local pid=$!
  # An interrupted script takes its step along.
  trap 'kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; exit 130' INT TERM
  watch_step "$pid" "$label" "$log"
  local code=0
  wait "$pid" || code=$?
  trap - INT TERM
  if ((code == 0)); then
    printf '  %s✓%s %s  %s%s%s\n' "$green" "$plain" "$label" "$dim" "$(seconds_since "$begin")" "$plain"
    return 0
  fi
  printf '  %s✗ %s%s  exit %d after %s\n' "$red" "$label" "$plain" "$code" "$(seconds_since "$begin")"
  # Compilers print much after the first error; both ends of the log are wanted.
  { grep -n -m 12 -E '(error:|^E: |FAILED|CMake Error|fatal)' "$log" || true; echo '  …'; tail -n 25 "$log"; } | sed 's/^/    /' >&2
  printf '    the whole log: %s\n' "$log" >&2
  return "$code"
}

# build_preset PRESET [TARGET…]: configures when that was never done, then builds. Ninja configures again by itself. Whoever works on the
# code configures by hand (`cmake --preset dev`): each file is compiled by itself then, and here several as one, which is quicker from nothing.
build_preset() {
  local preset=$1
  shift
  if [[ ! -f "$root/build/$preset/build.ninja" ]]; then
    step "configure $preset" "$root/build/log/configure-$preset.log" cmake -S "$root" --preset "$preset" -DCHASI_BATCH=8 || return
  fi
  step "build $preset" "$root/build/log/build-$preset.log" cmake --build "$root/build/$preset" --parallel "$jobs" ${1:+--target "$@"}
}
