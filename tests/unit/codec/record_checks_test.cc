// Every reason code in both formats, and the order between them.
#include "schemas/codec/record_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "processor/base/text.h"
#include "tests/support/record_samples.h"

namespace leadpulse::codec::record_checks_test {

using google::protobuf::Value;
using ::testing::HasSubstr;

constexpr Format kFormats[] = {Format::kJson, Format::kProtobuf};

struct Case {
  const char* what;
  Reason reason;
  std::function<void(v1::InputRecord*)> spoil;
  const char* detail = "";  // a part of the message
};

std::string Xs(size_t count) { return std::string(count, 'x'); }

Decoded Decode(const v1::InputRecord& record, Format format) {
  return MakeDecoder(format)->Decode(Encode(record, format), {kLatest});
}

// Returns nullopt for an accepted record.
std::optional<Reason> ReasonOf(const Decoded& decoded) {
  const auto* rejection = std::get_if<Rejection>(&decoded);
  return rejection ? std::optional(rejection->reason) : std::nullopt;
}

void ExpectRejected(const v1::InputRecord& valid, const std::vector<Case>& cases) {
  for (const Case& test : cases) {
    v1::InputRecord record = valid;
    test.spoil(&record);
    for (Format format : kFormats) {
      SCOPED_TRACE(std::string(test.what) + (format == Format::kJson ? " (JSON)" : " (Protobuf)"));
      const Decoded decoded = Decode(record, format);
      ASSERT_EQ(ReasonOf(decoded), test.reason);
      EXPECT_THAT(std::get<Rejection>(decoded).detail, HasSubstr(test.detail));
    }
  }
}

void ExpectAccepted(const v1::InputRecord& valid, const std::vector<Case>& cases) {
  for (const Case& test : cases) {
    v1::InputRecord record = valid;
    test.spoil(&record);
    for (Format format : kFormats) EXPECT_EQ(ReasonOf(Decode(record, format)), std::nullopt) << test.what;
  }
}

TEST(RecordChecksTest, RejectsEventsWithAReason) {
  ExpectRejected(
      ValidEvent(),
      {{"no tenant", Reason::kMissingTenant, [](auto* r) { r->mutable_event()->clear_tenant_id(); }, "event.tenantId"},
       {"no lead", Reason::kMissingLead, [](auto* r) { r->mutable_event()->clear_lead_id(); }, "event.leadId"},
       {"blank email for a lead", Reason::kMissingLead,
        [](auto* r) {
          r->mutable_event()->clear_lead_id();
          r->mutable_event()->set_email(" \t\n");
        }},
       {"no id", Reason::kMissingEventId, [](auto* r) { r->mutable_event()->clear_event_id(); }, "event.eventId"},
       {"no type", Reason::kUnknownType, [](auto* r) { r->mutable_event()->clear_type(); }, "event.type is missing"},
       {"unknown type", Reason::kUnknownType,
        [](auto* r) { r->mutable_event()->set_type(static_cast<v1::EngagementEvent::Type>(13)); }, "not known"},
       {"negative type", Reason::kUnknownType,
        [](auto* r) { r->mutable_event()->set_type(static_cast<v1::EngagementEvent::Type>(-1)); }},
       {"no time", Reason::kBadTimestamp, [](auto* r) { r->mutable_event()->clear_occurred_at(); },
        "event.occurredAt is missing; send an RFC 3339 time such as 2026-03-10T09:30:00Z"},
       {"before 2000", Reason::kBadTimestamp,
        [](auto* r) { SetTime("1999-12-31T23:59:59.999Z", r->mutable_event()->mutable_occurred_at()); },
        "1999-12-31T23:59:59.999Z"},
       {"ahead of the clock", Reason::kFutureTimestamp,
        [](auto* r) { SetTime("2026-03-10T12:00:00.001Z", r->mutable_event()->mutable_occurred_at()); },
        "event.occurredAt is 2026-03-10T12:00:00.001Z"}});
}

TEST(RecordChecksTest, RejectsValuesOfEvents) {
  constexpr Reason kInvalid = Reason::kInvalidValue;
  ExpectRejected(
      ValidEvent(),
      {{"tenant length", kInvalid, [](auto* r) { r->mutable_event()->set_tenant_id(Xs(129)); }, "129 bytes"},
       {"tenant characters", kInvalid, [](auto* r) { r->mutable_event()->set_tenant_id("a/b"); }, "a/b"},
       {"tenant with NUL", kInvalid, [](auto* r) { r->mutable_event()->set_tenant_id(std::string("a\0b", 3)); }},
       {"lead", kInvalid, [](auto* r) { r->mutable_event()->set_lead_id(Xs(321)); }, "event.leadId"},
       {"email standing in", kInvalid,
        [](auto* r) {
          r->mutable_event()->clear_lead_id();
          r->mutable_event()->set_email(Xs(321));
        },
        "event.email"},
       {"email", kInvalid, [](auto* r) { r->mutable_event()->set_email(Xs(1025)); }, "event.email"},
       {"event id", kInvalid, [](auto* r) { r->mutable_event()->set_event_id(Xs(129)); }, "event.eventId"},
       {"campaign", kInvalid, [](auto* r) { r->mutable_event()->set_campaign_id(Xs(1025)); }, "event.campaignId"},
       {"message", kInvalid, [](auto* r) { r->mutable_event()->set_message_id(Xs(1025)); }, "event.messageId"},
       {"name", kInvalid, [](auto* r) { r->mutable_event()->set_name(Xs(1025)); }, "event.name"},
       {"url", kInvalid, [](auto* r) { r->mutable_event()->set_url(Xs(8193)); }, "event.url"},
       {"source", kInvalid, [](auto* r) { r->mutable_event()->set_source(Xs(1025)); }, "event.source"},
       {"user agent", kInvalid, [](auto* r) { r->mutable_event()->set_user_agent(Xs(1025)); }, "event.userAgent"},
       {"bounce kind", kInvalid, [](auto* r) { r->mutable_event()->set_bounce_kind(static_cast<v1::Bounce::Kind>(3)); },
        "event.bounceKind"},
       {"retract of nothing", kInvalid, [](auto* r) { r->mutable_event()->set_type(v1::EngagementEvent::RETRACT); },
        "event.retracts"},
       {"retract of too long an id", kInvalid, [](auto* r) { r->mutable_event()->set_retracts(Xs(129)); }}});
}

TEST(RecordChecksTest, AcceptsEventsAtTheLimits) {
  ExpectAccepted(
      ValidEvent(),
      {{"tenant", {}, [](auto* r) { r->mutable_event()->set_tenant_id(Xs(120) + "AZaz09_."); }},
       {"lead", {}, [](auto* r) { r->mutable_event()->set_lead_id(Xs(320)); }},
       {"ids", {}, [](auto* r) { r->mutable_event()->set_event_id(Xs(128)); }},
       {"name", {}, [](auto* r) { r->mutable_event()->set_name(Xs(1024)); }},
       {"url", {}, [](auto* r) { r->mutable_event()->set_url(Xs(8192)); }},
       {"email with white space",
        {},
        [](auto* r) {
          r->mutable_event()->clear_lead_id();
          r->mutable_event()->set_email(std::string(500, ' ') + Xs(320));
        }},
       {"earliest", {}, [](auto* r) { SetTime("2000-01-01T00:00:00Z", r->mutable_event()->mutable_occurred_at()); }},
       {"latest", {}, [](auto* r) { SetTime("2026-03-10T12:00:00Z", r->mutable_event()->mutable_occurred_at()); }},
       {"any property", {}, [](auto* r) {
          auto& fields = *r->mutable_event()->mutable_properties()->mutable_fields();
          fields[""].set_string_value(Xs(20'000));
          fields[Xs(2000)].mutable_list_value()->add_values()->mutable_struct_value();
          for (int i = 0; i < 200; ++i) fields["many"].mutable_list_value()->add_values()->set_number_value(i);
        }}});
}

TEST(RecordChecksTest, RejectsCommandsWithAReason) {
  constexpr Reason kInvalid = Reason::kInvalidValue;
  ExpectRejected(
      ValidCommand(),
      {{"no tenant", Reason::kMissingTenant, [](auto* r) { r->mutable_command()->clear_tenant_id(); }},
       {"no lead", Reason::kMissingLead, [](auto* r) { r->mutable_command()->clear_lead_id(); }},
       {"no id", Reason::kMissingCommandId, [](auto* r) { r->mutable_command()->clear_command_id(); }},
       {"no time", Reason::kBadTimestamp, [](auto* r) { r->mutable_command()->clear_issued_at(); }, "command.issuedAt"},
       {"future", Reason::kFutureTimestamp,
        [](auto* r) { SetTime("2027-01-01T00:00:00Z", r->mutable_command()->mutable_issued_at()); }},
       {"actor", kInvalid, [](auto* r) { r->mutable_command()->set_actor(Xs(1025)); }},
       {"command id", kInvalid, [](auto* r) { r->mutable_command()->set_command_id(Xs(129)); }},
       {"empty tag", kInvalid, [](auto* r) { r->mutable_command()->mutable_edit_tags()->add_remove(""); }, "editTags"},
       {"long tag", kInvalid, [](auto* r) { r->mutable_command()->mutable_edit_tags()->add_add(Xs(1025)); }},
       {"empty list", kInvalid, [](auto* r) { r->mutable_command()->mutable_edit_lists()->add_add(""); }},
       {"empty campaign", kInvalid, [](auto* r) { r->mutable_command()->mutable_edit_campaigns()->add_assign(""); }},
       {"no stage", kInvalid, [](auto* r) { r->mutable_command()->mutable_set_stage(); }, "command.setStage.stage"},
       {"unknown stage", kInvalid,
        [](auto* r) { r->mutable_command()->mutable_set_stage()->set_stage(static_cast<v1::SetStage::Stage>(10)); }},
       {"no qualification", kInvalid, [](auto* r) { r->mutable_command()->mutable_set_qualification(); }},
       {"score of 101", kInvalid, [](auto* r) { r->mutable_command()->mutable_set_qualification()->set_score(101); }},
       {"score of -1", kInvalid, [](auto* r) { r->mutable_command()->mutable_set_qualification()->set_score(-1); }},
       {"score and clear", kInvalid,
        [](auto* r) {
          r->mutable_command()->mutable_set_qualification()->set_score(5);
          r->mutable_command()->mutable_set_qualification()->set_clear(true);
        }},
       {"agent", kInvalid, [](auto* r) { r->mutable_command()->mutable_assign_agent()->set_agent_id(Xs(1025)); }},
       {"reason", kInvalid, [](auto* r) { r->mutable_command()->mutable_set_do_not_contact()->set_reason(Xs(1025)); }},
       {"no purpose", kInvalid, [](auto* r) { r->mutable_command()->mutable_record_consent()->set_granted(true); }},
       {"note", kInvalid, [](auto* r) { r->mutable_command()->mutable_add_note()->set_text(Xs(8193)); }},
       {"no action", Reason::kUnsupported, [](auto* r) { r->mutable_command()->clear_action(); }, "updateProfile"}});
}

// Applies `spoil` to the value of one attribute.
Case Attribute(const char* what, std::function<void(Value*)> spoil) {
  return {what, Reason::kInvalidValue, [spoil](v1::InputRecord* record) {
            spoil(&(*record->mutable_command()->mutable_update_profile()->mutable_set()->mutable_fields())["plan"]);
          }};
}

std::function<void(v1::InputRecord*)> SetName(std::string name) {
  return [name](v1::InputRecord* r) {
    (*r->mutable_command()->mutable_update_profile()->mutable_set()->mutable_fields())[name].set_number_value(1);
  };
}

TEST(RecordChecksTest, RejectsAttributesThatCannotBeStored) {
  std::vector<Case> cases = {
      Attribute("text", [](Value* v) { v->set_string_value(Xs(8193)); }),
      Attribute("null in a list", [](Value* v) { v->mutable_list_value()->add_values()->set_null_value({}); }),
      Attribute("list in a list", [](Value* v) { v->mutable_list_value()->add_values()->mutable_list_value(); }),
      Attribute("struct in a list", [](Value* v) { v->mutable_list_value()->add_values()->mutable_struct_value(); }),
      Attribute("text in a list", [](Value* v) { v->mutable_list_value()->add_values()->set_string_value(Xs(8193)); }),
      Attribute("list of 101", [](Value* v) {
        for (int i = 0; i < 101; ++i) v->mutable_list_value()->add_values()->set_number_value(i);
      })};
  for (Case& test : cases) test.detail = "\"plan\"";
  ExpectRejected(ValidCommand(), cases);
  ExpectRejected(ValidCommand(), {{"long name", Reason::kInvalidValue, SetName(Xs(1025))},
                                  {"long name unset", Reason::kInvalidValue, [](v1::InputRecord* r) {
                                     r->mutable_command()->mutable_update_profile()->add_unset(Xs(1025));
                                   }}});
}

TEST(RecordChecksTest, AcceptsAttributesAtTheLimits) {
  ExpectAccepted(ValidCommand(), {Attribute("text", [](Value* v) { v->set_string_value(Xs(8192)); }),
                                  Attribute("null", [](Value* v) { v->set_null_value({}); }),
                                  Attribute("empty list", [](Value* v) { v->mutable_list_value(); }),
                                  Attribute("list of 100",
                                            [](Value* v) {
                                              for (int i = 0; i < 100; ++i)
                                                v->mutable_list_value()->add_values()->set_number_value(i);
                                            }),
                                  {"empty name", Reason::kInvalidValue, SetName("")},
                                  Attribute("struct", [](Value* v) {
                                    (*v->mutable_struct_value()->mutable_fields())["k"].set_string_value(Xs(9000));
                                  })});
}

// One defect for each reason, in the message or, for the first two, in its bytes.
struct Defect {
  Reason reason;
  bool events, commands;
  std::function<void(v1::InputRecord*)> spoil = [](v1::InputRecord*) {};
  std::function<void(Format, std::string*)> spoil_bytes = [](Format, std::string*) {};
};

void AppendUnknownField(size_t size, std::string* wire) {
  google::protobuf::UnknownFieldSet unknown;
  unknown.AddLengthDelimited(100, std::string(size, ' '));
  unknown.SerializeToString(wire);
}

std::vector<Defect> AllDefects() {
  const auto clear = [](std::string name) {
    return [name](v1::InputRecord* record) {
      google::protobuf::Message* part = record->has_event()
                                            ? static_cast<google::protobuf::Message*>(record->mutable_event())
                                            : record->mutable_command();
      if (const auto* field = part->GetDescriptor()->FindFieldByName(name))
        part->GetReflection()->ClearField(part, field);
    };
  };
  const auto late = [](v1::InputRecord* r) {
    SetTime("2030-01-01T00:00:00Z",
            r->has_event() ? r->mutable_event()->mutable_occurred_at() : r->mutable_command()->mutable_issued_at());
  };
  const auto no_time = [clear](v1::InputRecord* r) {
    clear("occurred_at")(r);
    clear("issued_at")(r);
  };
  const auto long_text = [](v1::InputRecord* r) {
    r->has_event() ? r->mutable_event()->set_name(Xs(1025)) : r->mutable_command()->set_actor(Xs(1025));
  };
  const auto cut = [](Format format, std::string* bytes) {
    format == Format::kJson ? bytes->pop_back() : bytes->push_back('\x0A');
  };
  const auto pad = [](Format format, std::string* bytes) {
    std::string unknown;
    AppendUnknownField(kMaxRecordBytes, &unknown);
    format == Format::kJson ? bytes->insert(0, kMaxRecordBytes, ' ') : bytes->insert(0, unknown);
  };
  return {{Reason::kMalformed, true, true, [](v1::InputRecord*) {}, cut},
          {Reason::kTooLarge, true, true, [](v1::InputRecord*) {}, pad},
          {Reason::kMissingTenant, true, true, clear("tenant_id")},
          {Reason::kMissingLead, true, true, clear("lead_id")},
          {Reason::kMissingEventId, true, false, clear("event_id")},
          {Reason::kMissingCommandId, false, true, clear("command_id")},
          {Reason::kUnknownType, true, false, clear("type")},
          {Reason::kBadTimestamp, true, true, no_time},
          {Reason::kFutureTimestamp, true, true, late},
          {Reason::kInvalidValue, true, true, long_text},
          {Reason::kUnsupported, false, true, clear("edit_tags")}};
}

// If a record has two defects, the reason is the one listed first in the spec.
TEST(RecordChecksTest, TheFirstReasonStands) {
  const std::vector<Defect> defects = AllDefects();
  for (size_t i = 0; i < defects.size(); ++i) {
    for (size_t j = i; j < defects.size(); ++j) {
      const Defect &first = defects[i], &second = defects[j];
      for (bool event : {true, false}) {
        if (event ? !first.events || !second.events : !first.commands || !second.commands) continue;
        v1::InputRecord record = event ? ValidEvent() : ValidCommand();
        second.spoil(&record);
        first.spoil(&record);
        for (Format format : kFormats) {
          std::string bytes = Encode(record, format);
          second.spoil_bytes(format, &bytes);
          if (i != j) first.spoil_bytes(format, &bytes);
          EXPECT_EQ(ReasonOf(MakeDecoder(format)->Decode(bytes, {kLatest})), first.reason)
              << ReasonName(first.reason) << " and " << ReasonName(second.reason);
        }
      }
    }
  }
}

TEST(RecordChecksTest, ARecordOfTheLargestSizeIsAccepted) {
  for (size_t size : {kMaxRecordBytes, kMaxRecordBytes + 1}) {
    std::string json = Encode(ValidEvent(), Format::kJson);
    json.resize(size, ' ');
    const Decoded decoded = MakeDecoder(Format::kJson)->Decode(json, {kLatest});
    EXPECT_EQ(ReasonOf(decoded), size > kMaxRecordBytes ? std::optional(Reason::kTooLarge) : std::nullopt);
  }
}

TEST(RecordChecksTest, QuotesAtMost64Bytes) {
  EXPECT_EQ(Quoted("short"), "\"short\"");
  std::string euros;
  for (int i = 0; i < 100; ++i) euros += "€";
  EXPECT_LE(Quoted(euros).size(), 64u);
  EXPECT_TRUE(IsUtf8(Quoted("x" + euros)));
}

}  // namespace leadpulse::codec::record_checks_test
