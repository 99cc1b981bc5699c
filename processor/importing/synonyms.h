// What columns of other systems' exports are called, and what they are to us. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "processor/importing/import_options.h"

namespace leadpulse::importing {

// What a column is.
enum class Meaning : uint8_t {
  kLeftOut,
  kLead,
  kAddress,
  kTime,
  // Of contacts.
  kAttribute,
  kTags,
  kLists,
  kCampaigns,
  kStage,
  kConsent,
  // Of events.
  kType,
  kCampaign,
  kMessage,
  kLink,
  kName,
  kEventId,
  kBounce,
  kMachine,
  kUserAgent,   // and a property
  kCategories,  // the first is the campaign, where no other column names one
  kProperty,
};

// Without case, spaces and punctuation: `E-Mail Address` and `email_address` are `emailaddress`.
std::string Simplify(std::string_view name);

// Whether the word is among words with a space between them.
bool HasWord(std::string_view words, std::string_view word);

struct Known {
  Meaning meaning;
  std::string_view name;  // of an attribute
};
// What a column of that (simplified) name is taken for where nobody says otherwise.
std::optional<Known> FindSynonym(Mode mode, std::string_view simplified);

// What `--map COLUMN=NAME` calls a meaning that is no attribute: `email`, `tags`, `type`, …
std::optional<Meaning> MeaningFromName(Mode mode, std::string_view name);
std::string_view MeaningName(Meaning meaning);

// A column of contacts that seems to say who opted out: as an attribute it stops no mail.
bool LooksLikeOptOut(std::string_view simplified);

}  // namespace leadpulse::importing
