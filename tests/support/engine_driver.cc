#include "tests/support/engine_driver.h"

#include <cstdio>
#include <cstdlib>
#include <tuple>
#include <utility>

#include "config/definitions_loader.h"
#include "processor/base/assert.h"
#include "processor/engine/apply_command.h"
#include "processor/engine/lead_row.h"
#include "state/codec/lead_codec.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::testing {
namespace {

constexpr size_t kCacheBytes = 1 << 20;

std::shared_ptr<const config::Definitions> Load(std::string_view yaml) {
  config::LoadedDefinitions loaded = config::LoadDefinitions(yaml.empty() ? config::DefaultDefinitionsText() : yaml);
  for (const config::DefinitionsProblem& problem : loaded.errors) {
    std::fprintf(stderr, "%s\n", config::RenderProblem("definitions", "error", problem).c_str());
  }
  LP_ASSERT(loaded.definitions != nullptr);
  return loaded.definitions;
}

void Check(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.message().c_str());
  std::abort();
}

}  // namespace

EngineDriver::EngineDriver(std::string_view definitions, bool keeps_numbers)
    : store_(state::MakeMemoryLeadStore(1)), keeps_numbers_(keeps_numbers), decoder_(codec::MakeJsonRecordDecoder()) {
  definitions_.current = Load(definitions);
  output_.wants_updates = [] { return true; };
  MakeEngine();
}

EngineDriver::~EngineDriver() = default;

void EngineDriver::MakeEngine() {
  engine_ = std::make_unique<engine::PartitionEngine>(PartitionId{0}, store_.get(), kCacheBytes, definitions_, &output_,
                                                      engine::Messages::kDelivered);
}

void EngineDriver::Feed(std::string_view json) {
  codec::Decoded decoded = decoder_->Decode(json, {});
  if (auto* command = std::get_if<codec::Command>(&decoded)) {
    if (auto rejection = engine::CheckCommand(*command, *definitions_.current)) decoded = std::move(*rejection);
  }
  const codec::SourcePosition source{"test", 0, 0, 0};
  if (auto* rejection = std::get_if<codec::Rejection>(&decoded)) {
    rejections_.push_back(std::move(*rejection));
    return;
  }
  const auto apply = [&](const auto& record, Instant time) {
    clock_ = std::max(clock_, time);
    auto rejected = engine_->Apply(record, clock_, source);
    Check(rejected.status());
    if (*rejected) rejections_.push_back(std::move(**rejected));
    DeliverMessages();
  };
  if (const auto* event = std::get_if<codec::Event>(&decoded)) apply(*event, event->occurred_at);
  if (const auto* command = std::get_if<codec::Command>(&decoded)) apply(*command, command->issued_at);
}

// Delivers the messages hop by hop, in the order of the receivers' ids.
void EngineDriver::DeliverMessages() {
  while (!output_.messages.empty()) {
    std::vector<engine::LeadMessage> hop = std::exchange(output_.messages, {});
    std::ranges::stable_sort(hop, {}, [](const engine::LeadMessage& message) {
      return std::tie(message.to.tenant, message.to.lead, message.from);
    });
    for (const engine::LeadMessage& message : hop) {
      auto rejected = engine_->Apply(message);
      Check(rejected.status());
      if (*rejected) rejections_.push_back(std::move(**rejected));
    }
  }
}

void EngineDriver::AdvanceTo(Instant time) {
  clock_ = std::max(clock_, time);
  while (true) {
    Result<bool> more = engine_->FireDueTimers(clock_, {3});
    Check(more.status());
    if (!*more) return;
  }
}

void EngineDriver::AdvanceTo(Instant time, size_t leads) {
  clock_ = std::max(clock_, time);
  Check(engine_->FireDueTimers(clock_, {leads}).status());
}

void EngineDriver::BeginRollout(std::string_view definitions) {
  Commit();
  definitions_.previous = std::exchange(definitions_.current, Load(definitions));
  definitions_.rolled_out_at = clock_;
  definitions_.keeps_numbers = keeps_numbers_ && definitions_.current->text != definitions_.previous->text;
  ++definitions_.number.value;
  MakeEngine();
}

bool EngineDriver::StepRollout(size_t leads) {
  const Result<bool> step = engine_->RollOutDefinitions({leads});
  Check(step.status());
  DeliverMessages();
  if (!*step) {
    engine_->EndRollout();
    definitions_.previous = nullptr;
  }
  Commit();
  return *step;
}

void EngineDriver::Redefine(std::string_view definitions, size_t killed_after) {
  BeginRollout(definitions);
  if (!RollOut(killed_after)) {
    MakeEngine();
    RollOut(SIZE_MAX);
  }
  definitions_.previous = nullptr;
  MakeEngine();
}

bool EngineDriver::RollOut(size_t max_steps) {
  for (; max_steps > 0; --max_steps) {
    const auto next = engine_->FindNextToRegister({2});
    Check(next.status());
    if (!*next) break;
    Check(engine_->RegisterLeads((*next)->last));
    DeliverMessages();
    Commit();
  }
  for (; max_steps > 0; --max_steps) {
    const Result<bool> step = engine_->RollOutDefinitions({2});
    Check(step.status());
    DeliverMessages();
    Commit();
    if (!*step) return true;
  }
  return false;
}

void EngineDriver::Commit() {
  state::EpochWrite write;
  Check(engine_->CollectWrites(&write));
  const bool are_checked = ++commits_ % 2 == 0;
  for (const state::RowWrite& row : write.leads) {
    written_.push_back(row.key);
    if (!are_checked || !row.value) continue;
    // A row may be put together from cached parts: it must be that of the lead.
    const Result<state::Lead*> lead = engine_->leads().Find(*state::ParseLeadKey(row.key));
    Check(lead.status());
    LP_ASSERT(engine_->leads().EncodeRow(*lead) == state::EncodeLead(**lead));
  }
  Check(store_->Commit(write));
  engine_->Committed();
}

void EngineDriver::Restart() {
  Commit();
  MakeEngine();
}

void EngineDriver::Rewrite(const state::EpochWrite& write) {
  Commit();
  Check(store_->Commit(write));
  MakeEngine();
}

std::optional<state::Lead> EngineDriver::FindLead(const LeadKey& key) {
  Commit();
  Result<std::optional<std::string>> bytes = store_->Get(PartitionId{0}, EncodeLeadKey(key));
  Check(bytes.status());
  if (!*bytes) return std::nullopt;
  Result<state::Lead> lead = state::DecodeLead(key, **bytes);
  Check(lead.status());
  view::ConvertProfile(DefinitionsFor(key.tenant), &lead->profile);
  return std::move(*lead);
}

std::string EngineDriver::Row(const LeadKey& key) {
  AdvanceTo(clock_);
  const std::optional<state::Lead> lead = FindLead(key);
  if (!lead || !lead->is_lead()) return {};
  const config::TenantDefinitions& definitions = DefinitionsFor(key.tenant);
  std::string row;
  engine::AppendLeadRow(*lead, view::EvaluateView(*lead, definitions, clock_), definitions, &row);
  row.pop_back();
  return row;
}

view::View EngineDriver::ViewAt(const LeadKey& key, Instant at) {
  const std::optional<state::Lead> lead = FindLead(key);
  LP_ASSERT(lead.has_value());
  return view::EvaluateView(*lead, DefinitionsFor(key.tenant), at);
}

const config::TenantDefinitions& EngineDriver::DefinitionsFor(std::string_view tenant) const {
  return definitions_.current->For(tenant);
}

std::vector<LeadKey> EngineDriver::Leads() {
  Commit();
  std::vector<LeadKey> keys;
  Check(store_->VisitLeads(PartitionId{0}, "", [&](std::string_view key, std::string_view value) {
    Result<state::Lead> lead = state::DecodeLead(DecodeLeadKey(key), value);
    Check(lead.status());
    if (lead->is_lead()) keys.push_back(lead->key);
    return true;
  }));
  return keys;
}

}  // namespace leadpulse::testing
