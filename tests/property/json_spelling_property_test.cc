// JSON is decoded as the Protobuf library decodes it, whatever its spelling: another order of names, either spelling of
// each, escapes, white space, numbers as texts, nulls, unknown names and repeated names.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "tests/support/record_samples.h"

#include <nlohmann/json.hpp>

namespace leadpulse::codec::json_spelling_property_test {

using Json = nlohmann::ordered_json;

std::string SnakeCase(const std::string& name) {
  std::string snake;
  for (char c : name) {
    if (c >= 'A' && c <= 'Z') {
      snake += '_';
      c = static_cast<char>(c - 'A' + 'a');
    }
    snake += c;
  }
  return snake;
}

class Speller {
 public:
  explicit Speller(RandomRecords* random) : random_(*random) {}

  // Writes an input record, an event, a command or an action.
  std::string Message(const Json& message) {
    std::vector<std::string> fields;
    for (const auto& [name, value] : message.items()) fields.push_back(Field(name, Value(name, value)));
    for (const char* name : {"email", "backfill"}) {
      if (message.contains("tenantId") && !message.contains(name) && random_.OneIn(8)) {
        fields.push_back(Field(name, "null"));
      }
    }
    if (random_.OneIn(8)) fields.push_back(Field("laterField", Space() + R"({"a":[1,null,"x"],"a":{}})"));
    Shuffle(&fields);
    for (const auto& [name, value] : message.items()) {
      if (random_.OneIn(20) && MayComeTwice(name, value)) fields.insert(fields.begin(), Field(name, Earlier(value)));
    }
    return Braced(fields);
  }

 private:
  // Whether a member may come twice. A repeated message would be merged. The library refuses a repeated score, because
  // it knows whether one is set.
  static bool MayComeTwice(const std::string& name, const Json& value) {
    return !value.is_structured() && name != "score";
  }

  std::string Space() {
    static const std::string kSpaces[] = {"", "", "", " ", "\t \r"};
    return kSpaces[random_.Below(std::size(kSpaces))];
  }

  // Writes a value of the same type, or null, that a later one replaces.
  std::string Earlier(const Json& value) {
    if (random_.OneIn(2)) return "null";
    if (value.is_string()) return value.dump();
    return value.is_boolean() ? "true" : "1";
  }

  std::string Field(const std::string& name, const std::string& value) {
    return Text(random_.OneIn(2) ? SnakeCase(name) : name) + Space() + ":" + Space() + value + Space();
  }

  std::string Value(const std::string& name, const Json& value) {
    if (name == "set" || name == "properties") return Plain(value);
    if (value.is_object()) return Message(value);
    if (name == "score" && random_.OneIn(2)) return WholeNumber(value);
    return Plain(value);
  }

  // Writes a whole number. The library accepts no fraction in a string, not even .0.
  std::string WholeNumber(const Json& value) {
    const std::string number = value.dump();
    return random_.OneIn(2) ? "\"" + number + "\"" : number + (random_.OneIn(2) ? ".0" : "e0");
  }

  // Writes the contents of a Struct as they are, except for their order.
  std::string Plain(const Json& value) {
    if (value.is_string()) return Text(value.get<std::string>());
    if (!value.is_structured()) return value.dump();
    std::vector<std::string> parts;
    if (value.is_array()) {
      for (const Json& element : value) parts.push_back(Space() + Plain(element) + Space());
      return "[" + Joined(parts) + "]";
    }
    for (const auto& [name, inner] : value.items()) parts.push_back(Text(name) + Space() + ":" + Plain(inner));
    Shuffle(&parts);
    return Braced(parts);
  }

  // Escapes some characters that need no escape.
  std::string Text(const std::string& text) {
    const std::string dumped = Json(text).dump(-1, ' ', /*ensure_ascii=*/random_.OneIn(2));
    std::string spelt;
    for (size_t i = 0; i < dumped.size(); ++i) {
      const char c = dumped[i];
      if (c == '\\') {
        const size_t length = dumped[i + 1] == 'u' ? 6 : 2;
        spelt += dumped.substr(i, length);
        i += length - 1;
      } else if (c >= '+' && c <= '[' && random_.OneIn(20)) {
        spelt += std::string("\\u00") + "0123456789abcdef"[c >> 4] + "0123456789ABCDEF"[c & 15];
      } else {
        spelt += c == '/' && random_.OneIn(2) ? "\\/" : std::string(1, c);
      }
    }
    return spelt;
  }

  void Shuffle(std::vector<std::string>* parts) {
    for (size_t i = parts->size(); i > 1; --i) std::swap((*parts)[i - 1], (*parts)[random_.Below(i)]);
  }
  static std::string Joined(const std::vector<std::string>& parts) {
    std::string joined;
    for (const std::string& part : parts) joined += (joined.empty() ? "" : ",") + part;
    return joined;
  }
  std::string Braced(const std::vector<std::string>& parts) { return "{" + Space() + Joined(parts) + "}" + Space(); }

  RandomRecords& random_;
};

// Returns nullopt if the library refuses it.
std::optional<Decoded> AsTheLibraryReads(const std::string& json) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  v1::InputRecord record;
  if (!google::protobuf::util::JsonStringToMessage(json, &record, options).ok()) return std::nullopt;
  return MakeProtobufRecordDecoder()->Decode(record.SerializeAsString(), {kLatest});
}

// Whether both results mean the same. The messages may differ: JSON has the names that were sent.
bool MeansTheSame(const Decoded& ours, const Decoded& library) {
  const auto* refused = std::get_if<Rejection>(&ours);
  if (refused == nullptr) return ours == library;
  const auto* other = std::get_if<Rejection>(&library);
  return other != nullptr && refused->reason == other->reason;
}

TEST(JsonSpellingProperty, ARecordIsWhatTheLibraryTakesItFor) {
  int tried = 0, accepted = 0;
  EXPECT_TRUE(rc::check("JSON in any spelling", [&] {
    RandomRecords random(*rc::gen::arbitrary<uint64_t>());
    const auto decoder = MakeJsonRecordDecoder();
    for (int i = 0; i < 20; ++i) {
      google::protobuf::util::JsonPrintOptions options;
      options.always_print_enums_as_ints = random.OneIn(2);
      options.always_print_primitive_fields = random.OneIn(2);
      const Json record = Json::parse(Encode(random.Next(), Format::kJson, options));
      const std::string json = Speller(&random).Message(record);
      const Decoded ours = decoder->Decode(json, {kLatest});
      const std::optional<Decoded> library = AsTheLibraryReads(json);
      const bool same = library ? MeansTheSame(ours, *library) : std::holds_alternative<Rejection>(ours);
      if (!same) RC_FAIL(json + (library ? "\ntaken by the library" : "\nrefused by the library"));
      ++tried;
      accepted += std::holds_alternative<Event>(ours) || std::holds_alternative<Command>(ours);
    }
  }));
  EXPECT_GT(accepted, tried / 5) << "too few valid records to tell";
}

}  // namespace leadpulse::codec::json_spelling_property_test
