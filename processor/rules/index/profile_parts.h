// The parts of a profile that conditions ask for: an attribute, a tag, a list, a campaign, a consent. As hash keys, by
// which conditions are found, and as sets of topics, by which a change of a profile is compared with conditions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "processor/rules/language/ast.h"
#include "state/lead/profile.h"

namespace leadpulse::rules {

// An attribute that equals, begins or ends with a text or is a number in a range; a tag, a list, a campaign, a consent.
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

// Returns a hash key. `attribute`: the normalised name of an attribute; else empty. Both texts may contain any
// character.
std::string ProfileKey(ProfileKeyKind kind, std::string_view attribute, std::string_view folded);

// Returns the key of a HAS or IN that asks for a tag, a list, a campaign or a consent; nullopt for other nodes.
std::optional<std::string> MembershipKey(const Node& node);

// One bit for each topic. Attributes may share a bit, so a set may contain too much, never too little.
using Topics = uint64_t;
inline constexpr Topics kAllTopics = ~Topics{0};

// The topics of a profile: one for each attribute, the tags, the lists, and so on. A change of a profile affects only
// conditions that ask for a changed topic. Immutable once built; thread-safe.
class ProfileTopics {
 public:
  // Returns the topics of a condition with all its parts. Only while it is built: attributes get their topics here.
  Topics Of(const Node& node);
  // Returns the topics of a key of this kind. `field`: its attribute; null: a tag, a list, a campaign or a consent.
  Topics Of(ProfileKeyKind kind, const Field* field);

  // Returns the topics that differ, for the attributes that were seen while it was built and for everything else. Both
  // profiles are of the same lead.
  Topics Changed(const state::Profile& before, const state::Profile& after) const;

 private:
  Topics OfAttribute(const std::string& name);

  absl::flat_hash_map<std::string, Topics> attributes_;  // by normalised name
};

}  // namespace leadpulse::rules
