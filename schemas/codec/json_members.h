// Writes members of an object in proto3 JSON, which leaves out defaults. Each ends with a comma; CloseObject replaces
// the last comma by the brace.
#pragma once

#include <string>
#include <string_view>

#include "processor/base/text.h"
#include "processor/base/value.h"

namespace leadpulse::codec {

// `"name":`, which needs no escaping.
inline void AppendName(std::string_view name, std::string* out) { AppendParts({"\"", name, "\":"}, out); }

// `"name":"value",`, or nothing if the value is empty.
inline void AppendText(std::string_view name, std::string_view value, std::string* out) {
  if (value.empty()) return;
  AppendName(name, out);
  AppendJsonString(value, out);
  *out += ',';
}

inline void CloseObject(std::string* out) {
  if (out->back() == ',') out->pop_back();
  *out += '}';
}

}  // namespace leadpulse::codec
