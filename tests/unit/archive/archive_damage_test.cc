// Missing, damaged or doubled parts of an archive are named, and nothing continues from them. The rest after a kill is
// continued.
#include <fstream>

#include "tests/support/input_files.h"
#include "tests/unit/archive/archived_topics.h"

namespace leadpulse::archive::archive_damage_test {

using ::leadpulse::testing::AppendToFile;
using ::leadpulse::testing::ReadWholeFile;
using ::leadpulse::testing::WriteFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(KilledArchiveTest, GoesOnInTheJournalAtAnyLengthOfIt) {
  LeaveOpen(4);
  const auto size = std::filesystem::file_size(journal_);
  for (const uintmax_t left : {size, size - 1, size / 2, uintmax_t{5}, uintmax_t{0}}) {
    std::filesystem::remove_all(path_);
    topics_.places[kEvents].entries.clear();
    LeaveOpen(4);
    std::filesystem::resize_file(journal_, left);
    ASSERT_TRUE(Archive().ok()) << left;
    ExpectArchived(4, 4);
    EXPECT_FALSE(std::filesystem::exists(journal_));
  }
}

TEST_F(KilledArchiveTest, AFlippedByteInTheJournalIsFoundAndReadAgain) {
  LeaveOpen(4);
  EXPECT_THAT(Check().problems, IsEmpty());
  std::fstream file(journal_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(60);
  file.put('\x7f');
  file.close();
  EXPECT_THAT(Check().problems, ElementsAre(HasSubstr("000001.journal is damaged")));
  ASSERT_TRUE(Archive().ok());
  ExpectArchived(4, 4);
}

TEST_F(KilledArchiveTest, ASegmentThatHadEndedIsEndedFirst) {
  LeaveOpen(3);
  v1::ArchiveEntry end;
  end.set_ended(true);
  auto journal = SegmentJournal::Open(journal_, [](const v1::ArchiveEntry&) { return Status::Ok(); });
  ASSERT_TRUE(journal.ok() && (*journal)->Append(end).ok());
  std::ofstream(path_ + "/000001.jsonl.zst.unfinished") << "half";
  std::ofstream(path_ + "/000001.jsonl.zst") << "its name was there already";
  Send(2);
  ASSERT_EQ(Archive()->records, 2U);
  ExpectArchived(5, 5);
  EXPECT_EQ(Check().segments, 2U);
}

TEST_F(ArchiveTest, CheckNamesWhatIsMissingAndWhatIsThereTwice) {
  ArchiveSegments(3);
  std::filesystem::rename(path_ + "/000002.manifest.json", scratch_ / "kept");
  EXPECT_THAT(Check().problems, ElementsAre("000002.manifest.json is missing",
                                            "000003.manifest.json: offsets 2 to 3 of engagement.events [0] are missing",
                                            "000002.jsonl.zst is in no manifest"));
  EXPECT_THAT(Refusal(), HasSubstr("segment 000002"));
  std::filesystem::rename(scratch_ / "kept", path_ + "/000002.manifest.json");
  std::filesystem::remove(path_ + "/000003.manifest.json");
  EXPECT_THAT(Refusal(), HasSubstr("000003.jsonl.zst has no manifest"));
}

TEST_F(ArchiveTest, ADamagedManifestIsNamed) {
  ArchiveSegments(2);
  const std::string path = path_ + "/000002.manifest.json", whole = ReadWholeFile(path);
  const struct {
    std::string text;
    const char* why;
  } cases[] = {{whole.substr(0, whole.size() / 2), "it cannot be read as a manifest"},
               {ReadWholeFile(path_ + "/000001.manifest.json"), "it is that of segment 1"}};
  for (const auto& each : cases) {
    WriteFile(path, each.text);
    const std::string damaged = path + " is damaged: " + each.why + ". Put back the archive's copy of it";
    EXPECT_THAT(Check().problems, ElementsAre(damaged, "000002.jsonl.zst is in no manifest"));
    EXPECT_EQ(Refusal(), damaged);
  }
  WriteFile(path, whole);
  ExpectArchived(4, 4);
}

TEST_F(ArchiveTest, SegmentsThatDoNotFollowOneAnotherAreNotGoneOnFrom) {
  ArchiveSegments(2);
  const std::string path = path_ + "/000002.manifest.json", whole = ReadWholeFile(path);
  const struct {
    const char* from;
    const char* wrong;
  } cases[] = {{"1", "offset 1 of engagement.events [0] are there twice"},
               {"3", "offset 2 of engagement.events [0] are missing"}};
  for (const auto& each : cases) {
    std::string text = whole;
    const std::string from = R"("from": "2")";
    text.replace(text.find(from), from.size(), std::string(R"("from": ")") + each.from + "\"");
    WriteFile(path, text);
    EXPECT_THAT(Check().problems, ElementsAre(std::string("000002.manifest.json: ") + each.wrong));
    EXPECT_EQ(Refusal(), path + ": " + each.wrong + ". `leadpulse archive check` says all that is wrong");
  }
}

TEST_F(KilledArchiveTest, AJournalOfAnotherArchiveIsNotGoneOnWith) {
  Send(2);
  ASSERT_TRUE(Archive().ok());
  LeaveOpen(2);
  const std::string path = path_ + "/000001.manifest.json";
  std::string text = ReadWholeFile(path);
  const std::string until = R"("until": "2")";
  text.replace(text.find(until), until.size(), R"("until": "1")");
  WriteFile(path, text);
  EXPECT_THAT(Check().problems, ElementsAre("000002.journal: offset 1 of engagement.events [0] are missing"));
  EXPECT_THAT(Refusal(), HasSubstr("000002.journal does not begin where the segment before it ends"));
}

TEST_F(ArchiveTest, WhatTheTopicsGiveOutOfOrderIsNotAppended) {
  auto folder = ArchiveFolder::Open(path_, &router_);
  ASSERT_TRUE(folder.ok());
  (*folder)->Begin(kEventsKey, 0);
  const auto append = [&](int64_t offset) {
    v1::ArchiveEntry entry;
    entry.add_records()->set_topic(kEventsKey.topic);
    entry.mutable_records(0)->set_offset(offset);
    return (*folder)->Append(entry);
  };
  ASSERT_TRUE(append(4).ok());
  const std::string does_not_follow = "what the topics gave does not follow from what is archived: ";
  EXPECT_EQ(append(4).message(), does_not_follow + "offset 4 of engagement.events [0] is there twice");
  EXPECT_EQ(append(2).message(), does_not_follow + "engagement.events [0] goes back from offset 5 to 3");
}

TEST_F(ArchiveTest, AJournalThatIsDamagedWhileItIsOpenMakesNoSegment) {
  auto folder = ArchiveFolder::Open(path_, &router_);
  ASSERT_TRUE(folder.ok());
  (*folder)->Begin(kEventsKey, 0);
  v1::ArchiveEntry entry;
  entry.add_records()->set_topic(kEventsKey.topic);
  ASSERT_TRUE((*folder)->Append(entry).ok());
  const auto whole = std::filesystem::file_size(path_ + "/000001.journal");
  AppendToFile(path_ + "/000001.journal", "not of it");
  EXPECT_THAT((*folder)->EndSegment().message(),
              HasSubstr("000001.journal is damaged behind byte " + std::to_string(whole) + ". Start again: "));
  EXPECT_FALSE(std::filesystem::exists(path_ + "/000001.manifest.json"));
}

TEST_F(ArchiveTest, CheckOfAnotherFolderIsOneSentence) {
  const std::string inbox = scratch_ / "inbox";
  std::filesystem::create_directory(inbox);
  EXPECT_THAT(CheckArchive(inbox).status().message(), HasSubstr("inbox holds no archive: it has no manifest"));
  for (const char* name : {"/000001.jsonl", "/000002.jsonl", "/000002.jsonl.open"})
    std::ofstream(inbox + name) << "{}\n";
  EXPECT_THAT(CheckArchive(inbox).status().message(), HasSubstr("inbox holds no archive: it has no manifest"));
  EXPECT_THAT(CheckArchive(inbox + "/000001.jsonl").status().message(), HasSubstr("is no folder"));
}

}  // namespace leadpulse::archive::archive_damage_test
