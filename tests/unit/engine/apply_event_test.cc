// Which properties a journal's entry stores.
#include "processor/engine/apply_event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "config/definitions_loader.h"

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
    const auto kept = EntryOf(event, definitions_->For("t"), &left_out_).properties;
    return kept == nullptr ? state::EntryProperties() : *kept;
  }

  uint64_t left_out_ = 0;
  std::shared_ptr<const config::Definitions> definitions_ =
      config::LoadDefinitions("tenants: {t: {tiers: [{name: all}], event_properties: {url: text, total: number}}}")
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
  EXPECT_THAT(Journaled({{"total", Value{std::string("many")}}, {"url", Value{ScalarList{1.0}}}}), IsEmpty());
  EXPECT_EQ(left_out_, 2u);
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
