#include "schemas/codec/profile_value.h"

#include <type_traits>
#include <variant>

#include "leadpulse/v1/lead_profile.pb.h"
#include "processor/base/json_object.h"
#include "schemas/codec/protobuf_change.h"

namespace leadpulse::codec {
namespace {

template <typename AnyValue>
void SetAny(const AnyValue& value, v1::ProfileValue* out) {
  const auto set = [out](const auto& held) {
    using Held = std::decay_t<decltype(held)>;
    if constexpr (std::is_same_v<Held, bool>) out->set_boolean(held);
    if constexpr (std::is_same_v<Held, Number>) {
      held.own_spelling() != nullptr ? out->set_decimal(held.Spelling()) : out->set_number(held.nearest());
    }
    if constexpr (std::is_same_v<Held, Instant>) SetTimestamp(held, out->mutable_time());
    if constexpr (std::is_same_v<Held, std::string>) out->set_text(held);
    if constexpr (std::is_same_v<Held, CalendarDay>) out->set_day(FormatDay(held.day));
    if constexpr (std::is_same_v<Held, StructValue>) out->set_json(held.json);
    if constexpr (std::is_same_v<Held, ScalarList>) {
      out->mutable_list();
      for (const Scalar& element : held) SetAny(element, out->mutable_list()->add_elements());
    }
  };
  std::visit(set, value);
}

}  // namespace

void SetProfileValue(const Value& value, v1::ProfileValue* out) { SetAny(value, out); }

void AppendProfileValueJson(const v1::ProfileValue& value, std::string* out) {
  switch (value.kind_case()) {
    case v1::ProfileValue::kBoolean:
      *out += value.boolean() ? "true" : "false";
      return;
    case v1::ProfileValue::kNumber:
      *out += Number(value.number()).Spelling();
      return;
    case v1::ProfileValue::kDecimal:
      *out += value.decimal();
      return;
    case v1::ProfileValue::kText:
      return AppendJsonString(value.text(), out);
    case v1::ProfileValue::kTime:
      return AppendJsonString(FormatRfc3339(GetTime(true, value.time())), out);
    case v1::ProfileValue::kDay:
      return AppendJsonString(value.day(), out);
    case v1::ProfileValue::kList:
      return AppendJsonArray(value.list().elements(), out,
                             [out](const v1::ProfileValue& element) { AppendProfileValueJson(element, out); });
    case v1::ProfileValue::kJson:
      *out += value.json();
      return;
    case v1::ProfileValue::KIND_NOT_SET:
      *out += "null";
      return;
  }
}

}  // namespace leadpulse::codec
