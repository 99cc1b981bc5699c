#include "processor/rules/index/profile_parts.h"

#include <algorithm>

#include "processor/rules/language/rule_walk.h"

namespace leadpulse::rules {
namespace {

constexpr Topics kTags = 1;
constexpr Topics kLists = 2;
constexpr Topics kCampaigns = 4;
constexpr Topics kConsents = 8;
constexpr Topics kOthers = 16;  // parts with one value each
constexpr uint32_t kFirstOfAttributes = 5;
constexpr uint32_t kOfAttributes = 64 - kFirstOfAttributes;

Topics OfKind(ProfileKeyKind kind) {
  switch (kind) {
    case ProfileKeyKind::kTag:
      return kTags;
    case ProfileKeyKind::kList:
      return kLists;
    case ProfileKeyKind::kCampaign:
      return kCampaigns;
    case ProfileKeyKind::kConsent:
      return kConsents;
    default:
      return kAllTopics;
  }
}

Topics OfBuiltIn(BuiltIn field) {
  switch (field) {
    case BuiltIn::kTags:
      return kTags;
    case BuiltIn::kLists:
      return kLists;
    case BuiltIn::kCampaigns:
      return kCampaigns;
    case BuiltIn::kAgent:
    case BuiltIn::kDoNotContact:
      return kOthers;
    default:
      return kAllTopics;
  }
}

// Whether the names are the same. Rules compare without case, so spellings do not matter.
bool SameNames(const state::NameSet& a, const state::NameSet& b) {
  const auto folded = [](const auto& name) -> const std::string& { return name.first; };
  return std::ranges::equal(a.names(), b.names(), {}, folded, folded);
}

}  // namespace

std::string ProfileKey(ProfileKeyKind kind, std::string_view attribute, std::string_view folded) {
  std::string key(1, static_cast<char>(kind));
  key.append(std::to_string(attribute.size())).append(1, ' ').append(attribute).append(folded);
  return key;
}

std::optional<std::string> MembershipKey(const Node& node) {
  const auto key = [](ProfileKeyKind kind, const Text& text) { return ProfileKey(kind, "", text.folded); };
  if (const auto* has = std::get_if<HasTag>(&node.kind)) return key(ProfileKeyKind::kTag, has->tag);
  if (const auto* in = std::get_if<InList>(&node.kind)) return key(ProfileKeyKind::kList, in->list);
  if (const auto* in = std::get_if<InCampaign>(&node.kind)) return key(ProfileKeyKind::kCampaign, in->campaign);
  if (const auto* has = std::get_if<HasConsent>(&node.kind)) return key(ProfileKeyKind::kConsent, has->purpose);
  return std::nullopt;
}

Topics ProfileTopics::Of(const Node& node) {
  Topics topics = 0;
  ForEachNode(&node, [&](const Node* part) {
    if (!IsCondition(*part)) return;
    const Field* field = FieldOf(*part);
    const std::optional<std::string> key = field == nullptr ? MembershipKey(*part) : std::nullopt;
    if (field == nullptr) {
      topics |= key ? OfKind(static_cast<ProfileKeyKind>(key->front())) : kAllTopics;
    } else if (const auto* name = std::get_if<std::string>(&field->name)) {
      topics |= OfAttribute(*name);
    } else {
      topics |= OfBuiltIn(std::get<BuiltIn>(field->name));
    }
  });
  return topics;
}

Topics ProfileTopics::Of(ProfileKeyKind kind, const Field* field) {
  return field == nullptr ? OfKind(kind) : OfAttribute(std::get<std::string>(field->name));
}

Topics ProfileTopics::OfAttribute(const std::string& name) {
  const auto number = static_cast<uint32_t>(attributes_.size());
  return attributes_.try_emplace(name, Topics{1} << (kFirstOfAttributes + number % kOfAttributes)).first->second;
}

Topics ProfileTopics::Changed(const state::Profile& before, const state::Profile& after) const {
  Topics topics = 0;
  const auto note = [&](const std::string& name) {
    if (const auto known = attributes_.find(name); known != attributes_.end()) topics |= known->second;
  };
  auto b = before.attributes.begin();
  for (const auto& [name, attribute] : after.attributes) {
    for (; b != before.attributes.end() && b->first < name; ++b) note(b->first);
    const bool both = b != before.attributes.end() && b->first == name;
    if (!both || b->second.converted != attribute.converted) note(name);
    if (both) ++b;
  }
  for (; b != before.attributes.end(); ++b) note(b->first);
  if (!SameNames(before.extras->tags, after.extras->tags)) topics |= kTags;
  if (!SameNames(before.extras->lists, after.extras->lists)) topics |= kLists;
  if (!SameNames(before.extras->campaigns, after.extras->campaigns)) topics |= kCampaigns;
  if (before.extras->consents != after.extras->consents) topics |= kConsents;
  if (before.extras->agent_id != after.extras->agent_id || before.do_not_contact != after.do_not_contact)
    topics |= kOthers;
  return topics;
}

}  // namespace leadpulse::rules
