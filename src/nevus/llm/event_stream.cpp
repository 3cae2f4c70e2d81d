// SPDX-License-Identifier: MIT
#include "nevus/llm/event_stream.h"

namespace nevus::llm {

void EventStream::take(std::string_view bytes, std::function<void(std::string const& data)> const& on_data) {
  for (char const byte : bytes) {
    if (byte != '\n') {
      if (byte != '\r') line_ += byte;
      continue;
    }
    if (line_.empty() && any_data_) {
      on_data(data_);
      data_.clear();
      any_data_ = false;
    } else if (std::string_view value = line_; value.starts_with("data:")) {
      value.remove_prefix(value.starts_with("data: ") ? 6 : 5);
      if (any_data_) data_ += '\n';
      data_ += value;
      any_data_ = true;
    }
    line_.clear();
  }
}

}  // namespace nevus::llm
