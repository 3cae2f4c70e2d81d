// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "nevus/server/analyse.h"
#include "nevus/server/message.h"

namespace nevus::server {

struct BatchPhoto {
  std::string name;
  Result<std::shared_ptr<StoredPhoto const>> photo = {};  ///< or why there is none
};

/// An analysis of a batch.
struct BatchAnswer {
  std::size_t index = 0;
  std::string name;  ///< of the photo
  std::string analysis_id;
};

/// Many photos of one session, worked on while no request waits. Thread-safe.
class Batch : public std::enable_shared_from_this<Batch> {
 public:
  Batch(std::vector<BatchPhoto> photos, AnalysisRequest request, std::weak_ptr<Session> session);

  std::string const& id() const { return id_; }
  void start(App& app);
  void cancel();  ///< photos that are not begun are left out

  [[nodiscard]] std::string json() const;                  ///< {id, state, total, done, failed, results}
  [[nodiscard]] std::string csv() const;                   ///< as `nevus batch` writes it, in the photos' order
  [[nodiscard]] std::string json_lines() const;            ///< as `nevus batch` writes it, in the photos' order
  [[nodiscard]] std::vector<BatchAnswer> answers() const;  ///< those that there are, in the photos' order
  /// Its events from the start, or those after the row of this number.
  [[nodiscard]] std::shared_ptr<EventSource> events(std::size_t after_row);

 private:
  friend class BatchEvents;
  enum class State { kRunning, kDone, kCancelled };
  struct Row {
    std::string json;
    std::string csv;
    std::string json_line;
    std::string name;
    std::string analysis_id;  ///< empty: it failed
    Metered held = {};
  };
  void work_on_next(App& app);
  [[nodiscard]] Row row_for(App& app, std::size_t index, BatchPhoto photo) const;
  void finish(std::size_t index, Row row);
  void tell_listeners();
  [[nodiscard]] std::string progress_json() const;  ///< called under the lock

  std::string id_;
  AnalysisRequest request_;
  std::weak_ptr<Session> session_;

  mutable std::mutex mutex_;
  State state_ = State::kRunning;
  std::vector<BatchPhoto> photos_;
  std::size_t next_ = 0;
  std::size_t failed_ = 0;
  std::vector<Row> rows_;           ///< by index
  std::vector<std::size_t> order_;  ///< indices in the order in which they were done
  std::vector<std::function<void()>> listeners_;
};

}  // namespace nevus::server
