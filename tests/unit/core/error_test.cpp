#include <gtest/gtest.h>

#include <array>
#include <set>
#include <streamkit/core/error.hpp>
#include <string>

namespace streamkit {
namespace {

constexpr std::array kAllCodes = {
    ErrorCode::InvalidArgument,  ErrorCode::NotFound,           ErrorCode::AlreadyExists,
    ErrorCode::PermissionDenied, ErrorCode::CredentialsExpired, ErrorCode::Unavailable,
    ErrorCode::Timeout,          ErrorCode::RateLimited,        ErrorCode::Cancelled,
    ErrorCode::CorruptData,      ErrorCode::Unsupported,        ErrorCode::ResourceExhausted,
    ErrorCode::Internal,
};

TEST(Error, IsRetryableExactlyWhereTimeOrRenewalCanMendIt) {
  const std::set<ErrorCode> mendable = {ErrorCode::CredentialsExpired, ErrorCode::Unavailable,
                                        ErrorCode::Timeout, ErrorCode::RateLimited};
  for (const ErrorCode code : kAllCodes) {
    EXPECT_EQ((Error{code, "x"}.retryable()), mendable.contains(code)) << to_string(code);
  }
}

TEST(Error, NamesEachCodeDifferently) {
  std::set<std::string_view> names;
  for (const ErrorCode code : kAllCodes) names.insert(to_string(code));
  EXPECT_EQ(names.size(), kAllCodes.size());
  EXPECT_EQ(to_string(ErrorCode::PermissionDenied), "PermissionDenied");
  EXPECT_FALSE(names.contains("Unknown"));
}

TEST(Error, GainsContextInFrontAndKeepsTheRest) {
  const Error inner{ErrorCode::Timeout, "no answer", "http", 504};
  const Error outer = inner.with_context("chunk 7").with_context("upload");
  EXPECT_EQ(outer, (Error{ErrorCode::Timeout, "upload: chunk 7: no answer", "http", 504}));
  EXPECT_EQ(inner.message, "no answer");
}

TEST(Error, PrintsTheLibraryAndItsCodeOnlyWhenThereIsOne) {
  EXPECT_EQ(to_string(Error{ErrorCode::NotFound, "no such file"}), "NotFound: no such file");
  EXPECT_EQ(to_string(Error{ErrorCode::Internal, "step failed", "sqlite", 11}),
            "Internal: step failed [sqlite 11]");
}

TEST(Error, PrintsItsCodeAloneWhenItHasNoMessage) {
  EXPECT_EQ(to_string(Error{ErrorCode::CorruptData, ""}), "CorruptData");
  EXPECT_EQ(to_string(Error{}), "Internal");
  EXPECT_EQ(to_string(Error{ErrorCode::Timeout, "", "http", 504}), "Timeout [http 504]");
}

}  // namespace
}  // namespace streamkit
