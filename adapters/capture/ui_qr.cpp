#include "capture/ui_qr.hpp"

#include <qrencode.h>

#include <memory>

namespace streamkit::capture_tool {
namespace {

constexpr int kQuietZone = 4;

struct FreeCode {
  void operator()(QRcode* code) const noexcept { QRcode_free(code); }
};

// One subpath for each run of dark modules in a row.
std::string dark_runs(const QRcode& code) {
  std::string path;
  const auto dark = [&](int x, int y) { return (code.data[y * code.width + x] & 1) != 0; };
  for (int y = 0; y < code.width; ++y) {
    for (int x = 0; x < code.width; ++x) {
      if (!dark(x, y)) continue;
      const int begin = x;
      while (x < code.width && dark(x, y)) ++x;
      const auto length = std::to_string(x - begin);
      path += "M" + std::to_string(begin + kQuietZone) + " " + std::to_string(y + kQuietZone) +
              "h" + length + "v1h-" + length + "z";
    }
  }
  return path;
}

}  // namespace

Result<std::string> qr_svg(std::string_view text) {
  const std::unique_ptr<QRcode, FreeCode> code(
      text.empty() ? nullptr
                   : QRcode_encodeData(static_cast<int>(text.size()),
                                       reinterpret_cast<const unsigned char*>(text.data()), 0,
                                       QR_ECLEVEL_M));
  if (code == nullptr) {
    return Error{ErrorCode::InvalidArgument, "this text does not fit into a QR code"};
  }
  const auto side = std::to_string(code->width + 2 * kQuietZone);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + side + " " + side +
         "\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h" + side + "v" + side +
         "H0z\"/><path d=\"" + dark_runs(*code) + "\"/></svg>\n";
}

}  // namespace streamkit::capture_tool
