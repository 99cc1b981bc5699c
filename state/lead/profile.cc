#include "state/lead/profile.h"

#include "processor/base/text.h"

namespace leadpulse::state {
namespace {

template <typename Variant>
size_t ValueBytes(const Variant& value) {
  return std::visit(
      [](const auto& v) -> size_t {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::monostate>) {
          return 0;
        } else if constexpr (std::is_same_v<T, std::string>) {
          return v.size();
        } else if constexpr (std::is_same_v<T, StructValue>) {
          return v.json.size();
        } else if constexpr (std::is_same_v<T, ScalarList>) {
          size_t bytes = 0;
          for (const Scalar& element : v) bytes += ValueBytes(element);
          return bytes;
        } else {
          return sizeof(T);  // bool 1, double and Instant 8
        }
      },
      value);
}

size_t NameBytes(const NameSet& set) {
  size_t bytes = 0;
  for (const auto& [folded, name] : set.names()) bytes += name.size();
  return bytes;
}

}  // namespace

bool NameSet::Add(std::string_view name) { return names_.try_emplace(FoldCase(name), name).second; }

bool NameSet::Remove(std::string_view name) { return names_.erase(FoldCase(name)) > 0; }

size_t ProfileBytes(const Profile& profile) {
  size_t bytes = NameBytes(profile.tags) + NameBytes(profile.lists) + NameBytes(profile.campaigns);
  for (const auto& [name, attribute] : profile.attributes) bytes += name.size() + ValueBytes(attribute.sent);
  for (const auto& [folded, consent] : profile.consents) bytes += consent.purpose.size() + consent.source.size();
  return bytes;
}

}  // namespace leadpulse::state
