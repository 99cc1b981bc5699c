// File framing: the records are the same however a file's bytes arrive and are compressed, and wherever a run stops.
//
// The input: a byte of choices, a byte that seeds how reads are cut, then the content of a file (or, for kRawGzip and
// kRawZstd, the file as stored).
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/assert.h"
#include "processor/files/input/input_reader.h"
#include "tests/support/input_files.h"

namespace leadpulse::input {
namespace {

enum class Storage : uint8_t { kPlain, kGzip, kZstd, kRawGzip, kRawZstd, kCount };

struct Choices {
  FileFormat format = FileFormat::kJsonLines;
  Storage storage = Storage::kPlain;
  bool stretched = false;  // each 0x7f of the content stands for many, so that some records exceed the limit
  uint8_t cuts = 0;
};

constexpr char kChunk = '\x7f';
constexpr size_t kChunkBytes = 3 << 20;
constexpr size_t kMaxChunks = 3;

// Small pseudorandom numbers that are the same everywhere.
class Cuts {
 public:
  explicit Cuts(uint8_t seed) : state_(seed + 1u) {}
  size_t Next(size_t bound) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (state_ >> 33) % bound;
  }

 private:
  uint64_t state_;
};

// A source of bytes in pieces that sometimes makes the reader wait, which ends a batch.
class PieceSource : public ByteSource {
 public:
  PieceSource(std::string_view bytes, Cuts* cuts) : rest_(bytes), cuts_(cuts) {}

  Result<size_t> Read(char* buffer, size_t size) override {
    // Stretched content in pieces of a few bytes would take too long.
    const size_t most = cuts_ == nullptr ? size : 1 + cuts_->Next(rest_.size() > 64 << 10 ? 256 << 10 : 9);
    const size_t count = rest_.copy(buffer, std::min(size, most));
    rest_.remove_prefix(count);
    return count;
  }
  bool WaitReadable(std::chrono::milliseconds) override { return cuts_ == nullptr || cuts_->Next(4) > 0; }
  uint64_t stored_bytes_read() const override { return 0; }

 private:
  std::string_view rest_;
  Cuts* cuts_;  // null: everything at once, without waits
};

std::unique_ptr<ByteSource> MakeSource(Storage storage, std::string_view stored, Cuts* cuts) {
  auto source = std::make_unique<PieceSource>(stored, cuts);
  if (storage == Storage::kGzip || storage == Storage::kRawGzip)
    return Decompress(Compression::kGzip, std::move(source));
  if (storage == Storage::kZstd || storage == Storage::kRawZstd)
    return Decompress(Compression::kZstd, std::move(source));
  return source;
}

struct Record {
  std::string bytes;
  uint64_t offset = 0;
  uint64_t line = 0;
  RawKind kind = RawKind::kWhole;
  uint64_t full_size = 0;
  friend bool operator==(const Record&, const Record&) = default;
};

// The records that a reader returned for a file, and its progress after each batch.
struct Reading {
  std::vector<Record> records;
  std::vector<std::string> broken_details;
  std::vector<std::pair<size_t, InputProgress>> stops;  // records returned so far, and the progress committed
  const InputProgress& end() const { return stops.back().second; }
};

Reading ReadFrom(FileFormat format, const InputProgress& start, const PrefixHash& hash,
                 std::unique_ptr<ByteSource> source) {
  static Batch batch;
  constexpr auto kNoDeadline = std::chrono::steady_clock::time_point::max();
  InputReader reader(0, format, start, hash, std::move(source));
  Reading reading;
  bool ended = false;
  while (!ended) {
    batch.Clear();
    Result<InputReader::Outcome> outcome = reader.Fill(&batch, kNoDeadline);
    LP_ASSERT(outcome.ok());
    ended = *outcome == InputReader::Outcome::kEnded;
    for (const RawRecord& raw : batch.records) {
      reading.records.push_back({std::string(raw.bytes), raw.offset, raw.line, raw.kind, raw.full_size});
    }
    for (const std::string& detail : batch.broken_details) reading.broken_details.push_back(detail);
    // A rest that cannot be split may take several batches. Progress committed before it is in the batch that comes to
    // it; batches inside it have none, and if a batch also comes to its end, the last progress counts.
    LP_ASSERT(batch.progress.size() <= 2 + batch.records.size() / kRecordsPerMark);
    const size_t before = reading.records.size() - batch.records.size();
    for (size_t i = 0; i < batch.progress.size(); ++i) {
      const BatchMark& mark = batch.progress[i];
      LP_ASSERT(mark.records <= batch.records.size() && (i == 0 || mark.records >= batch.progress[i - 1].records));
      const bool last_there = i + 1 == batch.progress.size() || batch.progress[i + 1].records > mark.records;
      if (last_there) reading.stops.emplace_back(before + mark.records, mark.progress);
    }
  }
  LP_ASSERT(reading.end().finished);
  return reading;
}

Reading ReadStored(const Choices& choices, std::string_view stored, Cuts* cuts) {
  return ReadFrom(choices.format, {}, {}, MakeSource(choices.storage, stored, cuts));
}

PrefixHash HashOf(std::string_view bytes) {
  PrefixHash hash;
  hash.Update(bytes);
  return hash;
}

void CheckSame(const Reading& a, const Reading& b) {
  LP_ASSERT(a.records == b.records);
  LP_ASSERT(a.broken_details == b.broken_details);
  LP_ASSERT(a.end() == b.end());
}

void CheckOrder(const Reading& reading) {
  for (size_t i = 0; i < reading.records.size(); ++i) {
    const Record& record = reading.records[i];
    LP_ASSERT(record.kind != RawKind::kWhole || record.bytes.size() == record.full_size);
    LP_ASSERT(record.kind != RawKind::kBroken || i + 1 == reading.records.size());
    LP_ASSERT(i == 0 || (reading.records[i - 1].offset < record.offset && reading.records[i - 1].line < record.line));
  }
  LP_ASSERT(reading.end().resume <= reading.end().read);
  LP_ASSERT(reading.broken_details.empty() == !reading.end().broken);
}

// Returns the first of the last few stops, which include the end. Trying all stops would make long inputs slow.
size_t FirstStopToTry(const Reading& reading) {
  const size_t most = reading.end().read > kChunkBytes ? 2 : 6;
  return reading.stops.size() - std::min(most, reading.stops.size());
}

// Checks the reader's progress: records are at its offsets, and the hash is that of the bytes read.
void CheckAgainstContent(const Reading& reading, std::string_view content) {
  LP_ASSERT(reading.end().read == content.size());
  for (size_t i = FirstStopToTry(reading); i < reading.stops.size(); ++i) {
    const InputProgress& progress = reading.stops[i].second;
    LP_ASSERT(progress.hash == HashOf(content.substr(0, progress.read)).Digest());
  }
  for (const Record& record : reading.records) {
    LP_ASSERT(content.substr(record.offset).find(record.bytes.substr(0, 64)) <= 10);
  }
}

// Checks that a run that stopped at a batch's end continues with exactly the records that were not returned.
void CheckEveryStop(const Choices& choices, const Reading& reading, std::string_view content) {
  for (size_t i = FirstStopToTry(reading); i + 1 < reading.stops.size(); ++i) {
    const auto& [given, progress] = reading.stops[i];
    const Reading rest = ReadFrom(choices.format, progress, HashOf(content.substr(0, progress.resume)),
                                  std::make_unique<PieceSource>(content.substr(progress.resume), nullptr));
    LP_ASSERT(
        std::equal(rest.records.begin(), rest.records.end(), reading.records.begin() + given, reading.records.end()));
    LP_ASSERT(rest.end() == reading.end());
  }
}

// Checks a file that was read to its end while it was shorter, and then grew: together both runs return every record of
// the whole file. The last record of the shorter file (a line without its end, an incomplete frame) may be returned
// again, whole.
void CheckGrowth(const Choices& choices, const Reading& whole, std::string_view content, size_t length) {
  const Reading first =
      ReadFrom(choices.format, {}, {}, std::make_unique<PieceSource>(content.substr(0, length), nullptr));
  const uint64_t resume = first.end().resume;
  const Reading second = ReadFrom(choices.format, first.end(), HashOf(content.substr(0, resume)),
                                  std::make_unique<PieceSource>(content.substr(resume), nullptr));
  std::map<uint64_t, Record> given;
  for (const Record& record : first.records) given[record.offset] = record;
  for (const Record& record : second.records) given[record.offset] = record;
  for (const Record& record : whole.records) {
    const auto found = given.find(record.offset);
    LP_ASSERT(found != given.end());
    // An open line that only gets white space is skipped. An overlong one is returned once, as far as it went.
    const bool same = found->second == record;
    const bool was_open = found->second.offset >= resume || record.kind == RawKind::kCut;
    LP_ASSERT(same || (was_open && record.bytes.starts_with(found->second.bytes)));
    given.erase(found);
  }
  for (const auto& [offset, record] : given) LP_ASSERT(offset >= resume || record.kind == RawKind::kCut);
}

std::string TimeRange(std::string_view content) {
  std::string out;
  size_t ranges = 0;
  for (const char c : content) {
    if (c == kChunk && !out.empty() && ranges++ < kMaxChunks) {
      out.append(kChunkBytes, out.back());
    } else {
      out += c;
    }
  }
  return out;
}

// Stores the content as `Storage` says, in two members (frames).
std::string Store(Storage storage, std::string_view content, Cuts* cuts) {
  if (storage != Storage::kGzip && storage != Storage::kZstd) return std::string(content);
  const size_t half = cuts->Next(content.size() + 1);
  const std::string first(content.substr(0, half)), second(content.substr(half));
  return storage == Storage::kGzip ? testing::Gzip(first) + testing::Gzip(second)
                                   : testing::Zstd(first) + testing::Zstd(second);
}

void FuzzFile(const Choices& choices, std::string_view content) {
  Cuts cuts(choices.cuts);
  const std::string stored = Store(choices.storage, content, &cuts);
  const Reading at_once = ReadStored(choices, stored, nullptr);
  const Reading in_pieces = ReadStored(choices, stored, &cuts);
  CheckOrder(at_once);
  CheckSame(at_once, in_pieces);
  if (choices.storage == Storage::kRawGzip || choices.storage == Storage::kRawZstd) return;  // the content is unknown
  CheckAgainstContent(at_once, content);
  CheckAgainstContent(in_pieces, content);
  CheckEveryStop(choices, in_pieces, content);
  if (!choices.stretched) CheckGrowth(choices, at_once, content, cuts.Next(content.size() + 1));
}

Choices ChoicesOf(uint8_t choices, uint8_t cuts) {
  const auto storage = static_cast<Storage>((choices >> 1 & 7) % static_cast<uint8_t>(Storage::kCount));
  return {(choices & 1) != 0 ? FileFormat::kProtobuf : FileFormat::kJsonLines, storage, (choices >> 4) == 7, cuts};
}

}  // namespace
}  // namespace leadpulse::input

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const leadpulse::input::Choices choices = leadpulse::input::ChoicesOf(data[0], data[1]);
  const std::string_view content(reinterpret_cast<const char*>(data) + 2, size - 2);
  leadpulse::input::FuzzFile(choices, choices.stretched ? leadpulse::input::TimeRange(content) : std::string(content));
  return 0;
}
