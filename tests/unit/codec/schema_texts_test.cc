// The schemas that are registered with a schema registry are those that the program writes.
#include "schemas/codec/schema_texts.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "leadpulse/v1/change.pb.h"
#include "leadpulse/v1/command.pb.h"
#include "leadpulse/v1/dead_letter.pb.h"
#include "leadpulse/v1/event.pb.h"
#include "leadpulse/v1/lead_profile.pb.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::codec::schema_texts_test {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;

const std::pair<TopicSchema, const Descriptor*> kSchemas[] = {
    {TopicSchema::kEvent, leadpulse::v1::EngagementEvent::descriptor()},
    {TopicSchema::kCommand, leadpulse::v1::LeadCommand::descriptor()},
    {TopicSchema::kChange, leadpulse::v1::Change::descriptor()},
    {TopicSchema::kDeadLetter, leadpulse::v1::DeadLetter::descriptor()},
    {TopicSchema::kLeadProfile, leadpulse::v1::LeadProfile::descriptor()},
};

FileDescriptorProto CopyOf(const FileDescriptor& file) {
  FileDescriptorProto copy;
  file.CopyTo(&copy);
  file.CopyJsonNameTo(&copy);
  return copy;
}

// Compiles the text alone, as a registry does.
FileDescriptorProto Compiled(std::string_view text, const std::string& name) {
  const leadpulse::testing::ScratchDirectory folder;
  const std::string file = folder / name;
  std::filesystem::create_directories(std::filesystem::path(file).parent_path());
  std::ofstream(file) << text;
  const std::string in = "protoc -I " + folder.path().string() + " --include_imports --descriptor_set_out=";
  EXPECT_EQ(std::system((in + (folder / "set") + " " + name).c_str()), 0);
  google::protobuf::FileDescriptorSet set;
  std::ifstream compiled(folder / "set", std::ios::binary);
  EXPECT_TRUE(set.ParseFromIstream(&compiled));
  DescriptorPool pool;
  for (const FileDescriptorProto& each : set.file()) EXPECT_NE(pool.BuildFile(each), nullptr) << each.name();
  const FileDescriptor* built = pool.FindFileByName(name);
  return built == nullptr ? FileDescriptorProto() : CopyOf(*built);
}

TEST(SchemaTexts, AreWhatTheProgramIsCompiledFrom) {
  for (const auto& [schema, message] : kSchemas) {
    const FileDescriptor& own = *message->file();
    EXPECT_EQ(Compiled(SchemaText(schema), own.name()).DebugString(), CopyOf(own).DebugString());
  }
}

// The header of Confluent's format says 0, the first message of the file. A registry knows Protobuf's own files.
TEST(SchemaTexts, BeginWithTheTopicsMessageAndImportOnlyProtobufs) {
  for (const auto& [schema, message] : kSchemas) {
    EXPECT_EQ(message->index(), 0) << message->full_name();
    EXPECT_EQ(message->containing_type(), nullptr);
    for (int i = 0; i < message->file()->dependency_count(); ++i) {
      EXPECT_THAT(message->file()->dependency(i)->name(), ::testing::StartsWith("google/protobuf/"));
    }
  }
}

}  // namespace leadpulse::codec::schema_texts_test
