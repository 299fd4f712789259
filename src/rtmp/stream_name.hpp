#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace streamkit::rtmp {

using QueryParameters = std::vector<std::pair<std::string, std::string>>;

/// Splits "name?a=b&c=d" and returns the part before the '?'. Appends the parameters of the query
/// to `parameters`, percent-decoded, until there are 32.
std::string split_query(std::string_view text, QueryParameters& parameters);

}  // namespace streamkit::rtmp
