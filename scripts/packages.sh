# The Debian packages that this project needs, in one place; sourced by the other scripts.

# Without these ccache passes by what includes a precompiled header.
export CCACHE_SLOPPINESS=pch_defines,time_macros

# To build, and to run what is built.
BUILD_PACKAGES=(
  g++ cmake ninja-build ccache pkg-config git
  libavcodec-dev libavdevice-dev libavfilter-dev libavformat-dev libavutil-dev
  libswresample-dev libswscale-dev
  libboost1.81-dev libboost-program-options1.81-dev
  libcurl4-openssl-dev libssl-dev libexpat1-dev libsqlite3-dev nlohmann-json3-dev zlib1g-dev
  libxcb1-dev libxcb-shm0-dev libxcb-damage0-dev libxcb-xfixes0-dev libxcb-randr0-dev libxcb-composite0-dev libpulse-dev
  libqrencode-dev libseccomp-dev libgtest-dev libbenchmark-dev python3
)

# To test: the players, an S3 client, a browser, a second compiler.
TEST_PACKAGES=(
  clang procps ffmpeg mpv vlc-bin vlc-plugin-base chromium awscli curl openssl python3-boto3 rclone s3cmd prometheus
  util-linux iproute2 faketime gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good
  gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav
  libxml2-utils xvfb openbox x11-apps xterm pulseaudio pulseaudio-utils desktop-file-utils man-db
)

# To build the room gstreamer, which the tests do.
GSTREAMER_PACKAGES=(libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev)

# To build what captures on Wayland, which the tests do, and to test it.
WAYLAND_PACKAGES=(
  libpipewire-0.3-dev libsystemd-dev dbus-daemon dbus-bin sway pipewire wireplumber xdg-desktop-portal
  xdg-desktop-portal-wlr pipewire-pulse
)

# install_missing PACKAGE...: installs those that are not there, and nothing else.
install_missing() {
  local missing=() package
  for package in "$@"; do
    if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
      missing+=("$package")
    fi
  done
  # npm may have come with another Node.js than Debian's.
  command -v npm >/dev/null || missing+=(nodejs npm)
  [ ${#missing[@]} -eq 0 ] && return 0
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
      echo "run as root, or install: ${missing[*]}" >&2
      return 1
    }
    sudo=(sudo)
  fi
  echo "installing: ${missing[*]}" >&2
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# configure [CMAKE ARGUMENT...]: the dev preset in build/, with ccache.
configure() {
  cmake --preset dev -DCMAKE_CXX_COMPILER_LAUNCHER=ccache "$@" >"${TMPDIR:-/tmp}/streamkit-configure.log" 2>&1 || {
    cat "${TMPDIR:-/tmp}/streamkit-configure.log" >&2
    return 1
  }
}

# Sets onnx_arguments: what configures the room onnx, or what says why it is left out.
find_onnxruntime() {
  local status=0 folder="$PWD/build/onnxruntime" reason
  reason=$(scripts/onnxruntime.sh "$folder" 2>&1) || status=$?
  case $status in
    0) onnx_arguments=(-DSTREAMKIT_WITH_ONNX=ON "-DONNXRUNTIME_ROOT=$folder") ;;
    3) onnx_arguments=(-DSTREAMKIT_WITH_ONNX=OFF "-DSTREAMKIT_ONNX_MISSING=$reason") ;;
    *)
      echo "$reason" >&2
      return 1
      ;;
  esac
}
