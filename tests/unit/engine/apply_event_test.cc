// Which properties a journal's entry stores.
#include "processor/engine/apply_event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/engine/event_properties.h"

namespace leadpulse::engine::apply_event_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class EventProperties : public ::testing::Test {
 protected:
  // Returns the properties that are journaled.
  state::EntryProperties Journaled(codec::NamedValues properties, const std::string& url = "") {
    codec::Event event;
    event.key = {"t", "lead"};
    event.properties = std::move(properties);
    event.url = url;
    std::vector<LeftOutProperty> left_out;
    const auto kept = EntryOf(event, definitions_->For("t"), &left_out).properties;
    for (const LeftOutProperty& property : left_out) said_.Add(property);
    left_out_ += left_out.size();
    return kept == nullptr ? state::EntryProperties() : *kept;
  }

  uint64_t left_out_ = 0;
  LeftOutProperties said_;
  std::shared_ptr<const config::Definitions> definitions_ =
      config::LoadDefinitions(
          "tenants: {t: {tiers: [{name: all}], event_properties: {url: text, total: number, "
          "order.total: number, order.plan.name: text, due: date, day: day, gift: boolean}}}")
          .definitions;
};

TEST_F(EventProperties, OnlyDeclaredOnesAreKeptConverted) {
  EXPECT_THAT(Journaled({{"Total", Value{std::string(" 12.5 ")}}, {"color", Value{std::string("red")}}}),
              ElementsAre(Pair("total", Value{12.5})));
  EXPECT_EQ(left_out_, 0u);
}

TEST_F(EventProperties, ATextOfMoreThan256BytesIsLeftOutAndCounted) {
  const std::string longest(kMaxPropertyTextBytes, 'x');
  EXPECT_THAT(Journaled({{"url", Value{longest}}}), ElementsAre(Pair("url", Value{longest})));
  EXPECT_EQ(left_out_, 0u);
  EXPECT_THAT(Journaled({{"url", Value{longest + "x"}}}), IsEmpty());
  EXPECT_EQ(left_out_, 1u);
}

TEST_F(EventProperties, WhatDoesNotConvertIsLeftOutAndCounted) {
  EXPECT_THAT(Journaled({{"total", Value{std::string("many")}}, {"url", Value{StructValue{"{}"}}}}), IsEmpty());
  EXPECT_EQ(left_out_, 2u);
}

TEST_F(EventProperties, OfAListTheFirstElementsThatConvertAreKept) {
  const auto kept = [&](const char* name, ScalarList list) { return Journaled({{name, Value{std::move(list)}}}); };
  EXPECT_THAT(kept("total", {1.0, std::string("x"), std::string(" 2 "), true}),
              ElementsAre(Pair("total", Value{ScalarList{1.0, 2.0}})));
  EXPECT_THAT(kept("total", {7.0}), ElementsAre(Pair("total", Value{ScalarList{7.0}})));
  EXPECT_THAT(kept("total", {std::string("x")}), IsEmpty());
  EXPECT_THAT(kept("total", {}), IsEmpty());
  EXPECT_THAT(kept("gift", {std::string("TRUE"), 0.0, 2.0}), ElementsAre(Pair("gift", Value{ScalarList{true, false}})));
  EXPECT_THAT(kept("day", {std::string("2026-03-01"), std::string("soon")}), ElementsAre(Pair("day", ::testing::_)));
  const std::string longest(kMaxPropertyTextBytes, 'x');
  EXPECT_THAT(kept("url", {longest, longest + "x", std::string(" "), std::string(" b ")}),
              ElementsAre(Pair("url", Value{ScalarList{longest, std::string("b")}})));
  ScalarList many(kMaxPropertyElements, std::string("x"));
  many.emplace_back(5.0);
  EXPECT_THAT(kept("total", many), IsEmpty()) << "elements beyond the first are not looked at";
  EXPECT_EQ(left_out_, 0u);
}

TEST_F(EventProperties, ADottedNameIsLookedUpInObjects) {
  const auto total = [&](codec::NamedValues properties) {
    const state::EntryProperties kept = Journaled(std::move(properties));
    return kept.empty() ? std::string("none") : kept[0].first + " " + ValueToJson(kept[0].second);
  };
  const auto object = [](const char* name, const char* json) { return std::pair(name, Value{StructValue{json}}); };
  EXPECT_EQ(total({object("order", R"({"total":12.50})")}), "order.total 12.50");
  EXPECT_EQ(total({object("ORDER", R"({"a":{"total":1},"b":"]}\"","Total":" 3 "})")}), "order.total 3");
  EXPECT_EQ(total({object("order", R"({"TOTAL":1,"tota\u006c":2})")}), "order.total 2") << "the greater name";
  EXPECT_EQ(total({object("order", R"({"TOTAL":1,"total":null})")}), "none");
  EXPECT_EQ(total({{"order.total", Value{5.0}}, object("order", R"({"total":1})")}), "order.total 5");
  for (const Value& absent : {Value{}, Value{std::string(" ")}, Value{ScalarList{}}}) {
    EXPECT_EQ(total({{"order.total", absent}, object("order", R"({"total":1})")}), "order.total 1");
  }
  EXPECT_EQ(total({object("order", R"({"total":[1,"x",3]})")}), "order.total [1,3]");
  EXPECT_EQ(total({object("order", R"({"plan":{"name":"gold","x":{}}})")}), "order.plan.name \"gold\"");
  EXPECT_EQ(left_out_, 0u);
  EXPECT_EQ(total({{"order", Value{ScalarList{1.0}}}}), "none");
  EXPECT_EQ(total({object("order", R"([{"total":1}])")}), "none") << "a list on the way";
  EXPECT_EQ(total({object("order", R"({"plan":"gold"})")}), "none");
  EXPECT_EQ(total({object("order", "{}")}), "none");
  EXPECT_EQ(left_out_, 0u);
  EXPECT_EQ(total({{"order.total", Value{std::string("x")}}, object("order", R"({"total":1})")}), "none");
  EXPECT_EQ(total({object("order", R"({"total":{"a":1}})")}), "none");
  EXPECT_EQ(total({object("order", R"({"total":[1,null]})")}), "none");
  EXPECT_EQ(left_out_, 3u);
}

TEST_F(EventProperties, WhatIsLeftOutIsSaidWithItsReason) {
  Journaled({{"total", Value{std::string("many")}}, {"url", Value{std::string(300, 'x')}}});
  Journaled(
      {{"total", Value{std::string("few")}}, {"gift", Value{StructValue{"{}"}}}, {"due", Value{StructValue{"[[]]"}}}});
  EXPECT_THAT(
      said_.Describe(),
      ElementsAre("the property \"due\" was left out of 1 event: it is a list that holds null, a list or an object",
                  "the property \"gift\" was left out of 1 event: it is an object; declare its members, as in "
                  "`order.total`",
                  "the property \"total\" was left out of 2 events: it cannot be converted to its declared type",
                  "the property \"url\" was left out of 1 event: a text of more than 256 bytes is not kept"));
  LeftOutProperties logged;
  EXPECT_EQ(logged.AddNew(said_).size(), 4u);
  EXPECT_THAT(logged.AddNew(said_), IsEmpty());
  LeftOutProperties many;
  for (int i = 0; i < 2000; ++i) many.Add({"p" + std::to_string(i), PropertyFault::kObject});
  EXPECT_EQ(many.Describe().size(), LeftOutProperties::kMaxNames + 1);
}

TEST_F(EventProperties, TheEventsUrlStandsInForABlankOne) {
  const auto kept = ElementsAre(Pair("url", Value{std::string("https://x.org")}));
  EXPECT_THAT(Journaled({}, "https://x.org"), kept);
  EXPECT_THAT(Journaled({{"URL", Value{std::string(" ")}}}, "https://x.org"), kept);
  EXPECT_THAT(Journaled({{"url", Value{}}}, "https://x.org"), kept);
  EXPECT_THAT(Journaled({{"url", Value{std::string("mine")}}}, "https://x.org"),
              ElementsAre(Pair("url", Value{std::string("mine")})));
}

TEST_F(EventProperties, OfTwoEqualNamesTheGreaterInByteOrderStands) {
  EXPECT_THAT(Journaled({{"TOTAL", Value{1.0}}, {"total", Value{2.0}}}), ElementsAre(Pair("total", Value{2.0})));
}

}  // namespace leadpulse::engine::apply_event_test
