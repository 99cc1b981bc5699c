// Rows of leads and appends to them, as a store sees them (state/codec/row_form.h): the front is any text.
#pragma once

#include <cstdint>
#include <string>

#include "state/codec/row_form.h"

namespace leadpulse::testing {

inline std::string FrontOf(const std::string& message) {
  std::string front(state::kRowBodyAt, 'c');
  front[0] = state::kRowVersion;
  front += message;
  state::StoreNumber(static_cast<uint32_t>(front.size()), &front[state::kFrontSizeAt]);
  return front;
}

inline std::string RowOf(const std::string& message, const std::string& entries) { return FrontOf(message) + entries; }
inline std::string AppendOf(const std::string& message, const std::string& entries) {
  return state::kAppendMark + FrontOf(message) + entries;
}

}  // namespace leadpulse::testing
