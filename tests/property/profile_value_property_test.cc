// A value is printed from its message as it is printed itself, also after the message was sent.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

#include "leadpulse/v1/lead_profile.pb.h"
#include "processor/base/value.h"
#include "schemas/codec/profile_value.h"
#include "tests/property/lead_generators.h"

namespace leadpulse::codec::profile_value_property_test {

std::string PrintedFromMessage(const Value& value) {
  v1::ProfileValue message;
  SetProfileValue(value, &message);
  v1::ProfileValue received;
  RC_ASSERT(received.ParseFromString(message.SerializeAsString()));
  std::string json;
  AppendProfileValueJson(received, &json);
  return json;
}

TEST(ProfileValuePropertyTest, MessagesPrintAsTheirValues) {
  EXPECT_TRUE(rc::check([] {
    const Value value = *testing::AnyProperty();
    RC_ASSERT(PrintedFromMessage(value) == ValueToJson(value));
  }));
}

TEST(ProfileValuePropertyTest, NumbersKeepAllDigitsAndTheirExponent) {
  EXPECT_TRUE(rc::check([] {
    const auto digits = [](int most) {
      std::string text(1, static_cast<char>('1' + *rc::gen::inRange(0, 9)));
      for (int left = *rc::gen::inRange(0, most); left > 0; --left) {
        text += static_cast<char>('0' + *rc::gen::inRange(0, 10));
      }
      return text;
    };
    std::string text = *rc::gen::element<std::string>("", "-") + digits(50);
    if (*rc::gen::arbitrary<bool>()) text += "." + digits(30);
    if (*rc::gen::arbitrary<bool>()) text += "e" + std::to_string(*rc::gen::inRange(-400, 400));
    const Value number = *Number::ParseJson(text);
    RC_ASSERT(PrintedFromMessage(number) == ValueToJson(number));
    RC_ASSERT(PrintedFromMessage(ScalarList{*Number::ParseJson(text), true}) == "[" + ValueToJson(number) + ",true]");
  }));
}

}  // namespace leadpulse::codec::profile_value_property_test
