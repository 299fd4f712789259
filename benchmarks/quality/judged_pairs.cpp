#include "quality/judged_pairs.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

namespace streamkit::quality {
namespace {

JudgedPlace place_of(const nlohmann::json& value) {
  return {value.at(0).get<double>(), value.at(1).get<double>()};
}

}  // namespace

Result<std::vector<JudgedPair>> read_judged_pairs(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) return Error{ErrorCode::NotFound, "there is no file '" + path.string() + "'"};
  try {
    std::vector<JudgedPair> pairs;
    const auto content = nlohmann::json::parse(file);
    for (const auto& pair : content.at("pairs")) {
      pairs.push_back({pair.at("clip").get<std::string>(), pair.at("seconds").get<double>(),
                       place_of(pair.at("near")), place_of(pair.at("far")), pair.value("why", "")});
    }
    return pairs;
  } catch (const nlohmann::json::exception& wrong) {
    return Error{ErrorCode::CorruptData, "'" + path.string() + "': " + wrong.what()};
  }
}

}  // namespace streamkit::quality
