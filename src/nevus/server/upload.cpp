// SPDX-License-Identifier: MIT
#include "nevus/server/upload.h"

#include <array>

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

bool is_text_part(std::string_view name) {
  for (auto const known : kTextParts) {
    if (name == known) return true;
  }
  return false;
}

Result<void> take(FormPart const& part, Upload& upload) {
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
  Upload upload;
  for (auto const name : kTextParts) {
    if (auto const value = request.parameter(std::string(name))) NEVUS_CHECK(set(upload.request, name, *value));
  }
  if (type.starts_with("multipart/form-data")) {
    NEVUS_TRY(auto const parts, parse_form(type, request.bytes(), max_photos + kTextParts.size()));
    for (auto const& part : parts) NEVUS_CHECK(take(part, upload));
  } else if (type.starts_with("image/") || type.starts_with("application/octet-stream") ||
             type.starts_with("application/dicom")) {
    upload.photos.push_back({photo_name(request.parameter("name").value_or("photo")), request.bytes()});
  } else if (type.starts_with("application/zip")) {
    upload.archive = request.bytes();
  } else {
    return fail(ErrorCode::kUsage, "the Content-Type is \"" + type +
                                       "\", but must be multipart/form-data with a part photo, image/* or "
                                       "application/octet-stream");
  }
  if (upload.photos.size() > max_photos) {
    return fail(ErrorCode::kUsage, std::to_string(upload.photos.size()) + " photos are more than the limit of " +
                                       std::to_string(max_photos));
  }
  if (upload.photos.empty() && upload.archive.empty())
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
