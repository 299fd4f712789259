#include "stereo/value_range.hpp"

#include <algorithm>
#include <cstddef>

namespace streamkit::stereo {

ValueRange range_of(std::vector<float> values) {
  const auto cut = static_cast<std::ptrdiff_t>(values.size() / 50);
  const auto low = values.begin() + cut;
  std::nth_element(values.begin(), low, values.end());
  const float lowest = *low;
  const auto high = values.end() - 1 - cut;
  std::nth_element(values.begin(), high, values.end());
  return {lowest, *high};
}

}  // namespace streamkit::stereo
