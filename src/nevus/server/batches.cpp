// SPDX-License-Identifier: MIT
// /api/v1/batches

#include <charconv>

#include "nevus/server/archive.h"
#include "nevus/server/batch.h"
#include "nevus/server/handlers.h"
#include "nevus/server/lookup.h"
#include "nevus/server/reports_archive.h"
#include "nevus/server/upload.h"

namespace nevus::server {
namespace {

Result<std::vector<BatchPhoto>> photos_of(App& app, Request const& request, Upload const& upload) {
  std::vector<BatchPhoto> photos;
  auto const keep = [&](std::string name, Bytes bytes) -> Result<void> {
    NEVUS_TRY(auto stored, app.sessions.store(bytes, *request.session));
    photos.push_back({std::move(name), std::move(stored)});
    return {};
  };
  if (upload.archive) {
    ArchiveLimits limits;
    limits.max_photos = static_cast<std::size_t>(app.settings.max_batch_photos);
    limits.max_photo_bytes = image::limits_from(app.settings).max_bytes;
    NEVUS_CHECK(unpack_photos(*upload.archive, limits, [&](ArchivedPhoto one) -> Result<void> {
      auto name = photo_name(std::move(one.name));
      if (one.bytes) return keep(std::move(name), *one.bytes);
      photos.push_back({std::move(name), tl::unexpected<Error>(std::move(one.bytes).error())});
      return {};
    }));
  }
  for (auto const& one : upload.photos) NEVUS_CHECK(keep(one.name, one.bytes));
  return photos;
}

Response download(std::string media_type, std::string text, std::string const& file_name) {
  return Response::text(std::move(media_type), std::move(text))
      .with("Content-Disposition", "attachment; filename=\"" + file_name + "\"");
}

}  // namespace

Result<Response> post_batch(App& app, Request const& request) {
  auto const max_photos = static_cast<std::size_t>(app.settings.max_batch_photos);
  NEVUS_TRY(auto upload, read_upload(request, max_photos));
  NEVUS_CHECK(check(app, upload.request));
  NEVUS_TRY(auto photos, photos_of(app, request, upload));
  NEVUS_CHECK(request.session->room_for(photos.size()));
  upload.request.audited_as = "http batch";
  if (upload.request.model.empty()) upload.request.model = request.session->settings().model;
  auto batch = std::make_shared<Batch>(std::move(photos), upload.request, request.session);
  NEVUS_CHECK(request.session->add(batch));
  batch->start(app);
  auto response = Response::json(batch->json(), 202);
  response.undo = [session = request.session, id = batch->id()] { session->remove_batch(id); };
  return std::move(response).with("Location", "/api/v1/batches/" + batch->id());
}

Result<Response> get_batch(App& /*app*/, Request const& request) {
  NEVUS_TRY(auto const batch, find_batch(request));
  return Response::json(batch->json());
}

Result<Response> get_batch_events(App& /*app*/, Request const& request) {
  NEVUS_TRY(auto const batch, find_batch(request));
  auto const last = request.header("last-event-id");
  std::size_t after = 0;
  std::from_chars(last.data(), last.data() + last.size(), after);
  return Response{.media_type = "text/event-stream", .events = batch->events(after)};
}

Result<Response> get_batch_csv(App& /*app*/, Request const& request) {
  NEVUS_TRY(auto const batch, find_batch(request));
  return download("text/csv; charset=utf-8", batch->csv(), "results.csv");
}

Result<Response> get_batch_json_lines(App& /*app*/, Request const& request) {
  NEVUS_TRY(auto const batch, find_batch(request));
  return download("application/jsonl", batch->json_lines(), "results.jsonl");
}

Result<Response> get_batch_reports(App& app, Request const& request) {
  NEVUS_TRY(auto const batch, find_batch(request));
  NEVUS_TRY(auto const wish, read_wish(request));
  Response response{.media_type = "application/zip", .events = reports_archive(app, request.session, *batch, wish)};
  return std::move(response).with("Content-Disposition", "attachment; filename=\"reports.zip\"");
}

Result<Response> delete_batch(App& /*app*/, Request const& request) {
  NEVUS_TRY(auto const batch, find_batch(request));
  request.session->remove_batch(batch->id());
  return Response::no_content();
}

}  // namespace nevus::server
