#include "state/codec/lead_codec.h"

#include <google/protobuf/io/coded_stream.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <random>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "leadpulse/v1/lead_state.pb.h"
#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "state/codec/facts_codec.h"
#include "state/codec/field_writer.h"
#include "state/codec/journal_codec.h"
#include "state/codec/profile_codec.h"
#include "state/codec/row_fields.h"
#include "state/codec/row_form.h"

namespace leadpulse::state {
namespace {

using google::protobuf::io::CodedOutputStream;
using LeadProto = v1::LeadState;
using ViewProto = LeadProto::View;

// The fewest bytes of unchanged entries that make an append worthwhile. With fewer, an append would save the store only
// as much as it costs the next reader, so the row is written whole.
constexpr size_t kWorthAppending = 256;
// With Appends::kOften, a row is written whole once the appends since then take this many bytes and this many times the
// entries: a store has merged most of them meanwhile.
constexpr size_t kMostOften = 4096;
constexpr size_t kRowsOften = 8;
// Memory for a longer row is not reused.
constexpr size_t kMostKeptBytes = 64 << 10;
constexpr char kNoMessage[] = "it is not a Protobuf LeadState";

void AppendMessage(int field, const google::protobuf::MessageLite& message, std::string* out) {
  AppendFieldHead(field, message.ByteSizeLong(), out);
  LP_ASSERT(message.AppendToString(out));
}

template <typename Numbers>
void AppendPacked(int field, const Numbers& numbers, std::string* out) {
  if (numbers.empty()) return;
  size_t size = 0;
  for (const uint32_t number : numbers) size += CodedOutputStream::VarintSize32(number);
  AppendFieldHead(field, size, out);
  out->resize(out->size() + size);
  auto* at = reinterpret_cast<uint8_t*>(out->data() + out->size() - size);
  for (const uint32_t number : numbers) at = CodedOutputStream::WriteVarint32ToArray(number, at);
}

// Sets `out` to the stored view.
void EncodeView(const PublishedView& view, std::string* out) {
  std::array<uint8_t, 5 * kMaxNumberFieldBytes> numbers;
  uint8_t* at = WriteNumber(ViewProto::kScoreFieldNumber, static_cast<uint64_t>(view.score), numbers.data());
  at = WriteNumber(ViewProto::kTierFieldNumber, view.tier, at);
  at = WriteNumber(ViewProto::kEmailStatusFieldNumber, static_cast<uint64_t>(view.email_status), at);
  at = WriteNumber(ViewProto::kSendableFieldNumber, view.sendable ? 1 : 0, at);
  at = WriteNumber(ViewProto::kStageFieldNumber, static_cast<uint64_t>(view.stage), at);
  SetText({reinterpret_cast<const char*>(numbers.data()), static_cast<size_t>(at - numbers.data())}, out);
  AppendPacked(ViewProto::kSegmentsFieldNumber, view.segments, out);
  if (view.topics_out.none()) return;
  std::vector<uint32_t> topics_out;
  for (uint32_t topic = 0; topic < view.topics_out.size(); ++topic) {
    if (view.topics_out[topic]) topics_out.push_back(topic);
  }
  AppendPacked(ViewProto::kTopicsOutFieldNumber, topics_out, out);
}

// Returns what is wrong, or an empty string, as all Decode functions do.
std::string DecodeView(const LeadProto::View& in, PublishedView* view) {
  if (in.email_status() > static_cast<uint32_t>(EmailStatus::kComplained)) {
    return "unknown email status " + std::to_string(in.email_status());
  }
  if (in.stage() > static_cast<uint32_t>(Stage::kArchived)) return "unknown stage " + std::to_string(in.stage());
  view->score = in.score();
  view->tier = in.tier();
  view->email_status = static_cast<EmailStatus>(in.email_status());
  view->sendable = in.sendable();
  view->stage = static_cast<Stage>(in.stage());
  view->segments.assign(in.segments().begin(), in.segments().end());
  view->topics_out.reset();
  for (const uint32_t topic : in.topics_out()) {
    if (topic >= view->topics_out.size()) return "unknown topic " + std::to_string(topic);
    view->topics_out.set(topic);
  }
  return {};
}

std::string DecodeEntries(LeadProto* in, JournalDecoder* decoder, Journal* journal) {
  FoldedEntries folded;
  if (in->has_folded()) {
    if (std::string wrong = DecodeFolded(in->mutable_folded(), &folded); !wrong.empty()) return wrong;
  }
  Result<std::span<const EntryFields>> entries = decoder->Decode(in->journal());
  if (!entries.ok()) return entries.status().message();
  if (!entries->empty()) {
    const EntryFields& oldest = entries->front();
    const auto order = std::tie(oldest.occurred_at, oldest.event_id);
    const std::string_view newest_id = folded.newest_event_id;
    const auto folds_before = std::tie(folded.newest_at, newest_id);
    // If two events have the same time and id, the one with the earlier origin folds first.
    if (order < folds_before || (order == folds_before && !oldest.received))
      return "journal entry 1 is not later than the newest folded one";
  }
  StatusFacts facts;
  if (std::string wrong = DecodeFacts(in->facts(), &facts); !wrong.empty()) return "status facts: " + wrong;
  if (!std::ranges::all_of(*entries, [&](const EntryFields& entry) { return facts.HasMet(entry.topic()); })) {
    return "a journal entry names a topic that the lead has not met";
  }
  std::vector<AddressFacts> address_facts;
  if (std::string wrong = DecodeFacts(*in, &address_facts); !wrong.empty()) return wrong;
  *journal = Journal(*entries, std::move(folded));
  if (in->has_facts()) journal->SetFacts(std::move(facts));
  if (!address_facts.empty()) journal->SetAddressFacts(std::move(address_facts));
  return {};
}

// Returns an error if an entry or a fact refers to an address that the identity does not have; empty otherwise.
std::string FindUnknownSlot(const Lead& lead) {
  for (const JournalEntry& entry : lead.journal.entries()) {
    if (!KnowsSlot(lead.identity, entry.address)) {
      return "a journal entry belongs to the unknown address " + std::to_string(entry.address);
    }
  }
  if (lead.journal.kept_address_facts() == nullptr) return {};
  for (const AddressFacts& of_address : *lead.journal.kept_address_facts()) {
    if (!KnowsSlot(lead.identity, of_address.address)) {
      return "status facts belong to the unknown address " + std::to_string(of_address.address);
    }
  }
  return {};
}

std::string DecodeBody(LeadProto* in, JournalDecoder* decoder, Lead* lead) {
  lead->last_seq = SequenceNumber{in->last_seq()};
  if (in->has_erased_at_ms()) lead->erased_at = Instant{in->erased_at_ms()};
  if (in->has_next_flip_ms()) lead->next_change_at = Instant{in->next_flip_ms()};
  lead->definitions_number = DefinitionsNumber{in->definitions_number()};
  lead->view_in_doubt = in->view_in_doubt();
  lead->delta_epoch = in->delta_epoch();
  if (std::string wrong = DecodeProfile(in->mutable_profile(), &lead->profile); !wrong.empty()) return wrong;
  if (in->has_identity()) {
    std::string wrong = DecodeIdentity(in->mutable_identity(), &lead->identity.Get());
    if (!wrong.empty()) return "identity: " + wrong;
  }
  if (std::string wrong = DecodeEntries(in, decoder, &lead->journal); !wrong.empty()) return wrong;
  if (std::string wrong = FindUnknownSlot(*lead); !wrong.empty()) return wrong;
  return in->has_view() ? DecodeView(in->view(), &lead->view) : std::string();
}

// Clears the message like Clear, but keeps the memory of profile, view and journal for the next lead.
void Renew(LeadProto* message) {
  message->mutable_profile()->Clear();
  message->mutable_view()->Clear();
  LeadProto::Profile* profile = message->release_profile();
  LeadProto::View* view = message->release_view();
  message->Clear();
  message->set_allocated_profile(profile);
  message->set_allocated_view(view);
}

// Returns the bytes of the count that an encoded journal begins with.
std::string_view CountIn(std::string_view journal) {
  size_t bytes = 1;
  while (static_cast<uint8_t>(journal[bytes - 1]) >= 0x80) ++bytes;
  return journal.substr(0, bytes);
}

// Whether only the entries follow the front, so that entries can be appended.
bool EndsWithEntries(std::string_view row, std::string_view journal) {
  const std::optional<size_t> front = FrontSize(row);
  return front && !journal.empty() && row.size() - *front == journal.size() - CountIn(journal).size();
}

bool Merge(std::string_view fields, LeadProto* message) {
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(fields.data()),
                                            static_cast<int>(fields.size()));
  return message->MergeFromCodedStream(&in) && in.ConsumedEntireMessage();
}

// Parses the body without `left_out`, a part of it. Returns false if the rest is not a Protobuf message.
bool Parse(std::string_view body, std::string_view left_out, LeadProto* message) {
  Renew(message);
  if (left_out.empty()) return Merge(body, message);
  const auto before = static_cast<size_t>(left_out.data() - body.data());
  return Merge(body.substr(0, before), message) && Merge(body.substr(before + left_out.size()), message);
}

uint64_t HashOfProfile(std::string_view bytes) {
  static const uint64_t kKey = std::random_device()() | uint64_t{std::random_device()()} << 32;
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), kKey);
}

// Returns the error. It goes into logs, so it has no id: that is often an address.
Status CannotBeRead(const LeadKey& key, const std::string& wrong) {
  return Status::Fatal("a stored lead of tenant \"" + key.tenant + "\" cannot be read: " + wrong +
                       ". `leadpulse state check` says which. Restore the state from a copy, or rebuild it from its "
                       "input.");
}

}  // namespace

struct LeadEncoder::Scratch {
  EncodedJournal journal;
  LeadProto::Profile profile;
  std::string profile_bytes;
  std::string view;
  // Parts that few leads have, as fields: between profile and view, and before the epoch.
  LeadProto::Folded folded;
  LeadProto::Identity identity;
  LeadProto facts;
  std::string folded_field;
  std::string later_fields;
  std::string row;  // as long as the longest so far, with a mark before it
  std::string version;
};

struct LeadDecoder::Scratch {
  LeadProto message;
  JournalDecoder journal;
};

// The encoded entries of a journal.
struct LeadEncoder::Entries {
  std::string_view count;  // how many entries there are
  std::string_view bytes;
  size_t written = 0;  // how many of `bytes` hold the entries that Journal::written counts
  uint64_t hash = 0;
};

LeadEncoder::LeadEncoder() : scratch_(std::make_unique<Scratch>()) {}
LeadEncoder::~LeadEncoder() = default;

LeadEncoder::Entries LeadEncoder::EncodeEntries(const Journal& journal) {
  Entries entries;
  if (const std::string* stored = journal.stored()) {
    entries.count = CountIn(*stored);
    entries.bytes = std::string_view(*stored).substr(entries.count.size());
    entries.written = journal.written() > 0 ? entries.bytes.size() : 0;
    entries.hash = EntriesHash().Of(entries.bytes);
    return entries;
  }
  EncodedJournal* encoded = journal.Kept();
  if (encoded == nullptr) {
    encoded = &scratch_->journal;
    encoded->Truncate(0);
  }
  const std::string_view counted = encoded->Extend(journal.entries());
  entries.bytes = encoded->EntriesFrom(0);
  entries.count = counted.substr(0, counted.size() - entries.bytes.size());
  entries.written = entries.bytes.size() - encoded->EntriesFrom(journal.written()).size();
  entries.hash = encoded->Hash();
  return entries;
}

std::string_view LeadEncoder::EncodeProfileOf(const Lead& lead, EncodedProfile* profile) {
  const bool is_small = lead.profile.attributes.empty() && !lead.profile.extras;
  const bool may_be_cached = profile != nullptr && !is_small;
  if (may_be_cached && profile->bytes_ != nullptr) return *profile->bytes_;
  const std::string_view bytes = EncodeProfile(lead.profile, &scratch_->profile, &scratch_->profile_bytes);
  if (may_be_cached && std::exchange(profile->is_written_, true)) {
    profile->bytes_ = std::make_unique<std::string>(bytes);
  }
  return bytes;
}

void LeadEncoder::EncodeRareParts(const Lead& lead, const Lead& decided) {
  Scratch& scratch = *scratch_;
  scratch.folded_field.clear();
  scratch.later_fields.clear();
  if (lead.journal.has_folded()) {
    scratch.folded.Clear();
    EncodeFolded(lead.journal.folded(), &scratch.folded);
    AppendMessage(LeadProto::kFoldedFieldNumber, scratch.folded, &scratch.folded_field);
  }
  const StatusFacts* facts = lead.journal.kept_facts();
  const std::vector<AddressFacts>* by_address = lead.journal.kept_address_facts();
  if (facts != nullptr || by_address != nullptr) {
    scratch.facts.Clear();
    if (facts != nullptr) EncodeFacts(*facts, scratch.facts.mutable_facts());
    if (by_address != nullptr) EncodeFacts(*by_address, &scratch.facts);
    LP_ASSERT(scratch.facts.AppendToString(&scratch.later_fields));
  }
  if (decided.identity) {
    scratch.identity.Clear();
    EncodeIdentity(*decided.identity, &scratch.identity);
    AppendMessage(LeadProto::kIdentityFieldNumber, scratch.identity, &scratch.later_fields);
  }
}

std::string_view LeadEncoder::WriteAppend(const Lead& lead, const Lead& decided, const Entries& entries,
                                          std::string_view added, EncodedProfile* profile) {
  const std::string_view profile_bytes = EncodeProfileOf(lead, profile);
  EncodeView(decided.view, &scratch_->view);
  EncodeRareParts(lead, decided);
  Scratch& parts = *scratch_;
  constexpr size_t kNumbers = 6, kHeads = 3;
  const size_t most = 1 + kRowBodyAt + (kNumbers + kHeads) * kMaxNumberFieldBytes + profile_bytes.size() +
                      parts.view.size() + parts.folded_field.size() + parts.later_fields.size() + entries.count.size() +
                      added.size();
  if (parts.row.size() < most || parts.row.size() > kMostKeptBytes) parts.row = std::string(most, kAppendMark);

  // The fields in the order of their numbers, as Protobuf writes them, but the journal last: entries are appended to
  // it. So equal leads give equal bytes.
  auto* const front = reinterpret_cast<uint8_t*>(parts.row.data() + 1);
  uint8_t* at = WriteNumber(LeadProto::kLastSeqFieldNumber, decided.last_seq.value, front + kRowBodyAt);
  if (lead.erased_at != Instant::DistantPast()) at = WriteTime(LeadProto::kErasedAtMsFieldNumber, lead.erased_at, at);
  at = WriteBytes(LeadProto::kProfileFieldNumber, profile_bytes, at);
  at = WriteEncoded(parts.folded_field, at);
  at = WriteBytes(LeadProto::kViewFieldNumber, parts.view, at);
  if (decided.next_change_at != Instant::Never()) {
    at = WriteTime(LeadProto::kNextFlipMsFieldNumber, decided.next_change_at, at);
  }
  at = WriteNumber(LeadProto::kDefinitionsNumberFieldNumber, decided.definitions_number.value, at);
  at = WriteNumber(LeadProto::kViewInDoubtFieldNumber, decided.view_in_doubt ? 1 : 0, at);
  at = WriteEncoded(parts.later_fields, at);
  at = WriteNumber(LeadProto::kDeltaEpochFieldNumber, decided.delta_epoch, at);
  at = WriteHead(LeadProto::kJournalFieldNumber, entries.count.size() + entries.bytes.size(), at);
  at = WriteEncoded(entries.count, at);
  SealRow(lead.key, entries.hash, {parts.row.data() + 1, static_cast<size_t>(at - front)});
  at = WriteEncoded(added, at);
  return std::string_view(parts.row).substr(0, 1 + static_cast<size_t>(at - front));
}

std::string_view LeadEncoder::WriteRow(const Lead& lead, const Lead& decided, const Entries& entries,
                                       EncodedProfile* profile) {
  return WriteAppend(lead, decided, entries, entries.bytes, profile).substr(1);
}

std::string_view LeadEncoder::Encode(const Lead& lead, EncodedProfile* profile) {
  return WriteRow(lead, lead, EncodeEntries(lead.journal), profile);
}

std::string_view LeadEncoder::Version(const Lead& lead, EncodedProfile* profile) {
  static const Lead kUndecided;
  const std::string_view row = WriteRow(lead, kUndecided, EncodeEntries(lead.journal), profile);
  scratch_->version.clear();
  absl::StrAppend(&scratch_->version, absl::Hex(XXH3_64bits(row.data(), row.size()), absl::kZeroPad16));
  return scratch_->version;
}

std::string_view LeadEncoder::EncodeChange(const Lead& lead, size_t appended_before, Appends appends, bool* append,
                                           EncodedProfile* profile) {
  const Entries entries = EncodeEntries(lead.journal);
  const std::string_view added = entries.bytes.substr(entries.written);
  const size_t appended = appended_before + added.size();
  *append = appends == Appends::kRarely ? entries.written >= kWorthAppending && appended <= entries.written
                                        : entries.written > 0 && appended <= kMostOften + kRowsOften * entries.written;
  return *append ? WriteAppend(lead, lead, entries, added, profile) : WriteRow(lead, lead, entries, profile);
}

std::string EncodeLead(const Lead& lead) { return std::string(LeadEncoder().Encode(lead)); }

uint64_t ProfileHash(const Profile& profile) {
  LeadProto::Profile message;
  std::string bytes;
  return HashOfProfile(EncodeProfile(profile, &message, &bytes));
}

LeadDecoder::LeadDecoder() : scratch_(std::make_unique<Scratch>()) {}
LeadDecoder::~LeadDecoder() = default;

Status LeadDecoder::Decode(std::string_view bytes, Lead* lead) {
  std::string_view body;
  if (std::string wrong = UnsealRow(lead->key, bytes, &body); !wrong.empty()) return CannotBeRead(lead->key, wrong);
  return DecodeUnsealed(bytes, body, {}, lead);
}

Result<bool> LeadDecoder::UnsealIfLead(const LeadKey& key, std::string_view bytes, std::string_view* body) {
  bool is_no_lead = false;
  std::string wrong = UnsealRow(key, bytes, body);
  if (wrong.empty() && !FindIsNoLead(*body, &is_no_lead)) wrong = kNoMessage;
  if (!wrong.empty()) return CannotBeRead(key, wrong);
  return !is_no_lead;
}

Result<bool> LeadDecoder::DecodeIfLead(std::string_view bytes, Lead* lead) {
  std::string_view body;
  LP_ASSIGN_OR_RETURN(const bool is_lead, UnsealIfLead(lead->key, bytes, &body));
  if (is_lead) LP_RETURN_IF_ERROR(DecodeUnsealed(bytes, body, {}, lead));
  return is_lead;
}

Result<bool> LeadDecoder::DecodeIfLead(std::string_view bytes, std::optional<uint64_t> known, Lead* lead,
                                       uint64_t* hash) {
  std::string_view body;
  LP_ASSIGN_OR_RETURN(const bool is_lead, UnsealIfLead(lead->key, bytes, &body));
  if (!is_lead) return false;
  const FoundField profile = FindProfile(body);
  *hash = HashOfProfile(profile.value);
  const std::string_view left_out = known == *hash ? profile.field : std::string_view();
  LP_RETURN_IF_ERROR(DecodeUnsealed(bytes, body, left_out, lead));
  return true;
}

Status LeadDecoder::DecodeUnsealed(std::string_view bytes, std::string_view body, std::string_view left_out,
                                   Lead* lead) {
  std::string wrong;
  if (!Parse(body, left_out, &scratch_->message)) wrong = kNoMessage;
  if (wrong.empty()) wrong = DecodeBody(&scratch_->message, &scratch_->journal, lead);
  if (wrong.empty() && EndsWithEntries(bytes, scratch_->message.journal())) lead->journal.SetWritten();
  return wrong.empty() ? Status::Ok() : CannotBeRead(lead->key, wrong);
}

std::string LeadDecoder::TakeJournal() { return std::move(*scratch_->message.mutable_journal()); }

Result<Lead> DecodeLead(const LeadKey& key, std::string_view bytes) {
  Lead lead;
  lead.key = key;
  LP_RETURN_IF_ERROR(LeadDecoder().Decode(bytes, &lead));
  return lead;
}

Result<Instant> DecodeNextChangeAt(const LeadKey& key, std::string_view bytes) {
  Instant next_change_at = Instant::Never();
  std::string_view body;
  std::string wrong = UnsealRow(key, bytes, &body);
  if (wrong.empty() && !FindNextChange(body, &next_change_at)) wrong = kNoMessage;
  if (wrong.empty()) return next_change_at;
  return CannotBeRead(key, wrong);
}

Result<uint64_t> DecodeDeltaEpoch(const LeadKey& key, std::string_view bytes) {
  uint64_t epoch = 0;
  std::string_view body;
  std::string wrong = UnsealRow(key, bytes, &body);
  if (wrong.empty() && !FindDeltaEpoch(body, &epoch)) wrong = kNoMessage;
  if (wrong.empty()) return epoch;
  return CannotBeRead(key, wrong);
}

std::string LeadVersion(const Lead& lead) {
  // A new encoder takes as long as the version of a short lead.
  static thread_local LeadEncoder encoder;
  return std::string(encoder.Version(lead));
}

Result<LeadKey> ParseLeadKey(std::string_view encoded) {
  size_t end = encoded.find('\0');
  if (end == std::string_view::npos)
    return Status::Fatal(
        "a key in the state does not name tenant and lead. Restore the state from a copy, or rebuild it from its "
        "input.");
  return LeadKey{std::string(encoded.substr(0, end)), std::string(encoded.substr(end + 1))};
}

}  // namespace leadpulse::state
