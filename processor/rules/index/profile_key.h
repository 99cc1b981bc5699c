// The hash keys of conditions on a profile: an attribute that equals, begins or ends with a text or is a number in a
// range, a tag, a list, a campaign, a consent.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

enum class ProfileKeyKind : char {
  kAttribute = 'a',
  kStart = 's',
  kEnd = 'e',
  kRange = 'r',
  kTag = 't',
  kList = 'l',
  kCampaign = 'c',
  kConsent = 'p',
};

// `attribute`: the normalised name of an attribute; otherwise empty. Both texts may hold any character.
std::string ProfileKey(ProfileKeyKind kind, std::string_view attribute, std::string_view folded);

// The key of a HAS or IN that asks for a tag, a list, a campaign or a consent; nullopt for other nodes.
std::optional<std::string> MembershipKey(const Node& node);

}  // namespace leadpulse::rules
