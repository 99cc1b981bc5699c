// What a mapping can say: names by conditions, times without a zone, JSON in texts, challenges and erasures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "processor/base/text.h"
#include "processor/webhooks/generic_provider.h"
#include "schemas/codec/input_writer.h"

namespace leadpulse::webhooks::generic_mapping_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Instant kReceivedAt{1'772'323'200'000};

std::vector<std::string> ErrorsOf(std::string_view yaml) {
  std::vector<std::string> lines;
  for (const config::DefinitionsProblem& problem : LoadGenericProvider(yaml).errors) {
    lines.push_back(config::RenderProblem("m", "error", problem));
  }
  return lines;
}

// Converts a post. A mapping with errors, or a body that cannot be read, gives a skipped event with the reason.
Conversion Converted(const std::string& mapping, const std::string& body) {
  const LoadedGenericProvider loaded = LoadGenericProvider(mapping);
  Conversion failed;
  if (loaded.provider == nullptr) {
    failed.skipped.emplace_back().name = config::RenderProblem("m", "error", loaded.errors.front());
    return failed;
  }
  ConversionOptions options;
  options.tenant = "acme";
  Result<Conversion> converted = loaded.provider->Convert({.body = body, .received_at = kReceivedAt}, options);
  if (converted.ok()) return *std::move(converted);
  failed.skipped.emplace_back().name = converted.status().message();
  return failed;
}

// Returns the name of the only event, as an event or as one that was skipped.
std::string NameOf(const std::string& event_value, const std::string& body) {
  const Conversion converted = Converted(
      "fields: {event: " + event_value + ", address: email}\nbecomes: {a: custom, b: custom, a.b: custom}", body);
  if (!converted.events.empty()) return converted.events[0].name;
  if (converted.skipped.empty()) return "nothing";
  const Skipped& skipped = converted.skipped[0];
  return "skipped " + skipped.name + (skipped.detail.empty() ? "" : ": " + skipped.detail);
}

TEST(GenericMappingTest, TwoMembersNameAnEvent) {
  const std::string join = "{join: [type, action.name]}";
  EXPECT_EQ(NameOf(join, R"({"email":"a@b.c","type":"a","action":{"name":"b"}})"), "a.b");
  EXPECT_EQ(NameOf(join, R"({"email":"a@b.c","type":"a"})"), "a");
  EXPECT_EQ(NameOf(join, R"({"email":"a@b.c","action":{"name":"b"}})"), "b");
  EXPECT_EQ(NameOf(join, R"({"email":"a@b.c","type":"b","action":{"name":"a"}})"), "skipped b.a");
  EXPECT_EQ(NameOf(join, R"({"email":"a@b.c"})"), "skipped : it does not say what happened");
}

TEST(GenericMappingTest, TheFirstRuleThatHoldsNamesAnEvent) {
  const std::string rules = "[{when: {s: [x, y], n: \"1\"}, is: a}, {when: {t: {present: true}}, is: b}, kind]";
  const auto name = [&](const std::string& members) { return NameOf(rules, R"({"email":"a@b.c")" + members + "}"); };
  EXPECT_EQ(name(R"(,"s":"x","n":1)"), "a");
  EXPECT_EQ(name(R"(,"s":" y ","n":"1","t":"t")"), "a");
  EXPECT_EQ(name(R"(,"s":["w","y"],"n":[1])"), "a") << "one element of a list is enough";
  EXPECT_EQ(name(R"(,"s":"X","n":1,"kind":"a.b")"), "a.b") << "texts are compared with their case";
  EXPECT_EQ(name(R"(,"s":"x","n":2)"), "skipped : it does not say what happened");
  for (const char* present : {R"("t")", "0", "false", "[0]", R"({"a":null})"}) {
    EXPECT_EQ(name(std::string(",\"t\":") + present), "b") << present;
  }
  for (const char* absent : {R"("")", R"(" ")", "null", "[]", "{}"}) {
    EXPECT_EQ(name(std::string(R"(,"kind":"a","t":)") + absent), "a") << absent;
  }
  EXPECT_EQ(NameOf("[{when: {t: {present: false}, \"f[k=v].x\": yes}, is: a}, {always: b}]",
                   R"({"email":"a@b.c","f":[{"k":"v","x":"yes"}]})"),
            "a");
  EXPECT_EQ(NameOf("[{when: {flag: \"true\"}, is: a}, {always: b}]", R"({"email":"a@b.c","flag":true})"), "a");
}

TEST(GenericMappingTest, EveryMistakeInNames) {
  EXPECT_THAT(
      ErrorsOf("fields:\n"
               "  lead: l\n"
               "  event:\n"
               "    - {when: {a..b: x, c: [], d: {presnt: true}, e: {present: maybe}}, is: y}\n"
               "    - {when: {a: x}}\n"
               "    - {join: [], always: x}\n"
               "    - {join: []}\n"
               "    - {when: {}, is: z}\n"
               "becomes: {o: open}\n"),
      ElementsAre("m:4:15: error: fields.event[0].when.a..b: expected a name in the path \"a..b\"",
                  "m:4:27: error: fields.event[0].when.c: expected at least one text",
                  "m:4:34: error: fields.event[0].when.d: expected a text, a list of texts, or {present: true}",
                  "m:4:35: error: fields.event[0].when.d.presnt: unknown key \"presnt\"; did you mean \"present\"?",
                  "m:4:63: error: fields.event[0].when.e.present: expected true or false, found \"maybe\"",
                  "m:5:7: error: fields.event[1]: expected a path, {always: NAME}, {join: [PATH, PATH]} or {when: "
                  "{PATH: TEXT}, is: NAME}",
                  "m:6:7: error: fields.event[2]: expected a path, {always: NAME}, {join: [PATH, PATH]} or {when: "
                  "{PATH: TEXT}, is: NAME}",
                  "m:7:14: error: fields.event[3].join: expected at least one path",
                  "m:8:14: error: fields.event[4].when: expected at least one condition",
                  "m:9:10: error: becomes: it is missing what \"y\" becomes, which events are by their `when`",
                  "m:9:10: error: becomes: it is missing what \"z\" becomes, which every event is"));
}

TEST(GenericMappingTest, ATimeMayLackAZone) {
  const auto time = [](const std::string& mapped, const std::string& value) {
    const Conversion converted =
        Converted("fields: {event: {always: o}, lead: l, time: " + mapped + "}\nbecomes: {o: open}",
                  R"({"l":"1","t":)" + value + "}");
    if (converted.events.empty()) return converted.skipped[0].name;
    return FormatRfc3339(converted.events[0].occurred_at) + (converted.guessed_times > 0 ? " guessed" : "");
  };
  const std::string guessed = "2026-03-01T00:00:00Z guessed";
  EXPECT_EQ(time("t", R"("2026-02-28T12:41:01Z")"), "2026-02-28T12:41:01Z");
  EXPECT_EQ(time("t", R"("2026-02-28 12:41:01")"), guessed);
  EXPECT_EQ(time("{path: t, format: seconds}", "1772282461001"), "2026-02-28T12:41:01.001Z") << "as it always was";
  const std::string berlin = "{path: t, zone: Europe/Berlin}";
  EXPECT_EQ(time(berlin, R"("2026-02-28 12:41:01.5")"), "2026-02-28T11:41:01.500Z");
  EXPECT_EQ(time(berlin, R"("2025-07-28T12:41")"), "2025-07-28T10:41:00Z");
  EXPECT_EQ(time(berlin, R"("2026-02-28")"), "2026-02-27T23:00:00Z");
  EXPECT_EQ(time(berlin, R"("2026-02-28T12:41:01Z")"), "2026-02-28T12:41:01Z");
  EXPECT_EQ(time(berlin, "1772282461"), "2026-02-28T12:41:01Z");
  EXPECT_EQ(time(berlin, R"("28.02.2026")"), guessed);
  const std::string dotted = "{path: t, format: DD.MM.YYYY, zone: Europe/Berlin}";
  EXPECT_EQ(time(dotted, R"("28.2.2026 12:41")"), "2026-02-28T11:41:00Z");
  EXPECT_EQ(time(dotted, R"("31.2.2026 12:41")"), guessed);
  EXPECT_EQ(time("{path: t, format: MM/DD/YYYY, zone: UTC}", R"("2/3/2026, 9:30 PM")"), "2026-02-03T21:30:00Z");
  EXPECT_THAT(ErrorsOf("fields: {event: t, lead: l, time: {path: t, format: textt, zone: Berlin}}\nbecomes: {o: open}"),
              ElementsAre("m:1:53: error: fields.time.format: expected a format (seconds, millis or text, or an order "
                          "such as DD.MM.YYYY), found \"textt\"; did you mean \"text\"?",
                          "m:1:66: error: fields.time.zone: expected a time zone such as UTC or Europe/Berlin, found "
                          "\"Berlin\""));
}

constexpr char kJsonTexts[] =
    "json: [payload, payload.inner]\nevents: payload\nfields: {event: k, address: email}\nbecomes: {a: custom}";

TEST(GenericMappingTest, TextsMayHoldJson) {
  const auto count = [](const std::string& body) {
    const Conversion converted = Converted(kJsonTexts, body);
    return converted.skipped.empty() ? std::to_string(converted.events.size()) : converted.skipped[0].name;
  };
  EXPECT_EQ(count(R"({"payload":"[{\"k\":\"a\",\"email\":\"a@b.c\"},{\"k\":\"a\",\"email\":\"b@b.c\"}]"})"), "2");
  EXPECT_EQ(count("payload=%7B%22k%22%3A%22a%22%2C%22email%22%3A%22a%40b.c%22%7D"), "1");
  EXPECT_EQ(count(R"({"payload":{"k":"a","email":"a@b.c","inner":"{}"}})"), "1") << "already JSON";
  EXPECT_EQ(count(R"({"payload":"{"})"),
            "a text that holds JSON by the mapping cannot be read: it is not JSON from byte 1 on");
  EXPECT_EQ(count(R"({"other":"{}"})"), "the body has no events where the mapping says that they are");
}

// A body and the JSON in its texts share one limit.
TEST(GenericMappingTest, TextsThatHoldJsonAreBounded) {
  const auto zeros = [](int count) {
    std::string list = "[0";
    for (int i = 1; i < count; ++i) list += ",0";
    return list + "]";
  };
  const auto said = [&](int in_text, int beside) {
    const Conversion converted =
        Converted("json: [payload]\nevents: none\nfields: {event: k, lead: l}\nbecomes: {a: open}",
                  R"({"payload":")" + zeros(in_text) + R"(","x":)" + zeros(beside) + "}");
    return converted.skipped[0].name;
  };
  EXPECT_EQ(said(49'000, 49'000), "the body has no events where the mapping says that they are");
  EXPECT_EQ(said(51'000, 51'000),
            "a text that holds JSON by the mapping cannot be read: it holds more values than events of its size could "
            "have");
}

TEST(GenericMappingTest, AChallengeIsNoEvent) {
  const std::string mapping = "challenge: {body: c.text}\nfields: {event: k, lead: l}\nbecomes: {a: open}";
  const Conversion asked = Converted(mapping, R"({"c":{"text":"<b>x"},"k":"a","l":"1"})");
  EXPECT_EQ(asked.challenge, "<b>x");
  EXPECT_THAT(asked.events, IsEmpty());
  ASSERT_THAT(asked.skipped, SizeIs(1));
  EXPECT_EQ(asked.skipped[0].reason, SkipReason::kNoEngagement);
  for (const std::string& none : {std::string(R"("")"), std::string("null"), std::string(R"({"a":1})"),
                                  "\"" + std::string(kMaxChallengeBytes + 1, 'x') + "\""}) {
    const Conversion event = Converted(mapping, R"({"c":{"text":)" + none + R"(},"k":"a","l":"1"})");
    EXPECT_EQ(event.challenge, "");
    EXPECT_THAT(event.events, SizeIs(1)) << none.substr(0, 20);
  }
  const LoadedGenericProvider query =
      LoadGenericProvider("challenge: {query: hub.challenge}\nfields: {event: k, lead: l}\nbecomes: {a: open}");
  EXPECT_EQ(query.provider->traits().challenge_parameter, "hub.challenge");
  const LoadedGenericProvider json = LoadGenericProvider(
      "challenge: {query: crc_token, answer: {response_token: 'sha256={hmac_base64}'}}\n"
      "fields: {event: k, lead: l}\nbecomes: {a: open}");
  ASSERT_TRUE(json.provider != nullptr);
  EXPECT_EQ(json.provider->traits().challenge_answer, (ChallengeAnswer{{"response_token", "sha256={hmac_base64}"}}));
  for (const char* answer : {"{}", "[]", "x", "{a: {}}"}) {
    EXPECT_EQ(ErrorsOf(Concat({"challenge: {body: c, answer: ", answer,
                               "}\nfields: {event: k, lead: l}\nbecomes: {a: open}"}))
                  .size(),
              1u)
        << answer;
  }
  EXPECT_THAT(ErrorsOf("challenge: {}\nfields: {event: k, lead: l}\nbecomes: {a: open}"),
              ElementsAre("m:1:12: error: challenge: expected {query: PARAMETER} or {body: PATH}"));
}

TEST(GenericMappingTest, AnEventMayErase) {
  const std::string rest =
      "fields: {event: k, address: email, lead: id, time: at}\nbecomes: {gone: nothing}\ncommands: ";
  const std::string body = R"({"k":"gone","email":"A@b.c","at":1772282461})";
  const Conversion erased = Converted(rest + "{gone: {erase: true}}", body);
  ASSERT_THAT(erased.commands, SizeIs(1));
  EXPECT_EQ(erased.commands[0].key.lead, "a@b.c");
  EXPECT_EQ(erased.commands[0].issued_at, Instant{1'772'282'461'000});
  ASSERT_NE(erased.commands[0].actions.Find<codec::Erase>(), nullptr);
  EXPECT_FALSE(erased.commands[0].actions.Find<codec::Erase>()->suppress);
  const Conversion suppressed = Converted(rest + "{gone: {erase: {suppress: true}}}", body);
  EXPECT_TRUE(suppressed.commands[0].actions.Find<codec::Erase>()->suppress);
  EXPECT_EQ(suppressed.commands[0].command_id, erased.commands[0].command_id);
  EXPECT_TRUE(LoadGenericProvider(rest + "{gone: {erase: true}}").provider->traits().erases);
  EXPECT_FALSE(LoadGenericProvider(rest + "{gone: {note: k}}").provider->traits().erases);
  EXPECT_THAT(ErrorsOf(rest + "{gone: {erase: true, note: k}}"),
              ElementsAre("m:3:19: error: commands.gone.erase: an erasure removes all that the others set; leave them "
                          "out"));
  EXPECT_THAT(ErrorsOf(rest + "{gone: {erase: sure}}"),
              ElementsAre("m:3:26: error: commands.gone.erase: expected true or false, found \"sure\""));
}

}  // namespace leadpulse::webhooks::generic_mapping_test
