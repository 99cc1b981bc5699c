// What an email provider posts, and the records it becomes.
//
// One Provider a service, in a file of its own, each with the pages of the public documentation it follows. They hold
// no state and are safe from any number of threads. Converting a batch gives what converting its parts gives, and what
// a provider sends again gets the same ids again, whenever it arrives: the engine then removes the duplicate.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/webhooks/json.h"
#include "processor/webhooks/machine_agents.h"
#include "processor/webhooks/signed_token.h"
#include "schemas/codec/records.h"

namespace leadpulse::webhooks {

struct Header {
  std::string name;  // compares without case
  std::string value;
};

// One request as it came. Views: the caller keeps what they show.
struct Post {
  std::string_view body;
  std::string_view content_type;  // empty: what the provider sends
  std::span<const Header> headers;
  Instant received_at;
};

// The first header of that name; empty where there is none.
std::string_view HeaderOf(const Post& post, std::string_view name);

// The part of a post that converters read. A signature check returns what the signature covers and nothing else; where
// nothing is signed it is the whole post. Views: of the post.
struct Payload {
  std::string_view body = {};          // empty where `fields` is set
  std::string_view content_type = {};  // empty: not signed, or the provider's usual one
  std::string_view delivery_id = {};   // Svix's id of the message; empty: none
  std::optional<Json> fields = {};     // an object of the signed fields, where these are signed and not the body
  // Where a token is signed and neither body nor fields: the caller accepts it once (used_tokens.h).
  std::optional<SignedToken> token = {};
  Instant received_at;  // stands in where the provider gives no time; never part of an id
};

// For posts without a signature, and for those whose sender shows a secret.
Payload WholePayload(const Post& post);

struct ConversionOptions {
  std::string tenant;
  // Names of custom arguments (custom variables, metadata, tags: each provider has its own word) that say more than the
  // provider's own fields. Empty: not asked for. What an event lacks, or what cannot be one, falls back.
  std::string tenant_argument;  // else `tenant`
  // The tenants beside `tenant` that this argument may name: an event that names another is skipped. Empty: any.
  std::vector<std::string> tenants;
  std::string lead_argument;                      // else the address
  std::string campaign_argument = "campaign_id";  // else what the provider calls a campaign, a category or a tag
  MachineAgents machines;
};

enum class SkipReason {
  kNoEngagement,  // the name is known, and what it tells is nothing about the lead
  kUnknownName,   // the provider has a new event, or this is not its
  kIncomplete,    // it says not who, or what it says cannot be read
  kOtherTenant,   // it names a tenant that ConversionOptions::tenants does not
};
inline constexpr size_t kSkipReasonCount = 4;

// Anybody may post a name of any length, and names are logged and counted.
inline constexpr size_t kMaxSkippedNameBytes = 128;

// An event of which no record was made.
struct Skipped {
  std::string name;  // as the provider calls it, cut to kMaxSkippedNameBytes; empty where it says none
  SkipReason reason = SkipReason::kNoEngagement;
  std::string detail;  // a sentence; of kNoEngagement and kUnknownName empty
  // The event as JSON, to be looked at later; of kNoEngagement empty. An event that is skipped for several of its
  // recipients has it once, with the first.
  std::string item;
};

struct Conversion {
  std::vector<codec::Event> events;           // as they stand in the body
  std::vector<codec::Command> commands = {};  // the same; written before the events
  std::vector<Skipped> skipped;
  std::vector<size_t> undated = {};  // of `events`, ascending: those that tell no time, and have that of receipt
};

// Where a provider documents no bound of what it posts.
inline constexpr size_t kAnyBodyBytes = size_t{64} << 20;

class Provider {
 public:
  virtual ~Provider() = default;

  // `sendgrid`: in paths, on the command line, in ids.
  virtual std::string_view name() const = 0;
  // The most that it posts at once, in bytes. A receiver refuses a longer body without reading it.
  virtual size_t max_body_bytes() const { return kAnyBodyBytes; }
  // Rejected: the body as a whole cannot be read, and why. No event in it can make it so.
  virtual Result<Conversion> Convert(const Payload& payload, const ConversionOptions& options) const = 0;
};

// All there are, by name.
std::span<const Provider* const> Providers();
// Null where there is none of that name.
const Provider* FindProvider(std::string_view name);

}  // namespace leadpulse::webhooks
