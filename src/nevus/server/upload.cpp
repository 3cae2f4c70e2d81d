// SPDX-License-Identifier: MIT
#include "nevus/server/upload.h"

#include <array>
#include <set>

#include "nevus/server/header_words.h"
#include "nevus/server/multipart.h"

namespace nevus::server {
namespace {

constexpr std::array<std::string_view, 3> kTextParts{"model", "operating_point", "stability"};
constexpr std::size_t kMaxText_bytes = 256;
constexpr std::size_t kMaxName_bytes = 255;

Result<void> set(AnalysisRequest& request, std::string_view name, std::string const& value) {
  if (name == "model") {
    request.model = value;
  } else if (name == "operating_point") {
    request.operating_point = value;
  } else if (value == "true" || value == "false") {
    request.stability = value == "true";
  } else {
    return fail(ErrorCode::kUsage, "stability is \"" + value + "\", but must be true or false");
  }
  return {};
}

/// What a form and the query beside it have brought of what may come once.
using Seen = std::set<std::string, std::less<>>;

Result<void> once(Seen& seen, std::string_view name) {
  if (seen.insert(std::string(name)).second) return {};
  return fail(ErrorCode::kUsage, std::string(name) + " is there twice");
}

bool is_text_part(std::string_view name) {
  for (auto const known : kTextParts) {
    if (name == known) return true;
  }
  return false;
}

Result<void> take(FormPart const& part, Seen& seen, Upload& upload) {
  if (part.name != "photo") NEVUS_CHECK(once(seen, part.name));
  if (part.name == "photo") {
    upload.photos.push_back({photo_name(part.file_name.value_or("photo")), part.content});
  } else if (part.name == "archive") {
    upload.archive = part.content;
  } else if (!is_text_part(part.name)) {
    return fail(ErrorCode::kUsage, "there is no form part \"" + part.name + "\"");
  } else if (part.content.size() > kMaxText_bytes) {
    return fail(ErrorCode::kUsage,
                "the form part " + part.name + " is longer than " + std::to_string(kMaxText_bytes) + " bytes");
  } else {
    return set(upload.request, part.name, std::string(part.content.begin(), part.content.end()));
  }
  return {};
}

}  // namespace

std::string photo_name(std::string name) {
  if (name.size() <= kMaxName_bytes) return name;
  name.erase(0, name.size() - kMaxName_bytes);
  // A character goes as a whole: its further bytes are 10xxxxxx.
  while (!name.empty() && (static_cast<unsigned char>(name.front()) & 0xC0U) == 0x80U) name.erase(0, 1);
  return name;
}

Result<Upload> read_upload(Request const& request, std::size_t max_photos) {
  auto const type = request.header("content-type");
  auto const media_type = std::string_view(type).substr(0, type.find_first_of("; "));
  Upload upload;
  Seen seen;
  for (auto const name : kTextParts) {
    auto const value = request.parameter(std::string(name));
    if (!value) continue;
    NEVUS_CHECK(once(seen, name));
    NEVUS_CHECK(set(upload.request, name, *value));
  }
  if (same_word(media_type, "multipart/form-data")) {
    NEVUS_TRY(auto const parts, parse_form(type, request.bytes(), max_photos + kTextParts.size()));
    for (auto const& part : parts) NEVUS_CHECK(take(part, seen, upload));
  } else if (begins_with_word(media_type, "image/") || same_word(media_type, "application/octet-stream") ||
             same_word(media_type, "application/dicom")) {
    upload.photos.push_back({photo_name(request.parameter("name").value_or("photo")), request.bytes()});
  } else if (same_word(media_type, "application/zip")) {
    upload.archive = request.bytes();
  } else {
    return fail(ErrorCode::kUsage, "the Content-Type is \"" + type +
                                       "\", but must be multipart/form-data with a part photo, image/*, "
                                       "application/dicom, application/octet-stream or, for a batch, application/zip");
  }
  if (upload.photos.size() > max_photos) {
    return fail(ErrorCode::kUsage, std::to_string(upload.photos.size()) + " photos are more than the limit of " +
                                       std::to_string(max_photos));
  }
  if (upload.archive && !upload.photos.empty())
    return fail(ErrorCode::kUsage, "the request holds photos and an archive, but must hold one or the other");
  if (upload.photos.empty() && !upload.archive)
    return fail(ErrorCode::kUsage, "the request holds no photo: it needs a form part called photo");
  return upload;
}

Result<void> check_photo(App const& app, Bytes photo) {
  auto const limits = image::limits_from(app.settings);
  if (photo.size() > limits.max_bytes) {
    return fail(ErrorCode::kPhotoTooLarge, std::to_string(photo.size()) + " bytes are more than the limit of " +
                                               std::to_string(limits.max_bytes) + " bytes (max_file_size_mb)");
  }
  return {};
}

}  // namespace nevus::server
