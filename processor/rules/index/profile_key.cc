#include "processor/rules/index/profile_key.h"

namespace leadpulse::rules {

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

}  // namespace leadpulse::rules
