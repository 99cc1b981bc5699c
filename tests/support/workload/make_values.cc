#include "tests/support/workload/record_parts.h"

namespace leadpulse::workload {

using model::FieldType;
using model::Json;
using model::Millis;

namespace {

FieldType NaturalType(const std::string& name) {
  if (name == "budget" || name == "seats" || name == "total" || name == "cart.total") {
    return FieldType::kNumber;
  }
  if (name == "vip_status" || name == "gift") return FieldType::kBoolean;
  if (name == "birthday" || name == "delivery") return FieldType::kCalendarDay;
  if (name == "Renewal Date" || name == "due date") return FieldType::kDate;
  return FieldType::kText;
}

}  // namespace

std::string TimeText(Random& random, Millis time) {
  std::string text = model::FormatInstant(time);
  if (random.Chance(80)) return text;
  if (random.Chance(50)) {
    const std::string local = model::FormatInstant(time + 2 * model::kHour);
    return local.substr(0, local.size() - 1) + "+02:00";
  }
  // Microseconds are cut off.
  if (time % 1000 != 0) return text.substr(0, text.size() - 1) + "999Z";
  return text.substr(0, text.size() - 1) + ".000999Z";
}

std::string SmallId(Random& random, const std::string& prefix) { return prefix + std::to_string(random.Below(40)); }

Json AnyValue(Random& random, const World& world, const std::string& name) {
  const bool is_celebrated = name == "birthday" || name == "Renewal Date";
  if (world.theme == Theme::kDates && is_celebrated && random.Chance(80)) return random.OneOf(world.births);
  const int64_t kind = random.Below(20);
  if (kind == 0) return nullptr;
  if (kind == 1) return Json::array();
  if (kind == 2) return Json{{"a", 1}, {"b", "x"}};
  if (kind == 3) {
    return PickScalar(random, world, static_cast<FieldType>(random.Below(model::kFieldTypes)));
  }
  const FieldType type = NaturalType(name);
  if (kind > 5) return PickScalar(random, world, type);
  Json list = Json::array();
  const int64_t size = random.Between(1, 3);
  for (int64_t i = 0; i < size; ++i) {
    list.push_back(PickScalar(random, world, type));
  }
  return list;
}

}  // namespace leadpulse::workload
