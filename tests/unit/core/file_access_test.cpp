#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <map>
#include <streamkit/core/errno_error.hpp>
#include <streamkit/core/file_access.hpp>
#include <streamkit/core/text.hpp>
#include <string>

namespace streamkit {
namespace {

namespace fs = std::filesystem;

class FileAccess : public ::testing::Test {
 protected:
  FileAccess() {
    std::string pattern = (fs::temp_directory_path() / "streamkit-files-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    std::ofstream(folder_ / "file") << "0123456789";
    fs::create_directory(folder_ / "below");
    fs::create_symlink("file", folder_ / "link");
    fs::create_symlink("below", folder_ / "folder_link");
    ::mkfifo((folder_ / "pipe").c_str(), 0600);
  }
  ~FileAccess() override { fs::remove_all(folder_); }

  FileDescriptor folder() const { return files::open_folder(folder_).value(); }
  FileDescriptor created(const std::string& name) const {
    return FileDescriptor(::open((folder_ / name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  }

  fs::path folder_;
};

std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

TEST_F(FileAccess, ADescriptorIsClosedByItsOwnerAlone) {
  int number = -1;
  {
    FileDescriptor first = created("own");
    number = first.get();
    FileDescriptor second(std::move(first));
    EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): it is empty
    EXPECT_TRUE(second);
    EXPECT_NE(::fcntl(number, F_GETFD), -1);
  }
  EXPECT_EQ(::fcntl(number, F_GETFD), -1);
  FileDescriptor released = created("own");
  number = released.release();
  EXPECT_FALSE(released);
  EXPECT_EQ(::close(number), 0);
}

TEST_F(FileAccess, OpensRegularFilesOnlyAndNeverWaits) {
  EXPECT_TRUE(files::open_file(folder_ / "file"));
  EXPECT_TRUE(files::open_file(folder_ / "link"));
  EXPECT_EQ(files::open_file(folder_ / "none").error().code, ErrorCode::NotFound);
  for (const char* name : {"pipe", "below", "folder_link"}) {
    const auto opened = files::open_file(folder_ / name);
    ASSERT_FALSE(opened) << name;
    EXPECT_EQ(opened.error().code, ErrorCode::InvalidArgument) << name;
    EXPECT_TRUE(is_absent(opened.error())) << name;
    EXPECT_NE(opened.error().message.find("' is not a regular file"), std::string::npos);
  }
}

TEST_F(FileAccess, FollowsNoLinksWithinAFolder) {
  const FileDescriptor open = folder();
  EXPECT_TRUE(files::open_file_at(open, "file"));
  EXPECT_TRUE(files::open_folder_at(open, "below"));
  for (const auto& error :
       {files::open_file_at(open, "link").error(), files::open_file_at(open, "pipe").error(),
        files::open_folder_at(open, "folder_link").error(),
        files::open_folder_at(open, "file").error()}) {
    EXPECT_EQ(error.code, ErrorCode::InvalidArgument) << error.message;
    EXPECT_TRUE(is_absent(error)) << error.message;
  }
  EXPECT_EQ(files::open_folder_at(open, "none").error().code, ErrorCode::NotFound);
  EXPECT_EQ(files::open_folder(folder_ / "file").error().code, ErrorCode::InvalidArgument);
}

TEST_F(FileAccess, ListsEntriesByKind) {
  std::map<std::string, files::EntryKind> kinds;
  const auto entries = files::entries_of(folder()).value();
  for (const auto& entry : entries) kinds[entry.name] = entry.kind;
  using files::EntryKind;
  EXPECT_EQ(kinds, (std::map<std::string, EntryKind>{{"file", EntryKind::File},
                                                     {"below", EntryKind::Folder},
                                                     {"link", EntryKind::Other},
                                                     {"folder_link", EntryKind::Other},
                                                     {"pipe", EntryKind::Other}}));
  EXPECT_EQ(files::entries_of(files::open_folder_at(folder(), "below").value()).value().size(), 0U);
  EXPECT_FALSE(files::entries_of(files::open_file(folder_ / "file").value()));
}

TEST_F(FileAccess, ReadsUpToTheEndOrTheBound) {
  const auto file = files::open_file(folder_ / "file").value();
  EXPECT_EQ(files::size_of(file).value(), 10U);
  EXPECT_EQ(text_of(files::read_begin(file, 100).value()), "0123456789");
  EXPECT_EQ(text_of(files::read_begin(file, 4).value()), "0123");
  Bytes part(4);
  EXPECT_EQ(files::read_at(file, 8, part).value(), 2U);
  EXPECT_EQ(text_of(part).substr(0, 2), "89");
  EXPECT_EQ(files::read_at(file, 20, part).value(), 0U);
}

TEST_F(FileAccess, WritesAllOfManyBytes) {
  const FileDescriptor file = created("large");
  Bytes bytes(3'000'001);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
  ASSERT_TRUE(files::write_all(file, bytes));
  EXPECT_TRUE(files::sync(file, "large"));
  EXPECT_EQ(files::read_begin(file, bytes.size() + 1).value(), bytes);
}

TEST_F(FileAccess, StopsBeforeTheNextPart) {
  std::stop_source stop;
  stop.request_stop();
  const FileDescriptor file = created("stopped");
  EXPECT_EQ(files::write_all(file, bytes_of("text"), stop.get_token()).error().code,
            ErrorCode::Cancelled);
  EXPECT_EQ(files::size_of(file).value(), 0U);
  Bytes part(1);
  EXPECT_EQ(files::read_at(file, 0, part, stop.get_token()).error().code, ErrorCode::Cancelled);
}

// A disk that is full, as far as a process can bring it about.
TEST_F(FileAccess, SaysWhenThereIsNoRoom) {
  const FileDescriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full);
  EXPECT_EQ(files::write_all(full, bytes_of("text")).error().code, ErrorCode::ResourceExhausted);
  const auto read_only = files::open_file(folder_ / "file").value();
  EXPECT_EQ(files::write_all(read_only, bytes_of("text")).error().code, ErrorCode::Internal);
}

TEST_F(FileAccess, ALockIsSeenThroughOtherDescriptorsUntilItsOwnIsClosed) {
  const FileDescriptor other = created("lock");
  {
    const FileDescriptor holder = created("lock");
    ASSERT_TRUE(files::lock(holder, 7, 1));
    EXPECT_TRUE(files::is_locked(other, 7, 1).value());
    EXPECT_TRUE(files::is_locked(other).value()) << "a part of all bytes";
    EXPECT_FALSE(files::is_locked(other, 8, 1).value());
    EXPECT_FALSE(files::is_locked(holder, 7, 1).value()) << "its own";
    EXPECT_EQ(files::lock(other, 7, 1).error().code, ErrorCode::AlreadyExists);
    EXPECT_TRUE(files::lock(other, 8, 1));
  }
  EXPECT_FALSE(files::is_locked(created("lock"), 7, 1).value());
}

TEST_F(FileAccess, ALockEndsWithItsProcess) {
  const FileDescriptor own = created("lock");
  int ready[2] = {};
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const FileDescriptor held = created("lock");
    const char locked = files::lock(held) ? 1 : 0;
    if (::write(ready[1], &locked, 1) == 1) ::pause();
    ::_exit(1);
  }
  char locked = 0;
  ASSERT_EQ(::read(ready[0], &locked, 1), 1);
  EXPECT_EQ(locked, 1);
  EXPECT_TRUE(files::is_locked(own).value());
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(files::lock(own));
  ::close(ready[0]);
  ::close(ready[1]);
}

}  // namespace
}  // namespace streamkit
