#include "gstreamer/nal_units.hpp"

namespace streamkit::gstreamer {
namespace {

// Sources: ITU-T H.264, table 7-1; ITU-T H.265, table 7-1.
struct Nal {
  std::size_t begin;  // of its header
  std::size_t end;
  int type;
  bool slice;
  bool parameter_set;
};

std::size_t next_start(const Bytes& bytes, std::size_t from) {
  for (std::size_t i = from; i + 3 < bytes.size(); ++i) {
    if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1) return i;
  }
  return bytes.size();
}

// Calls `visit` for each NAL unit until it returns false.
template <typename Visit>
void for_each_nal(const Bytes& bytes, bool hevc, const Visit& visit) {
  for (std::size_t at = next_start(bytes, 0); at < bytes.size();) {
    const std::size_t begin = at + 3;
    at = next_start(bytes, begin);
    std::size_t end = at;
    if (at < bytes.size() && bytes[at - 1] == 0) --end;
    const int type = hevc ? bytes[begin] >> 1 & 0x3F : bytes[begin] & 0x1F;
    const bool slice = hevc ? type < 32 : type >= 1 && type <= 5;
    const bool parameter_set = hevc ? type >= 32 && type <= 34 : type == 7 || type == 8;
    if (!visit(Nal{begin, end, type, slice, parameter_set})) return;
  }
}

}  // namespace

bool is_idr(const Bytes& picture, bool hevc) {
  bool idr = false;
  for_each_nal(picture, hevc, [&](const Nal& nal) {
    if (nal.slice) idr = hevc ? nal.type == 19 || nal.type == 20 : nal.type == 5;
    return !nal.slice;
  });
  return idr;
}

Bytes parameter_sets(const Bytes& picture, bool hevc) {
  Bytes sets;
  for_each_nal(picture, hevc, [&](const Nal& nal) {
    if (nal.parameter_set) {
      sets.insert(sets.end(), {0, 0, 0, 1});
      sets.insert(sets.end(), picture.begin() + static_cast<std::ptrdiff_t>(nal.begin),
                  picture.begin() + static_cast<std::ptrdiff_t>(nal.end));
    }
    return !nal.slice;
  });
  return sets;
}

}  // namespace streamkit::gstreamer
