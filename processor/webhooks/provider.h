// Converts the posts of email providers to records.
//
// Each service has one Provider, in its own file that names the public documentation it follows. Providers are
// stateless and thread-safe. A batch gives the same records as its parts. An event that is sent again gets the same id,
// whenever it arrives: the engine then removes the duplicate.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/instant.h"
#include "processor/base/json.h"
#include "processor/base/status.h"
#include "processor/bots/machine_agents.h"
#include "processor/crypto/digests.h"
#include "processor/webhooks/challenge.h"
#include "schemas/codec/records.h"

namespace leadpulse::webhooks {

struct Header {
  std::string name;  // compared without case
  std::string value;
};

// One request as received; views into memory of the caller.
struct Post {
  std::string_view body;
  std::string_view content_type;  // empty: the provider's usual one
  std::span<const Header> headers;
  Instant received_at;
};

// Returns the value of the first header with that name; empty if none.
std::string_view HeaderOf(const Post& post, std::string_view name);

// A token with a verified signature, which does not cover the content posted with it.
struct SignedToken {
  Instant signed_at;
  crypto::HalfDigest token{};    // differs by key
  crypto::HalfDigest content{};  // hash of the source and of everything that a converter reads
};

// The part of a post that converters read. A signature check returns only what the signature covers; if nothing is
// signed, the whole post. It has views into the post.
struct Payload {
  std::string_view body = {};          // empty if `fields` is set
  std::string_view content_type = {};  // empty: not signed, or the provider's usual one
  std::string_view delivery_id = {};   // Svix's message id; empty: none
  std::optional<Json> fields = {};     // an object of the signed fields, if these are signed and not the body
  // Set if only a token is signed, neither body nor fields: the caller accepts the token once (used_tokens.h).
  std::optional<SignedToken> token = {};
  Instant received_at;  // used if the provider gives no time; never part of an id
};

// Returns everything, for posts that are not signed and for posts that contain a secret.
Payload WholePayload(const Post& post);

struct ConversionOptions {
  std::string tenant;
  // Names of custom arguments (custom variables, metadata, tags: each provider has its own word) that take precedence
  // over the provider's own fields. Empty: none. If an event lacks the argument or it is not valid, the fallback is
  // used.
  std::string tenant_argument;  // else `tenant`
  // Tenants, in addition to `tenant`, that this argument may name; events with other tenants are skipped. Empty: any.
  std::vector<std::string> tenants;
  std::string lead_argument;                      // else the address
  std::string campaign_argument = "campaign_id";  // else what the provider calls a campaign, a category or a tag
  bots::MachineAgents machines;
  bool strict = false;  // events without a time that can be read are skipped, not given the time of receipt
};

enum class SkipReason {
  kNoEngagement,  // the name is known, but says nothing about the lead
  kUnknownName,   // a new event of the provider, or not an event of this provider
  kIncomplete,    // the lead is missing, or the event cannot be read
  kOtherTenant,   // its tenant is not in ConversionOptions::tenants
};
inline constexpr size_t kSkipReasonCount = 4;
// Returns `no engagement`, `unknown`, `incomplete` or `other tenant`.
std::string_view SkipReasonName(SkipReason reason);

// Anyone can post a name of any length, and names are logged and counted.
inline constexpr size_t kMaxSkippedNameBytes = 128;

// An event that did not become a record.
struct Skipped {
  std::string name;  // the provider's name, cut to kMaxSkippedNameBytes; empty if none
  SkipReason reason = SkipReason::kNoEngagement;
  std::string detail;  // a sentence; empty for kUnknownName, and mostly for kNoEngagement
  // The event as JSON, for later inspection; empty for kNoEngagement. If an event is skipped for several recipients,
  // only the first has it.
  std::string item;
};

// The receiver's source that got the event, and when.
struct SkippedOrigin {
  std::string_view source;
  Instant received_at;
};

// Appends one line of JSON with its line end, for a person or a script to examine: `provider reason source receivedAt
// name detail item`. `source` and `receivedAt` are left out without an origin; an empty item is written as null.
void AppendSkippedLine(std::string_view provider, const std::optional<SkippedOrigin>& origin, const Skipped& skipped,
                       std::string* out);

struct Conversion {
  std::vector<codec::Event> events;           // in the order of the body
  std::vector<codec::Command> commands = {};  // in the same order; written before the events
  std::vector<Skipped> skipped;
  std::vector<size_t> undated = {};  // ascending indexes of `events` that have the time of receipt
  // Events and commands that have the time of receipt because theirs is missing or cannot be read.
  size_t guessed_times = 0;
  // The text of a post that only checks the address, to be answered (challenge.h); empty: none.
  std::string challenge = {};
};

// Limit for providers that document none for their posts.
inline constexpr size_t kAnyBodyBytes = size_t{64} << 20;

class EventCollector;

// What a receiver must know of a provider.
struct ProviderTraits {
  // The size in bytes of the largest body that it posts. A receiver rejects a longer one without reading it.
  size_t max_body_bytes = kAnyBodyBytes;
  // The query parameter by which it checks the address: a request that has it is answered with its value, and not read.
  // Empty: none.
  std::string challenge_parameter = {};
  ChallengeAnswer challenge_answer = {};
  // Whether its posts can erase leads.
  bool erases = false;
};

class Provider {
 public:
  // Callback that adds a post's events to the collector. Thread-safe. Rejected, with the reason: the body as a whole
  // cannot be read.
  using Read = std::function<Status(const Payload& payload, EventCollector* events)>;

  Provider(std::string_view name, Read read, ProviderTraits traits = {})
      : name_(name), read_(std::move(read)), traits_(std::move(traits)) {}

  // Returns the name, such as `sendgrid`: used in paths, on the command line and in ids.
  std::string_view name() const { return name_; }
  const ProviderTraits& traits() const { return traits_; }
  // Converts a post. The error is that of Read; a single bad event is only skipped.
  Result<Conversion> Convert(const Payload& payload, const ConversionOptions& options) const;

 private:
  const std::string name_;
  const Read read_;
  const ProviderTraits traits_;
};

// Returns all providers, by name.
std::span<const Provider> Providers();
// Returns the provider with that name; null if none.
const Provider* FindProvider(std::string_view name);

}  // namespace leadpulse::webhooks
