#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <streamkit/local/disk_object_store.hpp>

#include "temporary_folder.hpp"

namespace streamkit::local {
namespace {

namespace fs = std::filesystem;

enum class Call { Write, Sync, Rename };

struct Seen {
  Call call;
  fs::path path;             // of the file written or synced, or where it was renamed to
  std::uintmax_t bytes = 0;  // in the file before the call
  bool operator==(const Seen&) const = default;
};

// Asked before each call that this program makes; a number other than 0 makes the call fail with
// that errno.
using Hook = std::function<int(const Seen&)>;
Hook& hook() {
  static Hook current;
  return current;
}

fs::path path_of(int descriptor) {
  std::array<char, 4096> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
  return std::string(path.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
}

bool is_failed(Call call, int descriptor, const char* name = nullptr) {
  if (!hook()) return false;
  struct stat status {};
  ::fstat(descriptor, &status);
  fs::path path = path_of(descriptor);
  if (name != nullptr) path /= name;
  const int number = hook()({call, path, static_cast<std::uintmax_t>(status.st_size)});
  if (number != 0) errno = number;
  return number != 0;
}

template <typename Function>
Function* original(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace
}  // namespace streamkit::local

// The library's calls come here, and go on to the C library.
extern "C" int fsync(int descriptor) {
  static auto* const go_on = streamkit::local::original<int(int)>("fsync");
  if (streamkit::local::is_failed(streamkit::local::Call::Sync, descriptor)) return -1;
  return go_on(descriptor);
}

extern "C" ssize_t write(int descriptor, const void* bytes, size_t count) {
  static auto* const go_on = streamkit::local::original<ssize_t(int, const void*, size_t)>("write");
  if (streamkit::local::is_failed(streamkit::local::Call::Write, descriptor)) return -1;
  return go_on(descriptor, bytes, count);
}

extern "C" int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  static auto* const go_on =
      streamkit::local::original<int(int, const char*, int, const char*)>("renameat");
  if (streamkit::local::is_failed(streamkit::local::Call::Rename, to_folder, to)) return -1;
  return go_on(from_folder, from, to_folder, to);
}

namespace streamkit::local {
namespace {

constexpr char kKey[] = "stream_input/s/chunk_00000.mp4";
constexpr std::size_t kBytes = 3'000'000;  // several pieces

class DurabilityTest : public ::testing::Test {
 protected:
  ~DurabilityTest() override { hook() = nullptr; }

  std::unique_ptr<DiskObjectStore> open_store() {
    auto store = DiskObjectStore::open(root_);
    EXPECT_TRUE(store);
    return *std::move(store);
  }
  static Bytes content(std::uint8_t value) { return Bytes(kBytes, value); }
  std::vector<Seen> calls_of_put(DiskObjectStore& store, std::string_view key) {
    std::vector<Seen> calls;
    hook() = [&](const Seen& seen) {
      calls.push_back(seen);
      return 0;
    };
    EXPECT_TRUE(store.put(key, content(1), {}, {}));
    hook() = nullptr;
    return calls;
  }
  static std::ptrdiff_t place(const std::vector<Seen>& calls, Call call, const fs::path& path) {
    const auto found = std::find_if(calls.begin(), calls.end(), [&](const Seen& seen) {
      return seen.call == call && seen.path == path;
    });
    EXPECT_NE(found, calls.end()) << path;
    return found - calls.begin();
  }
  bool temporary_folder_is_empty() const { return fs::is_empty(root_ / ".tmp"); }

  const TemporaryFolder folder_;
  const fs::path root_ = fs::canonical(folder_.path()) / "objects";
};

TEST_F(DurabilityTest, SyncsTheWholeFileThenRenamesThenSyncsEveryNewFolder) {
  const auto store = open_store();
  const auto calls = calls_of_put(*store, kKey);
  const auto written = std::find_if(calls.begin(), calls.end(), [&](const Seen& seen) {
    return seen.call == Call::Sync && seen.path.parent_path() == root_ / ".tmp";
  });
  ASSERT_NE(written, calls.end());
  EXPECT_EQ(written->bytes, kBytes) << "synced before all was written";
  EXPECT_EQ(
      std::count_if(written, calls.end(), [](auto& seen) { return seen.call == Call::Write; }), 0);
  const auto renamed = place(calls, Call::Rename, root_ / kKey);
  EXPECT_LT(written - calls.begin(), renamed);
  for (const char* above : {"stream_input/s", "stream_input", ""}) {
    const fs::path synced = *above == '\0' ? root_ : root_ / above;
    EXPECT_LT(renamed, place(calls, Call::Sync, synced)) << above;
  }
}

TEST_F(DurabilityTest, SyncsTheFolderOfALaterObjectToo) {
  const auto store = open_store();
  (void)calls_of_put(*store, kKey);
  const std::string next = "stream_input/s/chunk_00001.mp4";
  const auto calls = calls_of_put(*store, next);
  EXPECT_LT(place(calls, Call::Rename, root_ / next),
            place(calls, Call::Sync, root_ / "stream_input/s"));
}

TEST_F(DurabilityTest, SyncsAFolderThatWasRemovedAndMadeAgain) {
  const auto store = open_store();
  (void)calls_of_put(*store, kKey);
  ASSERT_TRUE(store->remove(kKey, {}));
  const auto calls = calls_of_put(*store, kKey);
  EXPECT_LT(place(calls, Call::Rename, root_ / kKey), place(calls, Call::Sync, root_));
}

TEST_F(DurabilityTest, AFailureBeforeTheRenameLeavesTheOldObjectAndNothingElse) {
  const auto store = open_store();
  ASSERT_TRUE(store->put(kKey, content(1), {}, {}));
  for (const Call call : {Call::Write, Call::Sync, Call::Rename}) {
    for (const auto& [number, code] : {std::pair{ENOSPC, ErrorCode::ResourceExhausted},
                                       std::pair{EIO, ErrorCode::Unavailable}}) {
      bool failed = false;
      hook() = [&, number = number](const Seen& seen) {
        return !failed && (failed = seen.call == call) ? number : 0;
      };
      const auto outcome = store->put(kKey, content(2), {}, {});
      hook() = nullptr;
      ASSERT_FALSE(outcome);
      EXPECT_EQ(outcome.error().code, code);
      EXPECT_EQ(*store->get(kKey, {}), content(1));
      EXPECT_TRUE(temporary_folder_is_empty());
    }
  }
}

TEST_F(DurabilityTest, AFolderThatCannotBeSyncedIsNotAcknowledgedAndSyncedAgain) {
  const auto store = open_store();
  hook() = [&](const Seen& seen) {
    return seen.call == Call::Sync && seen.path == root_ ? EIO : 0;
  };
  EXPECT_FALSE(store->put(kKey, content(1), {}, {}));
  hook() = nullptr;
  const auto calls = calls_of_put(*store, kKey);
  EXPECT_LT(place(calls, Call::Rename, root_ / kKey), place(calls, Call::Sync, root_));
}

// Dies before each of its calls in turn, until there is none left to die before.
TEST_F(DurabilityTest, WhereverAPutDiesTheObjectIsTheOldOrTheNewOne) {
  (void)open_store()->put(kKey, content(1), {}, {});
  bool finished = false;
  int deaths = 0;
  for (; !finished; ++deaths) {
    ASSERT_LT(deaths, 100);
    const pid_t child = ::fork();
    if (child == 0) {
      const auto store = open_store();
      hook() = [left = deaths](const Seen&) mutable {
        if (left-- == 0) ::kill(::getpid(), SIGKILL);
        return 0;
      };
      ::_exit(store->put(kKey, content(2), {}, {}) ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    finished = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    ASSERT_TRUE(finished || WIFSIGNALED(status));
    const auto store = open_store();
    const auto found = store->get(kKey, {});
    ASSERT_TRUE(found);
    EXPECT_TRUE(*found == content(1) || *found == content(2)) << deaths;
    EXPECT_TRUE(!finished || *found == content(2));
    EXPECT_TRUE(temporary_folder_is_empty()) << deaths;
  }
  EXPECT_GE(deaths, 5) << "pieces, a sync, a rename, a folder's sync";
}

// The cleaner opens the folder between a put's pieces.
TEST_F(DurabilityTest, AnotherProcessThatOpensTheFolderLeavesAPutInFlightAlone) {
  const auto store = open_store();
  int opened = 0;
  hook() = [&](const Seen&) {
    const pid_t child = ::fork();
    if (child == 0) {
      hook() = nullptr;
      ::_exit(DiskObjectStore::open(root_) ? 0 : 1);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    ++opened;
    return 0;
  };
  EXPECT_TRUE(store->put(kKey, content(3), {}, {}));
  hook() = nullptr;
  EXPECT_GE(opened, 5);
  EXPECT_EQ(*store->get(kKey, {}), content(3));
}

}  // namespace
}  // namespace streamkit::local
