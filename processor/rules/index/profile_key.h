// What a profile is asked for, as one text that is looked up: an attribute that is a text, begins or ends with one or
// is a number between two, a tag, a list, a campaign, a consent.
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

// `attribute`: its normalised name, of an attribute only.
std::string ProfileKey(ProfileKeyKind kind, std::string_view attribute, std::string_view folded);

// Of a HAS or IN that asks for a tag, a list, a campaign or a consent; nothing of any other node.
std::optional<std::string> MembershipKey(const Node& node);

}  // namespace leadpulse::rules
