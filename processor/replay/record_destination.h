// Where records go that are sent again: the end of a file, topics.
#pragma once

#include <cstdint>

#include "processor/base/status.h"
#include "processor/replay/history_source.h"

namespace leadpulse::replay {

// Owned and called by one thread. After an error nothing more is sent: what was taken since the last Flush may be
// there or not. An error without a message has been printed.
class RecordDestination {
 public:
  virtual ~RecordDestination() = default;
  // `decoded` is what is sent (an event or a command); of `json`, RecordLines makes what says the same. Keeps the
  // order.
  virtual Status Send(const HistoryRecord& record) = 0;
  // All that was sent is durable there after it.
  virtual Status Flush() = 0;
  // After Flush, how many bytes there are, of a destination that only grows; 0: there is no saying.
  virtual uint64_t Size() const { return 0; }
};

}  // namespace leadpulse::replay
