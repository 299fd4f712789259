#include "s3/multipart_assembly.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include "s3/error.hpp"

namespace streamkit::s3 {
namespace {

// Checks, before any part is read, whether the parts can be assembled. Returns the size of the
// object.
Result<std::uint64_t> check_parts(const std::vector<CompletedPart>& wanted,
                                  const std::vector<StoredPart>& stored, AssemblyLimits limits) {
  std::map<int, std::uint64_t> sizes;
  for (const auto& part : stored) sizes.emplace(part.number, part.size_bytes);
  const auto rises = [](const auto& part, const auto& next) { return part.number < next.number; };
  if (std::adjacent_find(wanted.begin(), wanted.end(), std::not_fn(rises)) != wanted.end()) {
    return rejection(Code::InvalidPartOrder, "parts must be in ascending order of their numbers");
  }
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto found = sizes.find(wanted[i].number);
    if (found == sizes.end()) {
      return rejection(Code::InvalidPart,
                       "part " + std::to_string(wanted[i].number) + " was not uploaded");
    }
    if (i + 1 < wanted.size() && found->second < limits.min_part_bytes) {
      return rejection(Code::EntityTooSmall,
                       "part " + std::to_string(wanted[i].number) + " is too small");
    }
    total += found->second;
    if (total > limits.max_object_bytes) {
      return rejection(Code::EntityTooLarge,
                       "at most " + std::to_string(limits.max_object_bytes) + " bytes are taken");
    }
  }
  return total;
}

Error no_such_part(int number) {
  return rejection(Code::InvalidPart,
                   "part " + std::to_string(number) + " is not the one that was uploaded");
}

Result<std::string> read_checked(MultipartStore& uploads, const MultipartUpload& upload,
                                 const CompletedPart& part) {
  const auto bytes = uploads.read_part(upload, part.number);
  if (!bytes && bytes.error().code == ErrorCode::NotFound) return no_such_part(part.number);
  if (!bytes) return bytes.error();
  std::string body(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  if (etag_of_sha256(checksum_of(ChecksumKind::Sha256, body)) != part.etag) {
    return no_such_part(part.number);
  }
  for (const auto& checksum : part.checksums) {
    if (base64(checksum_of(checksum.kind, body)) != checksum.base64) {
      return no_such_part(part.number);
    }
  }
  return body;
}

// Computes the checksum of the object in the form that the client receives.
class ObjectChecksum {
 public:
  ObjectChecksum(const MultipartUpload& upload, const std::optional<DeclaredChecksum>& expected) {
    if (!upload.checksum && !expected) return;
    kind_ = expected ? expected->kind : *upload.checksum;
    // If no kind was announced, a composite checksum is recognized by "-N".
    const bool marked = expected && expected->base64.find('-') != std::string::npos;
    composite_ = marked || (upload.checksum == kind_ && upload.scope == ChecksumScope::Composite);
    running_ = Checksum::create(kind_);
  }

  void add(std::string_view part) {
    if (running_) running_->update(composite_ ? checksum_of(kind_, part) : part);
    ++parts_;
  }
  std::optional<DeclaredChecksum> finish() {
    if (!running_) return {};
    std::string text = base64(running_->finish());
    if (composite_) text += "-" + std::to_string(parts_);
    return DeclaredChecksum{kind_, std::move(text)};
  }

 private:
  // Null if no checksum was requested.
  std::unique_ptr<Checksum> running_;
  ChecksumKind kind_ = ChecksumKind::Crc32;
  bool composite_ = false;
  std::size_t parts_ = 0;
};

// Clients may omit the number of parts.
bool matches(std::string_view expected, std::string_view actual) noexcept {
  return expected == actual || expected == actual.substr(0, actual.find('-'));
}

}  // namespace

Result<AssembledObject> assemble(MultipartStore& uploads, const MultipartUpload& upload,
                                 const std::vector<CompletedPart>& wanted,
                                 const std::optional<DeclaredChecksum>& expected,
                                 AssemblyLimits limits) {
  const auto stored = uploads.parts(upload);
  if (!stored) return stored.error();
  const auto total = check_parts(wanted, *stored, limits);
  if (!total) return total.error();

  AssembledObject object;
  object.body.reserve(*total);
  ObjectChecksum checksum(upload, expected);
  std::string etags;
  for (const auto& part : wanted) {
    const auto body = read_checked(uploads, upload, part);
    if (!body) return body.error();
    // If a part was replaced in the meantime, it may be longer.
    if (body->size() > limits.max_object_bytes - object.body.size())
      return no_such_part(part.number);
    checksum.add(*body);
    object.body += *body;
    etags += part.etag;
  }
  object.etag = etag_of_sha256(checksum_of(ChecksumKind::Sha256, etags), wanted.size());
  object.checksum = checksum.finish();
  if (expected && !matches(expected->base64, object.checksum->base64)) {
    return rejection(Code::BadDigest, "the object's checksum does not match");
  }
  return object;
}

}  // namespace streamkit::s3
