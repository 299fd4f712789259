#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <streamkit/local/disk_object_store.hpp>
#include <streamkit/testing/conformance.hpp>
#include <thread>

#include "temporary_folder.hpp"

namespace streamkit::local {
namespace {

namespace fs = std::filesystem;

Bytes bytes_of(std::string_view text) { return Bytes(text.begin(), text.end()); }

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void write_file(const fs::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::unique_ptr<DiskObjectStore> open_store(const fs::path& root) {
  auto store = DiskObjectStore::open(root);
  if (store) return *std::move(store);
  ADD_FAILURE() << to_string(store.error());
  std::abort();
}

class DiskObjectStoreTest : public ::testing::Test {
 protected:
  Result<void> put(const std::string& key, std::string_view text) {
    return store_->put(key, bytes_of(text), {}, {});
  }
  std::vector<std::string> all_keys() {
    std::vector<std::string> keys;
    const auto infos = store_->list("", "", 1'000'000, {});
    EXPECT_TRUE(infos);
    for (const ObjectInfo& info : *infos) keys.push_back(info.key);
    return keys;
  }
  bool temporary_folder_is_empty() const { return fs::is_empty(root_ / ".tmp"); }

  TemporaryFolder folder_;
  const fs::path root_ = folder_.path() / "objects";
  std::unique_ptr<DiskObjectStore> store_ = open_store(root_);
};

TEST_F(DiskObjectStoreTest, ConformsToItsPort) {
  EXPECT_EQ(testing::check_object_store(*store_), testing::Violations{});
  EXPECT_TRUE(temporary_folder_is_empty());
}

TEST_F(DiskObjectStoreTest, KeepsObjectsWhenReopened) {
  ASSERT_TRUE(put("stream_input/s/chunk_00000.mp4", "first"));
  store_ = open_store(root_);
  EXPECT_EQ(*store_->get("stream_input/s/chunk_00000.mp4", {}), bytes_of("first"));
}

TEST_F(DiskObjectStoreTest, SharesItsFolderWithAnotherStore) {
  const auto other = open_store(root_);
  std::jthread beside([&] {
    for (int i = 0; i < 50; ++i) {
      const std::string key = "shared/" + std::to_string(i) + "/a";
      EXPECT_TRUE(other->put(key, bytes_of("x"), {}, {}));
      EXPECT_TRUE(other->remove(key, {}));
    }
  });
  for (int i = 0; i < 50; ++i) {
    const std::string key = "shared/" + std::to_string(i) + "/b";
    ASSERT_TRUE(put(key, "y"));
    ASSERT_TRUE(other->get(key, {}));
  }
}

TEST_F(DiskObjectStoreTest, RefusesAnObjectBesideOthersBelowItsName) {
  ASSERT_TRUE(put("a/b", "x"));
  ASSERT_TRUE(put("c", "x"));
  for (const char* key : {"a", "c/d", "c/d/e"}) {
    const auto outcome = put(key, "y");
    ASSERT_FALSE(outcome) << key;
    EXPECT_EQ(outcome.error().code, ErrorCode::InvalidArgument);
    EXPECT_NE(outcome.error().message.find(key), std::string::npos);
    EXPECT_NE(outcome.error().message.find("beside"), std::string::npos);
  }
  EXPECT_EQ(all_keys(), (std::vector<std::string>{"a/b", "c"}));
  EXPECT_TRUE(temporary_folder_is_empty());
}

TEST_F(DiskObjectStoreTest, RemovesFoldersThatBecomeEmpty) {
  ASSERT_TRUE(put("a/b/c", "x"));
  ASSERT_TRUE(put("a/d", "x"));
  ASSERT_TRUE(store_->remove("a/b/c", {}));
  EXPECT_FALSE(fs::exists(root_ / "a" / "b"));
  EXPECT_TRUE(fs::exists(root_ / "a"));
  ASSERT_TRUE(store_->remove("a/d", {}));
  EXPECT_TRUE(put("a", "an object now"));
}

TEST_F(DiskObjectStoreTest, RefusesKeysThatItCannotSpell) {
  for (const std::string& key : {std::string(".tmp"), std::string(".tmp/x"), std::string(256, 'k'),
                                 "a/" + std::string(256, 'k') + "/b"}) {
    EXPECT_EQ(put(key, "x").error().code, ErrorCode::InvalidArgument) << key;
    EXPECT_EQ(store_->get(key, {}).error().code, ErrorCode::InvalidArgument) << key;
    EXPECT_EQ(store_->path_of(key).error().code, ErrorCode::InvalidArgument) << key;
  }
  EXPECT_TRUE(put(std::string(255, 'k'), "x"));
  EXPECT_TRUE(put("a/.tmp", "only the first part is reserved"));
}

TEST_F(DiskObjectStoreTest, FollowsNoSymbolicLink) {
  const fs::path outside = folder_.path() / "outside";
  fs::create_directory(outside);
  write_file(outside / "secret", "secret");
  fs::create_directory_symlink(outside, root_ / "link");
  fs::create_symlink(outside / "secret", root_ / "file");

  for (const char* key : {"link/secret", "file", "link"}) {
    EXPECT_EQ(store_->get(key, {}).error().code, ErrorCode::NotFound) << key;
    EXPECT_EQ(store_->head(key, {}).error().code, ErrorCode::NotFound) << key;
    EXPECT_EQ(store_->path_of(key).error().code, ErrorCode::NotFound) << key;
  }
  EXPECT_EQ(all_keys(), std::vector<std::string>{});
  EXPECT_TRUE(store_->list("link/", "", 10, {})->empty());
  EXPECT_FALSE(put("link/secret", "overwritten"));
  EXPECT_FALSE(put("link/new", "new"));
  EXPECT_TRUE(store_->remove("link/secret", {}));
  EXPECT_TRUE(put("file", "in its place"));
  EXPECT_EQ(content_of(outside / "secret"), "secret");
  EXPECT_EQ(std::distance(fs::directory_iterator(outside), fs::directory_iterator()), 1);
  EXPECT_EQ(*store_->get("file", {}), bytes_of("in its place"));
}

TEST_F(DiskObjectStoreTest, SeesRegularFilesOnly) {
  ASSERT_EQ(::mkfifo((root_ / "pipe").c_str(), 0600), 0);
  write_file(root_ / "back\\slash", "no key spells it");
  EXPECT_EQ(store_->get("pipe", {}).error().code, ErrorCode::NotFound);
  EXPECT_EQ(all_keys(), std::vector<std::string>{});
}

TEST_F(DiskObjectStoreTest, TellsThePathOfAnObject) {
  ASSERT_TRUE(put("a/b", "body"));
  const auto path = store_->path_of("a/b");
  ASSERT_TRUE(path);
  EXPECT_TRUE(path->is_absolute());
  EXPECT_EQ(content_of(*path), "body");
  EXPECT_EQ(store_->path_of("a").error().code, ErrorCode::NotFound);
  EXPECT_EQ(store_->path_of("../x").error().code, ErrorCode::InvalidArgument);
}

TEST_F(DiskObjectStoreTest, RemovesLeftoversOfDeadWritersOnly) {
  write_file(root_ / ".tmp" / "dead", "half an obj");
  write_file(root_ / ".tmp" / "alive", "being writt");
  const int writer = ::open((root_ / ".tmp" / "alive").c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_EQ(::flock(writer, LOCK_EX), 0);
  store_ = open_store(root_);
  EXPECT_FALSE(fs::exists(root_ / ".tmp" / "dead"));
  EXPECT_TRUE(fs::exists(root_ / ".tmp" / "alive"));
  ::close(writer);
  store_ = open_store(root_);
  EXPECT_TRUE(temporary_folder_is_empty());
}

// A bound on the size of files stands for a full disk.
class SmallFilesOnly {
 public:
  explicit SmallFilesOnly(rlim_t most_bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{most_bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  SmallFilesOnly(const SmallFilesOnly&) = delete;
  SmallFilesOnly& operator=(const SmallFilesOnly&) = delete;
  ~SmallFilesOnly() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*const handler_)(int) = std::signal(SIGXFSZ, SIG_IGN);
};

TEST_F(DiskObjectStoreTest, LeavesNothingBehindWhenTheDiskIsFull) {
  ASSERT_TRUE(put("key", "old"));
  {
    const SmallFilesOnly limit(4096);
    const auto outcome = put("key", std::string(10'000, 'x'));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::ResourceExhausted);
  }
  EXPECT_EQ(*store_->get("key", {}), bytes_of("old"));
  EXPECT_TRUE(temporary_folder_is_empty());
}

TEST_F(DiskObjectStoreTest, WritesThePiecesOfAnUploadToTheDiskAsTheyCome) {
  auto upload = store_->begin_put("a/key", {}, {});
  ASSERT_TRUE(upload);
  ASSERT_TRUE((*upload)->append(bytes_of("one "), {}));
  ASSERT_TRUE((*upload)->append(bytes_of("two"), {}));
  EXPECT_EQ(content_of(fs::directory_iterator(root_ / ".tmp")->path()), "one two");
  EXPECT_FALSE(fs::exists(root_ / "a"));
  ASSERT_TRUE((*upload)->commit({}));
  EXPECT_EQ(content_of(root_ / "a/key"), "one two");
  EXPECT_TRUE(temporary_folder_is_empty());
}

TEST_F(DiskObjectStoreTest, RemovesWhatWasNotCommitted) {
  { const auto upload = store_->begin_put("key", {}, {}); }
  EXPECT_TRUE(temporary_folder_is_empty());
  EXPECT_TRUE(all_keys().empty());
}

TEST_F(DiskObjectStoreTest, NeverCommitsAnUploadThatWasCutShort) {
  ASSERT_TRUE(put("key", "old"));
  {
    const auto upload = store_->begin_put("key", {}, {});
    ASSERT_TRUE(upload);
    {
      const SmallFilesOnly limit(4096);
      EXPECT_EQ((*upload)->append(Bytes(10'000, 'x'), {}).error().code,
                ErrorCode::ResourceExhausted);
    }
    // There is room again.
    EXPECT_EQ((*upload)->append(bytes_of("x"), {}).error().code, ErrorCode::ResourceExhausted);
    EXPECT_EQ((*upload)->commit({}).error().code, ErrorCode::ResourceExhausted);
  }
  EXPECT_EQ(*store_->get("key", {}), bytes_of("old"));
  EXPECT_TRUE(temporary_folder_is_empty());
}

TEST_F(DiskObjectStoreTest, NamesThePathThatItCannotOpen) {
  write_file(folder_.path() / "file", "x");
  for (const fs::path& root : {folder_.path() / "file", folder_.path() / "file" / "below"}) {
    const auto store = DiskObjectStore::open(root);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, ErrorCode::InvalidArgument);
    EXPECT_NE(store.error().message.find(root.string()), std::string::npos);
  }
}

TEST_F(DiskObjectStoreTest, NamesThePathThatItCannotWrite) {
  fs::permissions(folder_.path(), fs::perms(0755));
  fs::permissions(root_, fs::perms(0555));
  fs::permissions(folder_.path(), fs::perms(0555));
  {
    const WithoutRootRights ordinary_user;
    for (const fs::path& root : {root_, folder_.path() / "missing"}) {
      const auto store = DiskObjectStore::open(root);
      ASSERT_FALSE(store) << root;
      EXPECT_EQ(store.error().code, ErrorCode::PermissionDenied);
      EXPECT_NE(store.error().message.find(root.string()), std::string::npos);
    }
  }
  fs::permissions(folder_.path(), fs::perms(0755));
  fs::permissions(root_, fs::perms(0755));
}

// Every version of an object is of one byte value, and its length follows from it.
constexpr std::size_t kVersionBytes = 100'000;
Bytes version(std::uint32_t number) {
  return Bytes(kVersionBytes + number % 251, static_cast<std::uint8_t>(number % 251));
}
bool is_whole(const Bytes& body) { return !body.empty() && body == version(body.front()); }

std::string numbered_key(std::uint32_t number) { return "kept/" + std::to_string(number) + "/o"; }

// Acknowledges each put by its number through the pipe, until killed.
[[noreturn]] void put_until_killed(const fs::path& root, int pipe_end) {
  auto store = DiskObjectStore::open(root);
  if (!store) ::_exit(1);
  for (std::uint32_t number = 0;; ++number) {
    const Bytes body = version(number);
    if (!(*store)->put("hot", body, {}, {})) ::_exit(2);
    if (!(*store)->put(numbered_key(number), body, {}, {})) ::_exit(3);
    if (::write(pipe_end, &number, sizeof number) != sizeof number) ::_exit(4);
  }
}

TEST_F(DiskObjectStoreTest, KeepsEveryAcknowledgedPutWhenKilled) {
  constexpr std::uint32_t kRounds = 15;
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    int ends[2] = {};
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) put_until_killed(root_, ends[1]);
    ::close(ends[1]);
    std::uint32_t acknowledged = 0;
    std::uint32_t last = 0;
    while (acknowledged <= round && ::read(ends[0], &last, sizeof last) == sizeof last) {
      ++acknowledged;
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    while (::read(ends[0], &last, sizeof last) == sizeof last) ++acknowledged;
    ::close(ends[0]);
    ASSERT_GT(acknowledged, round);

    store_ = open_store(root_);
    EXPECT_TRUE(temporary_folder_is_empty());
    EXPECT_TRUE(is_whole(*store_->get("hot", {})));
    for (std::uint32_t number = 0; number < acknowledged; ++number) {
      const auto body = store_->get(numbered_key(number), {});
      ASSERT_TRUE(body) << to_string(body.error());
      EXPECT_EQ(*body, version(number));
    }
    for (const std::string& key : all_keys()) EXPECT_TRUE(is_whole(*store_->get(key, {}))) << key;
  }
}

}  // namespace
}  // namespace streamkit::local
