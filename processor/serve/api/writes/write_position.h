// The position of a write, as the header Leadpulse-Position and the parameter `after` have it:
// `000001.jsonl:1234` in a folder, `lead.commands/3/1234` in a topic.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "leadpulse/v1/query.pb.h"
#include "processor/serve/access/command_log.h"
#include "schemas/codec/records.h"

namespace leadpulse::serve {

// An inbox is named by the absolute path of its folder, or by the topic of commands.
bool IsFolder(std::string_view inbox);

std::string PositionText(const access::SentCommand::Place& place);
// nullopt: it is no position in this inbox.
std::optional<codec::SourcePosition> ReadPosition(const std::string& inbox, std::string_view text);

codec::SourcePosition SourceOf(const access::SentCommand::Place& place);

// The most positions in one query (processor/serve/queries).
inline constexpr size_t kMostPositions = 1'000;
// Adds a record to the question, by its position.
void AskAbout(const codec::SourcePosition& at, v1::FindOutcomes* question);

}  // namespace leadpulse::serve
