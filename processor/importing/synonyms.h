// Names of columns in exports of other systems, and what they mean. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/engagement.h"
#include "processor/base/word_list.h"
#include "processor/importing/import_options.h"

namespace leadpulse::importing {

// The meaning of a column.
enum class Meaning : uint8_t {
  kLeftOut,
  kLead,
  kAddress,
  kTime,
  // For contacts:
  kAttribute,
  kTags,
  kLists,
  kCampaigns,
  kStage,
  kConsent,
  kConsentTime,  // when it was given or withdrawn
  kConsentSource,
  kConsentVersion,  // of the text that the person agreed to
  kAgent,
  kDoNotContact,
  kNote,
  kJsonMembers,  // each member of the cell's object is an attribute
  // For events:
  kType,
  kCampaign,
  kMessage,
  kLink,
  kName,
  kEventId,
  kBounce,
  kMachine,
  kUserAgent,   // also a property
  kCategories,  // the first one is the campaign, unless another column names it
  kTopic,       // the subscription group of an opt-out or its end; in a log also a property
  kProperty,
};

// Removes case, spaces and punctuation: `E-Mail Address` and `email_address` become `emailaddress`.
std::string Simplify(std::string_view name);

struct Known {
  Meaning meaning;
  std::string_view name;  // the attribute's name
};
// Returns the default meaning of a column with that (simplified) name. In a log, a topic has the property name of its
// column.
std::optional<Known> FindSynonym(Mode mode, std::string_view simplified);

// Returns how usual it is that a column of that header is the address: 0 for the most usual names, more for others.
size_t AddressRank(std::string_view header);

// Whether a column of that (simplified) name says who works on the lead: `Contact owner`, `Assigned to`.
bool NamesOwner(std::string_view simplified);

// Whether a column of that (simplified) name holds notes about the lead: `Notes`, `Bemerkung`.
bool NamesNotes(std::string_view simplified);

// Returns the one of the names of fields that has the same sense as the header, in several languages: of `city` and
// `revenue` the second for `Umsatz 2026 (EUR)`. Empty: none has, or several have.
std::string FieldOfSense(std::string_view header, const std::vector<std::string>& fields);

// Returns the name of the stage that other systems often mean by a word: `qualified` for `Sales Qualified Lead`.
// `STAGE` if the word is not known. Only offered: each company has its own stages.
std::string_view LikelyStage(std::string_view word);

// Returns the meaning with that name in `--map COLUMN=NAME`, unless it is an attribute: `email`, `tags`, `type`, …
std::optional<Meaning> MeaningFromName(Mode mode, std::string_view name);
// What `--map COLUMN=consent.PURPOSE` and its like name.
struct ConsentPart {
  std::string_view purpose;
  Meaning meaning;
};
// Reads `consent.newsletter`, `consent.newsletter.at`, `….source` or `….version`; nullopt if it is another name.
std::optional<ConsentPart> ConsentPartOf(std::string_view name);
// Whether a field that the definitions declare under the meaning's name takes its place: people have had such fields.
bool YieldsToField(Meaning meaning);
std::string_view MeaningName(Meaning meaning);

struct NamedType {
  EventType type = EventType::kUnspecified;
  BounceKind bounce = BounceKind::kUnspecified;  // if the name implies it
  bool no_engagement = false;                    // known, but nothing that a lead did or that reached it
  bool withheld = false;  // mail that was not sent: a reason may say what is known of the address
  bool of_group = false;  // from or to a subscription group, not everything
  bool machine = false;   // a program did it
};
// Returns the type of `Opened`, `email_open`, `hard bounce`, … What is no such word is a bounce, complaint or opt-out
// if a word in it says so, as in `Marked Email as Spam`. kUnspecified: unknown.
NamedType TypeFromName(std::string_view name);

}  // namespace leadpulse::importing
