// SPDX-License-Identifier: MIT
// What the server reads from strangers. The first byte chooses: a form, tensors, an address, a ZIP, base64, or
// the JSON of a session's settings, of what is typed for reports, of a text that is wanted.
#include <cstdlib>
#include <string>

#include "nevus/server/archive.h"
#include "nevus/server/handlers.h"
#include "nevus/server/multipart.h"
#include "nevus/server/route.h"
#include "nevus/server/secrets.h"
#include "nevus/server/target.h"
#include "nevus/server/tensors.h"

namespace {

using namespace nevus;

void expect(bool holds) {
  if (!holds) std::abort();
}

void form(Bytes bytes) {
  constexpr std::size_t kMaxParts = 5;
  auto const parts = server::parse_form("multipart/form-data; boundary=x", bytes, kMaxParts);
  if (!parts) return expect(!parts.error().message.empty());
  expect(parts->size() <= kMaxParts);
  for (auto const& part : *parts) {
    bool const inside =
        part.content.empty() || (part.content.data() >= bytes.data() &&
                                 part.content.data() + part.content.size() <= bytes.data() + bytes.size());
    expect(inside && (!part.file_name || part.file_name->find('/') == std::string::npos));
  }
}

void tensors(Bytes bytes) {
  if (bytes.empty()) return;
  std::size_t const json_bytes = bytes[0] == 255 ? bytes.size() - 1 : std::size_t{bytes[0]} * 4;
  constexpr server::InferLimits kLimits{.max_numbers = 1000, .max_strings = 4};
  auto const request = server::parse_infer(bytes.subspan(1), json_bytes, kLimits);
  if (!request) return expect(!request.error().message.empty());
  for (auto const& input : request->inputs) {
    std::int64_t count = 1;
    for (auto const side : input.shape) count *= side;
    expect(static_cast<std::size_t>(count) == (input.holds_strings ? input.strings.size() : input.values.size()));
  }
}

void zip(Bytes bytes) {
  server::ArchiveLimits const limits{.max_photos = 4, .max_photo_bytes = 10'000, .max_total_bytes = 30'000};
  std::size_t photos = 0;
  auto const unpacked = server::unpack_photos(bytes, limits, [&](server::ArchivedPhoto const& photo) -> Result<void> {
    ++photos;
    expect(!photo.bytes || photo.bytes->size() <= limits.max_photo_bytes);
    return {};
  });
  if (!unpacked) return expect(!unpacked.error().message.empty());
  expect(photos > 0 && photos <= limits.max_photos);
}

/// Handlers that read JSON, without a network behind them.
void json(server::Handler handler, Bytes bytes) {
  static server::App app(Settings{}, {}, 1, [](server::LogLine const&) {});
  static auto const session = app.sessions.create().value();
  static std::string const id = [] {
    auto analysis = std::make_shared<server::StoredAnalysis>();
    analysis->id = "a";
    analysis->photo = app.sessions.store({}, *session).value();
    expect(session->add(analysis).has_value());
    return analysis->id;
  }();
  server::Request request{.id = "1", .path = "/"};
  request.parameters = {id};
  request.session = session;
  request.body.assign(bytes.begin(), bytes.end());
  auto const response = handler(app, request);
  if (!response) return expect(!response.error().message.empty());
  expect(!response->bytes.empty() || response->events);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  Bytes const bytes(data + 1, size - 1);
  std::string const text(bytes.begin(), bytes.end());
  switch (data[0] % 8) {
    case 0:
      form(bytes);
      break;
    case 1:
      tensors(bytes);
      break;
    case 2:
      if (auto const target = server::parse_target(text)) expect(target->path.starts_with('/'));
      break;
    case 3:
      zip(bytes);
      break;
    case 4:
      json(server::put_session, bytes);
      break;
    case 5:
      json(server::put_occasion, bytes);
      break;
    case 6:
      json(server::post_narrative, bytes);
      break;
    default:
      if (auto const decoded = server::base64_decoded(text)) expect(decoded->size() <= text.size());
  }
  return 0;
}
