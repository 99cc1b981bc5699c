#include "processor/files/input/input_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "processor/base/clock.h"
#include "processor/base/text.h"
#include "processor/base/varint.h"
#include "schemas/codec/records.h"

namespace leadpulse::input {
namespace {

// How long one wait for standard input lasts: short, so that records that have arrived are soon processed.
constexpr std::chrono::milliseconds kWait{50};
// U+FEFF in UTF-8; some programs begin a file with it.
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

const char* FindLineFeed(std::string_view bytes) {
  return static_cast<const char*>(std::memchr(bytes.data(), '\n', bytes.size()));
}

bool IsBlank(std::string_view text) { return TrimAsciiSpace(text).empty(); }

}  // namespace

// The record or part of one at the front of the bytes at hand.
struct InputReader::Split {
  enum class Kind {
    kNeedMore,  // not yet a whole record
    kRecord,    // a record of payload_bytes, after header_bytes, in frame_bytes all together
    kLong,      // a record over the limit, complete or not; for .pb, header_bytes and payload_bytes are set
    kBroken,    // not the beginning of a record: its length is not a varint
  };

  Kind kind = Kind::kNeedMore;
  size_t header_bytes = 0;
  uint64_t payload_bytes = 0;
  uint64_t frame_bytes = 0;
};

InputReader::InputReader(uint32_t input, FileFormat format, const InputProgress& start, const PrefixHash& hash,
                         std::unique_ptr<ByteSource> source)
    : input_(input),
      format_(format),
      source_(std::move(source)),
      progress_(start),
      hash_(hash),
      offset_(start.resume),
      // A broken rest was not a record; if it is one now, it counts.
      given_out_(start.broken ? 0 : start.read - start.resume) {
  // Until their record is complete, the bytes after `resume` still count as read.
  progress_.finished = false;
  MarkResume();
  if (progress_.in_long_line) long_record_ = LongRecord::Line(/*skip=*/true);
}

Result<InputReader::Outcome> InputReader::Fill(Batch* batch, std::chrono::steady_clock::time_point deadline) {
  batch_ = batch;
  batch->starts.push_back({input_, progress_, batch->records.size()});
  // What was read of a followed file tells it from others, so that its first record is followed by a mark.
  next_mark_ = batch->records.size() + (progress_.read == 0 ? 1 : kRecordsPerMark);
  hashed_ = begin_ = batch->size();
  carried_.copy(batch->data() + begin_, carried_.size());
  batch->Resize(begin_ + carried_.size());
  carried_.clear();
  while (true) {
    if (!broken_framing_) SplitWhatIsAtHand();
    if (broken_framing_) return DrainBroken(deadline);
    if (batch->Full(begin_) || MonotonicNow() >= deadline || !source_->WaitReadable(kWait)) {
      Suspend();
      return Outcome::kMore;
    }
    Result<size_t> got = source_->Read(batch->data() + batch->size(), kReadChunk);
    if (!got.ok() && got.status().kind() == ErrorKind::kFatal) return got.status();
    if (!got.ok() && got.status().kind() == ErrorKind::kRetriable) {
      Suspend();
      return Outcome::kWaits;
    }
    if (got.ok() && *got > 0) {
      batch->Resize(batch->size() + *got);
    } else if (got.ok()) {
      FinishAtEnd();
      return Outcome::kEnded;
    } else {
      FinishBroken(got.status().message() + "; what came before it has been read");
      Finish();
      return Outcome::kEnded;
    }
  }
}

std::string_view InputReader::AtHand() const { return {batch_->data() + begin_, batch_->size() - begin_}; }

void InputReader::SplitWhatIsAtHand() {
  while (!batch_->Full(begin_)) {
    if (long_record_.has_value()) {
      TakeLong();
      if (long_record_.has_value()) return;
    } else if (!SplitOne()) {
      return;
    }
  }
}

// Splits off a record. Returns false if more bytes are needed, or there is no record here.
bool InputReader::SplitOne() {
  const Split split = format_ == FileFormat::kJsonLines ? SplitLine() : SplitFrame();
  switch (split.kind) {
    case Split::Kind::kNeedMore:
      searched_ = AtHand().size();
      return false;
    case Split::Kind::kBroken:
      EnterBroken();
      return false;
    case Split::Kind::kLong:
      EnterLong(split);
      return true;
    case Split::Kind::kRecord:
      TakeRecord(split);
      return true;
  }
  return false;
}

InputReader::Split InputReader::SplitLine() const {
  const std::string_view at_hand = AtHand();
  const char* line_feed = searched_ < at_hand.size() ? FindLineFeed(at_hand.substr(searched_)) : nullptr;
  const size_t size = line_feed != nullptr ? static_cast<size_t>(line_feed - at_hand.data()) : at_hand.size();
  if (size > kMaxRawRecord) return {Split::Kind::kLong, 0, 0, 0};
  if (line_feed == nullptr) return {};
  return {Split::Kind::kRecord, 0, size, size + 1};
}

InputReader::Split InputReader::SplitFrame() const {
  const std::string_view at_hand = AtHand();
  uint64_t length = 0;
  const char* payload = at_hand.data();
  const VarintOutcome outcome = ReadVarint(&payload, at_hand.data() + at_hand.size(), &length);
  if (outcome == VarintOutcome::kCut) return {};
  if (outcome == VarintOutcome::kTooLong) return {Split::Kind::kBroken, 0, 0, 0};
  const auto used = static_cast<size_t>(payload - at_hand.data());
  if (length > kMaxRawRecord) return {Split::Kind::kLong, used, length, 0};
  if (at_hand.size() - used < length) return {};
  return {Split::Kind::kRecord, used, length, used + length};
}

void InputReader::TakeRecord(const Split& split) {
  std::string_view payload = AtHand().substr(split.header_bytes, split.payload_bytes);
  if (format_ == FileFormat::kJsonLines) {
    AddLine(payload);
  } else {
    AddRecord(payload, RawKind::kWhole, payload.size());
  }
  Pass(split.frame_bytes);
  RecordDone();
  if (batch_->records.size() < next_mark_) return;
  next_mark_ = batch_->records.size() + kRecordsPerMark;
  HashPassed();
  MarkResume();
  ReportProgress();
}

// Adds a line. Adds no record if the line is blank, or if only white space follows the part that is a record already.
void InputReader::AddLine(std::string_view line) {
  std::string_view text = line.substr(MarkBytes(line));
  bool nothing_new = IsBlank(text) || IsBlank(line.substr(std::min(given_out_, line.size())));
  if (!nothing_new) AddRecord(text, RawKind::kWhole, text.size());
}

// Returns the length of a byte order mark at the beginning of the input, which is skipped like white space.
size_t InputReader::MarkBytes(std::string_view beginning) const {
  bool marked = format_ == FileFormat::kJsonLines && progress_.resume == 0 && beginning.starts_with(kByteOrderMark);
  return marked ? kByteOrderMark.size() : 0;
}

void InputReader::EnterLong(const Split& split) {
  HashPassed();
  MarkResume();  // a batch that ends inside the record commits this place
  if (format_ == FileFormat::kJsonLines) {
    long_record_ = LongRecord::Line(/*skip=*/false);
    Pass(MarkBytes(AtHand()));
  } else {
    long_record_ = LongRecord::Frame(split.payload_bytes);
    broken_beginning_ = AtHand().substr(0, split.header_bytes);
    Pass(split.header_bytes);
  }
  HashPassed();  // the batch may be full just here
}

void InputReader::TakeLong() {
  size_t start = begin_;
  Pass(long_record_->Take(AtHand()));
  HashPassed();
  if (!long_record_->complete()) {
    // All bytes at hand have passed and are not needed again, so the buffer does not grow with the record.
    batch_->Resize(start);
    hashed_ = begin_ = start;
    return;
  }
  AddLong();
}

void InputReader::AddLong() {
  if (!long_record_->skip() && !long_record_->blank()) {
    AddRecord(batch_->Keep(long_record_->beginning()), RawKind::kCut, long_record_->size());
  }
  RecordDone();
}

void InputReader::Pass(size_t bytes) {
  begin_ += bytes;
  offset_ += bytes;
}

void InputReader::AddRecord(std::string_view bytes, RawKind kind, uint64_t full_size) {
  if (progress_.applied > 0) {
    --progress_.applied;
    return;
  }
  batch_->records.push_back({bytes, progress_.resume, progress_.lines + 1, input_, kind, full_size});
}

void InputReader::RecordDone() {
  bool counted_before = long_record_.has_value() && long_record_->skip();
  if (!counted_before) ++progress_.lines;
  progress_.resume = progress_.read = offset_;
  progress_.in_long_line = progress_.broken = false;
  long_record_.reset();
  broken_beginning_.clear();
  given_out_ = 0;
  searched_ = 0;
}

void InputReader::HashPassed() {
  hash_.Update({batch_->data() + hashed_, begin_ - hashed_});
  hashed_ = begin_;
}

void InputReader::Suspend() {
  if (!long_record_.has_value()) {
    HashPassed();
    MarkResume();
  }
  carried_ = AtHand();
  batch_->Resize(begin_);
  ReportProgress();
}

// Marks a place to resume from. All skipped bytes are before `resume`.
void InputReader::MarkResume() {
  if (progress_.read == progress_.resume) progress_.hash = hash_.Digest();
}

void InputReader::ReportProgress() {
  if (reported_ == progress_) return;
  batch_->progress.push_back({input_, progress_, batch_->records.size()});
  reported_ = progress_;
}

std::optional<PrefixHash> InputReader::hash_at_resume() const {
  if (long_record_.has_value() || broken_framing_ || progress_.finished) return std::nullopt;
  return hash_;
}

void InputReader::Finish() {
  HashPassed();
  progress_.read = offset_;
  progress_.hash = hash_.Digest();
  progress_.finished = true;
  ReportProgress();
}

void InputReader::FinishAtEnd() {
  progress_.broken = false;
  bool rest = long_record_.has_value() || !AtHand().empty();
  if (rest && format_ == FileFormat::kProtobuf) {
    FinishBroken("the file ends inside this record");
  } else if (rest) {
    FinishOpenLine();
  }
  Finish();
}

// Finishes the last line, which has no line end. It counts, but `resume` stays before it: if it grows, it is another
// line.
void InputReader::FinishOpenLine() {
  if (!long_record_.has_value()) {
    AddLine(AtHand());
    Pass(AtHand().size());
    return;
  }
  AddLong();
  progress_.in_long_line = true;
}

void InputReader::FinishBroken(const std::string& detail) {
  if (long_record_.has_value()) {
    broken_beginning_ += long_record_->beginning();
  } else {
    broken_beginning_ = AtHand().substr(MarkBytes(AtHand()), codec::kDeadLetterPrefix);
  }
  broken_beginning_.resize(std::min(broken_beginning_.size(), codec::kDeadLetterPrefix));
  Pass(AtHand().size());
  AddBroken(detail);
}

void InputReader::AddBroken(const std::string& detail) {
  const size_t before = batch_->records.size();
  AddRecord(batch_->Keep(broken_beginning_), RawKind::kBroken, 0);
  if (batch_->records.size() > before) batch_->broken_details.push_back(detail);
  progress_.broken = true;
}

void InputReader::EnterBroken() {
  broken_framing_ = true;
  HashPassed();
  MarkResume();  // committed until the rest has been read
  broken_beginning_ = AtHand().substr(0, codec::kDeadLetterPrefix);
  const size_t rest = begin_;
  Pass(AtHand().size());
  HashPassed();
  batch_->Resize(rest);
  hashed_ = begin_ = rest;
  ReportProgress();
}

// Drains the input after broken framing: hashes its rest, so that a later run recognises it as read to its end. The
// rest may be long, so this stops when the batch's time is over and continues with the next batch. A followed file
// counts as ended at its current end: no record can begin in what is appended.
Result<InputReader::Outcome> InputReader::DrainBroken(std::chrono::steady_clock::time_point deadline) {
  std::vector<char> buffer(kReadChunk);
  while (MonotonicNow() < deadline) {
    Result<size_t> got = source_->Read(buffer.data(), buffer.size());
    if (!got.ok() && got.status().kind() == ErrorKind::kFatal) return got.status();
    if (!got.ok() || *got == 0) {
      AddBroken("here no record begins: the length before it is not a varint; the rest of the file cannot be read");
      Finish();
      return Outcome::kEnded;
    }
    std::string_view bytes(buffer.data(), *got);
    hash_.Update(bytes);
    offset_ += bytes.size();
    broken_beginning_ += bytes.substr(0, codec::kDeadLetterPrefix - broken_beginning_.size());
  }
  return Outcome::kMore;
}

LongRecord LongRecord::Line(bool skip) {
  LongRecord record;
  record.skip_ = skip;
  return record;
}

LongRecord LongRecord::Frame(uint64_t payload_bytes) {
  LongRecord record;
  record.is_line_ = false;
  record.blank_ = false;
  record.remaining_ = payload_bytes;
  return record;
}

size_t LongRecord::Take(std::string_view bytes) {
  if (!is_line_) {
    size_t count = std::min<uint64_t>(remaining_, bytes.size());
    Count(bytes.substr(0, count));
    remaining_ -= count;
    complete_ = remaining_ == 0;
    return count;
  }
  const char* line_feed = FindLineFeed(bytes);
  complete_ = line_feed != nullptr;
  size_t count = complete_ ? static_cast<size_t>(line_feed - bytes.data()) : bytes.size();
  Count(bytes.substr(0, count));
  return complete_ ? count + 1 : count;
}

void LongRecord::Count(std::string_view bytes) {
  size_ += bytes.size();
  if (blank_) blank_ = IsBlank(bytes);
  if (beginning_.size() < codec::kDeadLetterPrefix) {
    beginning_ += bytes.substr(0, codec::kDeadLetterPrefix - beginning_.size());
  }
}

}  // namespace leadpulse::input
