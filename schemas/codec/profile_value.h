// Values of attributes and properties in messages (ProfileValue in lead_profile.proto). Thread-safe.
#pragma once

#include <string>

#include "processor/base/value.h"

namespace leadpulse::v1 {
class ProfileValue;
}  // namespace leadpulse::v1

namespace leadpulse::codec {

// Sets the value; nothing if it is null.
void SetProfileValue(const Value& value, v1::ProfileValue* out);
// Appends what ValueToJson returns for the value that was set.
void AppendProfileValueJson(const v1::ProfileValue& value, std::string* out);

}  // namespace leadpulse::codec
