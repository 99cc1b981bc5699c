#include "state/codec/profile_codec.h"

#include <google/protobuf/wire_format_lite.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/normal_text.h"
#include "processor/base/text.h"
#include "state/codec/field_writer.h"

namespace leadpulse::state {
namespace {

using google::protobuf::internal::WireFormatLite;
using ProfileProto = v1::LeadState::Profile;
using AttributeValueProto = v1::LeadState::AttributeValue;

// Returns an attribute's name in its normal form. States of before have names and texts as they were sent; decoding
// brings them into this form, in which two may be one. Names that are ASCII had it then.
std::string StoredName(std::string name) { return IsAscii(name) ? std::move(name) : NormalizeName(name); }

// The encoder of the kinds of values that may also be in a list.
struct ScalarEncoder {
  AttributeValueProto* out;
  void operator()(std::monostate) const {}
  void operator()(bool value) const { out->set_boolean(value); }
  void operator()(const Number& value) const {
    if (const std::string* spelling = value.own_spelling()) {
      out->set_decimal(*spelling);
    } else {
      out->set_number(value.nearest());
    }
  }
  void operator()(Instant value) const { out->set_instant_ms(value.millis); }
  void operator()(const CalendarDay&) const { LP_ASSERT(false && "values as sent have no days"); }
  void operator()(const std::string& value) const { out->set_text(value); }
};

struct ValueEncoder : ScalarEncoder {
  using ScalarEncoder::operator();
  void operator()(const ScalarList& value) const {
    out->mutable_list();  // an empty list is not an unset value
    for (const Scalar& element : value) std::visit(ScalarEncoder{out->mutable_list()->add_elements()}, element);
  }
  void operator()(const StructValue& value) const { out->set_struct_json(value.json); }
};

template <typename Variant>
bool DecodeScalar(AttributeValueProto* in, Variant* value) {
  switch (in->kind_case()) {
    case AttributeValueProto::KIND_NOT_SET:
      *value = std::monostate();
      return true;
    case AttributeValueProto::kBoolean:
      *value = in->boolean();
      return true;
    case AttributeValueProto::kNumber:
      *value = Number(in->number());
      return true;
    case AttributeValueProto::kDecimal: {
      const std::optional<Number> number = Number::ParseJson(in->decimal());
      if (number) *value = *number;
      return number.has_value();
    }
    case AttributeValueProto::kInstantMs:
      *value = Instant{in->instant_ms()};
      return true;
    case AttributeValueProto::kText:
      NormalizeText(in->mutable_text());
      *value = std::move(*in->mutable_text());
      return true;
    default:
      return false;
  }
}

bool DecodeValue(AttributeValueProto* in, Value* value) {
  if (in->has_struct_json()) {
    value->emplace<StructValue>().json = std::move(*in->mutable_struct_json());
    return true;
  }
  if (!in->has_list()) return DecodeScalar(in, value);
  auto& list = value->emplace<ScalarList>();
  list.reserve(in->list().elements_size());
  for (AttributeValueProto& element : *in->mutable_list()->mutable_elements()) {
    if (!DecodeScalar(&element, &list.emplace_back())) return false;
  }
  return true;
}

using Texts = google::protobuf::RepeatedPtrField<std::string>;

void EncodeNames(const NameSet& set, Texts* out) {
  for (const auto& [folded, name] : set.names()) *out->Add() = name;
}

// Adds the names to `set`, which folds them again: folded strings are not stored, because they depend on the program's
// Unicode version.
bool DecodeNames(const Texts& in, NameSet* set) {
  bool were_normal = true, stands_twice = false;
  for (const std::string& name : in) {
    const std::string normal = NormalText(name);
    were_normal &= normal == name;
    if (!normal.empty()) stands_twice |= !set->Add(normal);
  }
  return !were_normal || !stands_twice;
}

std::optional<Instant> OptionalInstant(bool present, int64_t millis) {
  return present ? std::optional(Instant{millis}) : std::nullopt;
}

std::string DecodeAttributes(v1::LeadState::Profile* in, Profile* profile) {
  for (auto& attribute : *in->mutable_attributes()) {
    auto [it, added] = profile->attributes.try_emplace(StoredName(std::move(*attribute.mutable_name())));
    if (!added && IsAscii(it->first)) return "attribute " + it->first + " stands twice";
    if (!DecodeValue(attribute.mutable_sent(), &it->second.sent)) {
      return "attribute " + it->first + " has a wrong number, or a list or a struct inside a list";
    }
    if (IsUnset(it->second.sent)) profile->attributes.erase(it);
  }
  return {};
}

void EncodeConsent(const Consent& consent, v1::LeadState::Consent* out) {
  out->set_purpose(consent.purpose);
  out->set_granted(consent.granted);
  out->set_source(consent.source);
  out->set_at_ms(consent.at.millis);
}

Consent DecodeConsent(v1::LeadState::Consent* in) {
  return {std::move(*in->mutable_purpose()), in->granted(), std::move(*in->mutable_source()), Instant{in->at_ms()}};
}

void EncodeConsentLedger(const ProfileExtras& extras, v1::LeadState::Profile* out) {
  if (extras.consent_ledger == LedgerOfLatest(extras)) return;
  for (const ConsentEntry& entry : extras.consent_ledger) {
    auto* added = out->add_consent_ledger();
    EncodeConsent(entry.consent, added);
    added->set_actor(entry.actor);
    added->set_version(entry.version);
    if (entry.issued_at != entry.consent.at) added->set_issued_at_ms(entry.issued_at.millis);
  }
}

std::string DecodeConsents(v1::LeadState::Profile* in, ProfileExtras* extras) {
  bool were_normal = true;
  for (auto& consent : *in->mutable_consents()) {
    std::string purpose = NormalText(consent.purpose());
    were_normal &= purpose == consent.purpose();
    consent.set_purpose(std::move(purpose));
    auto [it, added] = extras->consents.try_emplace(FoldCase(consent.purpose()));
    if (!added && were_normal) return "consent " + it->first + " stands twice";
    // Of two purposes that are one now the later counts, of two at one instant the withdrawal.
    const Instant at{consent.at_ms()};
    const bool counts = added || at > it->second.at || (at == it->second.at && !consent.granted());
    if (counts) it->second = DecodeConsent(&consent);
  }
  for (auto& entry : *in->mutable_consent_ledger()) {
    NormalizeText(entry.mutable_purpose());
    const auto latest = extras->consents.find(FoldCase(entry.purpose()));
    if (latest == extras->consents.end())
      return "the ledger has a consent to " + entry.purpose() + ", which has no latest";
    const Instant issued_at{entry.has_issued_at_ms() ? entry.issued_at_ms() : entry.at_ms()};
    extras->consent_ledger.push_back(
        {DecodeConsent(&entry), std::move(*entry.mutable_actor()), std::move(*entry.mutable_version()), issued_at});
    // Earlier programs stored the last in the log as the latest.
    KeepLatest(extras->consent_ledger.back().consent, extras);
  }
  if (extras->consent_ledger.empty()) extras->consent_ledger = LedgerOfLatest(*extras);
  return {};
}

void EncodeEdits(const std::vector<ProfileEdit>& edits, v1::LeadState::Profile* out) {
  for (const ProfileEdit& edit : edits) {
    auto* added = out->add_edits();
    added->set_kind(static_cast<uint32_t>(edit.kind));
    added->set_at_ms(edit.at.millis);
    added->set_actor(edit.actor);
    added->set_value(edit.value);
  }
}

std::string DecodeEdits(v1::LeadState::Profile* in, ProfileExtras* extras) {
  constexpr auto kFirst = static_cast<uint32_t>(EditKind::kStage), kLast = static_cast<uint32_t>(EditKind::kCampaigns);
  for (auto& edit : *in->mutable_edits()) {
    if (edit.kind() < kFirst || edit.kind() > kLast) return "unknown edit " + std::to_string(edit.kind());
    extras->edits.push_back({static_cast<EditKind>(edit.kind()), Instant{edit.at_ms()},
                             std::move(*edit.mutable_actor()), std::move(*edit.mutable_value())});
  }
  return {};
}

// Encodes the fields up to the agent, and those from the ledger of consents on. Others come between them.
void EncodeFirstExtras(const ProfileExtras& extras, v1::LeadState::Profile* out) {
  EncodeNames(extras.tags, out->mutable_tags());
  EncodeNames(extras.lists, out->mutable_lists());
  EncodeNames(extras.campaigns, out->mutable_campaigns());
  for (const auto& [folded, consent] : extras.consents) EncodeConsent(consent, out->add_consents());
  for (const Note& note : extras.notes) {
    auto* added = out->add_notes();
    added->set_at_ms(note.at.millis);
    added->set_actor(note.actor);
    added->set_text(note.text);
    added->set_command_id(note.command_id);
  }
  if (!extras.agent_id.empty()) out->set_agent_id(extras.agent_id);
}

void EncodeLastExtras(const ProfileExtras& extras, v1::LeadState::Profile* out) {
  EncodeConsentLedger(extras, out);
  EncodeEdits(extras.edits, out);
}

std::string DecodeExtras(v1::LeadState::Profile* in, ProfileExtras* extras) {
  if (!DecodeNames(in->tags(), &extras->tags)) return "a tag stands twice";
  if (!DecodeNames(in->lists(), &extras->lists)) return "a list stands twice";
  if (!DecodeNames(in->campaigns(), &extras->campaigns)) return "a campaign stands twice";
  if (std::string wrong = DecodeConsents(in, extras); !wrong.empty()) return wrong;
  if (std::string wrong = DecodeEdits(in, extras); !wrong.empty()) return wrong;
  for (auto& note : *in->mutable_notes()) {
    extras->notes.push_back({Instant{note.at_ms()}, std::move(*note.mutable_actor()), std::move(*note.mutable_text()),
                             std::move(*note.mutable_command_id())});
  }
  extras->agent_id = NormalText(in->agent_id());
  extras->do_not_contact_reason = std::move(*in->mutable_do_not_contact_reason());
  return {};
}

std::string DecodeTimes(const v1::LeadState::Profile& in, Profile* profile) {
  if (in.set_stage() > static_cast<uint32_t>(Stage::kArchived))
    return "unknown stage " + std::to_string(in.set_stage());
  if (in.has_set_stage_at_ms()) {
    profile->set_stage = {static_cast<Stage>(in.set_stage()), Instant{in.set_stage_at_ms()}};
  }
  profile->address_changed_at = OptionalInstant(in.has_address_changed_at_ms(), in.address_changed_at_ms());
  profile->first_command_at = OptionalInstant(in.has_first_command_at_ms(), in.first_command_at_ms());
  profile->newest_command_at = OptionalInstant(in.has_newest_command_at_ms(), in.newest_command_at_ms());
  return {};
}

// Writes the fields from `do_not_contact` to `applied_command_ids` behind the first `begin` bytes. Returns where they
// end; `bytes` may be longer.
size_t WriteMiddle(const Profile& profile, size_t begin, std::string* bytes) {
  const std::string_view reason = profile.extras ? profile.extras->do_not_contact_reason : std::string_view();
  constexpr size_t kNumbers = 7;
  size_t most =
      kNumbers * kMaxNumberFieldBytes + 2 * kMaxNumberFieldBytes + reason.size() + profile.last_address.size();
  for (const std::string& id : profile.applied_command_ids) most += kMaxNumberFieldBytes + id.size();
  if (bytes->size() < begin + most) bytes->resize(begin + most);
  auto* const middle = reinterpret_cast<uint8_t*>(bytes->data()) + begin;
  uint8_t* at = WriteNumber(ProfileProto::kDoNotContactFieldNumber, profile.do_not_contact ? 1 : 0, middle);
  at = WriteText(ProfileProto::kDoNotContactReasonFieldNumber, reason, at);
  if (profile.set_stage) {
    at = WriteNumber(ProfileProto::kSetStageFieldNumber, static_cast<uint64_t>(profile.set_stage->stage), at);
    at = WriteTime(ProfileProto::kSetStageAtMsFieldNumber, profile.set_stage->issued_at, at);
  }
  if (profile.qualification) {
    at = WireFormatLite::WriteInt32ToArray(ProfileProto::kQualificationFieldNumber, *profile.qualification, at);
  }
  if (profile.address_changed_at) {
    at = WriteTime(ProfileProto::kAddressChangedAtMsFieldNumber, *profile.address_changed_at, at);
  }
  at = WriteText(ProfileProto::kLastAddressFieldNumber, profile.last_address, at);
  if (profile.first_command_at) {
    at = WriteTime(ProfileProto::kFirstCommandAtMsFieldNumber, *profile.first_command_at, at);
  }
  if (profile.newest_command_at) {
    at = WriteTime(ProfileProto::kNewestCommandAtMsFieldNumber, *profile.newest_command_at, at);
  }
  for (const std::string& id : profile.applied_command_ids) {
    at = WriteBytes(ProfileProto::kAppliedCommandIdsFieldNumber, id, at);
  }
  return begin + static_cast<size_t>(at - middle);
}

}  // namespace

std::string_view EncodeProfile(const Profile& profile, v1::LeadState::Profile* message, std::string* bytes) {
  size_t end = 0;
  if (!profile.attributes.empty() || profile.extras) {
    message->Clear();
    for (const auto& [name, attribute] : profile.attributes) {
      auto* added = message->add_attributes();
      added->set_name(name);
      std::visit(ValueEncoder{{added->mutable_sent()}}, attribute.sent);
    }
    if (profile.extras) EncodeFirstExtras(*profile.extras, message);
    LP_ASSERT(message->SerializeToString(bytes));
    end = bytes->size();
  }
  end = WriteMiddle(profile, end, bytes);
  if (profile.extras) {
    message->Clear();
    EncodeLastExtras(*profile.extras, message);
    bytes->resize(end);
    LP_ASSERT(message->AppendToString(bytes));
    end = bytes->size();
  }
  return std::string_view(*bytes).substr(0, end);
}

std::string DecodeProfile(v1::LeadState::Profile* in, Profile* profile) {
  if (std::string wrong = DecodeAttributes(in, profile); !wrong.empty()) return wrong;
  ProfileExtras extras;
  if (std::string wrong = DecodeExtras(in, &extras); !wrong.empty()) return wrong;
  profile->extras.Set(std::move(extras));
  profile->do_not_contact = in->do_not_contact();
  if (in->has_qualification()) profile->qualification = in->qualification();
  profile->last_address = std::move(*in->mutable_last_address());
  for (std::string& id : *in->mutable_applied_command_ids()) profile->applied_command_ids.push_back(std::move(id));
  return DecodeTimes(*in, profile);
}

}  // namespace leadpulse::state
