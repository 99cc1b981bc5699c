#include "state/lead_codec.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <xxhash.h>

#include <array>
#include <cstdio>
#include <utility>

#include "leadpulse/v1/lead_state.pb.h"
#include "state/journal_codec.h"
#include "state/profile_codec.h"

namespace leadpulse::state {
namespace {

using LeadProto = v1::LeadState;

constexpr size_t kChecksumBytes = 4;
constexpr size_t kHeaderBytes = 1 + kChecksumBytes;
constexpr size_t kMaxFieldHeadBytes = 5 + 10;
constexpr uint32_t kHardBouncesApart = 0;  // LeadState.Folded.Type.type: not an EventType

// Seeded by the key, so that a value that came under another lead's key is found too.
uint32_t Checksum(const LeadKey& key, std::string_view body) {
  uint64_t tenant = XXH3_64bits(key.tenant.data(), key.tenant.size());
  uint64_t seed = XXH3_64bits_withSeed(key.lead.data(), key.lead.size(), tenant);
  return static_cast<uint32_t>(XXH3_64bits_withSeed(body.data(), body.size(), seed));
}

std::string Hex(uint32_t value) {
  char text[9];
  std::snprintf(text, sizeof text, "%08x", static_cast<unsigned>(value));
  return text;
}

void EncodeTotals(uint32_t type, const TypeTotals& totals, LeadProto::Folded* out) {
  if (totals.count == 0) return;
  auto* added = out->add_types();
  added->set_type(type);
  added->set_count(totals.count);
  added->set_first_ms(totals.first.millis);
  added->set_last_ms(totals.last.millis);
}

void EncodeFolded(const FoldedEntries& folded, LeadProto::Folded* added) {
  for (uint32_t type = 1; type < kEventTypeCount; ++type) EncodeTotals(type, folded.totals.by_type[type], added);
  EncodeTotals(kHardBouncesApart, folded.totals.hard_bounces, added);
  added->set_newest_at_ms(folded.newest_at.millis);
  added->set_newest_event_id(folded.newest_event_id);
}

void EncodeView(const PublishedView& view, LeadProto::View* out) {
  out->set_score(view.score);
  out->set_tier(view.tier);
  out->set_email_status(static_cast<uint32_t>(view.email_status));
  out->set_sendable(view.sendable);
  out->set_stage(static_cast<uint32_t>(view.stage));
  out->mutable_segments()->Add(view.segments.begin(), view.segments.end());
}

// The Decode functions say what is wrong; empty is "nothing".
std::string DecodeFolded(LeadProto::Folded* in, FoldedEntries* folded) {
  for (const auto& type : in->types()) {
    if (type.type() >= kEventTypeCount) return "folded totals of the unknown type " + std::to_string(type.type());
    bool apart = type.type() == kHardBouncesApart;
    TypeTotals& totals = apart ? folded->totals.hard_bounces : folded->totals.by_type[type.type()];
    if (totals.count > 0) return "folded totals of type " + std::to_string(type.type()) + " stand twice";
    totals = {type.count(), Instant{type.first_ms()}, Instant{type.last_ms()}};
  }
  folded->newest_at = Instant{in->newest_at_ms()};
  folded->newest_event_id = std::move(*in->mutable_newest_event_id());
  return {};
}

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
    bool later = oldest.occurred_at > folded.newest_at ||
                 (oldest.occurred_at == folded.newest_at && oldest.event_id > folded.newest_event_id);
    if (!later) return "journal entry 1 is not later than the newest folded one";
  }
  *journal = Journal(*entries, std::move(folded));
  return {};
}

std::string DecodeBody(LeadProto* in, JournalDecoder* decoder, Lead* lead) {
  lead->last_seq = SequenceNumber{in->last_seq()};
  if (in->has_erased_at_ms()) lead->erased_at = Instant{in->erased_at_ms()};
  if (in->has_next_flip_ms()) lead->next_flip = Instant{in->next_flip_ms()};
  lead->definitions_number = DefinitionsNumber{in->definitions_number()};
  lead->view_in_doubt = in->view_in_doubt();
  if (std::string wrong = DecodeProfile(in->mutable_profile(), &lead->profile); !wrong.empty()) return wrong;
  if (std::string wrong = DecodeEntries(in, decoder, &lead->journal); !wrong.empty()) return wrong;
  return in->has_view() ? DecodeView(in->view(), &lead->view) : std::string();
}

// As Clear, but the memory of profile, view and journal, which every lead has, stays for the next one.
void Renew(LeadProto* message) {
  message->mutable_profile()->Clear();
  message->mutable_view()->Clear();
  LeadProto::Profile* profile = message->release_profile();
  LeadProto::View* view = message->release_view();
  message->Clear();
  message->set_allocated_profile(profile);
  message->set_allocated_view(view);
}

// The tag and the length of a field of bytes, as Protobuf writes them.
void AppendFieldHead(int number, size_t size, std::string* bytes) {
  namespace io = google::protobuf::io;
  std::array<uint8_t, kMaxFieldHeadBytes> head;
  uint8_t* end = io::CodedOutputStream::WriteTagToArray(static_cast<uint32_t>(number) << 3 | 2, head.data());
  end = io::CodedOutputStream::WriteVarint64ToArray(size, end);
  bytes->append(head.begin(), end);
}

// Fills in the header, for which the bytes leave room.
void Seal(const LeadKey& key, std::string* bytes) {
  uint32_t checksum = Checksum(key, std::string_view(*bytes).substr(kHeaderBytes));
  (*bytes)[0] = kLeadFormatVersion;
  for (size_t i = 0; i < kChecksumBytes; ++i) (*bytes)[1 + i] = static_cast<char>(checksum >> 8 * i);
}

uint32_t StoredChecksum(std::string_view bytes) {
  uint32_t checksum = 0;
  for (size_t i = 0; i < kChecksumBytes; ++i) {
    checksum |= static_cast<uint32_t>(static_cast<uint8_t>(bytes[1 + i])) << 8 * i;
  }
  return checksum;
}

// Gives the body, or says what is wrong.
std::string Unseal(const LeadKey& key, std::string_view bytes, std::string_view* body) {
  if (bytes.empty()) return "it is empty";
  if (bytes.front() != kLeadFormatVersion) {
    return "it has format version " + std::to_string(static_cast<uint8_t>(bytes.front())) +
           "; this program reads version " + std::to_string(kLeadFormatVersion);
  }
  if (bytes.size() < kHeaderBytes) return "it ends within its checksum";
  *body = bytes.substr(kHeaderBytes);
  uint32_t computed = Checksum(key, *body);
  uint32_t stored = StoredChecksum(bytes);
  if (stored != computed) return "its bytes are damaged (checksum " + Hex(computed) + ", stored " + Hex(stored) + ")";
  return {};
}

// False: the body is not a Protobuf message.
bool Parse(std::string_view body, LeadProto* message) {
  Renew(message);
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(body.data()),
                                            static_cast<int>(body.size()));
  return message->MergeFromCodedStream(&in) && in.ConsumedEntireMessage();
}

bool FindNextFlip(std::string_view body, Instant* next_flip) {
  using google::protobuf::internal::WireFormatLite;
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(body.data()),
                                            static_cast<int>(body.size()));
  constexpr uint32_t kWanted =
      WireFormatLite::MakeTag(LeadProto::kNextFlipMsFieldNumber, WireFormatLite::WIRETYPE_VARINT);
  while (const uint32_t tag = in.ReadTag()) {
    uint64_t millis = 0;
    const bool read = tag == kWanted ? in.ReadVarint64(&millis) : WireFormatLite::SkipField(&in, tag);
    if (!read) return false;
    if (tag == kWanted) *next_flip = Instant{static_cast<int64_t>(millis)};
  }
  return in.ConsumedEntireMessage();
}

Status CannotBeRead(const LeadKey& key, const std::string& wrong) {
  return Status::Fatal("the stored lead \"" + key.lead + "\" of tenant \"" + key.tenant + "\" cannot be read: " +
                       wrong + ". Restore the state from a copy, or build it anew from its input.");
}

}  // namespace

struct LeadEncoder::Scratch {
  LeadProto message;  // but for the journal
  EncodedJournal journal;
};

struct LeadDecoder::Scratch {
  LeadProto message;
  JournalDecoder journal;
};

LeadEncoder::LeadEncoder() : scratch_(std::make_unique<Scratch>()) {}
LeadEncoder::~LeadEncoder() = default;

std::string LeadEncoder::Encode(const Lead& lead) {
  LeadProto& message = scratch_->message;
  Renew(&message);
  message.set_last_seq(lead.last_seq.value);
  if (lead.erased_at != Instant::DistantPast()) message.set_erased_at_ms(lead.erased_at.millis);
  EncodeProfile(lead.profile, message.mutable_profile());
  if (lead.journal.has_folded()) EncodeFolded(lead.journal.folded(), message.mutable_folded());
  EncodeView(lead.view, message.mutable_view());
  if (lead.next_flip != Instant::Never()) message.set_next_flip_ms(lead.next_flip.millis);
  message.set_definitions_number(lead.definitions_number.value);
  message.set_view_in_doubt(lead.view_in_doubt);

  std::optional<std::string_view> journal = lead.journal.Kept();
  if (!journal) {
    scratch_->journal.Truncate(0);
    journal = scratch_->journal.Extend(lead.journal.entries());
  }

  // LeadState holds no maps, so that its serialization is the same each time. The journal goes behind it as its field's
  // bytes, which is the same message, and spares a copy of what is most of a lead.
  const size_t rest = message.ByteSizeLong();
  std::string bytes;
  bytes.reserve(kHeaderBytes + rest + kMaxFieldHeadBytes + journal->size());
  bytes.resize(kHeaderBytes + rest);
  message.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(bytes.data()) + kHeaderBytes);
  AppendFieldHead(LeadProto::kJournalFieldNumber, journal->size(), &bytes);
  bytes += *journal;
  Seal(lead.key, &bytes);
  return bytes;
}

std::string EncodeLead(const Lead& lead) { return LeadEncoder().Encode(lead); }

std::string SealLeadBody(const LeadKey& key, std::string_view body) {
  std::string bytes(kHeaderBytes, '\0');
  bytes += body;
  Seal(key, &bytes);
  return bytes;
}

LeadDecoder::LeadDecoder() : scratch_(std::make_unique<Scratch>()) {}
LeadDecoder::~LeadDecoder() = default;

Status LeadDecoder::Decode(std::string_view bytes, Lead* lead) {
  std::string_view body;
  std::string wrong = Unseal(lead->key, bytes, &body);
  if (wrong.empty() && !Parse(body, &scratch_->message)) wrong = "it is not a Protobuf LeadState";
  if (wrong.empty()) wrong = DecodeBody(&scratch_->message, &scratch_->journal, lead);
  return wrong.empty() ? Status::Ok() : CannotBeRead(lead->key, wrong);
}

std::string LeadDecoder::TakeJournal() { return std::move(*scratch_->message.mutable_journal()); }

Result<Lead> DecodeLead(const LeadKey& key, std::string_view bytes) {
  Lead lead;
  lead.key = key;
  LP_RETURN_IF_ERROR(LeadDecoder().Decode(bytes, &lead));
  return lead;
}

Result<Instant> DecodeNextFlip(const LeadKey& key, std::string_view bytes) {
  Instant next_flip = Instant::Never();
  std::string_view body;
  std::string wrong = Unseal(key, bytes, &body);
  if (wrong.empty() && !FindNextFlip(body, &next_flip)) wrong = "it is not a Protobuf LeadState";
  if (wrong.empty()) return next_flip;
  return CannotBeRead(key, wrong);
}

Result<LeadKey> ParseLeadKey(std::string_view encoded) {
  size_t end = encoded.find('\0');
  if (end == std::string_view::npos)
    return Status::Fatal(
        "a key in the state does not name tenant and lead. Restore the state from a copy, or build it anew from its "
        "input.");
  return LeadKey{std::string(encoded.substr(0, end)), std::string(encoded.substr(end + 1))};
}

}  // namespace leadpulse::state
