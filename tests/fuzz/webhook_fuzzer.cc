// Any bytes as a post of any provider never crash. They give the same ids whenever they come, and records that the
// decoders accept, apart from their time.
//
// The first byte chooses the provider. After the named ones come custom senders: with the mappings of tests/data, and
// with one that is in front of the rest and ends with a line `---`. The second byte chooses the content type, and
// whether the body is preceded by headers.
#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "processor/base/assert.h"
#include "processor/webhooks/generic_provider.h"
#include "processor/webhooks/provider.h"
#include "schemas/codec/input_writer.h"
#include "schemas/codec/record_decoder.h"
#include "tests/fuzz/header_lines.h"

namespace {

using leadpulse::Instant;
using leadpulse::Result;
namespace codec = leadpulse::codec;
namespace webhooks = leadpulse::webhooks;

constexpr Instant kReceivedAt{1'772'323'200'000};

constexpr std::array<std::string_view, 4> kContentTypes = {"", "application/json", "application/x-www-form-urlencoded",
                                                           "multipart/form-data; boundary=xx"};

constexpr std::array<const char*, 3> kMappings = {"generic-mails", "generic-typed-form", "generic-webform"};

using OwnProvider = std::unique_ptr<const webhooks::Provider>;

OwnProvider OfFile(const char* name) {
  std::ifstream file(std::string(LEADPULSE_WEBHOOKS_DATA "/") + name + ".yaml");
  const std::string yaml{std::istreambuf_iterator<char>(file), {}};
  OwnProvider provider = webhooks::LoadGenericProvider(yaml).provider;
  LP_ASSERT(provider != nullptr);
  return provider;
}

// Removes the mapping from the front of the input; null if it is invalid.
OwnProvider OfInput(std::string_view* input) {
  constexpr std::string_view kEnd = "\n---\n";
  const size_t end = std::min(input->find(kEnd), input->size());
  webhooks::LoadedGenericProvider loaded = webhooks::LoadGenericProvider(input->substr(0, end));
  LP_ASSERT((loaded.provider == nullptr) == !loaded.errors.empty());
  input->remove_prefix(std::min(end + kEnd.size(), input->size()));
  return std::move(loaded.provider);
}

// Chooses the provider. `own` owns what is made from the input.
const webhooks::Provider* ProviderOf(uint8_t choice, std::string_view* input, OwnProvider* own) {
  static const std::array<OwnProvider, kMappings.size()> kOfFiles = {OfFile(kMappings[0]), OfFile(kMappings[1]),
                                                                     OfFile(kMappings[2])};
  const auto named = webhooks::Providers();
  const size_t index = choice % (named.size() + kOfFiles.size() + 1);
  if (index < named.size()) return &named[index];
  if (index < named.size() + kOfFiles.size()) return kOfFiles[index - named.size()].get();
  *own = OfInput(input);
  return own->get();
}

void CheckTaken(const codec::Command& command) {
  static const std::unique_ptr<codec::RecordDecoder> kDecoder = codec::MakeJsonRecordDecoder();
  std::string line;
  codec::AppendInputJson(command, &line);
  line.pop_back();
  const codec::Decoded decoded = kDecoder->Decode(line, {});
  const auto* rejection = std::get_if<codec::Rejection>(&decoded);
  LP_ASSERT(rejection == nullptr || rejection->reason == codec::Reason::kBadTimestamp);
  if (rejection != nullptr) return;
  const auto& read = std::get<codec::Command>(decoded);
  LP_ASSERT(read.command_id == command.command_id && read.key == command.key);
  LP_ASSERT(read.actions.begin()->index() == command.actions.begin()->index());
}

void CheckTaken(const codec::Event& event) {
  static const std::unique_ptr<codec::RecordDecoder> kDecoder = codec::MakeJsonRecordDecoder();
  std::string line;
  codec::AppendInputJson(event, &line);
  line.pop_back();
  const codec::Decoded decoded = kDecoder->Decode(line, {});
  const auto* rejection = std::get_if<codec::Rejection>(&decoded);
  LP_ASSERT(rejection == nullptr || rejection->reason == codec::Reason::kBadTimestamp);
  if (rejection != nullptr) return;
  const auto& read = std::get<codec::Event>(decoded);
  LP_ASSERT(read.event_id == event.event_id && read.key == event.key && read.campaign_id == event.campaign_id);
  LP_ASSERT(read.message_id == event.message_id && read.name == event.name && read.url == event.url);
}

void CheckAgain(const webhooks::Conversion& first, const webhooks::Conversion& again) {
  LP_ASSERT(first.events.size() == again.events.size() && first.skipped.size() == again.skipped.size());
  for (size_t i = 0; i < first.events.size(); ++i) {
    LP_ASSERT(first.events[i].event_id == again.events[i].event_id);
    LP_ASSERT(first.events[i].key == again.events[i].key);
  }
  LP_ASSERT(first.commands.size() == again.commands.size());
  for (size_t i = 0; i < first.commands.size(); ++i) {
    LP_ASSERT(first.commands[i].command_id == again.commands[i].command_id);
    LP_ASSERT(first.commands[i].actions == again.commands[i].actions);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  std::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);
  OwnProvider own;
  const webhooks::Provider* provider = ProviderOf(data[0], &body, &own);
  if (provider == nullptr) return 0;
  const bool has_headers = data[1] / kContentTypes.size() % 2 == 1;
  const std::vector<webhooks::Header> headers =
      has_headers ? webhooks::TakeHeaderLines(&body) : std::vector<webhooks::Header>();
  webhooks::ConversionOptions options;
  options.tenant = "acme";
  options.lead_argument = "lead";
  options.tenant_argument = "tenant";
  webhooks::Payload payload =
      webhooks::WholePayload({body, kContentTypes[data[1] % kContentTypes.size()], headers, kReceivedAt});
  const Result<webhooks::Conversion> first = provider->Convert(payload, options);
  payload.received_at = kReceivedAt + std::chrono::hours(30);
  const Result<webhooks::Conversion> again = provider->Convert(payload, options);
  LP_ASSERT(first.ok() == again.ok());
  if (!first.ok()) {
    LP_ASSERT(!first.status().message().empty());
    return 0;
  }
  CheckAgain(*first, *again);
  for (const codec::Command& command : first->commands) CheckTaken(command);
  for (const codec::Event& event : first->events) CheckTaken(event);
  for (const webhooks::Skipped& skipped : first->skipped) {
    LP_ASSERT(skipped.name.size() <= webhooks::kMaxSkippedNameBytes);
  }
  return 0;
}
