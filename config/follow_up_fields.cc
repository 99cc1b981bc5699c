#include "config/follow_up_fields.h"

namespace leadpulse::config {

const rules::DeclaredTypes& FollowUpFields() {
  static const auto& fields =
      *new rules::DeclaredTypes{{"follow_up_note", FieldType::kText}, {"follow_up_on", FieldType::kDay}};
  return fields;
}

}  // namespace leadpulse::config
