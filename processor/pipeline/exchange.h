// The port by which messages between leads leave a partition (spec §9, rule 8).
//
// A lead and the mailbox of its address may belong to different partitions. What one of them sends the other leaves the
// runner through an Exchange, and the adapter gives it to the runner of the partition that holds the receiver
// (PartitionRunner::Deliver). Files do this in memory before the next record that could see it (files/message_waves.h).
#pragma once

#include <span>

#include "processor/engine/lead_message.h"
#include "processor/pipeline/record.h"

namespace leadpulse::pipeline {

class Exchange {
 public:
  virtual ~Exchange() = default;
  // Some messages, never none, in the order in which they were sent. May move from them. Called on the thread that runs
  // the partition, at the end of the step that sent them: a record, a message, or a call for many leads. `origin`: the
  // record that they follow from, as it was given to the runner; null if they follow from none.
  virtual void OnMessages(const Record* origin, std::span<engine::LeadMessage> messages) = 0;
};

}  // namespace leadpulse::pipeline
