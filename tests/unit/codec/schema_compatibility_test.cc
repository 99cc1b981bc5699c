// The wire contract: schemas only grow. The test compares them with tests/data/schemas/leadpulse.v1.desc, the last
// recorded contract; schemas/README.md has the command that records it again after an addition.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "leadpulse/v1/archive.pb.h"
#include "leadpulse/v1/change.pb.h"
#include "leadpulse/v1/changelog.pb.h"
#include "leadpulse/v1/dead_letter.pb.h"
#include "leadpulse/v1/exchange.pb.h"
#include "leadpulse/v1/input.pb.h"
#include "leadpulse/v1/lead_profile.pb.h"
#include "leadpulse/v1/lead_state.pb.h"

namespace leadpulse::schema_compatibility_test {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kRecorded[] = "tests/data/schemas/leadpulse.v1.desc";

// The breaks of `recorded` in `current`, one sentence each.
class Breaks {
 public:
  static std::vector<std::string> Between(const FileDescriptorSet& recorded, const FileDescriptorSet& current) {
    Breaks breaks;
    const auto old_pool = Pool(recorded), new_pool = Pool(current);
    for (const FileDescriptorProto& file : recorded.file()) {
      const auto* was = old_pool->FindFileByName(file.name());
      for (int i = 0; i < was->message_type_count(); ++i) breaks.Message(*was->message_type(i), *new_pool);
      for (int i = 0; i < was->enum_type_count(); ++i) breaks.Enum(*was->enum_type(i), *new_pool);
    }
    return breaks.sentences_;
  }

 private:
  static std::unique_ptr<DescriptorPool> Pool(const FileDescriptorSet& files) {
    // The pool of the program knows google/protobuf/*.proto.
    auto pool = std::make_unique<DescriptorPool>(DescriptorPool::generated_pool());
    pool->AllowUnknownDependencies();
    for (const FileDescriptorProto& file : files.file()) {
      if (pool->BuildFile(file) == nullptr) ADD_FAILURE() << "cannot read the descriptor of " << file.name();
    }
    return pool;
  }

  void Say(const std::string& sentence) { sentences_.push_back(sentence); }

  void Message(const Descriptor& was, const DescriptorPool& now_pool) {
    const Descriptor* now = now_pool.FindMessageTypeByName(was.full_name());
    if (now == nullptr) return Say("message " + was.full_name() + " was removed");
    for (int i = 0; i < was.field_count(); ++i) Field(*was.field(i), *now);
    for (int i = 0; i < was.nested_type_count(); ++i) Message(*was.nested_type(i), now_pool);
    for (int i = 0; i < was.enum_type_count(); ++i) Enum(*was.enum_type(i), now_pool);
  }

  void Field(const FieldDescriptor& was, const Descriptor& message) {
    const std::string name = "field " + was.full_name();
    const FieldDescriptor* now = message.FindFieldByNumber(was.number());
    const FieldDescriptor* same_name = message.FindFieldByName(was.name());
    if (same_name != nullptr && same_name->number() != was.number()) {
      return Say(name + " changed its number from " + std::to_string(was.number()) + " to " +
                 std::to_string(same_name->number()));
    }
    if (now == nullptr) return Say(name + " was removed");
    if (now->name() != was.name()) return Say(name + " was renamed to " + now->name());
    if (now->json_name() != was.json_name()) Say(name + " changed its JSON name to " + now->json_name());
    if (Type(*now) != Type(was)) Say(name + " changed its type from " + Type(was) + " to " + Type(*now));
    if (now->is_repeated() != was.is_repeated()) Say(name + " became repeated, or no longer is");
    if (now->has_presence() != was.has_presence()) Say(name + " became optional, or no longer is");
    if (Oneof(*now) != Oneof(was)) Say(name + " moved into or out of a oneof");
  }

  void Enum(const EnumDescriptor& was, const DescriptorPool& now_pool) {
    const EnumDescriptor* now = now_pool.FindEnumTypeByName(was.full_name());
    if (now == nullptr) return Say("enum " + was.full_name() + " was removed");
    for (int i = 0; i < was.value_count(); ++i) {
      const EnumValueDescriptor& value = *was.value(i);
      const std::string name = "value " + was.full_name() + "." + value.name();
      const EnumValueDescriptor* same_number = now->FindValueByNumber(value.number());
      const EnumValueDescriptor* same_name = now->FindValueByName(value.name());
      if (same_name != nullptr && same_name->number() != value.number()) {
        Say(name + " changed its number from " + std::to_string(value.number()) + " to " +
            std::to_string(same_name->number()));
      } else if (same_name == nullptr) {
        Say(name + (same_number != nullptr ? " was renamed to " + same_number->name() : " was removed"));
      }
    }
  }

  static std::string Type(const FieldDescriptor& field) {
    if (field.message_type() != nullptr) return field.message_type()->full_name();
    if (field.enum_type() != nullptr) return field.enum_type()->full_name();
    return field.type_name();
  }

  static std::string Oneof(const FieldDescriptor& field) {
    const auto* oneof = field.real_containing_oneof();
    return oneof == nullptr ? "" : oneof->name();
  }

  std::vector<std::string> sentences_;
};

// Moves both sets to a package of their own, because the program's pool knows the original names.
FileDescriptorSet Renamed(FileDescriptorSet files) {
  std::string bytes = files.SerializeAsString();
  for (size_t at = 0; (at = bytes.find("leadpulse", at)) != std::string::npos;) bytes.replace(at, 9, "recorded_");
  EXPECT_TRUE(files.ParseFromString(bytes));
  return files;
}

FileDescriptorSet Current() {
  FileDescriptorSet files;
  for (const auto* file : {v1::EngagementEvent::descriptor()->file(), v1::LeadCommand::descriptor()->file(),
                           v1::InputRecord::descriptor()->file(), v1::Change::descriptor()->file(),
                           v1::DeadLetter::descriptor()->file(), v1::LeadState::descriptor()->file(),
                           v1::LeadRecord::descriptor()->file(), v1::ArchivedHeader::descriptor()->file(),
                           v1::ExchangeRecord::descriptor()->file(), v1::LeadProfile::descriptor()->file()}) {
    file->CopyTo(files.add_file());
  }
  return Renamed(files);
}

FileDescriptorSet Recorded() {
  FileDescriptorSet files;
  std::ifstream in(kRecorded, std::ios::binary);
  EXPECT_TRUE(in && files.ParseFromIstream(&in)) << "cannot read " << kRecorded;
  return Renamed(files);
}

TEST(SchemaCompatibilityTest, SchemasOnlyGrow) {
  const FileDescriptorSet recorded = Recorded();
  EXPECT_GE(recorded.file_size(), 7);
  for (const std::string& sentence : Breaks::Between(recorded, Current())) {
    ADD_FAILURE() << sentence << ": readers and writers of the recorded contract would disagree";
  }
}

// Returns the result of the comparison after `change` was made to this file.
std::vector<std::string> AfterChange(const std::string& file, std::function<void(FileDescriptorProto*)> change) {
  FileDescriptorSet changed = Current();
  for (FileDescriptorProto& candidate : *changed.mutable_file()) {
    if (candidate.name() == "recorded_/v1/" + file) change(&candidate);
  }
  return Breaks::Between(Current(), changed);
}

TEST(SchemaCompatibilityTest, SeesNothingInEqualSchemas) {
  EXPECT_THAT(AfterChange("none", [](auto*) {}), IsEmpty());
}

TEST(SchemaCompatibilityTest, SeesBrokenFields) {
  const auto after = [](std::function<void(google::protobuf::FieldDescriptorProto*)> change) {
    return AfterChange("change.proto", [&](auto* file) { change(file->mutable_message_type(0)->mutable_field(0)); });
  };
  const std::string field = "field recorded_.v1.Change.tenant_id ";
  EXPECT_THAT(after([](auto* f) {
                f->set_name("account_id");
                f->clear_json_name();
              }),
              ElementsAre(field + "was renamed to account_id"));
  EXPECT_THAT(after([](auto* f) { f->set_number(77); }), ElementsAre(field + "changed its number from 1 to 77"));
  EXPECT_THAT(after([](auto* f) { f->set_type(f->TYPE_BYTES); }),
              ElementsAre(field + "changed its type from string to bytes"));
  EXPECT_THAT(after([](auto* f) { f->set_json_name("tenant"); }),
              ElementsAre(field + "changed its JSON name to tenant"));
  EXPECT_THAT(after([](auto* f) { f->set_label(f->LABEL_REPEATED); }), ElementsAre(HasSubstr("became repeated")));
  EXPECT_THAT(AfterChange("change.proto",
                          [](auto* file) { file->mutable_message_type(0)->mutable_field()->DeleteSubrange(0, 1); }),
              ElementsAre(field + "was removed"));
}

TEST(SchemaCompatibilityTest, SeesBrokenPresenceOneofsAndMessages) {
  EXPECT_THAT(AfterChange("input.proto",
                          [](auto* file) {
                            auto* message = file->mutable_message_type(0);
                            message->mutable_field(0)->clear_oneof_index();
                          }),
              ElementsAre("field recorded_.v1.InputRecord.event moved into or out of a oneof"));
  EXPECT_THAT(AfterChange("command.proto",
                          [](auto* file) {
                            for (auto& message : *file->mutable_message_type()) {
                              if (message.name() != "SetQualification") continue;
                              message.clear_oneof_decl();
                              message.mutable_field(0)->clear_oneof_index();
                              message.mutable_field(0)->clear_proto3_optional();
                            }
                          }),
              ElementsAre("field recorded_.v1.SetQualification.score became optional, or no longer is"));
  EXPECT_THAT(AfterChange("dead_letter.proto", [](auto* file) { file->mutable_message_type(0)->set_name("Letter"); }),
              testing::Contains("message recorded_.v1.DeadLetter was removed"));
}

TEST(SchemaCompatibilityTest, SeesBrokenEnums) {
  const auto after = [](std::function<void(google::protobuf::EnumDescriptorProto*)> change) {
    return AfterChange("change.proto",
                       [&](auto* file) { change(file->mutable_message_type(0)->mutable_enum_type(0)); });
  };
  const std::string value = "value recorded_.v1.Change.Kind.LEAD_MERGED ";
  EXPECT_THAT(after([](auto* e) { e->mutable_value(11)->set_name("LEAD_GONE"); }),
              ElementsAre(value + "was renamed to LEAD_GONE"));
  EXPECT_THAT(after([](auto* e) { e->mutable_value(11)->set_number(42); }),
              ElementsAre(value + "changed its number from 11 to 42"));
  EXPECT_THAT(after([](auto* e) { e->mutable_value()->RemoveLast(); }),
              ElementsAre("value recorded_.v1.Change.Kind.LEAD_UPDATED was removed"));
  EXPECT_THAT(
      AfterChange("change.proto",
                  [](auto* file) {
                    file->mutable_message_type(1)->mutable_enum_type(0)->set_name("Reason");
                    file->mutable_message_type(1)->mutable_field(0)->set_type_name(".recorded_.v1.Cause.Reason");
                  }),
      ElementsAre(HasSubstr("Cause.kind changed its type"), "enum recorded_.v1.Cause.Kind was removed"));
}

TEST(SchemaCompatibilityTest, AdditionsPass) {
  EXPECT_THAT(AfterChange("change.proto",
                          [](auto* file) {
                            auto* field = file->mutable_message_type(0)->add_field();
                            field->set_name("added");
                            field->set_number(50);
                            field->set_type(field->TYPE_STRING);
                            field->set_label(field->LABEL_OPTIONAL);
                            auto* value = file->mutable_message_type(0)->mutable_enum_type(0)->add_value();
                            value->set_name("ADDED");
                            value->set_number(50);
                            file->add_message_type()->set_name("Added");
                          }),
              IsEmpty());
}

}  // namespace leadpulse::schema_compatibility_test
