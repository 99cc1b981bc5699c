// The records and errors that the reader returns for a file's bytes, in every format.
#include "processor/files/input/input_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "processor/files/input/byte_source.h"
#include "processor/files/input/file_shape.h"
#include "tests/support/input_files.h"
#include "tests/support/memory_lead_store.h"
#include "tests/support/pieces.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::input::input_reader_test {

using ::testing::ElementsAre;
using testing::Frame;
using testing::Gzip;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ReadResult;
using ::testing::SizeIs;
using ::testing::StartsWith;
using testing::Zstd;

class InputReaderTest : public ::testing::Test {
 protected:
  ReadResult Read(const std::string& name, const std::string& bytes) {
    testing::WriteFile(directory_ / name, bytes);
    auto store = state::MakeMemoryLeadStore(1);
    return testing::ReadAll({directory_ / name}, store.get());
  }

  testing::ScratchDirectory directory_;
};

TEST_F(InputReaderTest, LinesAreCountedFromOneAndOffsetsInBytes) {
  ReadResult result = Read("a.jsonl", "{1}\n{22}\n{3}\n");
  ASSERT_THAT(result.Texts(), ElementsAre("{1}", "{22}", "{3}"));
  EXPECT_EQ(result.records[1].offset, 4u);
  EXPECT_EQ(result.records[1].line, 2u);
  EXPECT_EQ(result.records[2].offset, 9u);
}

TEST_F(InputReaderTest, BlankLinesAreSkippedButCounted) {
  ReadResult result = Read("a.jsonl", "\n \t\r\n\v\f\n{1}\r\n\n{2}");
  ASSERT_THAT(result.Texts(), ElementsAre("{1}\r", "{2}"));
  EXPECT_EQ(result.records[0].line, 4u);
  EXPECT_EQ(result.records[1].line, 6u);
}

TEST_F(InputReaderTest, TheLastLineNeedsNoLineEnd) {
  EXPECT_THAT(Read("a.jsonl", "{1}").Texts(), ElementsAre("{1}"));
  EXPECT_THAT(Read("b.jsonl", "").Texts(), IsEmpty());
  EXPECT_THAT(Read("c.jsonl", "{1}\n   ").Texts(), ElementsAre("{1}"));
}

TEST_F(InputReaderTest, ManyBatchesGiveEachLineOnce) {
  std::string bytes;
  for (int i = 0; i < 50'000; ++i) bytes += std::to_string(i) + "\n";
  ReadResult result = Read("a.jsonl", bytes);
  ASSERT_THAT(result.records, SizeIs(50'000));
  for (int i = 0; i < 50'000; ++i) {
    ASSERT_EQ(result.records[i].bytes, std::to_string(i));
    ASSERT_EQ(result.records[i].line, static_cast<uint64_t>(i + 1));
    ASSERT_EQ(bytes.substr(result.records[i].offset, result.records[i].bytes.size()), result.records[i].bytes);
  }
}

// A commit comes between any two records; a mark only between some.
TEST_F(InputReaderTest, RecordsThatWereAppliedAfterAMarkAreLeftOut) {
  const std::string blank_and_long = "\n" + std::string(kMaxRawRecord + 1, 'b') + "\n";
  for (const std::string& bytes :
       {"{1}\n{2}\n" + blank_and_long + "{4}\n{5}", std::string("{1}\n{2}\n{3}\n{4}\n{5}")}) {
    const size_t all = Read("a.jsonl", bytes).records.size();
    for (size_t applied = 0; applied <= all; ++applied) {
      const auto store = state::MakeMemoryLeadStore(1);
      InputProgress progress;
      progress.hash = PrefixHash().Digest();
      progress.applied = applied;
      state::EpochWrite write;
      write.meta.emplace_back(InputProgressName(directory_ / "a.jsonl"), EncodeInputProgress(progress));
      ASSERT_TRUE(store->Commit(write).ok());
      const ReadResult result = testing::ReadAll({directory_ / "a.jsonl"}, store.get());
      ASSERT_EQ(result.error, "");
      ASSERT_EQ(result.records.size(), all - applied);
      if (applied == all) continue;
      EXPECT_EQ(result.records.back().bytes, "{5}");
    }
  }
}

TEST_F(InputReaderTest, ALineAtTheLimitIsWholeOneOverItIsCut) {
  std::string at_limit(kMaxRawRecord, 'a');
  std::string over(kMaxRawRecord + 1, 'b');
  ReadResult result = Read("a.jsonl", at_limit + "\n" + over + "\n{3}\n" + over + over);
  ASSERT_THAT(result.records, SizeIs(4));
  EXPECT_EQ(result.records[0].kind, RawKind::kWhole);
  EXPECT_EQ(result.records[0].bytes.size(), kMaxRawRecord);
  EXPECT_EQ(result.records[1].kind, RawKind::kCut);
  EXPECT_EQ(result.records[1].bytes, std::string(codec::kDeadLetterPrefix, 'b'));
  EXPECT_EQ(result.records[1].full_size, over.size());
  EXPECT_EQ(result.records[1].line, 2u);
  EXPECT_EQ(result.records[2].bytes, "{3}");
  EXPECT_EQ(result.records[2].line, 3u);
  EXPECT_EQ(result.records[3].kind, RawKind::kCut);
  EXPECT_EQ(result.records[3].full_size, 2 * over.size());
}

TEST_F(InputReaderTest, ALongBlankLineIsBlank) {
  EXPECT_THAT(Read("a.jsonl", std::string(3 * kMaxRawRecord, ' ') + "\n{2}\n").Texts(), ElementsAre("{2}"));
}

TEST_F(InputReaderTest, AByteOrderMarkAtTheBeginningOfLinesIsSkipped) {
  const std::string mark = "\xef\xbb\xbf";
  const std::string lines = mark + "{1}\n" + mark + "{2}\n";
  for (auto [name, bytes] :
       {std::pair{"a.jsonl", lines}, std::pair{"a.jsonl.gz", Gzip(lines)}, std::pair{"a.jsonl.zst", Zstd(lines)}}) {
    ReadResult result = Read(name, bytes);
    ASSERT_THAT(result.Texts(), ElementsAre("{1}", mark + "{2}")) << name;
    EXPECT_EQ(result.records[0].offset, 0u);
    EXPECT_EQ(result.records[0].full_size, 3u);
    EXPECT_EQ(result.records[1].offset, 7u);
  }
  EXPECT_THAT(Read("b.jsonl", mark + "{1}").Texts(), ElementsAre("{1}"));
  EXPECT_THAT(Read("c.jsonl", mark).Texts(), IsEmpty());
  EXPECT_THAT(Read("d.jsonl", mark + " \r\n{2}\n").Texts(), ElementsAre("{2}"));
  EXPECT_THAT(Read("e.jsonl", mark.substr(0, 2) + "\n").Texts(), ElementsAre(mark.substr(0, 2)));
  EXPECT_THAT(Read("f.pb", Frame(mark + "x")).Texts(), ElementsAre(mark + "x"));
}

TEST_F(InputReaderTest, AByteOrderMarkIsNoPartOfALineThatIsCutOrBroken) {
  const std::string mark = "\xef\xbb\xbf";
  const std::string over(kMaxRawRecord + 1, 'b');
  ReadResult cut = Read("a.jsonl", mark + over + "\n{2}\n");
  ASSERT_THAT(cut.Texts(), ElementsAre(std::string(codec::kDeadLetterPrefix, 'b'), "{2}"));
  EXPECT_EQ(cut.records[0].full_size, over.size());
  EXPECT_EQ(cut.records[0].offset, 0u);
  EXPECT_EQ(cut.records[1].offset, over.size() + 4);
  std::string whole = Gzip(mark + "{1}");
  ReadResult broken = Read("b.jsonl.gz", whole.substr(0, whole.size() - 8));
  EXPECT_THAT(broken.Texts(), ElementsAre("{1}"));
}

TEST_F(InputReaderTest, FramesAreRecords) {
  ReadResult result = Read("a.pb", Frame("one") + Frame("") + Frame(std::string(300, 'x')));
  ASSERT_THAT(result.Texts(), ElementsAre("one", "", std::string(300, 'x')));
  EXPECT_EQ(result.records[1].offset, 4u);
  EXPECT_EQ(result.records[2].offset, 5u);
  EXPECT_EQ(result.records[2].line, 3u);
}

TEST_F(InputReaderTest, AnOverlongFrameIsCut) {
  std::string over(kMaxRawRecord + 7, 'b');
  ReadResult result = Read("a.pb", Frame("one") + Frame(over) + Frame("three"));
  ASSERT_THAT(result.records, SizeIs(3));
  EXPECT_EQ(result.records[1].kind, RawKind::kCut);
  EXPECT_EQ(result.records[1].bytes.size(), codec::kDeadLetterPrefix);
  EXPECT_EQ(result.records[1].full_size, over.size());
  EXPECT_EQ(result.records[2].bytes, "three");
}

TEST_F(InputReaderTest, AFileThatEndsInsideAFrameIsBroken) {
  std::string rest = Frame("three").substr(0, 3);
  ReadResult result = Read("a.pb", Frame("one") + Frame("two") + rest);
  ASSERT_THAT(result.Texts(), ElementsAre("one", "two", rest));
  EXPECT_EQ(result.records[2].kind, RawKind::kBroken);
  EXPECT_EQ(result.records[2].offset, 8u);
  EXPECT_EQ(result.records[2].line, 3u);
  EXPECT_THAT(result.broken_details, ElementsAre(HasSubstr("ends inside")));
}

TEST_F(InputReaderTest, ALengthThatIsNoVarintIsBrokenAndTheRestIsKeptInPart) {
  std::string rest(11, '\xff');
  rest += std::string(200'000, 'x');
  ReadResult result = Read("a.pb", Frame("one") + rest);
  ASSERT_THAT(result.records, SizeIs(2));
  EXPECT_EQ(result.records[1].kind, RawKind::kBroken);
  EXPECT_EQ(result.records[1].bytes, rest.substr(0, codec::kDeadLetterPrefix));
  EXPECT_THAT(result.broken_details, ElementsAre(HasSubstr("varint")));
}

TEST_F(InputReaderTest, AFrameLongerThanTheFileIsBroken) {
  std::string rest("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01 and so on", 20);
  ReadResult result = Read("a.pb", Frame("one") + rest);
  ASSERT_THAT(result.Texts(), ElementsAre("one", rest));
  EXPECT_EQ(result.records[1].kind, RawKind::kBroken);
}

TEST_F(InputReaderTest, CompressedFilesReadAsTheirContent) {
  std::string lines = "{1}\n{2}\n{3}\n";
  EXPECT_THAT(Read("a.jsonl.gz", Gzip(lines)).Texts(), ElementsAre("{1}", "{2}", "{3}"));
  EXPECT_THAT(Read("a.jsonl.zst", Zstd(lines)).Texts(), ElementsAre("{1}", "{2}", "{3}"));
  EXPECT_THAT(Read("a.pb.gz", Gzip(Frame("x") + Frame("y"))).Texts(), ElementsAre("x", "y"));
  EXPECT_THAT(Read("a.pb.zst", Zstd(Frame("x") + Frame("y"))).Texts(), ElementsAre("x", "y"));
}

TEST_F(InputReaderTest, SeveralMembersAreOneStream) {
  EXPECT_THAT(Read("a.jsonl.gz", Gzip("{1}\n{") + Gzip("") + Gzip("2}\n")).Texts(), ElementsAre("{1}", "{2}"));
  EXPECT_THAT(Read("a.jsonl.zst", Zstd("{1}\n{") + Zstd("") + Zstd("2}\n")).Texts(), ElementsAre("{1}", "{2}"));
  EXPECT_THAT(Read("b.jsonl.gz", Gzip("{1}\n") + std::string(512, '\0')).Texts(), ElementsAre("{1}"));
}

// Makes bytes that do not compress, so that a cut loses some of them.
std::string NoisyLines(int count) {
  std::string lines;
  uint32_t random = 1;
  for (int i = 0; i < count; ++i) {
    for (int k = 0; k < 100; ++k) {
      random = random * 1664525 + 1013904223;
      lines += static_cast<char>('!' + (random >> 24) % 90);
    }
    lines += "\n";
  }
  return lines;
}

void ExpectWholeLinesThenOneBroken(const ReadResult& result, const std::string& lines) {
  ASSERT_GE(result.records.size(), 2u);
  std::string seen;
  for (size_t i = 0; i + 1 < result.records.size(); ++i) {
    EXPECT_EQ(result.records[i].kind, RawKind::kWhole);
    seen += result.records[i].bytes + "\n";
  }
  EXPECT_EQ(result.records.back().kind, RawKind::kBroken);
  EXPECT_EQ(result.records.back().offset, seen.size());
  EXPECT_EQ(lines.substr(0, seen.size()), seen);
  EXPECT_EQ(lines.substr(seen.size(), result.records.back().bytes.size()), result.records.back().bytes);
  EXPECT_LT(result.records.back().bytes.size(), 101u);
}

TEST_F(InputReaderTest, ACompressedFileThatEndsEarlyKeepsItsWholeLines) {
  std::string lines = NoisyLines(5'000);
  std::string gzip = Gzip(lines);
  std::string zstd = Zstd(lines);
  ReadResult from_gzip = Read("a.jsonl.gz", gzip.substr(0, gzip.size() / 2));
  ExpectWholeLinesThenOneBroken(from_gzip, lines);
  EXPECT_THAT(from_gzip.broken_details, ElementsAre(HasSubstr("ends early")));
  ReadResult from_zstd = Read("a.jsonl.zst", zstd.substr(0, zstd.size() / 2));
  ExpectWholeLinesThenOneBroken(from_zstd, lines);
  EXPECT_THAT(from_zstd.broken_details, ElementsAre(HasSubstr("ends early")));
}

TEST_F(InputReaderTest, DamageInTheMiddleIsOneBrokenRecord) {
  std::string lines = NoisyLines(20'000);
  for (bool is_zstd : {false, true}) {
    std::string bytes = is_zstd ? Zstd(lines) : Gzip(lines);
    bytes[bytes.size() / 2] ^= 0x10;
    ReadResult result = Read(is_zstd ? "a.jsonl.zst" : "a.jsonl.gz", bytes);
    EXPECT_THAT(result.broken_details, SizeIs(1));
    ASSERT_GT(result.records.size(), 5'000u);
    for (size_t i = 0; i < 5'000; ++i) EXPECT_EQ(result.records[i].bytes, lines.substr(i * 101, 100));
  }
}

// The damage shows only in the last bytes, after all lines. The file does not end early.
TEST_F(InputReaderTest, AWrongLengthAtTheEndIsCalledThat) {
  std::string gzip = Gzip("{1}\n{2}\n");
  gzip.back() ^= 0x10;
  ReadResult result = Read("a.jsonl.gz", gzip);
  EXPECT_THAT(result.Texts(), ElementsAre("{1}", "{2}", ""));
  EXPECT_THAT(result.broken_details, ElementsAre(HasSubstr("incorrect length check")));
}

// A frame of two uncompressed blocks; the second has an invalid type.
TEST_F(InputReaderTest, ADamagedBlockHeaderTakesNothingOfTheBlockBefore) {
  std::string frame("\x28\xb5\x2f\xfd\x00\x00", 6);
  frame += std::string("\x20\x00\x00{1}\n", 7) + std::string("\x27\x00\x00{2}\n", 7);
  ReadResult result = Read("a.jsonl.zst", frame);
  ASSERT_THAT(result.Texts(), ElementsAre("{1}", ""));
  EXPECT_EQ(result.records[1].kind, RawKind::kBroken);
  EXPECT_EQ(result.records[1].offset, 4u);
}

struct PieceSource : ByteSource {
  PieceSource(std::string_view bytes, size_t piece) : read(testing::InPieces(bytes, piece)) {}
  Result<size_t> Read(char* buffer, size_t size) override { return read(buffer, size); }
  uint64_t stored_bytes_read() const override { return 0; }

  std::function<Result<size_t>(char*, size_t)> read;
};

// Returns the contents of a zstd file and the last status, read in pieces of one size into buffers of another.
std::pair<std::string, Status> ReadZstd(std::string_view stored, size_t piece, size_t room) {
  std::unique_ptr<ByteSource> source = Decompress(Compression::kZstd, std::make_unique<PieceSource>(stored, piece));
  std::string given;
  std::string buffer(room, '\0');
  Result<size_t> got = source->Read(buffer.data(), room);
  for (; got.ok() && *got > 0; got = source->Read(buffer.data(), room)) given.append(buffer, 0, *got);
  return {given, got.status()};
}

// A frame that claims to hold 36 bytes, with two uncompressed blocks of 4. How much of the last block is returned is
// not specified, but it is the same each time.
TEST(ZstdSourceTest, WhatComesBeforeDamageDependsNeitherOnThePiecesNorOnTheRoom) {
  std::string frame("\x28\xb5\x2f\xfd\x20\x24", 6);
  frame += std::string("\x20\x00\x00{1}\n", 7) + std::string("\x21\x00\x00{2}\n", 7);
  const std::string first = ReadZstd(frame, 1, 1).first;
  EXPECT_THAT(first, StartsWith("{1}\n"));
  for (size_t piece = 1; piece <= frame.size(); ++piece) {
    for (size_t room = 1; room <= 10; ++room) {
      const auto [given, status] = ReadZstd(frame, piece, room);
      EXPECT_EQ(given, first) << "pieces of " << piece << ", room for " << room;
      EXPECT_THAT(status.message(), HasSubstr("corrupt")) << "pieces of " << piece << ", room for " << room;
    }
  }
}

TEST(ZstdSourceTest, WhateverThePiecesAndTheRoomAllIsThere) {
  // A frame whose block is the last one, as a writer that knows the size makes it, then two frames that end with an
  // empty block, and one more.
  const std::string text = "{1}\n{2}\n{3}\n{4}\n";
  const std::string known = std::string("\x28\xb5\x2f\xfd\x20\x04\x21\x00\x00", 9) + text.substr(0, 4);
  const std::string stored = known + Zstd(text.substr(4, 4)) + Zstd(text.substr(8, 4)) + known.substr(0, 9) + "{4}\n";
  for (size_t piece = 1; piece <= stored.size(); ++piece) {
    for (size_t room = 1; room <= text.size() + 1; ++room) {
      const auto [given, status] = ReadZstd(stored, piece, room);
      EXPECT_EQ(given, text) << "pieces of " << piece << ", room for " << room;
      EXPECT_TRUE(status.ok()) << status.message() << ", pieces of " << piece << ", room for " << room;
    }
  }
}

TEST_F(InputReaderTest, WhatFollowsTheLastMemberIsBroken) {
  for (bool is_zstd : {false, true}) {
    std::string bytes = (is_zstd ? Zstd("{1}\n") : Gzip("{1}\n")) + "no member, no frame";
    ReadResult result = Read(is_zstd ? "a.jsonl.zst" : "a.jsonl.gz", bytes);
    ASSERT_THAT(result.Texts(), ElementsAre("{1}", ""));
    EXPECT_EQ(result.records[1].kind, RawKind::kBroken);
    EXPECT_EQ(result.records[1].offset, 4u);
    EXPECT_EQ(result.records[1].line, 2u);
  }
}

TEST_F(InputReaderTest, WhatIsNotCompressedIsBrokenAtOnce) {
  for (const char* name : {"a.jsonl.gz", "a.jsonl.zst"}) {
    ReadResult result = Read(name, "{\"event\":{}}\n");
    ASSERT_THAT(result.records, SizeIs(1)) << name;
    EXPECT_EQ(result.records[0].kind, RawKind::kBroken);
    EXPECT_EQ(result.records[0].line, 1u);
  }
}

TEST_F(InputReaderTest, TheNextFileGoesOn) {
  testing::WriteFile(directory_ / "a.pb", Frame("one") + "\x05x");
  testing::WriteFile(directory_ / "b.jsonl", "{1}\n");
  auto store = state::MakeMemoryLeadStore(1);
  ReadResult result = testing::ReadAll({directory_ / "a.pb", directory_ / "b.jsonl"}, store.get());
  EXPECT_THAT(result.Texts(), ElementsAre("one", "\x05x", "{1}"));
  EXPECT_EQ(result.records[2].line, 1u);
}

TEST(InputFormatTest, TheEndingSaysIt) {
  EXPECT_EQ(*InputFormatOf("x.jsonl"), (InputFormat{FileFormat::kJsonLines, Compression::kNone}));
  EXPECT_EQ(*InputFormatOf("x.pb.zst"), (InputFormat{FileFormat::kProtobuf, Compression::kZstd}));
  EXPECT_EQ(*InputFormatOf("-"), (InputFormat{FileFormat::kJsonLines, Compression::kNone}));
  EXPECT_THAT(InputFormatOf("/dev/null").status().message(), HasSubstr("feed a pipe through --input -"));
  for (const char* name : {"x.json", "x.gz", "x.jsonl.bz2", "/"}) {
    Result<InputFormat> format = InputFormatOf(name);
    ASSERT_FALSE(format.ok()) << name;
    EXPECT_THAT(format.status().message(), HasSubstr("Accepted are .jsonl and .pb"));
  }
  for (const char* name : {"x", ""}) {  // an empty name may mean a folder
    EXPECT_THAT(InputFormatOf(name).status().message(), HasSubstr("there is no such file or folder"));
  }
}

TEST(FileShapeTest, OtherFilesAreNamed) {
  using namespace std::string_literals;
  const auto utf16 = [](std::string_view text) {
    std::string bytes;
    for (const char c : text) bytes += c + "\0"s;
    return bytes;
  };
  const struct {
    std::string first;
    const char* is;  // null: nothing known
  } files[] = {
      {"\xff\xfe" + utf16("{}"), "UTF-16"},
      {"\xfe\xff\0{\0}"s, "UTF-16"},
      {utf16(R"({"event":{}})"), "UTF-16"},
      {"\xff\xfe\0\0{\0\0\0"s, "UTF-32"},
      {"[", "a JSON array"},
      {R"(  [{"event":{}}])", "a JSON array"},
      {"\xef\xbb\xbf[", "a JSON array"},
      {"{", "JSON over several lines"},
      {R"({"event": {)", "JSON over several lines"},
      {R"({"tenantId":"a","eventId":"1","type":"OPEN"})", "events without"},
      {R"({"tenant_id":"a","event_id":"1"})", "events without"},
      {R"({"tenantId":"a","commandId":"1"})", "commands without"},
      {R"({"email":"a@b.example","event":"open","sg_event_id":"x"})", "an email provider's report"},
      {R"({"events":[{"eventId":"1","tenantId":"t"}]})", "events in one list: write each on a line of its own"},
      {R"({ "commands" : [{"commandId":"1"}]})", "commands in one list"},
      {R"({"name":"Ada"})", "JSON lines of another kind"},
      {"email,first name", "a CSV file"},
      {"email;name\r", "a CSV file"},
      {"\xef\xbb\xbf"
       "email\tname",
       "a CSV file"},
      {"PK\x03\x04\x14", "a zip archive"},
      {"\x1f\x8b\x08", "compressed with gzip"},
      {"\x28\xb5\x2f\xfd", "compressed with zstd"},
      {"<?xml version='1.0'?>", "XML"},
      {"PAR1", "a Parquet file"},
      {"Obj\x01", "an Avro file"},
      {"\x0a\x05\x01\x02", "binary data"},
      {"this is no record", nullptr},
      {R"({"event":"open"})", nullptr},
      {"", nullptr},
  };
  for (const auto& file : files) {
    const std::string guess = GuessShape("x.jsonl", {}, file.first, /*is_whole=*/true);
    if (file.is == nullptr) {
      EXPECT_EQ(guess, "") << file.first;
    } else {
      EXPECT_TRUE(guess.starts_with(file.is)) << file.first << ": " << guess;
    }
  }
  EXPECT_EQ(GuessShape("x.jsonl", {}, R"({"event":{"note":")", /*is_whole=*/false), "");
  const InputFormat protobuf{FileFormat::kProtobuf, Compression::kNone};
  EXPECT_THAT(GuessShape("x.pb", protobuf, R"({"event":{}})", true), ::testing::HasSubstr(".jsonl"));
}

}  // namespace leadpulse::input::input_reader_test
