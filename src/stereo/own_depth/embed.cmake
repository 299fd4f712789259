# Writes TO, a source with own_depth_file() that returns the bytes of the file FROM. A string is
# compiled a hundred times faster than a list of numbers.
file(READ ${FROM} bytes HEX)
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${bytes}")
string(REGEX REPLACE "([^\n]+)\n?" "    \"\\1\"\n" bytes "${bytes}")
file(WRITE ${TO} "#include \"stereo/own_depth.hpp\"

namespace streamkit::stereo {
namespace {

constexpr char kFile[] =
${bytes};

}  // namespace

std::span<const std::uint8_t> own_depth_file() noexcept {
  return {reinterpret_cast<const std::uint8_t*>(kFile), sizeof kFile - 1};
}

}  // namespace streamkit::stereo
")
