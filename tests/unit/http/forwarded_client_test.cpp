#include <streamkit/http/forwarded_client.hpp>

#include <gtest/gtest.h>

#include "http/requests.hpp"

namespace streamkit::http {
namespace {

ClientAddress of(std::string remote, net::HttpHeaders headers = {}, bool trust_proxy = false) {
  auto request = make_request("GET", "/", "", std::move(headers));
  request.remote_address = std::move(remote);
  return client_address(request, trust_proxy);
}

TEST(ClientAddress, IsTheConnections) {
  EXPECT_EQ(of("192.0.2.1").key, "192.0.2.1");
  EXPECT_FALSE(of("192.0.2.1").loopback);
  EXPECT_TRUE(of("127.0.0.1").loopback);
  EXPECT_TRUE(of("127.8.9.1").loopback);
  EXPECT_TRUE(of("::1").loopback);
  EXPECT_TRUE(of("::ffff:127.0.0.1").loopback);
  EXPECT_EQ(of("::ffff:192.0.2.1").key, "192.0.2.1");
  EXPECT_FALSE(of("").loopback);
}

TEST(ClientAddress, ACustomersIpv6AddressesAreOne) {
  EXPECT_EQ(of("2001:db8:1:2:3:4:5:6").key, of("2001:db8:1:2::9").key);
  EXPECT_NE(of("2001:db8:1:2::9").key, of("2001:db8:1:3::9").key);
}

TEST(ClientAddress, AForwardedOneCountsOnlyWhenTheProxyIsTrusted) {
  const net::HttpHeaders headers = {{"X-Forwarded-For", "203.0.113.5, 192.0.2.7"}};
  EXPECT_EQ(of("127.0.0.1", headers).key, "127.0.0.1");
  EXPECT_TRUE(of("127.0.0.1", headers).loopback);
  const auto trusted = of("127.0.0.1", headers, true);
  EXPECT_EQ(trusted.key, "192.0.2.7");
  EXPECT_FALSE(trusted.loopback);
}

TEST(ClientAddress, TheProxysEntryIsTheLastOfTheLastHeader) {
  const net::HttpHeaders headers = {{"X-Forwarded-For", "198.51.100.1"},
                                    {"x-forwarded-for", "198.51.100.2 ,\t[2001:db8::1]:443"}};
  EXPECT_EQ(of("10.0.0.1", headers, true).key, of("2001:db8::5").key);
  EXPECT_EQ(of("10.0.0.1", {{"X-Forwarded-For", "192.0.2.1:5000"}}, true).key, "192.0.2.1");
}

TEST(ClientAddress, WhatIsNoAddressCountsForNothing) {
  for (const auto* value : {"", "unknown", "192.0.2.1, ", "1.2.3", "[", "[]", ":", "a:b", "::g"}) {
    EXPECT_EQ(of("10.0.0.1", {{"X-Forwarded-For", value}}, true).key, "10.0.0.1") << value;
  }
  EXPECT_FALSE(of("10.0.0.1", {{"X-Forwarded-For", "127.0.0.1"}}, true).loopback)
      << "nobody becomes this machine by a header";
  // Somebody was behind the proxy, even if nobody knows who.
  for (const auto* value : {"unknown", "localhost", "["}) {
    EXPECT_FALSE(of("127.0.0.1", {{"X-Forwarded-For", value}}, true).loopback) << value;
  }
  EXPECT_TRUE(of("127.0.0.1", {}, true).loopback);
}

}  // namespace
}  // namespace streamkit::http
