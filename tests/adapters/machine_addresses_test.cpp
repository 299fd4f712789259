#include "server/machine_addresses.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace streamkit::server_tool {
namespace {

using ::testing::Contains;

TEST(MachineAddresses, BeginWithLoopback) {
  const auto addresses = machine_addresses(false);
  ASSERT_FALSE(addresses.empty());
  EXPECT_EQ(addresses.front(), "127.0.0.1");
  for (const auto& address : addresses) EXPECT_EQ(address.find('['), std::string::npos) << address;
}

TEST(MachineAddresses, OneAddressIsOneLine) {
  EXPECT_EQ(listening_text("127.0.0.1:0", "http://127.0.0.1:8000", {"127.0.0.1", "192.0.2.7"}),
            "listening on http://127.0.0.1:8000");
}

TEST(MachineAddresses, AWildcardIsNamedWithWhatReachesIt) {
  EXPECT_EQ(listening_text("0.0.0.0:443", "https://127.0.0.1:443", {"127.0.0.1", "192.0.2.7"}),
            "listening on https://0.0.0.0:443, every address of this machine:\n"
            "  https://127.0.0.1:443\n"
            "  https://192.0.2.7:443");
  EXPECT_EQ(listening_text("[::]:8000", "http://[::1]:8000", {"127.0.0.1", "[2001:db8::1]"}),
            "listening on http://[::]:8000, every address of this machine:\n"
            "  http://127.0.0.1:8000\n"
            "  http://[2001:db8::1]:8000");
}

}  // namespace
}  // namespace streamkit::server_tool
