#include <algorithm>
#include <streamkit/testing/conformance.hpp>

#include "testing/findings.hpp"
#include "testing/object_reader_conformance.hpp"

namespace streamkit::testing {
namespace {

const std::string kRoot = "conformance/";

Bytes bytes_of(std::string_view text) { return Bytes(text.begin(), text.end()); }

std::vector<std::string> keys_of(const std::vector<ObjectInfo>& infos) {
  std::vector<std::string> keys;
  keys.reserve(infos.size());
  for (const ObjectInfo& info : infos) keys.push_back(info.key);
  return keys;
}

std::string longest_key() {
  std::string key = kRoot + "long";
  while (key.size() + 101 < kMaxObjectKeyBytes) key += "/" + std::string(100, 'k');
  return key + "/" + std::string(kMaxObjectKeyBytes - key.size() - 1, 'k');
}

class ObjectStoreCheck {
 public:
  explicit ObjectStoreCheck(ObjectStore& store) : store_(store) {}

  Violations run() && {
    const auto before = store_.list(kRoot, "", 1, {});
    if (!found_.expect_success(before, "list")) return std::move(found_).take();
    if (!found_.expect(before->empty(), "the store already holds objects under conformance/")) {
      return std::move(found_).take();
    }
    keys_are_checked();
    what_is_put_is_got();
    puts_replace();
    pieces_make_one_object();
    nothing_is_seen_before_the_commit();
    uploads_do_not_disturb_each_other();
    stopped_uploads_change_nothing();
    missing_objects_are_not_found();
    check_object_readers(store_, kRoot + "readers/", found_);
    removal_is_idempotent();
    lists_are_in_byte_order();
    lists_keep_to_prefix_after_and_limit();
    stopped_calls_change_nothing();
    readers_see_whole_objects();
    writers_do_not_disturb_each_other();
    clean_up();
    return std::move(found_).take();
  }

 private:
  Result<void> put(const std::string& key, const Bytes& body) {
    return store_.put(key, body, {}, {});
  }

  void expect_body(const std::string& key, const Bytes& body, const std::string& what) {
    const auto got = store_.get(key, {});
    if (!found_.expect_success(got, "get of " + what)) return;
    found_.expect(*got == body, "get of " + what + " gives other bytes than were put");
  }

  void keys_are_checked() {
    const std::vector<std::string> refused = {"",
                                              "/conformance/a",
                                              kRoot + "a//b",
                                              kRoot,
                                              kRoot + "./a",
                                              kRoot + "../a",
                                              "..",
                                              kRoot + "a\\b",
                                              kRoot + "a\nb",
                                              kRoot + std::string(1, '\0'),
                                              longest_key() + "k"};
    for (const std::string& key : refused) {
      const std::string shown = " with a key that no store takes ('" + key.substr(0, 40) + "')";
      found_.expect_error(put(key, bytes_of("x")), ErrorCode::InvalidArgument, "put" + shown);
      found_.expect_error(store_.begin_put(key, {}, {}), ErrorCode::InvalidArgument,
                          "begin_put" + shown);
      found_.expect_error(store_.get(key, {}), ErrorCode::InvalidArgument, "get" + shown);
      found_.expect_error(store_.head(key, {}), ErrorCode::InvalidArgument, "head" + shown);
    }
    const std::vector<std::string> taken = {kRoot + "chunk_00000.mp4",
                                            kRoot + "a b+c%2F&=?#*~'\"",
                                            kRoot + "\xc3\xa9\xe2\x82\xac",
                                            kRoot + ".hidden",
                                            kRoot + "...",
                                            longest_key()};
    for (const std::string& key : taken) {
      const std::string shown = "the valid key '" + key.substr(0, 40) + "'";
      if (!found_.expect_success(put(key, bytes_of(key)), "put to " + shown)) continue;
      expect_body(key, bytes_of(key), shown);
      const auto listed = store_.list(key, "", 1, {});
      found_.expect(listed && keys_of(*listed) == std::vector{key},
                    "list does not give back " + shown);
      found_.expect_success(store_.remove(key, {}), "remove of " + shown);
    }
  }

  void what_is_put_is_got() {
    Bytes every_byte(3'000'000);
    for (std::size_t i = 0; i < every_byte.size(); ++i) {
      every_byte[i] = static_cast<std::uint8_t>(i ^ (i >> 8));
    }
    for (const Bytes& body : {Bytes{}, bytes_of("one line\r\n"), every_byte}) {
      const std::string what = "an object of " + std::to_string(body.size()) + " bytes";
      if (!found_.expect_success(put(kRoot + "body", body), "put of " + what)) continue;
      expect_body(kRoot + "body", body, what);
      const auto info = store_.head(kRoot + "body", {});
      if (!found_.expect_success(info, "head of " + what)) continue;
      found_.expect(info->size_bytes == body.size(), "head gives another size than was put");
      found_.expect(info->key == kRoot + "body", "head gives another key than was asked for");
    }
  }

  void puts_replace() {
    const std::string key = kRoot + "replaced";
    found_.expect_success(put(key, bytes_of("the longer body")), "put");
    const auto before = store_.head(key, {});
    found_.expect_success(put(key, bytes_of("short")), "put over an object");
    expect_body(key, bytes_of("short"), "a replaced object");
    const auto after = store_.head(key, {});
    if (!before || !after) return;
    found_.expect(after->size_bytes == 5, "head gives the size of the object that was replaced");
    found_.expect(after->modified >= before->modified, "replacing sets the time back");
    const auto listed = store_.list(key, "", 10, {});
    found_.expect(listed && listed->size() == 1, "a replaced object is listed more than once");
  }

  // Returns null if the store returns no upload, which is recorded.
  std::unique_ptr<ObjectUpload> begin(const std::string& key) {
    auto upload = store_.begin_put(key, {}, {});
    return found_.expect_success(upload, "begin_put") ? *std::move(upload) : nullptr;
  }

  void append(ObjectUpload& upload, const Bytes& piece) {
    found_.expect_success(upload.append(piece, {}), "append");
  }

  void pieces_make_one_object() {
    const std::string key = kRoot + "pieces/object";
    Bytes whole;
    const auto upload = begin(key);
    if (!upload) return;
    for (const std::size_t size : {0, 1, 70'000, 300'000, 0, 7}) {
      const Bytes piece(size, static_cast<std::uint8_t>(size));
      append(*upload, piece);
      whole.insert(whole.end(), piece.begin(), piece.end());
    }
    found_.expect_success(upload->commit({}), "commit");
    expect_body(key, whole, "an object put in parts");
    const auto empty = begin(kRoot + "pieces/empty");
    if (!empty) return;
    found_.expect_success(empty->commit({}), "commit of an object without bytes");
    expect_body(kRoot + "pieces/empty", {}, "an object put without a part");
  }

  void nothing_is_seen_before_the_commit() {
    const std::string key = kRoot + "unseen/object";
    if (auto discarded = begin(key)) append(*discarded, bytes_of("discarded"));
    found_.expect_error(store_.get(key, {}), ErrorCode::NotFound, "get of what was discarded");
    auto upload = begin(key);
    if (!upload) return;
    append(*upload, bytes_of("new"));
    found_.expect_error(store_.get(key, {}), ErrorCode::NotFound, "get before the commit");
    const auto listed = store_.list(kRoot + "unseen/", "", 10, {});
    found_.expect(listed && listed->empty(), "an object is listed before its commit");
    found_.expect_success(put(key, bytes_of("old")), "put beside an upload");
    expect_body(key, bytes_of("old"), "an object that an upload has not replaced yet");
    found_.expect_success(upload->commit({}), "commit");
    upload.reset();
    expect_body(key, bytes_of("new"), "an object that an upload has replaced");
  }

  void uploads_do_not_disturb_each_other() {
    const std::string key = kRoot + "twice";
    const auto first = begin(key);
    const auto second = begin(key);
    if (!first || !second) return;
    append(*first, bytes_of("fir"));
    append(*second, bytes_of("second"));
    append(*first, bytes_of("st"));
    found_.expect_success(second->commit({}), "commit");
    expect_body(key, bytes_of("second"), "the object of two uploads that was committed first");
    found_.expect_success(first->commit({}), "commit of the other upload");
    expect_body(key, bytes_of("first"), "the object of two uploads that was committed last");
  }

  void stopped_uploads_change_nothing() {
    const std::string key = kRoot + "stopped_upload";
    std::stop_source stopped;
    stopped.request_stop();
    const auto upload = begin(key);
    if (!upload) return;
    append(*upload, bytes_of("x"));
    if (upload->commit(stopped.get_token())) {
      return expect_body(key, bytes_of("x"), "an upload committed though stopped");
    }
    found_.expect_error(store_.get(key, {}), ErrorCode::NotFound, "get after a cancelled commit");
  }

  void missing_objects_are_not_found() {
    found_.expect_success(put(kRoot + "folder/object", bytes_of("x")), "put");
    for (const char* name : {"missing", "folder", "folder/object/below", "folder/other"}) {
      const std::string what = std::string(" of a missing object ('") + name + "')";
      found_.expect_error(store_.get(kRoot + name, {}), ErrorCode::NotFound, "get" + what);
      found_.expect_error(store_.head(kRoot + name, {}), ErrorCode::NotFound, "head" + what);
    }
  }

  void removal_is_idempotent() {
    const std::string key = kRoot + "removed/object";
    found_.expect_success(put(key, bytes_of("x")), "put");
    found_.expect_success(store_.remove(key, {}), "remove");
    found_.expect_error(store_.get(key, {}), ErrorCode::NotFound, "get of a removed object");
    const auto listed = store_.list(key, "", 10, {});
    found_.expect(listed && listed->empty(), "a removed object is listed");
    found_.expect_success(store_.remove(key, {}), "remove of what is removed");
    found_.expect_success(store_.remove(kRoot + "never/was", {}), "remove of what never was");
    found_.expect_success(put(key, bytes_of("again")), "put after remove");
    expect_body(key, bytes_of("again"), "an object put again after its removal");
  }

  // Sorted by bytes: a folder's '/' comes after '-' and '.', before digits.
  std::vector<std::string> put_listed_objects() {
    std::vector<std::string> keys;
    for (const char* name : {"A", "a b", "a+", "a-1/x", "a.txt", "a/1", "a/2-", "a/2/3", "a/20",
                             "a0", "a1/x", "b", "\xc3\xa9"}) {
      keys.push_back(kRoot + "list/" + name);
    }
    for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
      found_.expect_success(put(*key, bytes_of("x")), "put to '" + *key + "'");
    }
    return keys;
  }

  void lists_are_in_byte_order() {
    const auto keys = put_listed_objects();
    const auto listed = store_.list(kRoot + "list/", "", 1000, {});
    if (!found_.expect_success(listed, "list")) return;
    found_.expect(keys_of(*listed) == keys, "list does not give every key once, in byte order");
    for (const ObjectInfo& info : *listed) {
      found_.expect(info.size_bytes == 1, "list gives another size than was put");
      const auto head = store_.head(info.key, {});
      found_.expect(head && head->modified == info.modified, "list and head differ in the time");
    }
    const auto everything = store_.list("", "", 1'000'000, {});
    if (!found_.expect_success(everything, "list with an empty prefix")) return;
    const auto all = keys_of(*everything);
    found_.expect(std::is_sorted(all.begin(), all.end()), "list of everything is not in order");
    found_.expect(std::includes(all.begin(), all.end(), keys.begin(), keys.end()),
                  "list with an empty prefix leaves objects out");
  }

  void lists_keep_to_prefix_after_and_limit() {
    const auto keys = put_listed_objects();
    const std::string folder = kRoot + "list/";
    for (const char* end :
         {"a", "a/", "a/2", "a-", "a.txt", "b", "zzz", "a/2/3/", "../", "/", "A\\"}) {
      const std::string prefix = folder + end;
      std::vector<std::string> wanted;
      std::copy_if(keys.begin(), keys.end(), std::back_inserter(wanted),
                   [&](const std::string& key) { return key.starts_with(prefix); });
      const auto listed = store_.list(prefix, "", 1000, {});
      found_.expect(listed && keys_of(*listed) == wanted,
                    "list with prefix '" + prefix + "' does not give just what begins with it");
    }
    for (const char* end : {"", "A", "a", "a-1", "a-1/x", "a/", "a/1", "a/2", "a/2/3", "a/2/3x",
                            "a0", "a~", "b", "z", "\xff"}) {
      const std::string after = folder + end;
      const auto first = std::upper_bound(keys.begin(), keys.end(), after);
      const auto listed = store_.list(folder, after, 1000, {});
      found_.expect(listed && keys_of(*listed) == std::vector<std::string>(first, keys.end()),
                    "list after '" + after + "' does not give just what sorts after it");
    }
    found_.expect(listed_by_pages(folder, 3) == keys, "pages of 3 do not make up the whole list");
    const auto none = store_.list(folder, "", 0, {});
    found_.expect(none && none->empty(), "list with limit 0 gives something");
  }

  std::vector<std::string> listed_by_pages(const std::string& prefix, std::size_t limit) {
    std::vector<std::string> all;
    constexpr int kMorePagesThanNeeded = 100;
    for (int page = 0; page < kMorePagesThanNeeded; ++page) {
      const auto listed = store_.list(prefix, all.empty() ? "" : all.back(), limit, {});
      if (!found_.expect_success(listed, "list") || listed->empty()) break;
      found_.expect(listed->size() <= limit, "list gives more than its limit");
      for (const ObjectInfo& info : *listed) all.push_back(info.key);
    }
    return all;
  }

  void stopped_calls_change_nothing() {
    const std::string key = kRoot + "stopped";
    found_.expect_success(put(key, bytes_of("old")), "put");
    std::stop_source stopped;
    stopped.request_stop();
    const auto outcome = store_.put(key, bytes_of("new"), {}, stopped.get_token());
    if (outcome) return expect_body(key, bytes_of("new"), "a put that succeeded though stopped");
    found_.expect_error(outcome, ErrorCode::Cancelled, "put with a stop requested");
    expect_body(key, bytes_of("old"), "what a cancelled put would have replaced");
  }

  // Every version consists of one byte value, and its length follows from the value.
  static Bytes version(int number) {
    return Bytes(static_cast<std::size_t>(1000 + 997 * number), static_cast<std::uint8_t>(number));
  }

  void readers_see_whole_objects() {
    constexpr int kVersions = 50;
    const std::string key = kRoot + "contended";
    if (!found_.expect_success(put(key, version(0)), "put")) return;
    run_on_threads(4, [&](int thread) {
      for (int i = 0; i < kVersions; ++i) {
        if (thread < 2) {
          found_.expect_success(put(key, version(i)), "put beside readers and writers");
          continue;
        }
        const auto got = store_.get(key, {});
        if (!found_.expect_success(got, "get beside writers")) continue;
        found_.expect(!got->empty() && *got == version(got->front()),
                      "a reader beside writers sees a torn object");
      }
    });
  }

  void writers_do_not_disturb_each_other() {
    constexpr int kThreads = 4;
    constexpr int kEach = 20;
    const auto key = [](int thread, int i) {
      return kRoot + "many/" + std::to_string(i) + "/" + std::to_string(thread);
    };
    run_on_threads(kThreads, [&](int thread) {
      for (int i = 0; i < kEach; ++i) {
        // Removals create and delete folders while other threads write.
        found_.expect_success(put(key(thread, i), bytes_of("first")), "put from several threads");
        found_.expect_success(store_.remove(key(thread, i), {}), "remove from several threads");
        found_.expect_success(put(key(thread, i), bytes_of(key(thread, i))),
                              "put from several threads");
      }
    });
    for (int thread = 0; thread < kThreads; ++thread) {
      for (int i = 0; i < kEach; ++i) {
        expect_body(key(thread, i), bytes_of(key(thread, i)), "an object put beside others");
      }
    }
    const auto listed = store_.list(kRoot + "many/", "", 1000, {});
    found_.expect(listed && listed->size() == kThreads * kEach,
                  "list misses objects put from several threads");
  }

  void clean_up() {
    const auto left = store_.list(kRoot, "", 1'000'000, {});
    if (!found_.expect_success(left, "list")) return;
    for (const ObjectInfo& info : *left) {
      found_.expect_success(store_.remove(info.key, {}), "remove");
    }
    const auto none = store_.list(kRoot, "", 1, {});
    found_.expect(none && none->empty(), "objects are left after all were removed");
  }

  ObjectStore& store_;
  Findings found_;
};

}  // namespace

Violations check_object_store(ObjectStore& store) { return ObjectStoreCheck(store).run(); }

}  // namespace streamkit::testing
