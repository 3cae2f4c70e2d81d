// SPDX-License-Identifier: MIT
#include "nevus/server/batch.h"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>

#include "nevus/report/csv.h"
#include "nevus/report/json.h"
#include "nevus/server/secrets.h"
#include "nevus/server/summary.h"

namespace nevus::server {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(Json const& tree) { return tree.dump(-1, ' ', false, Json::error_handler_t::replace); }

ModelIdentity model_of(App const& app, AnalysisRequest const& request) {
  auto const classifier = app.models.get(request.model);
  return classifier ? identity((*classifier)->card()) : ModelIdentity{request.model, "", ""};
}

}  // namespace

/// The events of one listener.
class BatchEvents : public EventSource {
 public:
  BatchEvents(std::shared_ptr<Batch> batch, std::size_t next_row) : batch_(std::move(batch)), next_row_(next_row) {}

  Chunk take(std::function<void()> wake) override {
    std::lock_guard const lock(batch_->mutex_);
    Chunk chunk;
    auto const from = next_row_;
    for (; next_row_ < batch_->order_.size(); ++next_row_) {
      auto const& row = batch_->rows_[batch_->order_[next_row_]];
      chunk.text += "id: " + std::to_string(next_row_ + 1) + "\nevent: row\ndata: " + row.json + "\n\n";
    }
    if (next_row_ > from || from == 0) chunk.text += "event: progress\ndata: " + batch_->progress_json() + "\n\n";
    chunk.finished = batch_->state_ != Batch::State::kRunning;
    if (chunk.finished) {
      chunk.text += "event: done\ndata: " + batch_->progress_json() + "\n\n";
    } else {
      batch_->listeners_.push_back(std::move(wake));
    }
    return chunk;
  }

 private:
  std::shared_ptr<Batch> batch_;
  std::size_t next_row_;
};

Batch::Batch(std::vector<BatchPhoto> photos, AnalysisRequest request, std::weak_ptr<Session> session)
    : id_(random_id()),
      request_(std::move(request)),
      session_(std::move(session)),
      photos_(std::move(photos)),
      rows_(photos_.size()) {}

void Batch::start(App& app) {
  auto const pieces = std::min(photos_.size(), static_cast<std::size_t>(app.engine.workers()));
  for (std::size_t i = 0; i < pieces; ++i)
    app.engine.submit_background([self = shared_from_this(), &app] { self->work_on_next(app); });
}

void Batch::cancel() {
  std::lock_guard const lock(mutex_);
  if (state_ == State::kRunning) state_ = State::kCancelled;
  photos_.clear();
  tell_listeners();
}

void Batch::work_on_next(App& app) {
  std::size_t index = 0;
  BatchPhoto photo;
  {
    std::lock_guard const lock(mutex_);
    if (state_ != State::kRunning || next_ == photos_.size()) return;
    index = next_++;
    photo = std::move(photos_[index]);
  }
  auto row = row_for(app, index, std::move(photo));
  row.held = app.sessions.hold(sizeof(Row) + row.json.size() + row.csv.size() + row.json_line.size() + row.name.size());
  finish(index, std::move(row));
  app.engine.submit_background([self = shared_from_this(), &app] { self->work_on_next(app); });
}

Batch::Row Batch::row_for(App& app, std::size_t index, BatchPhoto photo) const {
  auto const name = photo.name;
  Json tree{{"index", index}, {"name", name}};
  Result<std::shared_ptr<StoredAnalysis const>> stored = fail(ErrorCode::kNotFound, "the session has ended");
  try {
    if (!photo.photo) {
      stored = tl::unexpected<Error>(std::move(photo.photo).error());
      app.metrics.failed(info(stored.error().code).name);
    } else if (auto const session = session_.lock()) {
      stored = analyse(app, *session, name, *std::move(photo.photo), request_);
    }
  } catch (std::exception const& bug) {
    stored = fail(ErrorCode::kInternal, "this is a bug in Nevus: " + std::string(bug.what()));
  }
  if (stored) {
    auto const& analysis = **stored;
    tree["analysis_id"] = analysis.id;
    tree["error"] = nullptr;
    auto const head = dump(tree);
    return {head.substr(0, head.size() - 1) + "," + summary_members(analysis) + "}",
            report::to_csv_row(analysis.analysis, name, analysis.model), analysis.result_json, name, analysis.id};
  }
  auto error = stored.error();
  auto const& row = info(error.code);
  constexpr int kFirstServerError = 500;
  if (row.http_status >= kFirstServerError && !app.settings.debug_mode) error.message = row.public_sentence;
  tree["analysis_id"] = nullptr;
  tree["status"] = "failed";
  tree["error"] = {{"code", row.name}, {"message", error.message}};
  auto const model = model_of(app, request_);
  return {dump(tree), report::to_csv_row(error, name, model), report::to_json(error, name, model), name, ""};
}

void Batch::finish(std::size_t index, Row row) {
  std::lock_guard const lock(mutex_);
  failed_ += static_cast<std::size_t>(row.analysis_id.empty());
  rows_[index] = std::move(row);
  order_.push_back(index);
  if (order_.size() == rows_.size()) state_ = State::kDone;
  tell_listeners();
}

void Batch::tell_listeners() {
  for (auto const& wake : std::exchange(listeners_, {})) wake();
}

std::string Batch::progress_json() const {
  return R"({"done":)" + std::to_string(order_.size()) + R"(,"total":)" + std::to_string(rows_.size()) +
         R"(,"failed":)" + std::to_string(failed_) + "}";
}

std::string Batch::json() const {
  constexpr std::string_view kStates[] = {"running", "done", "cancelled"};
  std::lock_guard const lock(mutex_);
  std::string results;
  for (auto const& row : rows_) {
    if (!row.json.empty()) results += (results.empty() ? "" : ",") + row.json;
  }
  return R"({"id":")" + id_ + R"(","state":")" + std::string(kStates[static_cast<std::size_t>(state_)]) + "\"," +
         progress_json().substr(1, progress_json().size() - 2) + R"(,"results":[)" + results + "]}";
}

std::string Batch::csv() const {
  std::lock_guard const lock(mutex_);
  auto text = report::csv_header();
  for (auto const& row : rows_) text += row.csv;
  return text;
}

std::string Batch::json_lines() const {
  std::lock_guard const lock(mutex_);
  std::string text;
  for (auto const& row : rows_) {
    if (!row.json_line.empty()) text += row.json_line + "\n";
  }
  return text;
}

std::vector<BatchAnswer> Batch::answers() const {
  std::lock_guard const lock(mutex_);
  std::vector<BatchAnswer> answers;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (!rows_[i].analysis_id.empty()) answers.push_back({i, rows_[i].name, rows_[i].analysis_id});
  }
  return answers;
}

std::shared_ptr<EventSource> Batch::events(std::size_t after_row) {
  return std::make_shared<BatchEvents>(shared_from_this(), after_row);
}

}  // namespace nevus::server
