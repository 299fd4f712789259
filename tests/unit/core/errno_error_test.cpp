#include <gtest/gtest.h>

#include <cerrno>
#include <streamkit/core/errno_error.hpp>

namespace streamkit {
namespace {

TEST(ErrnoError, NamesTheActionAndKeepsTheNumber) {
  const Error error = errno_error(ENOENT, "opening 'a'");
  EXPECT_EQ(error, (Error{ErrorCode::NotFound, "opening 'a': No such file or directory", "errno",
                          ENOENT}));
}

TEST(ErrnoError, SaysWhatTheCallerCanDo) {
  const auto code = [](int number) { return errno_error(number, "").code; };
  EXPECT_EQ(code(EEXIST), ErrorCode::AlreadyExists);
  for (const int number : {EACCES, EPERM, EROFS}) {
    EXPECT_EQ(code(number), ErrorCode::PermissionDenied) << number;
  }
  for (const int number : {ENOSPC, EDQUOT, EFBIG}) {
    EXPECT_EQ(code(number), ErrorCode::ResourceExhausted) << number;
  }
  for (const int number : {ENOTDIR, EISDIR, ENOTEMPTY, ELOOP, ENAMETOOLONG, EINVAL}) {
    EXPECT_EQ(code(number), ErrorCode::InvalidArgument) << number;
  }
  EXPECT_EQ(code(EBADF), ErrorCode::Internal);
  for (const int number : {EIO, EMFILE, ENFILE, ENOMEM, EBUSY, EAGAIN, ESTALE, ENODEV}) {
    EXPECT_TRUE(errno_error(number, "").retryable()) << number;
  }
}

TEST(ErrnoError, KnowsWhenAPathLeadsToNothingOfTheKind) {
  for (const int number : {ENOENT, ENOTDIR, ELOOP, EISDIR}) {
    EXPECT_TRUE(is_absent(errno_error(number, "opening"))) << number;
  }
  EXPECT_FALSE(is_absent(errno_error(EACCES, "opening")));
  EXPECT_FALSE(is_absent({ErrorCode::NotFound, "no such object", "http", ENOENT}));
}

}  // namespace
}  // namespace streamkit
