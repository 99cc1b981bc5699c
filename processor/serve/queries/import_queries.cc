// Queries of an import before it writes.
#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "processor/query/addresses/contact_outlook.h"
#include "processor/query/state_access.h"
#include "processor/serve/queries/lead_queries.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::serve {
namespace {

constexpr int kMostRows = 1'000;

Result<std::vector<codec::Command>> CommandsOf(std::string_view lines, const std::string& tenant,
                                               codec::RecordDecoder* decoder) {
  std::vector<codec::Command> commands;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    codec::Decoded decoded = decoder->Decode(line, {});
    auto* command = std::get_if<codec::Command>(&decoded);
    if (command == nullptr || command->key.tenant != tenant) return Status::Rejected("a row has other records");
    commands.push_back(std::move(*command));
  }
  if (commands.empty()) return Status::Rejected("a row has no commands");
  return commands;
}

}  // namespace

Result<v1::ContactOutlooks> PreviewContacts(const Snapshot& snapshot, const v1::PreviewContacts& request) {
  const std::string& tenant = request.caller().tenant_id();
  if (AgentOf(request.caller())) return Status::Rejected("only for callers who see the whole tenant");
  if (request.rows_size() > kMostRows) return Status::Rejected("more than 1,000 rows");
  const std::unique_ptr<codec::RecordDecoder> decoder = codec::MakeJsonRecordDecoder();
  v1::ContactOutlooks answer;
  for (const std::string& row : request.rows()) {
    LP_ASSIGN_OR_RETURN(const std::vector<codec::Command> commands, CommandsOf(row, tenant, decoder.get()));
    std::vector<const codec::Command*> pointers;
    for (const codec::Command& command : commands) pointers.push_back(&command);
    LP_ASSIGN_OR_RETURN(const query::ContactOutlook outlook,
                        query::OutlookOf(pointers, snapshot.rows, snapshot.definitions.For(tenant)));
    v1::ContactOutlook* told = answer.add_rows();
    LP_ASSIGN_OR_RETURN(const std::optional<state::Lead> lead, query::FindLead(snapshot.rows, {tenant, outlook.lead}));
    told->set_is_lead(lead.has_value());
    told->set_changes(!lead || std::ranges::any_of(commands, [&lead](const codec::Command& command) {
      return query::ChangesProfile(*lead, command);
    }));
    told->set_in_use(outlook.is_in_use());
    told->set_suppressed(outlook.is_suppressed());
  }
  return answer;
}

}  // namespace leadpulse::serve
