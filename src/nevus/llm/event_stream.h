// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace nevus::llm {

/// Server-sent events (WHATWG HTML, 9.2.6) as far as chat completions use them: the data of each event, however the
/// stream is cut. Fields other than data are left out.
class EventStream {
 public:
  void take(std::string_view bytes, std::function<void(std::string const& data)> const& on_data);

 private:
  std::string line_;
  std::string data_;
  bool any_data_ = false;
};

}  // namespace nevus::llm
