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

using Event = v1::EngagementEvent;
using Command = v1::LeadCommand;

template <typename Message>
struct Case {
  const char* what;
  Reason reason;
  std::function<void(Message*)> spoil;
  const char* detail = "";  // a part of the message
};

v1::InputRecord Spoiled(const std::function<void(Event*)>& spoil) {
  v1::InputRecord record = ValidEvent();
  spoil(record.mutable_event());
  return record;
}
v1::InputRecord Spoiled(const std::function<void(Command*)>& spoil) {
  v1::InputRecord record = ValidCommand();
  spoil(record.mutable_command());
  return record;
}

std::string Xs(size_t count) { return std::string(count, 'x'); }

Decoded Decode(const v1::InputRecord& record, Format format) {
  return MakeDecoder(format)->Decode(Encode(record, format), {kLatest});
}

template <typename Message>
void ExpectRejected(const std::vector<Case<Message>>& cases) {
  for (const Case<Message>& test : cases) {
    for (Format format : kFormats) {
      SCOPED_TRACE(std::string(test.what) + (format == Format::kJson ? " (JSON)" : " (Protobuf)"));
      const Decoded decoded = Decode(Spoiled(test.spoil), format);
      ASSERT_EQ(ReasonOf(decoded), ReasonName(test.reason));
      EXPECT_THAT(DetailOf(decoded), HasSubstr(test.detail));
    }
  }
}

template <typename Message>
void ExpectAccepted(const std::vector<Case<Message>>& cases) {
  for (const Case<Message>& test : cases) {
    for (Format format : kFormats) EXPECT_EQ(ReasonOf(Decode(Spoiled(test.spoil), format)), "accepted") << test.what;
  }
}

TEST(RecordChecksTest, RejectsEventsWithAReason) {
  constexpr Reason kInvalid = Reason::kInvalidValue;
  ExpectRejected<Event>({
      {"no tenant", Reason::kMissingTenant, [](Event* e) { e->clear_tenant_id(); }, "event.tenantId"},
      {"no lead", Reason::kMissingLead, [](Event* e) { e->clear_lead_id(); }, "event.leadId"},
      {"blank email for a lead", Reason::kMissingLead,
       [](Event* e) {
         e->clear_lead_id();
         e->set_email(" \t\n");
       }},
      {"no id", Reason::kMissingEventId, [](Event* e) { e->clear_event_id(); }, "event.eventId"},
      {"no type", Reason::kUnknownType, [](Event* e) { e->clear_type(); }, "event.type is missing"},
      {"unknown type", Reason::kUnknownType, [](Event* e) { e->set_type(Event::Type(13)); }, "not known"},
      {"negative type", Reason::kUnknownType, [](Event* e) { e->set_type(Event::Type(-1)); }},
      {"no time", Reason::kBadTimestamp, [](Event* e) { e->clear_occurred_at(); },
       "event.occurredAt is missing; send an RFC 3339 time such as 2026-03-10T09:30:00Z"},
      {"before 2000", Reason::kBadTimestamp,
       [](Event* e) { SetTime("1999-12-31T23:59:59.999Z", e->mutable_occurred_at()); }, "1999-12-31T23:59:59.999Z"},
      {"ahead of the clock", Reason::kFutureTimestamp,
       [](Event* e) { SetTime("2026-03-10T12:00:00.001Z", e->mutable_occurred_at()); },
       "event.occurredAt is 2026-03-10T12:00:00.001Z"},
      {"tenant characters", kInvalid, [](Event* e) { e->set_tenant_id("a/b"); }, "a/b"},
      {"tenant with NUL", kInvalid, [](Event* e) { e->set_tenant_id(std::string("a\0b", 3)); }},
      {"bounce kind", kInvalid, [](Event* e) { e->set_bounce_kind(v1::Bounce::Kind(3)); }, "event.bounceKind"},
      {"retract of nothing", kInvalid, [](Event* e) { e->set_type(Event::RETRACT); }, "event.retracts"},
  });
}

// record_limits_test.cc has the lengths.
TEST(RecordChecksTest, AcceptsEventsAtTheLimits) {
  ExpectAccepted<Event>({
      {"tenant", {}, [](Event* e) { e->set_tenant_id(Xs(120) + "AZaz09_."); }},
      {"email with white space",
       {},
       [](Event* e) {
         e->clear_lead_id();
         e->set_email(std::string(500, ' ') + Xs(320));
       }},
      {"earliest", {}, [](Event* e) { SetTime("2000-01-01T00:00:00Z", e->mutable_occurred_at()); }},
      {"latest", {}, [](Event* e) { SetTime("2026-03-10T12:00:00Z", e->mutable_occurred_at()); }},
      {"any property",
       {},
       [](Event* e) {
         auto& fields = *e->mutable_properties()->mutable_fields();
         fields[""].set_string_value(Xs(20'000));
         fields[Xs(2000)].mutable_list_value()->add_values()->mutable_struct_value();
         for (int i = 0; i < 200; ++i) fields["many"].mutable_list_value()->add_values()->set_number_value(i);
       }},
  });
}

TEST(RecordChecksTest, RejectsCommandsWithAReason) {
  constexpr Reason kInvalid = Reason::kInvalidValue;
  ExpectRejected<Command>({
      {"no tenant", Reason::kMissingTenant, [](Command* c) { c->clear_tenant_id(); }},
      {"no lead", Reason::kMissingLead, [](Command* c) { c->clear_lead_id(); }},
      {"no id", Reason::kMissingCommandId, [](Command* c) { c->clear_command_id(); }},
      {"no time", Reason::kBadTimestamp, [](Command* c) { c->clear_issued_at(); }, "command.issuedAt"},
      {"future", Reason::kFutureTimestamp, [](Command* c) { SetTime("2027-01-01T00:00:00Z", c->mutable_issued_at()); }},
      {"empty tag", kInvalid, [](Command* c) { c->mutable_edit_tags()->add_remove(""); }, "editTags"},
      {"empty list", kInvalid, [](Command* c) { c->mutable_edit_lists()->add_add(""); }},
      {"empty campaign", kInvalid, [](Command* c) { c->mutable_edit_campaigns()->add_assign(""); }},
      {"no stage", kInvalid, [](Command* c) { c->mutable_set_stage(); }, "command.setStage.stage"},
      {"unknown stage", kInvalid, [](Command* c) { c->mutable_set_stage()->set_stage(v1::SetStage::Stage(10)); }},
      {"no qualification", kInvalid, [](Command* c) { c->mutable_set_qualification(); }},
      {"score of 101", kInvalid, [](Command* c) { c->mutable_set_qualification()->set_score(101); }},
      {"score of -1", kInvalid, [](Command* c) { c->mutable_set_qualification()->set_score(-1); }},
      {"score and clear", kInvalid,
       [](Command* c) {
         c->mutable_set_qualification()->set_score(5);
         c->mutable_set_qualification()->set_clear(true);
       }},
      {"no purpose", kInvalid, [](Command* c) { c->mutable_record_consent()->set_granted(true); }},
      {"no action", Reason::kUnsupported, [](Command* c) { c->clear_edit_tags(); }, "updateProfile"},
  });
}

// Applies `spoil` to the value of one attribute.
Case<Command> Attribute(const char* what, const std::function<void(Value*)>& spoil) {
  return {what, Reason::kInvalidValue,
          [spoil](Command* c) { spoil(&(*c->mutable_update_profile()->mutable_set()->mutable_fields())["plan"]); }};
}

void SetNumbers(int count, Value* v) {
  for (int i = 0; i < count; ++i) v->mutable_list_value()->add_values()->set_number_value(i);
}

TEST(RecordChecksTest, RejectsAttributesThatCannotBeStored) {
  std::vector<Case<Command>> cases = {
      Attribute("null in a list", [](Value* v) { v->mutable_list_value()->add_values()->set_null_value({}); }),
      Attribute("list in a list", [](Value* v) { v->mutable_list_value()->add_values()->mutable_list_value(); }),
      Attribute("struct in a list", [](Value* v) { v->mutable_list_value()->add_values()->mutable_struct_value(); }),
      Attribute("list of 101", [](Value* v) { SetNumbers(101, v); })};
  for (Case<Command>& test : cases) test.detail = "\"plan\"";
  ExpectRejected(cases);
}

TEST(RecordChecksTest, AcceptsAttributesAtTheLimits) {
  ExpectAccepted<Command>({
      Attribute("null", [](Value* v) { v->set_null_value({}); }),
      Attribute("empty list", [](Value* v) { v->mutable_list_value(); }),
      Attribute("list of 100", [](Value* v) { SetNumbers(100, v); }),
      {"empty name",
       {},
       [](Command* c) { (*c->mutable_update_profile()->mutable_set()->mutable_fields())[""].set_number_value(1); }},
      Attribute("struct",
                [](Value* v) { (*v->mutable_struct_value()->mutable_fields())["k"].set_string_value(Xs(9000)); }),
  });
}

// One defect for each reason, in the message or, for the first two, in its bytes.
struct Defect {
  Reason reason;
  bool events, commands;
  std::function<void(v1::InputRecord*)> spoil = [](v1::InputRecord*) {};
  std::function<void(Format, std::string*)> spoil_bytes = [](Format, std::string*) {};
};

std::vector<Defect> AllDefects() {
  const auto clear = [](const std::string& name) {
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
  const auto old_consent = [](v1::InputRecord* r) {
    auto* consent = r->mutable_command()->mutable_record_consent();
    consent->set_purpose("news");
    SetTime("1999-12-31T23:59:59Z", consent->mutable_at());
  };
  const auto long_text = [](v1::InputRecord* r) {
    r->has_event() ? r->mutable_event()->set_name(Xs(1025)) : r->mutable_command()->set_actor(Xs(1025));
  };
  const auto cut = [](Format format, std::string* bytes) {
    format == Format::kJson ? bytes->pop_back() : bytes->push_back('\x0A');
  };
  const auto pad = [](Format format, std::string* bytes) {
    std::string unknown;
    FillUp(kMaxRecordBytes, &unknown);
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
          {Reason::kBadTimestamp, false, true, old_consent},
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
          EXPECT_EQ(ReasonOf(MakeDecoder(format)->Decode(bytes, {kLatest})), ReasonName(first.reason))
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
    EXPECT_EQ(ReasonOf(decoded), size > kMaxRecordBytes ? "too_large" : "accepted");
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
