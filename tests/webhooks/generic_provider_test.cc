// Mappings of the generic provider: every error is reported with its line. tests/data/webhooks/generic-*.posts has
// posts and their records.
#include "processor/webhooks/generic_provider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "processor/base/json.h"
#include "processor/webhooks/command_mapping.h"
#include "tests/support/file_content.h"

namespace leadpulse::webhooks::generic_provider_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::ReadWholeFile;

std::vector<std::string> ErrorsOf(std::string_view yaml) {
  const LoadedGenericProvider loaded = LoadGenericProvider(yaml);
  EXPECT_EQ(loaded.provider == nullptr, !loaded.errors.empty());
  std::vector<std::string> lines;
  for (const config::DefinitionsProblem& problem : loaded.errors) {
    lines.push_back(config::RenderProblem("m", "error", problem));
  }
  return lines;
}

// Converts a post with this mapping and body.
Result<Conversion> Converted(std::string_view mapping, const std::string& body) {
  ConversionOptions options;
  options.tenant = "acme";
  return LoadGenericProvider(mapping).provider->Convert({.body = body, .received_at = Instant{0}}, options);
}

// Returns what the only command of a conversion sets.
codec::NamedValues SetBy(const Result<Conversion>& converted) {
  if (!converted.ok() || converted->commands.size() != 1) return {{"not one command", Value()}};
  return converted->commands[0].actions.Find<codec::UpdateProfile>()->set;
}

TEST(GenericProviderTest, TheExamplesAreThoseThatThePayloadsAreReadWith) {
  for (const std::string name : {"webform", "signup"}) {
    const std::string example = ReadWholeFile("config/examples/" + name + ".yaml");
    EXPECT_THAT(ErrorsOf(example), IsEmpty());
    EXPECT_EQ(example, ReadWholeFile("tests/data/webhooks/generic-" + name + ".yaml"));
  }
}

// Returns the body in the comment at the beginning of an example.
std::string BodyInComment(const std::string& text) {
  std::string body;
  for (size_t at = text.find("#   {"); text.compare(at, 4, "#   ") == 0; at = text.find('\n', at) + 1) {
    body += text.substr(at + 1, text.find('\n', at) - at);
  }
  return body;
}

TEST(GenericProviderTest, TheBodyOfTheExampleWithCommandsFillsTheProfile) {
  const std::string text = ReadWholeFile("config/examples/signup.yaml");
  const Result<Conversion> converted = Converted(text, BodyInComment(text));
  ASSERT_TRUE(converted.ok()) << converted.status().message();
  EXPECT_EQ(converted->events.size(), 1u);
  ASSERT_EQ(converted->commands.size(), 5u);
  const auto* update = converted->commands[0].actions.Find<codec::UpdateProfile>();
  ASSERT_NE(update, nullptr);
  EXPECT_EQ(update->set.size(), 8u);
  EXPECT_EQ(converted->commands[0].key.lead, "ada@example.com");
  EXPECT_EQ(converted->commands[0].actor, "signup");
}

constexpr char kAnswersAreSet[] =
    "fields: {event: {always: form}, lead: id}\nbecomes: {form: nothing}\ncommands: {form: {set: answers}}";

// A run refuses a whole command for an `email` that no lead can have.
TEST(GenericProviderTest, AnEmailThatNoLeadCanHaveIsLeftOut) {
  const struct {
    const char* answer;
    const char* set;  // null: nothing
  } cases[] = {{R"("Ada <Ada@Example.com>")", "ada@example.com"},
               {R"(" Ada@Example.com ")", " Ada@Example.com "},
               {R"("\u200bAda@Example.com\u00a0")", "ada@example.com"},
               {R"("none")", "none"},
               {R"("a@x.org, b@x.org")", nullptr},
               {R"("Ada <a@x.org; b@x.org>")", nullptr},
               {R"(["a@x.org"])", nullptr},
               {"5", nullptr}};
  for (const auto& each : cases) {
    const std::string body = std::string(R"({"id": "7", "answers": {"City": "Rome", "Email": )") + each.answer + "}}";
    codec::NamedValues set = {{"City", Value(std::string("Rome"))}};
    if (each.set != nullptr) set.emplace_back("Email", Value(std::string(each.set)));
    EXPECT_EQ(SetBy(Converted(kAnswersAreSet, body)), set) << each.answer;
  }
}

// A form may hold a file. The event has to fit in a record all the same.
TEST(GenericProviderTest, PropertiesThatARecordCannotHoldAreLeftOut) {
  const std::string photo(2 << 20, 'x');
  const std::string body = R"({"id": "7", "answers": {"age": "40", "photo": ")" + photo + R"(", "zip": "8001"}})";
  const Result<Conversion> converted =
      Converted("fields: {event: {always: left}, lead: id, properties: answers}\nbecomes: {left: unsubscribe}", body);
  ASSERT_TRUE(converted.ok() && converted->events.size() == 1);
  EXPECT_EQ(converted->events[0].properties,
            (codec::NamedValues{{"age", Value(std::string("40"))}, {"zip", Value(std::string("8001"))}}));
}

// The others stay.
TEST(GenericProviderTest, AnAttributeThatACommandCannotHoldIsLeftOut) {
  const std::string photo(kMaxMappedValuesBytes, 'x');
  const std::string body =
      R"({"id": "7", "answers": {"age": "40", "photo": {"data": ")" + photo + R"("}, "zip": "8001"}})";
  EXPECT_EQ(SetBy(Converted(kAnswersAreSet, body)),
            (codec::NamedValues{{"age", Value(std::string("40"))}, {"zip", Value(std::string("8001"))}}));
}

TEST(GenericProviderTest, WhatTheExampleHasInCommentsLoadsToo) {
  std::string text = ReadWholeFile("config/examples/webform.yaml");
  for (const std::string begin : {"message:", "topic:", "arguments:"}) {
    const size_t at = text.find("  # " + begin);
    ASSERT_NE(at, std::string::npos) << begin;
    text.erase(at + 2, 2);
  }
  EXPECT_THAT(ErrorsOf(text), IsEmpty());
}

TEST(GenericProviderTest, TheBodyOfTheExampleBecomesARecord) {
  const std::string text = ReadWholeFile("config/examples/webform.yaml");
  const Result<Conversion> converted = Converted(text, BodyInComment(text));
  ASSERT_TRUE(converted.ok()) << converted.status().message();
  ASSERT_EQ(converted->events.size(), 1);
  EXPECT_EQ(converted->events[0].key.lead, "4711");
  EXPECT_EQ(converted->events[0].name, "Pricing");
  EXPECT_EQ(converted->events[0].properties.size(), 2);
}

TEST(GenericProviderTest, TheLeastThatAMappingNeeds) {
  EXPECT_THAT(ErrorsOf("fields: {event: type, address: email}\nbecomes: {opened: open}"), IsEmpty());
  EXPECT_EQ(LoadGenericProvider("fields: {event: t, lead: l}\nbecomes: {o: open}").provider->name(), "generic");
}

TEST(GenericProviderTest, EveryMistakeAtOnceWithItsPlace) {
  const std::string outcomes =
      "(sent, delivered, open, click, reply, hard_bounce, soft_bounce, unsubscribe, resubscribe, complaint, "
      "page_visit, "
      "custom or nothing), ";
  EXPECT_THAT(
      ErrorsOf("provider: Web Form\n"
               "event: events\n"
               "fields:\n"
               "  event: {allways: x}\n"
               "  adress: contact.email\n"
               "  time: {path: a..b, format: secs}\n"
               "  id: a[x]\n"
               "  link: 'a]'\n"
               "  name: {a: b}\n"
               "becomes:\n"
               "  opened: opend\n"
               "  bounced: bounce\n"),
      ElementsAre(
          "m:1:11: error: provider: expected a name of a–z 0–9 _ -, found \"Web Form\"",
          "m:2:1: error: event: unknown key \"event\"; did you mean \"events\"?",
          "m:4:3: error: fields: `address` or `lead` is missing: where it stands who the event is about",
          "m:4:10: error: fields.event: expected a path, {always: NAME}, {join: [PATH, PATH]} or {when: {PATH: TEXT}, "
          "is: NAME}",
          "m:4:11: error: fields.event.allways: unknown key \"allways\"; did you mean \"always\"?",
          "m:5:3: error: fields.adress: unknown key \"adress\"; did you mean \"address\"?",
          "m:6:18: error: fields.time.path: expected a name in the path \"a..b\"",
          "m:6:30: error: fields.time.format: expected a format (seconds, millis or text, or an order such as "
          "DD.MM.YYYY), found \"secs\"",
          "m:7:8: error: fields.id: expected an index such as [0], a choice such as [name=Email] or a name in "
          "[\"…\"] in the path \"a[x]\"",
          "m:8:11: error: fields.link: expected a dot or an index such as [0] in the path \"a]\"",
          "m:9:9: error: fields.name: expected a path such as contact.emails[0], found a map",
          "m:11:11: error: becomes.opened: expected what it becomes " + outcomes +
              "found \"opend\"; did you mean \"open\"?",
          "m:12:12: error: becomes.bounced: expected what it becomes " + outcomes + "found \"bounce\""));
}

TEST(GenericProviderTest, WhatIsMissing) {
  EXPECT_THAT(ErrorsOf(""), ElementsAre("m: error: the file is empty; the keys `fields` and `becomes` are missing"));
  EXPECT_THAT(ErrorsOf("provider: x"),
              ElementsAre("m: error: the key `fields` is missing", "m: error: the key `becomes` is missing"));
  EXPECT_THAT(
      ErrorsOf("fields: {}\nbecomes: {}"),
      ElementsAre("m:1:9: error: fields: `event` is missing: where an event's name stands, or {always: NAME}",
                  "m:1:9: error: fields: `address` or `lead` is missing: where it stands who the event is about",
                  "m:2:10: error: becomes: expected at least one of their events"));
  EXPECT_THAT(ErrorsOf("fields: {event: {always: x}, lead: l, time: {}}\nbecomes: {y: open}"),
              ElementsAre("m:1:45: error: fields.time: a time needs a `path`",
                          "m:2:10: error: becomes: it is missing what \"x\" becomes, which every event is"));
}

TEST(GenericProviderTest, EveryMistakeInCommandsAtOnce) {
  EXPECT_THAT(
      ErrorsOf("fields: {event: t, lead: l}\n"
               "becomes: {o: open}\n"
               "commands:\n"
               "  o:\n"
               "    sets: {a: b}\n"
               "    set: {a: b..c, d: {alway: x}}\n"
               "    add_tags: vip\n"
               "    add_lists: [{always: x}, 'a]']\n"
               "    consents: [{purpose: news}, {granted: a}, x]\n"
               "    note: [a]\n"
               "  p: {}\n"),
      ElementsAre("m:5:5: error: commands.o.sets: unknown key \"sets\"; did you mean \"set\"?",
                  "m:6:16: error: commands.o.set.a: expected a name in the path \"b..c\"",
                  "m:6:23: error: commands.o.set.d: expected a path, or {always: NAME}",
                  "m:6:24: error: commands.o.set.d.alway: unknown key \"alway\"; did you mean \"always\"?",
                  "m:7:15: error: commands.o.add_tags: expected a list of paths, or of {always: NAME}, found \"vip\"",
                  "m:8:32: error: commands.o.add_lists[1]: expected a dot or an index such as [0] in the path \"a]\"",
                  "m:9:16: error: commands.o.consents[0]: a consent needs `granted`: the path of the answer, or "
                  "{always: yes}",
                  "m:9:33: error: commands.o.consents[1]: a consent needs a `purpose`",
                  "m:9:47: error: commands.o.consents[2]: expected a consent {purpose, granted}, found \"x\"",
                  "m:10:11: error: commands.o.note: expected a path such as contact.emails[0], found a list",
                  "m:11:3: error: commands.p: has no line in `becomes`; where only commands come of it, it becomes "
                  "nothing",
                  "m:11:6: error: commands.p: it changes nothing; expected at least one of set, add_tags, "
                  "remove_tags, add_lists, remove_lists, consents, note or erase"));
  EXPECT_THAT(ErrorsOf("fields: {event: t, lead: l}\nbecomes: {o: open}\n"
                       "commands: {o: {consents: [{purpose: p, granted: {always: maybe}}]}}"),
              ElementsAre("m:3:49: error: commands.o.consents[0].granted: \"maybe\" is neither yes nor no"));
  EXPECT_THAT(ErrorsOf("fields: {event: t, lead: l}\nbecomes: {o: open}\ncommands: [o]"),
              ElementsAre("m:3:11: error: commands: expected a map from their events to what each changes, found a "
                          "list"));
}

TEST(GenericProviderTest, ATopicIsAPathOrOneText) {
  const std::string rest = ", event: t, lead: l}\nbecomes: {o: unsubscribe}";
  EXPECT_THAT(ErrorsOf("fields: {topic: group.id" + rest), IsEmpty());
  EXPECT_THAT(ErrorsOf("fields: {topic: {always: " + std::string(128, 'n') + "}" + rest), IsEmpty());
  EXPECT_THAT(ErrorsOf("fields: {topic: {always: " + std::string(129, 'n') + "}" + rest),
              ElementsAre("m:1:17: error: fields.topic: the topic is over 128 bytes long"));
  EXPECT_THAT(ErrorsOf("fields: {topic: [a]" + rest),
              ElementsAre("m:1:17: error: fields.topic: expected a path such as contact.emails[0], found a list"));
}

TEST(GenericProviderTest, TheNamesOfOthersAreTaken) {
  EXPECT_THAT(ErrorsOf("provider: sendgrid\nfields: {event: t, lead: l}\nbecomes: {o: open}"),
              ElementsAre("m:1:11: error: provider: \"sendgrid\" is the name of a provider that needs no mapping"));
}

TEST(GenericProviderTest, WhatIsNoYamlAtAll) {
  EXPECT_EQ(ErrorsOf("fields: [").size(), 1);
  EXPECT_THAT(ErrorsOf("- a"),
              ElementsAre("m:1:1: error: expected a map with the keys fields and becomes, found a list"));
}

}  // namespace leadpulse::webhooks::generic_provider_test
