#include "s3/multipart_store.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <streamkit/core/text.hpp>

#include <streamkit/net/random_text.hpp>
#include "s3/error.hpp"

namespace streamkit::s3 {
namespace {

using nlohmann::json;

constexpr std::string_view kRoot = "multipart/";
constexpr std::string_view kOnlyGroup = ".all";
constexpr std::string_view kCompleted = "multipart/.completed/";
constexpr std::string_view kManifest = "manifest";
constexpr std::string_view kPart = "part_";
constexpr std::size_t kIdLength = 26;
constexpr std::size_t kPage = 1000;
// Sorts after every text that it is appended to, whatever follows there, because no byte of UTF-8
// is 0xFF.
constexpr std::string_view kBeyond = "\xff";

Error no_such_upload() {
  return rejection(Code::NoSuchUpload, "there is no such upload for this key");
}

// Returns 0 if the object is not a part.
int part_number_of(std::string_view key) noexcept {
  const auto name = key.substr(key.rfind('/') + 1);
  if (!name.starts_with(kPart)) return 0;
  int number = 0;
  std::from_chars(name.data() + kPart.size(), name.data() + name.size(), number);
  return number;
}

bool is_upload_id(std::string_view id) noexcept {
  return id.size() == kIdLength &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == std::string_view::npos;
}

json to_json(const MultipartUpload& upload) {
  json manifest = {{"key", upload.key}, {"content_type", upload.content_type}};
  if (upload.checksum) {
    manifest["checksum"] = to_string(*upload.checksum);
    manifest["full_object"] = upload.scope == ChecksumScope::FullObject;
  }
  return manifest;
}

std::string print(const json& document) {
  return document.dump(-1, ' ', true, json::error_handler_t::replace);
}

// Returns null if the text is not a JSON object, because files on the disk may have been changed.
json parse_object(const Bytes& text) {
  auto document = json::parse(text.begin(), text.end(), nullptr, false);
  return document.is_object() ? document : json();
}

std::string text_in(const json& document, const char* name) {
  const auto found = document.find(name);
  return found != document.end() && found->is_string() ? found->get<std::string>() : std::string();
}

MultipartUpload upload_of(const json& manifest, std::string_view id) {
  MultipartUpload upload{.id = std::string(id),
                         .key = text_in(manifest, "key"),
                         .content_type = text_in(manifest, "content_type")};
  upload.checksum = parse_checksum_kind(text_in(manifest, "checksum"));
  const bool full = manifest.value("full_object", json(true)) == json(true);
  upload.scope = full ? ChecksumScope::FullObject : ChecksumScope::Composite;
  return upload;
}

// Passes every object below `prefix` to `each`, page by page, until `each` returns false.
template <typename Each>
Result<void> for_each_object(ObjectStore& objects, std::string_view prefix, std::stop_token stop,
                             Each each) {
  for (std::string after;;) {
    const auto page = objects.list(prefix, after, kPage, stop);
    if (!page) return page.error().with_context("list uploads");
    for (const auto& object : *page) {
      if (!each(object)) return {};
    }
    if (page->size() < kPage) return {};
    after = page->back().key;
  }
}

}  // namespace

std::string MultipartStore::group_folder(std::string_view key) const {
  return std::string(kRoot) + (group_ ? group_(key) : std::string(kOnlyGroup)) + "/";
}

std::string MultipartStore::folder_of(std::string_view key, std::string_view id) const {
  return group_folder(key) + std::string(id) + "/";
}

std::string MultipartStore::part_key(const MultipartUpload& upload, int number) const {
  std::array<char, 16> name = {};
  std::snprintf(name.data(), name.size(), "part_%05d", number);
  return folder_of(upload.key, upload.id) + name.data();
}

Result<MultipartUpload> MultipartStore::create(MultipartUpload upload) {
  auto id = net::random_text(kIdLength);
  if (!id) return id.error();
  upload.id = *std::move(id);
  const std::string manifest = print(to_json(upload));
  auto put = objects_.put(folder_of(upload.key, upload.id) + std::string(kManifest),
                          bytes_of(manifest), {.content_type = "application/json"}, {});
  if (!put) return put.error().with_context("store manifest");
  return upload;
}

Result<MultipartUpload> MultipartStore::find(std::string_view key, std::string_view id) {
  if (!is_upload_id(id)) return no_such_upload();
  const auto text = objects_.get(folder_of(key, id) + std::string(kManifest), {});
  if (!text && text.error().code == ErrorCode::NotFound) return no_such_upload();
  if (!text) return text.error().with_context("read manifest");
  auto upload = upload_of(parse_object(*text), id);
  if (upload.key != key) return no_such_upload();
  return upload;
}

Result<void> MultipartStore::put_part(const MultipartUpload& upload, int number,
                                      std::string_view body, PartTotals limit) {
  const auto key = part_key(upload, number);
  PartTotals part{1, static_cast<std::int64_t>(body.size())};
  const auto replaced = objects_.head(key, {});
  if (replaced) part -= {1, static_cast<std::int64_t>(replaced->size_bytes)};
  if (!replaced && replaced.error().code != ErrorCode::NotFound) {
    return replaced.error().with_context("check part");
  }
  const auto group = group_folder(upload.key);
  const auto begun = totals_.begin(group, part, limit, [&] { return measure(upload.key); });
  if (!begun) return begun.error();
  if (!*begun) {
    return rejection(Code::SlowDown, "complete or abort other multipart uploads first");
  }
  auto stored = store_part(upload, key, body);
  totals_.finish(group, part, stored.has_value());
  return stored;
}

Result<void> MultipartStore::store_part(const MultipartUpload& upload, const std::string& key,
                                        std::string_view body) {
  auto put = objects_.put(key, bytes_of(body), {}, {});
  if (!put) return put.error().with_context("store part");
  // remove() removes the manifest first and then the parts that it finds. A part that is stored
  // during this is therefore removed either by remove() or here.
  const auto manifest =
      objects_.head(folder_of(upload.key, upload.id) + std::string(kManifest), {});
  if (manifest) return {};
  if (manifest.error().code != ErrorCode::NotFound) {
    return manifest.error().with_context("check manifest");
  }
  if (auto removed = objects_.remove(key, {}); !removed) {
    return removed.error().with_context("remove part");
  }
  return no_such_upload();
}

Result<std::vector<StoredPart>> MultipartStore::parts(const MultipartUpload& upload) {
  std::vector<StoredPart> parts;
  const auto folder = folder_of(upload.key, upload.id);
  auto listed = for_each_object(objects_, folder, {}, [&](const ObjectInfo& object) {
    if (const int number = part_number_of(object.key)) {
      parts.push_back({number, object.size_bytes, object.modified});
    }
    return true;
  });
  if (!listed) return listed.error();
  return parts;
}

Result<Bytes> MultipartStore::read_part(const MultipartUpload& upload, int number) {
  auto part = objects_.get(part_key(upload, number), {});
  return part ? part : part.error().with_context("read part");
}

Result<void> MultipartStore::remove(const MultipartUpload& upload) {
  auto removed = remove_objects(upload);
  totals_.forget(group_folder(upload.key));
  return removed;
}

Result<void> MultipartStore::remove_objects(const MultipartUpload& upload) {
  const auto folder = folder_of(upload.key, upload.id);
  // Removed first: without the manifest the upload does not exist any more, and remove_stale()
  // removes its remaining parts.
  if (auto removed = objects_.remove(folder + std::string(kManifest), {}); !removed) {
    return removed.error().with_context("remove manifest");
  }
  const auto stored = parts(upload);
  if (!stored) return stored.error();
  for (const auto& part : *stored) {
    if (auto removed = objects_.remove(part_key(upload, part.number), {}); !removed) {
      return removed.error().with_context("remove part");
    }
  }
  return {};
}

Result<std::size_t> MultipartStore::count(std::string_view key, std::size_t limit) {
  const auto folder = group_folder(key);
  std::string after;
  for (std::size_t found = 0; found < limit; ++found) {
    const auto next = objects_.list(folder, after, 1, {});
    if (!next) return next.error().with_context("list uploads");
    if (next->empty()) return found;
    const auto& name = next->front().key;
    after = name.substr(0, name.find('/', folder.size()) + 1) + std::string(kBeyond);
  }
  return limit;
}

Result<PartTotals> MultipartStore::measure(std::string_view key) {
  PartTotals stored;
  auto listed = for_each_object(objects_, group_folder(key), {}, [&](const ObjectInfo& object) {
    if (part_number_of(object.key) != 0) {
      stored += {1, static_cast<std::int64_t>(object.size_bytes)};
    }
    return true;
  });
  if (!listed) return listed.error();
  return stored;
}

Result<std::vector<MultipartUpload>> MultipartStore::uploads(std::size_t limit) {
  std::vector<ObjectInfo> manifests;
  auto listed = for_each_object(objects_, kRoot, {}, [&](const ObjectInfo& object) {
    if (object.key.ends_with("/" + std::string(kManifest))) manifests.push_back(object);
    return manifests.size() < limit;
  });
  if (!listed) return listed.error();
  std::vector<MultipartUpload> found;
  for (const auto& manifest : manifests) {
    const auto text = objects_.get(manifest.key, {});
    if (!text && text.error().code == ErrorCode::NotFound) continue;  // finished in the meantime
    if (!text) return text.error().with_context("read manifest");
    const auto folder = manifest.key.substr(0, manifest.key.rfind('/'));
    auto upload = upload_of(parse_object(*text), folder.substr(folder.rfind('/') + 1));
    upload.begun_at = manifest.modified;
    if (!upload.key.empty()) found.push_back(std::move(upload));
  }
  return found;
}

Result<void> MultipartStore::remember_completed(const MultipartUpload& upload,
                                                std::string_view request,
                                                std::string_view document) {
  const std::string text = print({{"key", upload.key}, {"request", request}, {"answer", document}});
  auto put = objects_.put(std::string(kCompleted) + upload.id, bytes_of(text),
                          {.content_type = "application/json"}, {});
  return put ? put : put.error().with_context("remember upload");
}

Result<std::string> MultipartStore::find_completed(std::string_view key, std::string_view id,
                                                   std::string_view request) {
  if (!is_upload_id(id)) return no_such_upload();
  const auto text = objects_.get(std::string(kCompleted) + std::string(id), {});
  if (!text && text.error().code == ErrorCode::NotFound) return no_such_upload();
  if (!text) return text.error().with_context("read completed upload");
  const auto found = parse_object(*text);
  if (text_in(found, "key") != key || text_in(found, "request") != request) {
    return no_such_upload();
  }
  return text_in(found, "answer");
}

Result<std::size_t> MultipartStore::remove_stale(WallTime before, std::stop_token stop) {
  auto removed = remove_stale_objects(before, std::move(stop));
  if (!removed || *removed > 0) totals_.forget_all();
  return removed;
}

Result<std::size_t> MultipartStore::remove_stale_objects(WallTime before, std::stop_token stop) {
  std::size_t removed = 0;
  std::string folder;
  std::vector<std::string> keys;
  bool fresh = false;
  const auto remove_group = [&]() -> Result<void> {
    for (const auto& key : keys) {
      if (fresh) break;
      if (auto done = objects_.remove(key, stop); !done) return done;
      ++removed;
    }
    keys.clear();
    fresh = false;
    return {};
  };
  Result<void> outcome;
  auto listed = for_each_object(objects_, kRoot, stop, [&](const ObjectInfo& object) {
    // Each completed upload is recorded in one object, while an unfinished upload is a folder.
    const bool alone = object.key.starts_with(kCompleted);
    auto group = alone ? object.key : object.key.substr(0, object.key.rfind('/'));
    if (group != folder) {
      outcome = remove_group();
      folder = std::move(group);
    }
    fresh = fresh || object.modified >= before;
    keys.push_back(object.key);
    return outcome.has_value();
  });
  if (outcome && listed) outcome = remove_group();
  if (!listed) return listed.error();
  if (!outcome) return outcome.error().with_context("remove stale upload");
  return removed;
}

}  // namespace streamkit::s3
