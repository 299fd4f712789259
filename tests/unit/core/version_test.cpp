#include <gtest/gtest.h>

#include <streamkit/core/version.hpp>
#include <string>

namespace streamkit {
namespace {

TEST(Version, NumbersTextLibraryAndBuildAgree) {
  const std::string numbers = std::to_string(STREAMKIT_VERSION_MAJOR) + "." +
                              std::to_string(STREAMKIT_VERSION_MINOR) + "." +
                              std::to_string(STREAMKIT_VERSION_PATCH);
  EXPECT_EQ(STREAMKIT_VERSION, numbers);
  EXPECT_EQ(version(), numbers);
  EXPECT_EQ(PROJECT_VERSION, numbers);  // what CMake gives to the package files
}

}  // namespace
}  // namespace streamkit
