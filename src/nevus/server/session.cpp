// SPDX-License-Identifier: MIT
#include "nevus/server/session.h"

#include <malloc.h>
#include <algorithm>

#include "nevus/server/batch.h"
#include "nevus/server/secrets.h"

namespace nevus::server {
namespace {

constexpr std::size_t kBytesPerMegabyte = 1'000'000;
constexpr std::chrono::minutes kSafeFromEviction{1};
constexpr std::size_t kMaxBatches = 20;

std::size_t bytes_of(ReportNotes const& typed) {
  auto const& [patient, born, site, history, analyst] = typed.notes;
  auto const sign_off = typed.sign_off ? typed.sign_off->analyst.size() + typed.sign_off->reason.size() : 0;
  return sizeof(ReportNotes) + patient.size() + born.size() + site.size() + history.size() + analyst.size() + sign_off;
}

/// What libraries freed (decoded pixels, tensors) goes back to the operating system, not only to the heap. Takes about
/// a tenth of an answer's time.
void give_back_freed() { ::malloc_trim(0); }

}  // namespace

std::size_t bytes_of(StoredAnalysis const& analysis) {
  auto const& output = analysis.analysis.output;
  auto const numbers = output ? output->embedding.size() + output->class_maps.size() : 0;
  // The sentences of an answer stand in its result JSON, and once more in what that was written from.
  return sizeof(StoredAnalysis) + sizeof(Explained) + sizeof(Told) + analysis.name.size() + analysis.answer_key.size() +
         2 * analysis.result_json.size() + numbers * sizeof(float);
}

Session::Session(std::string id, int max_photos, int max_tokens, Meter meter)
    : id_(std::move(id)),
      max_photos_(static_cast<std::size_t>(max_photos)),
      meter_(std::move(meter)),
      tokens_(max_tokens) {}

Result<void> Session::add(std::shared_ptr<StoredAnalysis const> analysis) {
  std::lock_guard const lock(mutex_);
  if (ended_) return {};
  if (analyses_.size() >= max_photos_) {
    return fail(ErrorCode::kSessionFull, "this session holds " + std::to_string(analyses_.size()) +
                                             " photos, the limit (max_session_photos); delete some");
  }
  order_.push_back(analysis->id);
  analyses_.emplace(analysis->id, std::move(analysis));
  return {};
}

std::shared_ptr<StoredAnalysis const> Session::find(std::string const& id) const {
  std::lock_guard const lock(mutex_);
  auto const found = analyses_.find(id);
  return found == analyses_.end() ? nullptr : found->second;
}

std::shared_ptr<StoredAnalysis const> Session::find_answer(std::string const& answer_key) const {
  std::lock_guard const lock(mutex_);
  auto const found =
      std::ranges::find_if(analyses_, [&](auto const& entry) { return entry.second->answer_key == answer_key; });
  return found == analyses_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<StoredAnalysis const>> Session::list() const {
  std::lock_guard const lock(mutex_);
  std::vector<std::shared_ptr<StoredAnalysis const>> list;
  for (auto id = order_.rbegin(); id != order_.rend(); ++id) list.push_back(analyses_.at(*id));
  return list;
}

bool Session::remove(std::string const& id) {
  std::shared_ptr<StoredAnalysis const> removed;  // wiped after the lock
  std::lock_guard const lock(mutex_);
  auto const found = analyses_.find(id);
  if (found == analyses_.end()) return false;
  removed = std::move(found->second);
  analyses_.erase(found);
  report_notes_.erase(id);
  std::erase(order_, id);
  return true;
}

Result<void> Session::room_for(std::size_t photos) const {
  std::lock_guard const lock(mutex_);
  if (analyses_.size() + photos <= max_photos_) return {};
  return fail(ErrorCode::kSessionFull, "this session holds " + std::to_string(analyses_.size()) +
                                           " photos and may hold " + std::to_string(max_photos_) +
                                           " (max_session_photos); delete some");
}

Result<void> Session::add(std::shared_ptr<Batch> batch) {
  std::lock_guard const lock(mutex_);
  if (ended_) return fail(ErrorCode::kNotFound, "the session has ended");
  if (batches_.size() >= kMaxBatches) {
    return fail(ErrorCode::kSessionFull,
                "this session holds " + std::to_string(batches_.size()) + " batches, the limit; delete some");
  }
  auto const id = batch->id();
  batches_.emplace(id, std::move(batch));
  return {};
}

std::shared_ptr<Batch> Session::find_batch(std::string const& id) const {
  std::lock_guard const lock(mutex_);
  auto const found = batches_.find(id);
  return found == batches_.end() ? nullptr : found->second;
}

bool Session::remove_batch(std::string const& id) {
  auto const batch = find_batch(id);
  if (!batch) return false;
  batch->cancel();
  std::lock_guard const lock(mutex_);
  return batches_.erase(id) > 0;
}

ReportNotes Session::report_notes(std::string const& analysis_id) const {
  std::lock_guard const lock(mutex_);
  auto const found = report_notes_.find(analysis_id);
  return found == report_notes_.end() ? ReportNotes{} : found->second.typed;
}

bool Session::set_report_notes(std::string const& analysis_id, ReportNotes notes) {
  std::lock_guard const lock(mutex_);
  if (!analyses_.contains(analysis_id)) return false;
  Metered held(bytes_of(notes), meter_);
  report_notes_[analysis_id] = {std::move(notes), std::move(held)};
  return true;
}

SessionSettings Session::settings() const {
  std::lock_guard const lock(mutex_);
  return settings_;
}

LlmKey Session::llm_key() const {
  std::lock_guard const lock(mutex_);
  return llm_key_;
}

void Session::set_llm_key(LlmKey key) {
  std::lock_guard const lock(mutex_);
  if (ended_) return;
  llm_key_ = std::move(key);
  llm_models_.forget();
}

void Session::set(SessionSettings settings) {
  std::lock_guard const lock(mutex_);
  settings_ = std::move(settings);
}

bool Session::end() {
  decltype(analyses_) analyses;
  decltype(batches_) batches;
  ending_.request_stop();
  {
    std::lock_guard const lock(mutex_);
    ended_ = true;
    llm_key_ = {};
    analyses.swap(analyses_);
    batches.swap(batches_);
    order_.clear();
    report_notes_.clear();
  }
  for (auto const& [id, batch] : batches) batch->cancel();
  return !analyses.empty() || !batches.empty();
}

std::size_t Session::bytes() const {
  std::lock_guard const lock(mutex_);
  std::size_t sum = 0;
  for (auto const& [id, analysis] : analyses_) sum += analysis->photo->bytes().size();
  return sum;
}

SessionStore::SessionStore(Settings const& settings)
    : idle_limit_(settings.session_idle_min),
      max_sessions_(static_cast<std::size_t>(settings.max_sessions)),
      max_bytes_(kBytesPerMegabyte * static_cast<std::size_t>(settings.session_memory_mb)),
      max_photos_(settings.max_session_photos),
      max_tokens_(settings.llm_session_tokens) {}

std::shared_ptr<Session> SessionStore::find(std::string const& id) {
  std::lock_guard const lock(mutex_);
  auto const found = sessions_.find(id);
  if (found == sessions_.end() || Clock::now() - found->second->last_used_ > idle_limit_) return nullptr;
  found->second->last_used_ = Clock::now();
  found->second->returned_ = true;
  return found->second;
}

std::shared_ptr<Session> SessionStore::take_least_wanted(Session const* keep) {
  auto const wanted_less = [](std::shared_ptr<Session> const& a, std::shared_ptr<Session> const& b) {
    // A request is at work with it, or has just answered: they go only where there are no others.
    bool const a_is_held = a.use_count() > 1;
    if (a_is_held != (b.use_count() > 1)) return !a_is_held;
    return a->returned_ != b->returned_ ? !a->returned_ : a->last_used_ < b->last_used_;
  };
  auto least = sessions_.end();
  for (auto session = sessions_.begin(); session != sessions_.end(); ++session) {
    auto const& candidate = *session->second;
    if (&candidate == keep || (candidate.returned_ && Clock::now() - candidate.last_used_ < kSafeFromEviction))
      continue;
    if (least == sessions_.end() || wanted_less(session->second, least->second)) least = session;
  }
  if (least == sessions_.end()) return nullptr;
  auto taken = std::move(least->second);
  sessions_.erase(least);
  return taken;
}

Result<std::shared_ptr<Session>> SessionStore::create() {
  auto session = std::make_shared<Session>(random_id(), max_photos_, max_tokens_, meter_bytes_);
  std::shared_ptr<Session> evicted;
  {
    std::lock_guard const lock(mutex_);
    if (sessions_.size() >= max_sessions_) {
      evicted = take_least_wanted(nullptr);
      if (!evicted) {
        return fail(ErrorCode::kOverloaded, "all " + std::to_string(max_sessions_) +
                                                " sessions are in use (max_sessions); try again in a minute");
      }
    }
    sessions_.emplace(session->id(), session);
  }
  if (evicted && evicted->end()) has_evicted_ = true;
  return session;
}

void SessionStore::end(std::string const& id) {
  std::shared_ptr<Session> session;
  {
    std::lock_guard const lock(mutex_);
    auto const found = sessions_.find(id);
    if (found == sessions_.end()) return;
    session = std::move(found->second);
    sessions_.erase(found);
  }
  if (session->end()) give_back_freed();
}

void SessionStore::end_all() {
  decltype(sessions_) ended;
  {
    std::lock_guard const lock(mutex_);
    ended.swap(sessions_);
  }
  for (auto const& [id, session] : ended) session->end();
  give_back_freed();
}

void SessionStore::sweep() {
  std::vector<std::shared_ptr<Session>> expired;
  {
    std::lock_guard const lock(mutex_);
    for (auto const& [id, session] : sessions_) {
      if (Clock::now() - session->last_used_ > idle_limit_) expired.push_back(session);
    }
    for (auto const& session : expired) sessions_.erase(session->id());
  }
  bool freed = has_evicted_.exchange(false);
  for (auto const& session : expired) freed |= session->end();
  if (freed) give_back_freed();
}

Result<std::shared_ptr<StoredPhoto const>> SessionStore::store(Bytes photo, Session const& keep) {
  while (*meter_bytes_ + photo.size() > max_bytes_) {
    std::shared_ptr<Session> evicted;
    {
      std::lock_guard const lock(mutex_);
      evicted = take_least_wanted(&keep);
    }
    if (!evicted) {
      return fail(ErrorCode::kOverloaded, "all sessions together fill the memory that they may (session_memory_mb)");
    }
    if (evicted->end()) has_evicted_ = true;
  }
  return std::make_shared<StoredPhoto const>(photo, meter_bytes_);
}

std::chrono::seconds SessionStore::expires_in(Session const& session) const {
  std::lock_guard const lock(mutex_);
  auto const left = idle_limit_ - (Clock::now() - session.last_used_);
  return std::max(std::chrono::seconds(0), std::chrono::ceil<std::chrono::seconds>(left));
}

std::size_t SessionStore::count() const {
  std::lock_guard const lock(mutex_);
  return sessions_.size();
}

}  // namespace nevus::server
