// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "nevus/narrative/writer.h"

namespace nevus::server {

/// What a language model last said of an analysis, for each language and reader. Thread-safe.
class Told {
 public:
  [[nodiscard]] std::optional<Prose> find(WriterOptions const& options) const {
    std::lock_guard const lock(mutex_);
    auto const found = prose_.find({options.language, options.reader});
    return found == prose_.end() ? std::nullopt : std::optional(found->second);
  }
  void keep(Prose prose) {
    std::lock_guard const lock(mutex_);
    prose_.insert_or_assign({prose.language, prose.reader}, std::move(prose));
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<Language, Register>, Prose> prose_;
};

}  // namespace nevus::server
