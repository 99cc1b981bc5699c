// The definitions that a partition evaluates under, the way from one version to the next, and how a state stores them.
//
// Each lead carries the number of the definitions it was last evaluated under. New definitions are rolled out at one
// instant T: for a lead that still has the previous number, timers up to T fire under the previous definitions, then it
// is evaluated at T under the current ones with cause DEFINITIONS. This happens when a record for the lead comes or
// when the background scan reaches it, whichever is first. Leads of tenants whose definitions stay the same are left as
// they are, and so are the rows of leads that the new definitions do not change: they keep an earlier number.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"

namespace leadpulse::engine {

struct DefinitionsInForce {
  std::shared_ptr<const config::Definitions> current;
  DefinitionsNumber number{1};
  // The previous definitions, while leads may still have their number; otherwise null.
  std::shared_ptr<const config::Definitions> previous = {};
  Instant rolled_out_at = Instant::DistantPast();
  // Whether leads that need no evaluation keep an earlier number. False: each lead has `number` or, while `previous` is
  // set, an earlier one: those of `previous`.
  bool keeps_numbers = false;

  // Whether the rollout under way, if any, evaluates the leads of the tenant.
  bool Changes(std::string_view tenant) const {
    return previous != nullptr &&
           (!keeps_numbers || previous->For(tenant).source_hash != current->For(tenant).source_hash);
  }
  // Whether a lead of the tenant with this number carries the current definitions.
  bool AreCurrent(DefinitionsNumber of_lead, std::string_view tenant) const {
    return of_lead == number || (keeps_numbers && of_lead < number && !Changes(tenant));
  }
};

// The version of the engine's results, stored with each state and partition. A program whose views differ for any input
// needs a greater one: it then re-evaluates every lead of an older state and publishes the differences as DEFINITIONS
// changes, and it refuses a state of a newer engine (CheckEngineVersion). Never reuse a number. 2: rules that compare a
// list with several equal values hold (with 24 segments or more some did not); RFC 3339 accepts `t` and `z`; names of
// attributes are trimmed. 3: topics of opt-outs; opt-outs that outlive an erasure or come too late for the journal.
// 4: leads share addresses; rows of mailboxes that are no leads. 5: numbers keep their digits and compare exactly; the
// latest consent is the one given last; texts are in their normal form. 6: addresses are in the normal form of
// NormalizeAddress (address_forms.h). 9: follow_up_on and follow_up_note are declared for every tenant. 11: capitals of
// addresses are composed before they are lowered.
inline constexpr uint32_t kEngineVersion = 11;
// Stored instead of kEngineVersion from the first rollout on that leaves leads with earlier numbers
// (DefinitionsInForce::keeps_numbers). The views are the same.
inline constexpr uint32_t kKeptNumbersVersion = 12;
// Versions stored likewise instead of 6 and 9: programs that know 6 at most expect the number in force in each lead.
inline constexpr uint32_t kFormerKeptNumbersVersions[] = {7, 10};
// Stored at least in the positions of a partition on Kafka whose changes are in lead.journal. Programs whose greatest
// version is 7 would restore it without them.
inline constexpr uint32_t kDeltasVersion = 8;
inline constexpr uint32_t kNewestEngineVersion = kKeptNumbersVersion;

// Whether a program of that version evaluates leads as this one does.
inline bool HasSameViews(uint32_t version) { return version >= kEngineVersion && version <= kKeptNumbersVersion; }
// Whether leads of a state with that version may have an earlier number than that of its definitions.
inline bool KeepsNumbers(uint32_t version) {
  return version >= kKeptNumbersVersion ||
         std::ranges::find(kFormerKeptNumbersVersions, version) != std::end(kFormerKeptNumbersVersions);
}

// The Kafka record in which a text was published.
struct DefinitionsOrigin {
  std::string cluster_id;
  std::string topic;
  int64_t offset = 0;
  Instant published_at;  // the record's time
  friend bool operator==(const DefinitionsOrigin&, const DefinitionsOrigin&) = default;
};

// Whether both are of one topic and `one` is older. A topic that was created again starts at offset 0, but its records
// have later times, so they count as newer.
bool WasPublishedBefore(const DefinitionsOrigin& one, const DefinitionsOrigin& other);

// The definitions as a state stores them, on files and on Kafka: whole texts, so that a state can be explained without
// other files. partition_meta.h defines the entries and their bytes.
struct StoredDefinitions {
  std::string text = {};  // as in config::Definitions::text
  DefinitionsNumber number{1};
  uint32_t engine_version = kEngineVersion;
  // Set during a rollout.
  std::optional<std::string> previous_text = {};
  Instant rolled_out_at = Instant::DistantPast();
  std::optional<DefinitionsOrigin> origin = {};  // where `text` is from; nullopt: a file, or unknown
  friend bool operator==(const StoredDefinitions&, const StoredDefinitions&) = default;
};

// Fails with a fatal error, with what to do, if this program does not know `version`: a later version of this program
// evaluated the leads, and this one would replace them by older views. Call it before anything is written. Thread-safe.
Status CheckEngineVersion(uint32_t version);

// Loads the stored texts, except those that are already loaded (elements may be null). Fatal if this program no longer
// accepts one.
using AlreadyLoaded = std::vector<std::shared_ptr<const config::Definitions>>;
Result<DefinitionsInForce> LoadStoredDefinitions(const StoredDefinitions& kept, const AlreadyLoaded& loaded = {});

}  // namespace leadpulse::engine
