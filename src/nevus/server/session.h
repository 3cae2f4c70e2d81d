// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "nevus/analysis/analyze.h"
#include "nevus/base/config.h"
#include "nevus/llm/budget.h"
#include "nevus/llm/client.h"
#include "nevus/llm/key.h"
#include "nevus/narrative/facts.h"
#include "nevus/report/facts.h"
#include "nevus/report/sign_off.h"
#include "nevus/server/explained.h"
#include "nevus/server/told.h"
#include "nevus/server/wiped_bytes.h"

namespace nevus::server {

class Batch;

/// How much memory all sessions use.
using Meter = std::shared_ptr<std::atomic<std::size_t>>;

/// So much of it, while this lives.
class Metered {
 public:
  Metered() = default;  ///< nothing
  Metered(std::size_t bytes, Meter meter_bytes) : bytes_(bytes), meter_bytes_(std::move(meter_bytes)) {
    *meter_bytes_ += bytes_;
  }
  ~Metered() {
    if (meter_bytes_) *meter_bytes_ -= bytes_;
  }
  Metered(Metered&& other) noexcept = default;  ///< which leaves it without a meter
  Metered& operator=(Metered&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(meter_bytes_, other.meter_bytes_);
    return *this;
  }
  Metered(Metered const&) = delete;
  Metered& operator=(Metered const&) = delete;

 private:
  std::size_t bytes_ = 0;
  Meter meter_bytes_;
};

/// A photo as it was uploaded. Counted while it lives, wiped when it goes.
class StoredPhoto {
 public:
  StoredPhoto(Bytes bytes, Meter meter) : bytes_(bytes.begin(), bytes.end()), held_(bytes.size(), std::move(meter)) {}
  [[nodiscard]] Bytes bytes() const { return bytes_; }

 private:
  WipedBytes bytes_;
  Metered held_;
};

struct StoredAnalysis {
  std::string id;
  std::string name;        ///< of the photo, as the client called it
  std::string answer_key;  ///< equal where photo, network and options are
  std::chrono::system_clock::time_point created_at;
  std::shared_ptr<StoredPhoto const> photo;
  ModelIdentity model;
  Analysis analysis;
  std::string result_json;  ///< by docs/result-schema.json
  std::shared_ptr<Explained> explained = std::make_shared<Explained>();
  std::shared_ptr<Told> told = std::make_shared<Told>();
  Metered held;  ///< all of it but the photo
};

/// What an analysis takes of memory besides its photo.
[[nodiscard]] std::size_t bytes_of(StoredAnalysis const& analysis);

/// What a person typed for the reports of an analysis.
struct ReportNotes {
  PersonNotes notes;
  std::optional<SignOff> sign_off;
};

/// What the person chose. Empty: the server's default.
struct SessionSettings {
  std::string model;
  std::string operating_point;
  std::string language;
};

/// One person's photos and results, in memory alone. Thread-safe.
class Session {
 public:
  Session(std::string id, int max_photos, int max_tokens, Meter meter);

  std::string const& id() const { return id_; }
  std::chrono::system_clock::time_point created_at() const { return created_at_; }

  /// kSessionFull where it holds as many photos as it may. A session that was ended meanwhile takes nothing, silently.
  [[nodiscard]] Result<void> add(std::shared_ptr<StoredAnalysis const> analysis);
  [[nodiscard]] std::shared_ptr<StoredAnalysis const> find(std::string const& id) const;  ///< null: not here
  /// An analysis of this answer_key: the same photo need not be looked at twice in a session. Null: none.
  [[nodiscard]] std::shared_ptr<StoredAnalysis const> find_answer(std::string const& answer_key) const;
  [[nodiscard]] std::vector<std::shared_ptr<StoredAnalysis const>> list() const;  ///< newest first
  bool remove(std::string const& id);
  [[nodiscard]] Result<void> room_for(std::size_t photos) const;

  /// kSessionFull where it has as many batches as it may, kNotFound where it was ended meanwhile.
  [[nodiscard]] Result<void> add(std::shared_ptr<Batch> batch);
  [[nodiscard]] std::shared_ptr<Batch> find_batch(std::string const& id) const;
  bool remove_batch(std::string const& id);

  /// Of the analysis of this id; empty where nothing was typed.
  [[nodiscard]] ReportNotes report_notes(std::string const& analysis_id) const;
  /// False where the analysis is gone.
  [[nodiscard]] bool set_report_notes(std::string const& analysis_id, ReportNotes notes);
  /// Whoever reads notes to change them holds this meanwhile, so that they change in the order of the audit log.
  [[nodiscard]] std::unique_lock<std::mutex> changing_notes() { return std::unique_lock(changing_notes_); }

  [[nodiscard]] SessionSettings settings() const;
  void set(SessionSettings settings);

  [[nodiscard]] LlmKey llm_key() const;  ///< the person's own; empty: none
  void set_llm_key(LlmKey key);
  [[nodiscard]] llm::ModelChoice& llm_models() { return llm_models_; }  ///< of that key
  [[nodiscard]] TokenBudget& tokens() { return tokens_; }
  [[nodiscard]] std::stop_token ending() const { return ending_.get_token(); }  ///< asked to stop when it ends

  /// Forgets everything, for good. False where there was nothing.
  bool end();
  [[nodiscard]] std::size_t bytes() const;

 private:
  friend class SessionStore;
  std::string id_;
  std::size_t max_photos_;
  std::chrono::system_clock::time_point created_at_ = std::chrono::system_clock::now();
  std::chrono::steady_clock::time_point last_used_ = std::chrono::steady_clock::now();  ///< guarded by the store
  bool returned_ = false;  ///< the client has come back with the cookie; guarded by the store

  Meter meter_;
  TokenBudget tokens_;
  llm::ModelChoice llm_models_;
  std::stop_source ending_;
  std::mutex changing_notes_;  ///< before `mutex_`
  mutable std::mutex mutex_;
  bool ended_ = false;
  SessionSettings settings_;
  LlmKey llm_key_;
  std::map<std::string, std::shared_ptr<StoredAnalysis const>> analyses_;
  std::vector<std::string> order_;
  struct HeldNotes {
    ReportNotes typed;
    Metered held;
  };
  std::map<std::string, HeldNotes> report_notes_;  ///< by analysis
  std::map<std::string, std::shared_ptr<Batch>> batches_;
};

/// All sessions. Thread-safe.
class SessionStore {
 public:
  explicit SessionStore(Settings const& settings);

  /// The session of this cookie, which counts as used now; null where there is none (any more).
  [[nodiscard]] std::shared_ptr<Session> find(std::string const& id);
  /// A new session. Where there are too many, one goes: first those whose client never came back with its cookie, then
  /// the one that was idle for longest; one that a caller still holds only where all are held. kOverloaded where all
  /// were used within the last minute.
  [[nodiscard]] Result<std::shared_ptr<Session>> create();
  void end(std::string const& id);
  void end_all();
  void sweep();  ///< ends what was idle for too long, and gives back what is free since sessions had to go for others

  /// Keeps `photo`. Sessions go as in `create` where all of them fill more memory than they may.
  [[nodiscard]] Result<std::shared_ptr<StoredPhoto const>> store(Bytes photo, Session const& keep);

  [[nodiscard]] std::chrono::seconds expires_in(Session const& session) const;
  [[nodiscard]] std::size_t count() const;
  /// Of photos, answers, rows of batches and what was typed. A language model's texts are left out: tokens limit them.
  [[nodiscard]] std::size_t bytes() const { return *meter_bytes_; }
  [[nodiscard]] Metered hold(std::size_t bytes) const { return {bytes, meter_bytes_}; }

 private:
  using Clock = std::chrono::steady_clock;
  std::shared_ptr<Session> take_least_wanted(Session const* keep);

  std::chrono::minutes idle_limit_;
  std::size_t max_sessions_;
  std::size_t max_bytes_;
  int max_photos_;
  int max_tokens_;
  Meter meter_bytes_ = std::make_shared<std::atomic<std::size_t>>(0);
  std::atomic<bool> has_evicted_ = false;  ///< since the last sweep
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Session>> sessions_;
};

}  // namespace nevus::server
