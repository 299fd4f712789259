#include "testing/object_reader_conformance.hpp"

#include <algorithm>

namespace streamkit::testing {
namespace {

using ReaderPtr = std::shared_ptr<const ObjectReader>;

// No byte is like the one a few positions before it.
Bytes numbered(std::size_t size, std::uint8_t first) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::uint8_t>(first + i + (i >> 8));
  }
  return bytes;
}

class ObjectReaderCheck {
 public:
  ObjectReaderCheck(ObjectStore& store, std::string root, Findings& found)
      : store_(store), root_(std::move(root)), found_(found) {}

  void run() {
    keys_are_checked();
    missing_objects_are_not_opened();
    readers_know_their_object();
    parts_are_read();
    readers_end_with_the_object();
    readers_keep_what_they_opened();
    readers_outlive_their_object();
    stopped_reads_are_cancelled();
    readers_serve_many_threads();
  }

 private:
  ReaderPtr open(const std::string& key) {
    auto reader = store_.open(key, {});
    if (!found_.expect_success(reader, "open")) return nullptr;
    if (!found_.expect(*reader != nullptr, "open gives null")) return nullptr;
    return *std::move(reader);
  }

  ReaderPtr put_and_open(const std::string& key, const Bytes& body) {
    return found_.expect_success(store_.put(key, body, {}, {}), "put") ? open(key) : nullptr;
  }

  void expect_read(const ObjectReader& reader, std::uint64_t offset, std::size_t size,
                   const Bytes& wanted, const std::string& what) {
    Bytes read(size);
    const auto filled = reader.read(offset, read, {});
    if (!found_.expect_success(filled, "read " + what)) return;
    if (!found_.expect(*filled == wanted.size(), "read " + what + " gives another size")) return;
    read.resize(*filled);
    found_.expect(read == wanted, "read " + what + " gives other bytes");
  }

  void expect_whole(const ObjectReader& reader, const Bytes& wanted, const std::string& what) {
    expect_read(reader, 0, wanted.size() + 1, wanted, what);
  }

  void keys_are_checked() {
    for (const std::string& key : {std::string(), root_ + "../a", root_ + "a//b"}) {
      found_.expect_error(store_.open(key, {}), ErrorCode::InvalidArgument,
                          "open with a key that no store takes ('" + key + "')");
    }
  }

  void missing_objects_are_not_opened() {
    found_.expect_error(store_.open(root_ + "never/put", {}), ErrorCode::NotFound,
                        "open of a missing object");
  }

  void readers_know_their_object() {
    const std::string key = root_ + "opened";
    const auto reader = put_and_open(key, numbered(1000, 1));
    const auto head = store_.head(key, {});
    if (!reader || !found_.expect_success(head, "head")) return;
    found_.expect(reader->info().key == key, "a reader names another key");
    found_.expect(reader->info().size_bytes == 1000 && reader->size_bytes() == 1000,
                  "a reader gives another size than was put");
    found_.expect(reader->info().modified == head->modified,
                  "a reader gives another time than head");
  }

  void parts_are_read() {
    const Bytes body = numbered(300'000, 7);
    const auto reader = put_and_open(root_ + "parts", body);
    if (!reader) return;
    expect_whole(*reader, body, "of a whole object");
    for (const std::size_t offset : {0, 1, 4095, 65'536, 299'999}) {
      const auto size = std::min<std::size_t>(body.size() - offset, 100'000);
      const auto from = body.begin() + static_cast<std::ptrdiff_t>(offset);
      expect_read(*reader, offset, size, Bytes(from, from + static_cast<std::ptrdiff_t>(size)),
                  "from offset " + std::to_string(offset));
    }
  }

  void readers_end_with_the_object() {
    const Bytes body = numbered(1000, 3);
    const auto reader = put_and_open(root_ + "ends", body);
    if (!reader) return;
    expect_read(*reader, 990, 100, Bytes(body.end() - 10, body.end()), "across the end");
    expect_read(*reader, 1000, 100, {}, "at the end");
    expect_read(*reader, 5000, 100, {}, "beyond the end");
    expect_read(*reader, ~std::uint64_t{0}, 100, {}, "far beyond the end");
    expect_read(*reader, 0, 0, {}, "of nothing");
    if (const auto empty = put_and_open(root_ + "empty", {})) {
      expect_whole(*empty, {}, "of an empty object");
    }
  }

  void readers_keep_what_they_opened() {
    const std::string key = root_ + "kept";
    const Bytes old_body = numbered(2000, 11);
    const Bytes new_body = numbered(1500, 99);
    const auto before = put_and_open(key, old_body);
    const auto after = put_and_open(key, new_body);
    if (!before || !after) return;
    expect_whole(*before, old_body, "of an object that was replaced");
    found_.expect(before->info().size_bytes == old_body.size(),
                  "a reader's size changes when its object is replaced");
    expect_whole(*after, new_body, "of an object that replaced another");
  }

  void readers_outlive_their_object() {
    const std::string key = root_ + "removed";
    const Bytes body = numbered(2000, 13);
    const auto reader = put_and_open(key, body);
    found_.expect_success(store_.remove(key, {}), "remove of an open object");
    if (reader) expect_whole(*reader, body, "of an object that was removed");
    found_.expect_error(store_.open(key, {}), ErrorCode::NotFound, "open of a removed object");
  }

  void stopped_reads_are_cancelled() {
    const auto reader = put_and_open(root_ + "stopped", numbered(10, 1));
    std::stop_source stopped;
    stopped.request_stop();
    found_.expect_error(store_.open(root_ + "stopped", stopped.get_token()), ErrorCode::Cancelled,
                        "open with a stop requested");
    Bytes room(10);
    if (!reader) return;
    found_.expect_error(reader->read(0, room, stopped.get_token()), ErrorCode::Cancelled,
                        "read with a stop requested");
  }

  void readers_serve_many_threads() {
    const Bytes body = numbered(100'000, 17);
    const auto reader = put_and_open(root_ + "shared", body);
    if (!reader) return;
    run_on_threads(4, [&](int thread) {
      for (std::size_t i = 0; i < 50; ++i) {
        const std::size_t offset = (i * 1999 + static_cast<std::size_t>(thread) * 7) % 90'000;
        const auto from = body.begin() + static_cast<std::ptrdiff_t>(offset);
        expect_read(*reader, offset, 1000, Bytes(from, from + 1000), "from several threads");
      }
    });
  }

  ObjectStore& store_;
  const std::string root_;
  Findings& found_;
};

}  // namespace

void check_object_readers(ObjectStore& store, const std::string& root, Findings& found) {
  ObjectReaderCheck(store, root, found).run();
}

}  // namespace streamkit::testing
