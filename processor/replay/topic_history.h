// A range of the input topics as the history to send again.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "processor/archive/archive_router.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/topic_range_reader.h"
#include "processor/kafka/worker.h"
#include "processor/replay/history_source.h"

namespace leadpulse::replay {

// Reads `beginning`, `end`, a day or a time. nullopt for any other text.
std::optional<kafka::RangePoint> ParseRangePoint(const std::string& text);

// Reads `from` and `until` of a command line, each as ParseRangePoint does or as offsets such as
// `engagement.events/3=1200,lead.commands/0=7`; then nothing is read from partitions that are not named. `topics`:
// their names by InputTopic. Rejected: any other text.
Result<kafka::TopicRange> ParseTopicRange(const std::string& from, const std::string& until,
                                          const archive::TopicNames& topics);

// Writes, as the text in a checkpoint, how far a range has been read (`next` of each place) and where it ends.
// TopicsOfText reads the rest of the range from it. Rejected: it is no such text.
std::string TextOfTopics(const std::map<kafka::TopicPlace, int64_t>& next,
                         const std::map<kafka::TopicPlace, kafka::PlaceRange>& ranges);
// Returns an empty range, to which offsets are added.
kafka::TopicRange NoTopics();
Result<kafka::TopicRange> TopicsOfText(const std::string& text);

// Returns Rejected, with advice: the topics no longer have the start of the range.
Status NotInTheTopics(const kafka::TopicRangeReader& reader, const kafka::DeletedRange& range);

// Opens a range whose end is fixed at the first start: records that a replay adds to the topics it reads are not sent
// again, also after a kill. `from` and `until`: as ParseTopicRange takes them. `worker` has the names of the topics and
// how records are encoded.
Result<std::unique_ptr<HistorySource>> OpenTopicHistory(const kafka::ConnectionOptions& connection,
                                                        const std::string& from, const std::string& until,
                                                        const kafka::WorkerOptions& worker);

}  // namespace leadpulse::replay
