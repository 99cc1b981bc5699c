// What a profile is asked for by equality, as one text: an attribute that is a text, a tag, a list, a campaign, a
// consent.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "processor/rules/ast.h"

namespace leadpulse::rules {

enum class ProfileKeyKind : char { kAttribute = 'a', kTag = 't', kList = 'l', kCampaign = 'c', kConsent = 'p' };

// `attribute`: its normalised name, of an attribute only.
std::string ProfileKey(ProfileKeyKind kind, std::string_view attribute, std::string_view folded);

// Of a HAS or IN that asks for a tag, a list, a campaign or a consent; nothing of any other node.
std::optional<std::string> MembershipKey(const Node& node);

}  // namespace leadpulse::rules
