// What a profile is asked for by equality, as one text: an attribute that is a text, a tag, a list, a campaign, a
// consent.
#pragma once

#include <string>
#include <string_view>

namespace leadpulse::rules {

enum class ProfileKeyKind : char { kAttribute = 'a', kTag = 't', kList = 'l', kCampaign = 'c', kConsent = 'p' };

// `attribute`: its normalised name, of an attribute only.
inline std::string ProfileKey(ProfileKeyKind kind, std::string_view attribute, std::string_view folded) {
  std::string key(1, static_cast<char>(kind));
  key.append(attribute).append(1, '\0').append(folded);
  return key;
}

}  // namespace leadpulse::rules
