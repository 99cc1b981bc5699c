// Counts the declared properties of events that were not journaled, by name and reason, so that a run can report them
// once. Bounded: names beyond the first thousand are counted together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace leadpulse::engine {

enum class PropertyFault : uint8_t {
  kNotOfType,  // it cannot be converted to the declared type
  kTooLong,    // a text over kMaxPropertyTextBytes
  kObject,
  kMixedList,  // a list that holds null, a list or an object
};

// A declared property of one event that was not journaled.
struct LeftOutProperty {
  std::string name;
  PropertyFault fault{};
};

class LeftOutProperties {
 public:
  static constexpr size_t kMaxNames = 1000;

  // Counts one property.
  void Add(const LeftOutProperty& property) { Add({property.name, property.fault}, 1); }
  // Adds all counts of another.
  void Add(const LeftOutProperties& other);
  // Adds all counts of another. Returns a sentence, without the count, for each name and reason that were not counted
  // here before.
  std::vector<std::string> AddNew(const LeftOutProperties& other);

  // Returns a sentence for each name and reason, by name.
  std::vector<std::string> Describe() const;

 private:
  using Key = std::pair<std::string, PropertyFault>;  // an empty name: those beyond kMaxNames

  // Returns whether the key is new.
  bool Add(Key key, uint64_t count);

  std::map<Key, uint64_t> counts_;
};

}  // namespace leadpulse::engine
