// SPDX-License-Identifier: MIT
#include "nevus/server/analyse.h"

#include <array>
#include <cstdio>
#include <ctime>

#include "nevus/base/sha256.h"
#include "nevus/report/audit.h"
#include "nevus/report/json.h"
#include "nevus/server/secrets.h"

namespace nevus::server {
namespace {

AnalysisOptions options_for(App const& app, Session const& session, AnalysisRequest const& request) {
  AnalysisOptions options;
  options.limits = image::limits_from(app.settings);
  auto const point = request.operating_point.empty() ? session.settings().operating_point : request.operating_point;
  options.operating_point = operating_point_from(point).value_or(OperatingPoint::kBalanced);
  options.stability = request.stability;
  return options;
}

/// Equal for photos that get the same answer.
std::string answer_key(Bytes photo, ModelCard const& card, AnalysisOptions const& options) {
  return sha256_hex(photo) + card.network_sha256 + std::string(name(options.operating_point)) +
         (options.stability ? "+" : "-");
}

}  // namespace

Result<void> check(App const& app, AnalysisRequest const& request) {
  if (!request.model.empty()) {
    NEVUS_TRY(auto const classifier, app.models.get(request.model));
    (void)classifier;
  }
  if (!request.operating_point.empty() && !operating_point_from(request.operating_point)) {
    return fail(ErrorCode::kUsage,
                "operating_point is \"" + request.operating_point + "\", but must be rule_out, balanced or rule_in");
  }
  return {};
}

Result<std::shared_ptr<StoredAnalysis const>> analyse(App& app, Session& session, std::string name,
                                                      std::shared_ptr<StoredPhoto const> photo,
                                                      AnalysisRequest const& request) {
  auto const model_id = request.model.empty() ? session.settings().model : request.model;
  NEVUS_TRY(auto const classifier, app.models.get(model_id));
  auto const options = options_for(app, session, request);
  auto const key = answer_key(photo->bytes(), classifier->card(), options);
  auto const known = session.find_answer(key);
  auto outcome = known ? Result<Analysis>(known->analysis) : analysis::analyze(photo->bytes(), *classifier, options);
  auto const now = std::chrono::system_clock::now();
  auto const model = identity(classifier->card());
  NEVUS_CHECK(report::record_answer(app.settings.audit_log, request.audited_as, outcome,
                                    {.model = model, .time = std::chrono::floor<std::chrono::seconds>(now)}));
  if (!outcome) {
    app.metrics.failed(info(outcome.error().code).name);
    return tl::unexpected<Error>(std::move(outcome).error());
  }
  auto stored = std::make_shared<StoredAnalysis>();
  stored->id = random_id();
  stored->name = std::move(name);
  stored->answer_key = key;
  stored->created_at = now;
  stored->photo = std::move(photo);
  stored->model = model;
  if (known) stored->explained = known->explained;
  stored->analysis = *std::move(outcome);
  stored->result_json = report::to_json(stored->analysis, stored->name, stored->model);
  stored->held = app.sessions.hold(bytes_of(*stored));
  if (!known) app.metrics.analysed(stored->analysis.times, stored->model.id, stored->result_json);
  NEVUS_CHECK(session.add(stored));
  return stored;
}

std::string time_text(std::chrono::system_clock::time_point time) {
  auto const since = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  std::time_t const seconds = since / 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  auto const length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + length, text.size() - length, ".%03dZ", static_cast<int>(since % 1000));
  return text.data();
}

std::string analysis_json(App const& app, Session const& session, StoredAnalysis const& analysis) {
  // The result stands as report::to_json wrote it; three members go in at its front.
  return R"({"id":")" + analysis.id + R"(","created_at":")" + time_text(analysis.created_at) + R"(","expires_in_s":)" +
         std::to_string(app.sessions.expires_in(session).count()) + "," + analysis.result_json.substr(1);
}

}  // namespace nevus::server
