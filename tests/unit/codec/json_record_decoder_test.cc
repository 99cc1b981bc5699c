// Accepted and malformed JSON.
#include <gtest/gtest.h>

#include "schemas/codec/json_fields.h"
#include "tests/support/record_samples.h"

namespace leadpulse::codec::json_record_decoder_test {

using std::string_literals::operator""s;

Decoded DecodeJson(std::string_view json) { return MakeJsonRecordDecoder()->Decode(json, {kLatest}); }

std::string EventJson(std::string_view more) {
  return R"({"event":{"tenantId":"acme","leadId":"ann","eventId":"e1","type":"OPEN",)"
         R"("occurredAt":"2026-03-10T09:30:00Z")" +
         std::string(more.empty() ? "" : ",") + std::string(more) + "}}";
}
std::string CommandJson(std::string_view action) {
  return R"({"command":{"tenantId":"acme","leadId":"ann","commandId":"c1","issuedAt":"2026-03-10T09:30:00Z",)" +
         std::string(action) + "}}";
}

Event EventWith(std::string_view more) {
  Decoded decoded = DecodeJson(EventJson(more));
  if (const auto* rejection = std::get_if<Rejection>(&decoded)) ADD_FAILURE() << more << ": " << rejection->detail;
  return std::holds_alternative<Event>(decoded) ? std::get<Event>(decoded) : Event();
}
template <typename ActionType>
ActionType ActionOf(std::string_view json) {
  Decoded decoded = DecodeJson(CommandJson(json));
  if (const auto* rejection = std::get_if<Rejection>(&decoded)) ADD_FAILURE() << json << ": " << rejection->detail;
  const auto* command = std::get_if<Command>(&decoded);
  const auto* action = command != nullptr ? command->actions.Find<ActionType>() : nullptr;
  return action != nullptr ? *action : ActionType();
}
std::string ReasonOf(std::string_view json) { return codec::ReasonOf(DecodeJson(json)); }
std::string DetailOf(std::string_view json) { return codec::DetailOf(DecodeJson(json)); }

TEST(JsonRecordDecoderTest, ReadsAnEvent) {
  const Decoded decoded = DecodeJson(
      R"({"event":{"tenantId":"acme","email":" Ann@Example.COM ","eventId":"e1","type":"PAGE_VISIT",)"
      R"("occurredAt":"2026-03-10T10:30:00.2599+01:00","campaignId":"c","messageId":"m","name":"pricing",)"
      R"("url":"https://x.example/","source":"web","userAgent":"Mozilla","bounceKind":"SOFT","machine":true,)"
      R"("backfill":true,"retracts":"e0","topic":"News","properties":{"b":1,"a":["x",2,true],"c":{"z":1,"y":[null]},"d":null}}})");
  Event expected;
  expected.key = {"acme", "ann@example.com"};
  expected.address = "ann@example.com";
  expected.by_address = true;
  expected.event_id = "e1";
  expected.type = EventType::kPageVisit;
  expected.occurred_at = ParseRfc3339("2026-03-10T09:30:00.259Z").value();
  expected.campaign_id = "c";
  expected.message_id = "m";
  expected.name = "pricing";
  expected.properties = {{"a", ScalarList{"x"s, 2.0, true}},
                         {"b", 1.0},
                         {"c", StructValue{R"({"y":[null],"z":1})"}},
                         {"d", std::monostate()}};
  expected.url = "https://x.example/";
  expected.bounce_kind = BounceKind::kSoft;
  expected.machine = true;
  expected.backfill = true;
  ASSERT_TRUE(std::holds_alternative<Event>(decoded)) << std::get<Rejection>(decoded).detail;
  EXPECT_EQ(std::get<Event>(decoded), expected);
}

// Each with the id 4711, and without an id.
TEST(JsonRecordDecoderTest, AnEmailNamesAnAddressOrNone) {
  const std::string longest = std::string(318, 'a') + "@b";
  struct Case {
    std::string email, address;
  };
  for (const Case& sent :
       {Case{" Ann@Example.COM ", "ann@example.com"}, Case{longest, longest}, Case{"Ann", ""}, Case{"a b@c", ""},
        Case{"a@b,c@d", ""}, Case{"a@b;c@d", ""}, Case{"Ann <ann@b.c>", ""}, Case{"a\\t@b", ""}}) {
    for (const std::string lead_id : {"4711", ""}) {
      const auto expect = [&](const auto& record) {
        EXPECT_EQ(record.address, sent.address) << sent.email;
        EXPECT_EQ(record.by_address, lead_id.empty()) << sent.email;
        EXPECT_FALSE(record.key.lead.empty()) << sent.email;
        if (!lead_id.empty()) {
          EXPECT_EQ(record.key.lead, lead_id);
        } else if (!sent.address.empty()) {
          EXPECT_EQ(record.key.lead, sent.address);
        }
      };
      const std::string who = R"("tenantId":"t","leadId":")" + lead_id + R"(","email":")" + sent.email + R"(",)";
      expect(std::get<Event>(
          DecodeJson(R"({"event":{)" + who + R"("eventId":"e","type":"OPEN","occurredAt":"2026-03-10T09:00:00Z"}})")));
      expect(std::get<Command>(
          DecodeJson(R"({"command":{)" + who + R"("commandId":"c","issuedAt":"2026-03-10T09:00:00Z","erase":{}}})")));
    }
  }
  const std::string too_long = R"({"event":{"tenantId":"t","leadId":"4711","email":"a)" + longest +
                               R"(","eventId":"e","type":"OPEN","occurredAt":"2026-03-10T09:00:00Z"}})";
  EXPECT_EQ(std::get<Event>(DecodeJson(too_long)).address, "");
}

// The topic of an opt-out never rejects it: a topic that is too long means everything.
TEST(JsonRecordDecoderTest, OnlyOptOutsAndTheirReturnHaveATopic) {
  const auto topic = [](const std::string& type, const std::string& sent) {
    return EventWith(R"("type":")" + type + R"(","topic":")" + sent + "\"").topic;
  };
  const std::string longest(kMaxTopicBytes, 'x');
  const std::string too_long(5000, 'x');
  EXPECT_EQ(topic("UNSUBSCRIBE", "News"), "News");
  EXPECT_EQ(topic("RESUBSCRIBE", "News"), "News");
  EXPECT_EQ(topic("OPEN", "News"), "");
  EXPECT_EQ(topic("UNSUBSCRIBE", longest), longest);
  EXPECT_EQ(topic("RESUBSCRIBE", longest), longest);
  EXPECT_EQ(topic("UNSUBSCRIBE", longest + "x"), "");
  EXPECT_EQ(topic("UNSUBSCRIBE", too_long), "");
  EXPECT_GT(topic("RESUBSCRIBE", longest + "x").size(), kMaxTopicBytes);
  EXPECT_GT(topic("RESUBSCRIBE", too_long).size(), kMaxTopicBytes);
  EXPECT_LE(topic("RESUBSCRIBE", too_long).size(), kMaxTopicBytes + 4);
}

TEST(JsonRecordDecoderTest, ReadsEveryAction) {
  EXPECT_EQ(ActionOf<UpdateProfile>(R"("updateProfile":{"set":{"Plan":"pro","age":7},"unset":["x"]})"),
            (UpdateProfile{{{"Plan", "pro"s}, {"age", 7.0}}, {"x"}}));
  EXPECT_EQ(ActionOf<EditTags>(R"("editTags":{"add":["a"],"remove":["b"]})"), (EditTags{{"a"}, {"b"}}));
  EXPECT_EQ(ActionOf<EditLists>(R"("editLists":{"add":["a","b"]})"), (EditLists{{"a", "b"}, {}}));
  EXPECT_EQ(ActionOf<EditCampaigns>(R"("editCampaigns":{"assign":["a"],"remove":[]})"), (EditCampaigns{{"a"}, {}}));
  EXPECT_EQ(ActionOf<SetStage>(R"("setStage":{"stage":"FOLLOW_UP"})"), SetStage{Stage::kFollowUp});
  EXPECT_EQ(ActionOf<SetQualification>(R"("setQualification":{"score":0})"), SetQualification{0});
  EXPECT_EQ(ActionOf<SetQualification>(R"("setQualification":{"clear":true})"), SetQualification{});
  EXPECT_EQ(ActionOf<AssignAgent>(R"("assignAgent":{})"), AssignAgent{});
  EXPECT_EQ(ActionOf<SetDoNotContact>(R"("setDoNotContact":{"value":true,"reason":"r"})"),
            (SetDoNotContact{true, "r"}));
  EXPECT_EQ(ActionOf<RecordConsent>(R"("recordConsent":{"purpose":"p","granted":true,"source":"s","version":"v"})"),
            (RecordConsent{"p", true, "s", "v"}));
  EXPECT_EQ(ActionOf<RecordConsent>(R"("recordConsent":{"purpose":"p","at":"2026-03-01T09:00:00.5Z"})").at,
            ParseRfc3339("2026-03-01T09:00:00.5Z"));
  EXPECT_EQ(ActionOf<AddNote>(R"("addNote":{"text":"t"})"), AddNote{"t"});
  EXPECT_EQ(ActionOf<RemoveNote>(R"("removeNote":{"commandId":"c"})"), RemoveNote{"c"});
  EXPECT_EQ(ActionOf<Erase>(R"("erase":{})"), Erase{});
  EXPECT_EQ(ActionOf<Erase>(R"("erase":{"suppress":true})"), Erase{true});
}

TEST(JsonRecordDecoderTest, TakesProtoFieldNames) {
  const std::string snake =
      R"({"event":{"tenant_id":"acme","lead_id":"ann","event_id":"e1","type":"OPEN","occurred_at":)"
      R"("2026-03-10T09:30:00Z","campaign_id":"c","message_id":"m","user_agent":"u","bounce_kind":"SOFT"}})";
  EXPECT_EQ(std::get<Event>(DecodeJson(snake)), EventWith(R"("campaignId":"c","messageId":"m","bounceKind":"SOFT")"));
  for (const char* action :
       {R"("update_profile":{})", R"("edit_tags":{})", R"("edit_lists":{})", R"("edit_campaigns":{})",
        R"("set_stage":{"stage":1})", R"("set_qualification":{"score":1})", R"("assign_agent":{"agent_id":"a"})",
        R"("set_do_not_contact":{})", R"("record_consent":{"purpose":"p"})", R"("add_note":{})"}) {
    EXPECT_EQ(ReasonOf(CommandJson(action)), "accepted") << action;
  }
}

TEST(JsonRecordDecoderTest, TakesEnumNumbers) {
  EXPECT_EQ(EventWith(R"("type":4)").type, EventType::kClick);
  EXPECT_EQ(EventWith(R"("type":4.0)").type, EventType::kClick);
  EXPECT_EQ(EventWith(R"("bounceKind":2)").bounce_kind, BounceKind::kSoft);
  EXPECT_EQ(EventWith(R"("bounceKind":"UNSPECIFIED")").bounce_kind, BounceKind::kHard);
  for (const char* type :
       {"\"open\"", "\"4\"", "13", "-1", "3.5", "99999999999", "1e300", "\"UNSPECIFIED\"", "0", "null", "\"\""}) {
    EXPECT_EQ(ReasonOf(EventJson("\"type\":"s + type)), "unknown_type") << type;
  }
  EXPECT_EQ(ReasonOf(EventJson(R"("bounceKind":"MEDIUM")")), "invalid_value");
  EXPECT_EQ(ReasonOf(EventJson(R"("bounceKind":3)")), "invalid_value");
  for (const char* type : {"true", "{}", "[]"})
    EXPECT_EQ(ReasonOf(EventJson("\"type\":"s + type)), "malformed") << type;
}

TEST(JsonRecordDecoderTest, NullIsUnset) {
  EXPECT_EQ(EventWith(R"("campaignId":null,"machine":null,"properties":null,"bounceKind":null)"), EventWith(""));
  EXPECT_EQ(ReasonOf(EventJson(R"("occurredAt":null)")), "bad_timestamp");
  EXPECT_EQ(ActionOf<UpdateProfile>(R"("updateProfile":{"set":null,"unset":null},"erase":null)"), UpdateProfile());
  EXPECT_EQ(ReasonOf(CommandJson(R"("erase":null)")), "unsupported");
  EXPECT_EQ(ReasonOf(R"({"event":null})"), "malformed");
  const std::string with_null = EventJson("");
  EXPECT_EQ(ReasonOf(with_null.substr(0, with_null.size() - 1) + R"(,"command":null})"), "accepted");
}

TEST(JsonRecordDecoderTest, TheLastOfEqualFieldsStands) {
  EXPECT_EQ(EventWith(R"("name":"a","name":"b")").name, "b");
  EXPECT_EQ(EventWith(R"("tenantId":"a","tenant_id":"b")").key.tenant, "b");
  EXPECT_EQ(EventWith(R"("name":"a","name":null)").name, "");
  EXPECT_EQ(EventWith(R"("properties":{"a":1,"b":2,"a":3})").properties, (NamedValues{{"a", 3.0}, {"b", 2.0}}));
  EXPECT_EQ(EventWith(R"("properties":{"a":{"x":1,"x":2}})").properties,
            (NamedValues{{"a", StructValue{R"({"x":2})"}}}));
  EXPECT_EQ(ActionOf<AddNote>(R"("addNote":{"text":"a"},"add_note":{})"), AddNote{});
  EXPECT_EQ(ReasonOf(R"({"event":{"machine":true},"event":{}})"), "missing_tenant");
}

TEST(JsonRecordDecoderTest, IgnoresUnknownFields) {
  EXPECT_EQ(EventWith(R"("new":{"deep":[1,{"x":null}]},"Name":5,"erase":true)"), EventWith(""));
  EXPECT_EQ(ReasonOf(CommandJson(R"("erase":{"why":7},"merge":{"into":"x"})")), "accepted");
  EXPECT_EQ(ReasonOf(CommandJson(R"("merge":{"into":"x"})")), "unsupported");
}

TEST(JsonRecordDecoderTest, WrongTypesAreMalformed) {
  for (const char* field :
       {R"("tenantId":5)", R"("name":true)", R"("name":["a"])", R"("name":{})", R"("machine":"true")", R"("machine":1)",
        R"("backfill":"")", R"("occurredAt":1773135000)", R"("occurredAt":{"seconds":1})", R"("properties":[])",
        R"("properties":"x")", R"("retracts":false)"}) {
    EXPECT_EQ(ReasonOf(EventJson(field)), "malformed") << field;
  }
  for (const char* action :
       {R"("erase":{},"addNote":{})", R"("erase":true)", R"("erase":[])", R"("editTags":["a"])",
        R"("editTags":{"add":"a"})", R"("editTags":{"add":["a",null]})", R"("editTags":{"add":[1]})",
        R"("updateProfile":{"set":[]})", R"("setStage":"NEW")", R"("setStage":{"stage":true})",
        R"("setQualification":{"score":true})", R"("setQualification":{"score":"many"})",
        R"("setQualification":{"score":0.5})", R"("setQualification":{"score":""})",
        R"("setQualification":{"score":" 5"})", R"("setQualification":{"clear":1})", R"("addNote":{"text":1})"}) {
    EXPECT_EQ(ReasonOf(CommandJson(action)), "malformed") << action;
  }
  for (const char* json : {"[]", "5", "\"x\"", "null", "true", "{}", R"({"event":[]})", R"({"event":"x"})",
                           R"({"other":{}})", R"({"event":{},"command":{}})"}) {
    EXPECT_EQ(ReasonOf(json), "malformed") << json;
  }
}

TEST(JsonRecordDecoderTest, DetailsNameTheField) {
  EXPECT_EQ(DetailOf(EventJson(R"("machine":"true")")), "event.machine must be true or false");
  EXPECT_EQ(DetailOf(CommandJson(R"("edit_tags":{"add":[1]})")), "command.edit_tags.add must be a list of strings");
  EXPECT_EQ(DetailOf(CommandJson(R"("erase":{},"addNote":{})")),
            "the command holds erase or withdraw and another action; send each on its own");
  EXPECT_EQ(ReasonOf(CommandJson(R"("erase":{},"erase":{})")), "accepted");
  EXPECT_EQ(DetailOf("[]"), "the record must be an object");
  EXPECT_EQ(DetailOf(EventJson(R"("occurredAt":"yesterday")")),
            "event.occurredAt \"yesterday\" is not a time; send an RFC 3339 time such as 2026-03-10T09:30:00Z");
}

// Dead letters have these words, whichever parser is installed.
TEST(JsonRecordDecoderTest, SaysWhatIsWrongWithTheJson) {
  const std::string structure =
      "The JSON document has an improper structure: missing or superfluous commas, braces, missing keys, etc.";
  const std::pair<std::string, std::string> kRows[] = {
      {"", "Empty: no JSON found"},
      {" \n", "Empty: no JSON found"},
      {"{", structure},
      {"{}{}", structure},
      {R"({"a":1,})", structure},
      {"\xEF\xBB\xBF{}", structure},
      {"name;score", "Problem while parsing an atom starting with the letter 'n'"},
      {R"({"a":tru})", "Problem while parsing an atom starting with the letter 't'"},
      {R"({"a":falsy})", "Problem while parsing an atom starting with the letter 'f'"},
      {R"({"a":01})", "Problem while parsing a number"},
      {R"({"a":"\x"})", "Problem while parsing a string"},
      {"{\"a\":\"\xFF\"}", "The input is not valid UTF-8"},
      {"{\"a\":\"\t\"}", "Within strings, some characters must be escaped, we found unescaped characters"},
      {R"({"a)", "A string is opened, but never closed."},
      {std::string(300, '[') + std::string(300, ']'),
       "The JSON document was too deep (too many nested objects and arrays)"},
  };
  for (const auto& [json, text] : kRows) EXPECT_EQ(DetailOf(json), "the record is not JSON: " + text) << json;
}

TEST(JsonRecordDecoderTest, ScoresAreIntegersInAnySpelling) {
  for (const char* score : {"80", "80.0", "8e1", "\"80\"", "\"80.0\""}) {
    EXPECT_EQ(ActionOf<SetQualification>(R"("setQualification":{"score":)"s + score + "}"), SetQualification{80})
        << score;
  }
  for (const char* score : {"101", "-1", "\"101\"", "99999999999", "123456789012345678901234567890", "1e300"}) {
    EXPECT_EQ(ReasonOf(CommandJson(R"("setQualification":{"score":)"s + score + "}")), "invalid_value") << score;
  }
  EXPECT_EQ(ReasonOf(CommandJson(R"("setQualification":{"score":5,"clear":true})")), "invalid_value");
  EXPECT_EQ(ReasonOf(CommandJson(R"("setQualification":{"score":5,"clear":false})")), "accepted");
  EXPECT_EQ(ReasonOf(CommandJson(R"("setQualification":{"score":null,"clear":false})")), "invalid_value");
}

TEST(JsonRecordDecoderTest, TimesAreRfc3339) {
  for (const char* time : {"2026-03-10", "2026-03-10 09:30:00Z", "", "2026-02-30T00:00:00Z", "1999-12-31T23:59:59Z",
                           "2026-03-10T09:30:60Z", "2026-03-10tt09:30:00z"}) {
    EXPECT_EQ(ReasonOf(EventJson("\"occurredAt\":\""s + time + "\"")), "bad_timestamp") << time;
  }
  EXPECT_EQ(EventWith(R"("occurredAt":"2026-03-10t09:30:00z")").occurred_at, ParseRfc3339("2026-03-10T09:30:00Z"));
  EXPECT_EQ(ReasonOf(CommandJson(R"("issuedAt":"2026-03-10t09:30:00.5z","erase":{})")), "accepted");
}

TEST(JsonRecordDecoderTest, MachineCountsForOpensClicksRepliesAndVisitsOnly) {
  for (int type = 1; type <= 11; ++type) {
    const bool counts = type == 3 || type == 4 || type == 5 || type == 10;
    EXPECT_EQ(EventWith(R"("machine":true,"type":)" + std::to_string(type)).machine, counts) << type;
  }
}

TEST(JsonRecordDecoderTest, NumbersBeyond64BitsAreNumbers) {
  const NamedValues properties =
      EventWith(R"("properties":{"a":123456789012345678901234567890,"b":-9223372036854775809,"c":18446744073709551616,)"
                R"("d":18446744073709551615,"e":1e-400,"f":-0,"g":"12345678901234567890123","h":[1e22]})")
          .properties;
  const auto number = [](std::string_view text) { return *Number::ParseJson(text); };
  EXPECT_EQ(properties, (NamedValues{{"a", number("123456789012345678901234567890")},
                                     {"b", number("-9223372036854775809")},
                                     {"c", number("18446744073709551616")},
                                     {"d", number("18446744073709551615")},
                                     {"e", number("1e-400")},
                                     {"f", 0.0},
                                     {"g", "12345678901234567890123"s},
                                     {"h", ScalarList{1e22}}}));
  EXPECT_EQ(ReasonOf(EventJson(R"("unknown":123456789012345678901234567890)")), "accepted");
  EXPECT_EQ(ReasonOf(EventJson(R"("properties":{"a":1e400})")), "accepted");
  EXPECT_EQ(ReasonOf(EventJson(R"("properties":{"a":)" + std::string(400, '9') + "}")), "accepted");
  EXPECT_EQ(ReasonOf(EventJson(R"("properties":{"a":0123456789012345678901})")), "malformed");
}

TEST(JsonRecordDecoderTest, WhatIsNotJsonIsMalformed) {
  for (std::string json : {""s,
                           " "s,
                           "{"s,
                           EventJson("") + "x",
                           EventJson("") + "{}",
                           EventJson(R"("name":"a)"),
                           EventJson("\"name\":\"\xFF\""),
                           EventJson("\"name\":\"\xED\xA0\x80\""),
                           EventJson(R"("name":"\ud800")"),
                           EventJson(R"("name":"\udc00")"),
                           EventJson(R"("\ud800":1)"),
                           EventJson(R"("name":"\x")"),
                           EventJson("\"name\":\"a\tb\""),
                           EventJson(R"("name":'a')"),
                           EventJson("\"new\":01"),
                           EventJson("\"new\":NaN"),
                           EventJson("\"new\":1,"),
                           "\xEF\xBB\xBF" + EventJson(""),
                           "// note\n" + EventJson(""),
                           EventJson("") + "\0"s}) {
    EXPECT_EQ(ReasonOf(json), "malformed") << json;
  }
  EXPECT_EQ(ReasonOf(" \t" + EventJson(R"("name":"\ud83d\ude00\u0000")") + " \r"), "accepted");
}

TEST(JsonRecordDecoderTest, NestsAHundredDeep) {
  const auto nested = [](int depth, const std::string& inner) {  // including the record and the event
    return EventJson("\"new\":" + std::string(depth - 2, '[') + inner + std::string(depth - 2, ']'));
  };
  for (std::string inner : {"", "1", "\"[[[\""}) {
    EXPECT_EQ(ReasonOf(nested(100, inner)), "accepted") << inner;
    EXPECT_EQ(ReasonOf(nested(101, inner)), "malformed") << inner;
    for (int depth : {40, 50, 51, 52, 60, 99}) EXPECT_EQ(ReasonOf(nested(depth, inner)), "accepted") << inner;
  }
  EXPECT_EQ(ReasonOf(nested(100, "123456789012345678901234567890")), "accepted");
  EXPECT_EQ(ReasonOf(nested(100'000, "")), "malformed");
}

TEST(JsonRecordDecoderTest, ADecoderIsUsedAgainAfterAnything) {
  const std::unique_ptr<RecordDecoder> decoder = MakeJsonRecordDecoder();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(std::holds_alternative<Event>(decoder->Decode(EventJson(""), {kLatest})));
    EXPECT_TRUE(std::holds_alternative<Rejection>(decoder->Decode("{\"event\":", {kLatest})));
    EXPECT_TRUE(std::holds_alternative<Rejection>(decoder->Decode(std::string(3 << 20, '['), {kLatest})));
  }
}

// Each number keeps its digits, wherever it stands and whatever stands beside it.
TEST(JsonRecordDecoderTest, NumbersKeepTheirDigits) {
  const std::vector<std::string> numbers = {"1.50",
                                            "1.5",
                                            "1e3",
                                            "-0.10E+2",
                                            "9007199254740993",
                                            "7",
                                            "12.5",
                                            "123456789012345678901234567890.50",
                                            "18446744073709551616",
                                            "1e400",
                                            "0.1000000000000000055511151231257827",
                                            "-12345678901234567890",
                                            "0.0"};
  for (const bool is_replaced : {false, true}) {
    std::string json =
        R"("properties":{"text 1.5":"2.50 \" 3.5e1","truth":true,"nothing":null,"list":[1.250,"4.0",true,2.0])";
    for (size_t i = 0; i < numbers.size(); ++i) {
      if (is_replaced || std::abs(Number::ParseJson(numbers[i])->nearest()) < 1e15) {
        json += ",\"n" + std::to_string(i) + "\": " + numbers[i] + (i % 2 == 0 ? " " : "");
      }
    }
    json += R"(,"object":{"b":[1.0],"a":2.50}})";
    for (const auto& [name, value] : EventWith(json).properties) {
      if (name[0] == 'n' && name != "nothing") {
        EXPECT_EQ(std::get<Number>(value).Spelling(), numbers[std::stoul(name.substr(1))]);
      }
      if (name == "list") {
        EXPECT_EQ(ValueToJson(value), R"([1.250,"4.0",true,2.0])");
      }
      if (name == "object") {
        EXPECT_EQ(ValueToJson(value), R"({"a":2.50,"b":[1.0]})");
      }
    }
  }
}

TEST(JsonTextTest, ReplacesLongNumbersOnly) {
  EXPECT_EQ(ReplaceLongNumbers(R"({"a\"12345678901234567890":[1.5,-12345678901234567890,7,1e400,1e,true]})"),
            R"({"a\"12345678901234567890":[1.5,0.0,7,0.0,1e,true]})");
  EXPECT_EQ(ReplaceLongNumbers("\"unterminated\\"), "\"unterminated\\");
}

}  // namespace leadpulse::codec::json_record_decoder_test
