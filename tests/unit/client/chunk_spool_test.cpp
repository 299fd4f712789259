#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <streamkit/client/chunk_spool.hpp>
#include <streamkit/testing/fake_clock.hpp>
#include <streamkit/testing/recording_logger.hpp>
#include <string>

namespace streamkit::client {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

Chunk chunk(std::uint64_t index) {
  return {.index = index,
          .start = MediaTime(2s) * static_cast<std::int64_t>(index),
          .duration = 2s,
          .audio_end = MediaTime(2s) * static_cast<std::int64_t>(index + 1) + MediaTime(7ms),
          .header_bytes = 5,
          .data = Bytes(100 + index, static_cast<std::uint8_t>('a' + index))};
}

class ChunkSpoolTest : public ::testing::Test {
 protected:
  ChunkSpoolTest() {
    std::string pattern = (fs::temp_directory_path() / "streamkit-spool-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    folder_ = root_ / "deep" / "spool";
  }
  ~ChunkSpoolTest() override { fs::remove_all(root_); }

  static SpooledSession session(std::string id = "s-1") {
    SpooledSession spooled{.server = "http://server", .chunk_duration = 2s, .note = "a \"note\""};
    spooled.session = {.session_id = std::move(id),
                       .playlist_url = "http://server/playlist.m3u8",
                       .control_token = "control",
                       .upload = {.credentials = {"key", "secret", "token"},
                                  .bucket = "in",
                                  .region = "us-east-1",
                                  .endpoint = "http://server/s3",
                                  .expires_at = WallTime{1'800'000'000s}}};
    return spooled;
  }
  std::unique_ptr<ChunkSpool> create(SpoolLimits limits = {}) {
    auto made = ChunkSpool::create(folder_, session(), limits, context_);
    EXPECT_TRUE(made) << to_string(made.error());
    return *std::move(made);
  }
  std::unique_ptr<ChunkSpool> reopen() {
    auto opened = ChunkSpool::open(folder_, {}, context_);
    EXPECT_TRUE(opened) << to_string(opened.error());
    return *std::move(opened);
  }
  Error open_error() {
    const auto opened = ChunkSpool::open(folder_, {}, context_);
    EXPECT_FALSE(opened);
    return opened ? Error{} : opened.error();
  }
  std::vector<std::string> chunk_files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      const std::string name = entry.path().filename();
      if (name.starts_with("chunk")) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  std::string contents(const std::string& name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  static void store_oldest(ChunkSpool& spool) {
    ASSERT_TRUE(spool.oldest());
    ASSERT_TRUE(spool.remove_oldest());
  }

  testing::FakeClock clock_;
  testing::RecordingLogger logger_;
  Context context_{.logger = &logger_, .clock = &clock_};
  fs::path root_;
  fs::path folder_;
};

TEST_F(ChunkSpoolTest, FindsAChunkByItsIndex) {
  {
    const auto spool = create();
    for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(spool->add(chunk(i)));
    store_oldest(*spool);
    EXPECT_EQ((*spool->find(2))->data, chunk(2).data);
  }
  const auto spool = reopen();  // now from the disk
  EXPECT_EQ((*spool->find(1))->data, chunk(1).data);
  EXPECT_EQ((*spool->find(2))->data, chunk(2).data);
  EXPECT_EQ(*spool->find(0), nullptr) << "it is stored";
  EXPECT_EQ(*spool->find(3), nullptr) << "it is not cut yet";
}

TEST_F(ChunkSpoolTest, ReturnsAfterARestartWhatWasAdded) {
  {
    const auto spool = create();
    for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(spool->add(chunk(i)));
    store_oldest(*spool);
  }
  const auto spool = reopen();
  EXPECT_EQ(spool->session().session.session_id, "s-1");
  EXPECT_EQ(spool->session().session.control_token, "control");
  EXPECT_EQ(spool->session().session.upload.credentials.secret_access_key, "secret");
  EXPECT_EQ(spool->session().session.upload.expires_at, WallTime{1'800'000'000s});
  EXPECT_EQ(spool->session().note, "a \"note\"");
  EXPECT_EQ(spool->session().chunk_duration, MediaTime(2s));
  EXPECT_EQ(spool->level().chunks, 2U);
  EXPECT_EQ(spool->level().bytes, 101U + 102U);
  EXPECT_EQ(spool->level().duration, MediaTime(4s));
  const ResumePoint point = spool->resume_point();
  EXPECT_EQ(point.next_index, 3U);
  EXPECT_EQ(point.start, MediaTime(6s));
  EXPECT_EQ(point.audio_end, chunk(2).audio_end);
  EXPECT_EQ(point.cut_at, clock_.system_now());
  const auto oldest = spool->oldest();
  ASSERT_TRUE(oldest);
  EXPECT_EQ((*oldest)->index, 1U);
  EXPECT_EQ((*oldest)->data, chunk(1).data);
  EXPECT_EQ((*oldest)->start, chunk(1).start);
  EXPECT_EQ((*oldest)->header_bytes, 5U);
}

TEST_F(ChunkSpoolTest, KeepsTheNewestChunkAfterItWasStored) {
  {
    const auto spool = create();
    for (std::uint64_t i = 0; i < 2; ++i) ASSERT_TRUE(spool->add(chunk(i)));
    store_oldest(*spool);
    store_oldest(*spool);
    EXPECT_EQ(chunk_files(), std::vector<std::string>{"chunk_00001.stored"});
  }
  const auto spool = reopen();
  EXPECT_EQ(spool->level().chunks, 0U);
  EXPECT_EQ(spool->resume_point().next_index, 2U);
  EXPECT_EQ(*spool->newest_chunk(), chunk(1).data);
  ASSERT_TRUE(spool->add(chunk(2)));
  EXPECT_EQ(chunk_files(), std::vector<std::string>{"chunk_00002.waiting"});
}

TEST_F(ChunkSpoolTest, IsPrivate) {
  fs::create_directories(folder_);
  fs::permissions(folder_, fs::perms::all);
  const auto spool = create();
  ASSERT_TRUE(spool->add(chunk(0)));
  EXPECT_EQ(fs::status(folder_).permissions(), fs::perms::owner_all);
  for (const auto& entry : fs::directory_iterator(folder_)) {
    EXPECT_EQ(entry.status().permissions(), fs::perms::owner_read | fs::perms::owner_write)
        << entry.path();
  }
}

TEST_F(ChunkSpoolTest, BelongsToOneProcessAtATime) {
  auto spool = create();
  const Error second = open_error();
  EXPECT_EQ(second.code, ErrorCode::AlreadyExists);
  EXPECT_NE(second.message.find("another process"), std::string::npos) << second.message;
  spool.reset();
  EXPECT_TRUE(ChunkSpool::open(folder_));
}

TEST_F(ChunkSpoolTest, ADeadProcessHoldsNoLock) {
  const auto child = ::fork();
  if (child == 0) {
    const auto made = ChunkSpool::create(folder_, session());
    ::_exit(made && (*made)->add(chunk(0)) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  EXPECT_EQ(reopen()->level().chunks, 1U);
}

TEST_F(ChunkSpoolTest, DoesNotTakeAFolderThatHoldsAnything) {
  create();
  EXPECT_EQ(ChunkSpool::create(folder_, session()).error().code, ErrorCode::AlreadyExists);
  EXPECT_EQ(ChunkSpool::check_folder(folder_).error().code, ErrorCode::AlreadyExists);
  folder_ = root_ / "other";
  fs::create_directories(folder_);
  write("letter.txt", "dear");
  EXPECT_EQ(ChunkSpool::create(folder_, session()).error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(ChunkSpool::check_folder(folder_ / "letter.txt").error().code,
            ErrorCode::InvalidArgument);
  EXPECT_EQ(ChunkSpool::open(root_ / "nowhere").error().code, ErrorCode::NotFound);
  EXPECT_EQ(ChunkSpool::open(folder_).error().code, ErrorCode::NotFound);
}

TEST_F(ChunkSpoolTest, RejectsEveryChangedOrMissingByte) {
  {
    const auto spool = create();
    ASSERT_TRUE(spool->add(chunk(0)));
  }
  const std::string whole = contents("chunk_00000.waiting");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 0x40);
    write("chunk_00000.waiting", changed);
    EXPECT_EQ(open_error().code, ErrorCode::CorruptData) << "byte " << i;
    write("chunk_00000.waiting", whole.substr(0, i));
    EXPECT_EQ(open_error().code, ErrorCode::CorruptData) << i << " bytes";
  }
  write("chunk_00000.waiting", whole);
  EXPECT_EQ(reopen()->level().chunks, 1U);
}

TEST_F(ChunkSpoolTest, ADamagedChunkInTheMiddleIsNotSent) {
  {
    const auto spool = create();
    for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(spool->add(chunk(i)));
  }
  std::string bytes = contents("chunk_00000.waiting");
  bytes.back() = '!';
  write("chunk_00000.waiting", bytes);
  const auto spool = reopen();
  const auto oldest = spool->oldest();
  ASSERT_FALSE(oldest);
  EXPECT_EQ(oldest.error().code, ErrorCode::CorruptData);
  EXPECT_NE(oldest.error().message.find("chunk_00000.waiting"), std::string::npos);
}

TEST_F(ChunkSpoolTest, NamesAChunkThatIsMissing) {
  {
    const auto spool = create();
    for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(spool->add(chunk(i)));
  }
  fs::remove(folder_ / "chunk_00001.waiting");
  EXPECT_EQ(open_error().code, ErrorCode::CorruptData);
  EXPECT_NE(open_error().message.find("chunk 1 is missing"), std::string::npos);
}

TEST_F(ChunkSpoolTest, RejectsAChunkOfAnotherSession) {
  {
    const auto spool = create();
    ASSERT_TRUE(spool->add(chunk(0)));
  }
  const std::string foreign = contents("chunk_00000.waiting");
  fs::remove_all(folder_);
  ASSERT_TRUE(ChunkSpool::create(folder_, session("s-2")));
  write("chunk_00000.waiting", foreign);
  EXPECT_EQ(open_error().code, ErrorCode::CorruptData);
  EXPECT_NE(open_error().message.find("of another session"), std::string::npos);
}

TEST_F(ChunkSpoolTest, LeavesFilesOfOthersAloneAndSaysSo) {
  {
    const auto spool = create();
    ASSERT_TRUE(spool->add(chunk(0)));
  }
  write("letter.txt", "dear");
  write("chunk_1.waiting", "not this kit's spelling");
  write("chunk.tmp", "interrupted");
  auto spool = reopen();
  EXPECT_EQ(logger_.count(LogLevel::Warning), 2U);
  EXPECT_FALSE(fs::exists(folder_ / "chunk.tmp"));
  EXPECT_EQ(spool->level().chunks, 1U);
  ASSERT_TRUE(spool->remove());
  spool.reset();
  EXPECT_TRUE(fs::exists(folder_ / "letter.txt"));
  EXPECT_FALSE(fs::exists(folder_ / "session.json"));
}

TEST_F(ChunkSpoolTest, RemovesItselfWhenTheSessionHasEnded) {
  const auto spool = create();
  ASSERT_TRUE(spool->add(chunk(0)));
  ASSERT_TRUE(spool->remove());
  EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(ChunkSpoolTest, AChunkBehindAStoredOneThatCameBackIsStoredToo) {
  {
    const auto spool = create();
    for (std::uint64_t i = 0; i < 2; ++i) ASSERT_TRUE(spool->add(chunk(i)));
    const std::string first = contents("chunk_00000.waiting");
    store_oldest(*spool);
    store_oldest(*spool);
    write("chunk_00000.waiting", first);  // as after a loss of power
  }
  EXPECT_EQ(reopen()->level().chunks, 0U);
  EXPECT_EQ(chunk_files(), std::vector<std::string>{"chunk_00001.stored"});
}

TEST_F(ChunkSpoolTest, HasRoomWithinItsLimitsAndAlwaysForOne) {
  const auto spool = create({.max_bytes = 210, .max_duration = MediaTime(5s)});
  EXPECT_TRUE(spool->has_room_for({.duration = 1h, .data = Bytes(1000)}));
  ASSERT_TRUE(spool->add(chunk(0)));
  EXPECT_TRUE(spool->has_room_for({.duration = 3s, .data = Bytes(110)}));
  EXPECT_FALSE(spool->has_room_for({.duration = 3s, .data = Bytes(111)}));
  EXPECT_FALSE(spool->has_room_for({.duration = 3001ms, .data = Bytes(1)}));
  store_oldest(*spool);
  EXPECT_TRUE(spool->has_room_for({.duration = 1h, .data = Bytes(1000)}));
}

TEST_F(ChunkSpoolTest, KeepsRenewedCredentials) {
  {
    const auto spool = create();
    UploadTarget upload = session().session.upload;
    upload.credentials.secret_access_key = "newer";
    ASSERT_TRUE(spool->set_upload(upload));
  }
  EXPECT_EQ(reopen()->session().session.upload.credentials.secret_access_key, "newer");
}

TEST_F(ChunkSpoolTest, ListsTheSpoolsOfAFolderNewestFirst) {
  EXPECT_TRUE(ChunkSpool::list(root_ / "nowhere")->empty());
  const auto first = *ChunkSpool::create(root_ / "a", session("s-a"), {}, context_);
  ASSERT_TRUE(first->add(chunk(0)));
  clock_.advance(1h);
  (void)*ChunkSpool::create(root_ / "b", session("s-b"), {}, context_);
  fs::create_directories(root_ / "empty");
  fs::create_directories(root_ / "broken");
  std::ofstream(root_ / "broken" / "session.json") << "{";
  const auto found = ChunkSpool::list(root_, context_);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ(found->at(0).session_id, "s-b");
  EXPECT_FALSE(found->at(0).in_use);
  EXPECT_EQ(found->at(1).session_id, "s-a");
  EXPECT_TRUE(found->at(1).in_use);
  EXPECT_EQ(found->at(1).waiting_chunks, 1U);
  EXPECT_EQ(found->at(1).point.next_index, 1U);
  EXPECT_EQ(found->at(1).folder, root_ / "a");
  EXPECT_EQ(logger_.count(LogLevel::Warning), 1U);
}

TEST_F(ChunkSpoolTest, RejectsWrongOptions) {
  EXPECT_EQ(ChunkSpool::create(folder_, session(), {.max_bytes = 0}).error().code,
            ErrorCode::InvalidArgument);
  EXPECT_EQ(ChunkSpool::create("", session()).error().code, ErrorCode::InvalidArgument);
  SpooledSession wordy = session();
  wordy.note.assign((64 << 10) + 1, 'x');
  EXPECT_EQ(ChunkSpool::create(folder_, wordy).error().code, ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace streamkit::client
