// SPDX-License-Identifier: MIT
#include "nevus/server/reports_archive.h"

#include <array>
#include <cstdio>
#include <exception>
#include <optional>

#include "nevus/server/zip_stream.h"

namespace nevus::server {
namespace {

std::chrono::sys_seconds now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

Bytes bytes_of(std::string const& text) { return {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()}; }

class ReportsArchive : public EventSource, public std::enable_shared_from_this<ReportsArchive> {
 public:
  ReportsArchive(App& app, std::weak_ptr<Session> session, Batch const& batch, ReportWish const& wish)
      : app_(app), session_(std::move(session)), wish_(wish), answers_(batch.answers()), zip_(now()) {
    ready_ = zip_.file("results.csv", bytes_of(batch.csv()));
    *ready_ += zip_.file("results.jsonl", bytes_of(batch.json_lines()));
  }

  Chunk take(std::function<void()> wake) override {
    Chunk chunk;
    {
      std::lock_guard const lock(mutex_);
      if (!ready_) {
        wake_ = std::move(wake);
        return chunk;
      }
      chunk.text = *std::exchange(ready_, std::nullopt);
      if (next_ == answers_.size()) {
        chunk.text += zip_.end();
        chunk.finished = true;
        return chunk;
      }
      wake_ = std::move(wake);
    }
    app_.engine.submit_background([self = weak_from_this()] {
      if (auto const archive = self.lock()) archive->make_next();
    });
    return chunk;
  }

  std::string idle() const override { return ""; }

 private:
  /// One at a time: nothing else touches zip_ and next_ until ready_ is there.
  void make_next() {
    auto const& answer = answers_[next_++];
    auto piece = piece_for(answer);
    std::lock_guard const lock(mutex_);
    ready_ = std::move(piece);
    if (auto const wake = std::exchange(wake_, nullptr)) wake();
  }

  /// Empty where the analysis is gone; a sentence in place of the report where that cannot be made.
  std::string piece_for(BatchAnswer const& answer) {
    auto const session = session_.lock();
    auto const analysis = session ? session->find(answer.analysis_id) : nullptr;
    if (!analysis) return "";
    std::array<char, 16> number{};
    std::snprintf(number.data(), number.size(), "%03zu-", answer.index + 1);
    auto const name = number.data() + plain_file_name(answer.name);
    auto const pdf = [&]() -> Result<ByteVector> {
      try {
        NEVUS_TRY(auto const parts, report_parts(app_, *session, *analysis));
        return make_pdf(parts, wish_);
      } catch (std::exception const& bug) {
        return fail(ErrorCode::kInternal, bug.what());
      }
    }();
    if (pdf) return zip_.file(name + ".pdf", *pdf);
    auto const sentence = std::string(info(pdf.error().code).public_sentence) + "\n";
    return zip_.file(name + ".txt", bytes_of(sentence));
  }

  App& app_;
  std::weak_ptr<Session> session_;
  ReportWish wish_;
  std::vector<BatchAnswer> answers_;
  std::size_t next_ = 0;
  ZipStream zip_;

  std::mutex mutex_;
  std::optional<std::string> ready_;  ///< made and not yet taken; nothing: in the making
  std::function<void()> wake_;
};

}  // namespace

std::shared_ptr<EventSource> reports_archive(App& app, std::weak_ptr<Session> session, Batch const& batch,
                                             ReportWish const& wish) {
  return std::make_shared<ReportsArchive>(app, std::move(session), batch, wish);
}

}  // namespace nevus::server
