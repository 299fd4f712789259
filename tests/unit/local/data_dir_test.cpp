#include <gtest/gtest.h>

#include <fstream>
#include <streamkit/local/data_dir.hpp>

#include "temporary_folder.hpp"

namespace streamkit::local {
namespace {

using namespace std::chrono_literals;

TEST(DataDir, IsCreatedIfMissing) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "data";
  EXPECT_FALSE(is_data_dir(path));
  const auto stores = open_data_dir(path);
  ASSERT_TRUE(stores) << to_string(stores.error());
  EXPECT_TRUE(is_data_dir(path));
  EXPECT_EQ(stores->objects->root(), path / "objects");
}

TEST(DataDir, OpensTheSameStoresEachTime) {
  const TemporaryFolder folder;
  const auto first = open_data_dir(folder.path());
  const auto second = open_data_dir(folder.path());
  ASSERT_TRUE(first && second);
  ASSERT_TRUE(first->objects->put("key", Bytes{1, 2}, {}, {}));
  EXPECT_EQ(*second->objects->get("key", {}), (Bytes{1, 2}));
  ASSERT_TRUE(first->jobs->send("a job"));
  const auto job = second->jobs->receive(1min, 0ms, {});
  ASSERT_TRUE(job && *job);
  ASSERT_TRUE(second->jobs->dead_letter(**job, "no use"));
  const auto dead = first->dead_letters->list("", 10);
  ASSERT_TRUE(dead);
  ASSERT_EQ(dead->size(), 1U);
  EXPECT_EQ(dead->front().body, "a job");
}

TEST(DataDir, IsForItsUserOnly) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "above" / "data";
  ASSERT_TRUE(open_data_dir(path));
  const auto rights = [](const std::filesystem::path& file) {
    return std::filesystem::status(file).permissions();
  };
  EXPECT_EQ(rights(path), std::filesystem::perms::owner_all);
  for (const auto* name : {"slash/", "dot/."}) {
    ASSERT_TRUE(open_data_dir(folder.path() / name));
    EXPECT_EQ(rights(folder.path() / name), std::filesystem::perms::owner_all) << name;
  }
  EXPECT_EQ(rights(path / "streamkit.sqlite"),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(DataDir, ObjectsWithoutADatabaseAreNotTakenForANewFolder) {
  const TemporaryFolder folder;
  {
    const auto stores = open_data_dir(folder.path());
    ASSERT_TRUE(stores);
    ASSERT_TRUE(stores->objects->put("key", Bytes{1}, {}, {}));
  }
  std::filesystem::remove(folder.path() / "streamkit.sqlite");
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto again = open_data_dir(folder.path());
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::InvalidArgument);
    EXPECT_NE(again.error().message.find("streamkit.sqlite is missing"), std::string::npos)
        << again.error().message;
  }
  std::filesystem::rename(folder.path() / "objects", folder.path() / "before");
  EXPECT_TRUE(open_data_dir(folder.path()));
}

TEST(DataDir, ADatabaseThatKnewNoSessionIsNotTakenForTheOneOfTheSegments) {
  const TemporaryFolder folder;
  const TemporaryFolder other;
  const auto database = folder.path() / "streamkit.sqlite";
  {
    ASSERT_TRUE(open_data_dir(other.path()));
    const auto stores = open_data_dir(folder.path());
    ASSERT_TRUE(stores);
    ASSERT_TRUE(stores->objects->put("of_the_operator", Bytes{1}, {}, {}));
  }
  EXPECT_TRUE(open_data_dir(folder.path())) << "without sessions, there are no chunks either";
  {
    const auto stores = open_data_dir(folder.path());
    const WallTime now = std::chrono::system_clock::now();
    Session session;
    session.id = "s1";
    session.created_at = now;
    ASSERT_TRUE(stores->sessions->create(session));
    ASSERT_TRUE(stores->objects->put("stream_output/s1/seg_00000.mp4", Bytes{1}, {}, {}));
    ASSERT_TRUE(stores->sessions->end("s1", now));
    ASSERT_TRUE(stores->maintenance->remove("s1"));
  }
  EXPECT_TRUE(open_data_dir(folder.path())) << "it is its own, though its sessions are removed";

  std::filesystem::copy_file(other.path() / "streamkit.sqlite", database,
                             std::filesystem::copy_options::overwrite_existing);
  std::filesystem::remove(database.string() + "-wal");
  std::filesystem::remove(database.string() + "-shm");
  const auto again = open_data_dir(folder.path());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::InvalidArgument);
  EXPECT_NE(again.error().message.find("streamkit.sqlite is new"), std::string::npos)
      << again.error().message;
}

TEST(DataDir, AFileCannotBeOpened) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "file";
  std::ofstream(path) << "text";
  const auto stores = open_data_dir(path);
  ASSERT_FALSE(stores);
  EXPECT_EQ(stores.error().message.find("data directory"), 0U) << stores.error().message;
}

}  // namespace
}  // namespace streamkit::local
