// Columns of JSON objects against a naive reading of the same objects.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/text.h"
#include "processor/csv/csv_writer.h"
#include "processor/importing/importer.h"
#include "schemas/codec/records.h"

namespace leadpulse::importing::import_json_property_test {

using rc::gen::element;

int64_t Random(int64_t low, int64_t high) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(low, high)); }
bool Chance(int percent) { return Random(0, 100) < percent; }

// What a row says.
struct Row {
  std::map<std::string, std::string> attributes;  // as JSON
  std::set<std::string> against_mail;             // types of events, with the topic behind them

  bool operator==(const Row&) const = default;
};

std::string RandomScalar() {
  return *element<std::string>("1", "-2.5", "true", "false", "\"a\"", "\"Z\u00fcrich\"", "\"a \\\"b\\\"\"", "\"N/A\"");
}

// Returns a list of mailing lists, of which some are unsubscribed from; what they say is added to `row`.
std::string RandomMailingLists(Row* row) {
  std::string json = "[";
  for (int64_t i = Random(1, 4); i > 0; --i) {
    const std::string list = *element<std::string>("", "News", "Offers", "7");
    const std::string name = list == "7" ? "\"id\":7" : Concat({"\"name\":\"", list, "\""});
    struct Said {
      const char *member, *type;
    };
    const Said said = *rc::gen::elementOf(std::vector<Said>{{R"("status":"confirmed")", ""},
                                                            {R"("status": "Unsubscribed")", "unsubscribe"},
                                                            {R"("subscribed":false)", "unsubscribe"},
                                                            {R"("subscription":{"state":"opted out"})", "unsubscribe"},
                                                            {R"("unsubscribed":"no")", ""},
                                                            {R"("status":["bounced","active"])", "bounce"}});
    const std::string type = said.type;
    if (type == "unsubscribe") row->against_mail.insert(Concat({type, " ", list}));
    if (type == "bounce") row->against_mail.insert(type + " ");
    json += Concat({json.size() == 1 ? "" : ",", "{", name, ",", said.member, "}"});
  }
  return json + "]";
}

// Returns an object with what it says added to `row`. Names differ within an object.
std::string RandomObject(const std::string& prefix, int depth, Row* row) {
  const std::vector<std::string> names = {"City", "plan", "Name", "a.b", "x y", "tags", "lists"};
  std::string json = "{";
  for (const std::string& name : names) {
    if (Chance(50)) continue;
    std::string value;
    const std::string whole = prefix + NormalizeName(name);
    const int64_t kind = Random(0, 10);
    if (name == "lists" && kind < 7) {
      value = RandomMailingLists(row);
    } else if (kind < 2 && depth > 0) {
      value = RandomObject(whole + ".", depth - 1, row);
    } else if (kind == 2) {
      value = *element<std::string>("null", "\"\"", "[]", "\" \"", "{}", "[null]", "[{}]", "[[1]]");
    } else if (kind < 5) {
      const std::string one = RandomScalar(), other = RandomScalar();
      value = Concat({"[", one, ",", other, "]"});
      row->attributes[whole] = value;
    } else {
      value = RandomScalar();
      row->attributes[whole] = value;
    }
    json += Concat({json.size() == 1 ? "" : *element<std::string>(",", ", ", " , "), "\"", name,
                    "\":", *element<std::string>("", " "), value});
  }
  return json + "}";
}

csv::ReadBytes BytesOf(std::string_view text) {
  return [rest = text](char* buffer, size_t size) mutable {
    const size_t count = rest.copy(buffer, size);
    rest.remove_prefix(count);
    return Result<size_t>(count);
  };
}

RC_GTEST_PROP(ImportJson, MembersAreThoseOfANaiveReading, ()) {
  std::string text = "email;attributes\n";
  std::vector<Row> rows;
  for (int64_t i = Random(1, 12); i > 0; --i) {
    Row row;
    const std::string cell = Chance(10) ? *element<std::string>("", "null", "-") : RandomObject("", 3, &row);
    csv::AppendRow({Concat({"p", std::to_string(i), "@x.example"}), cell}, ';', &text);
    rows.push_back(std::move(row));
  }
  RC_LOG(text);
  ImportOptions options;
  options.tenant = "acme";
  options.issued_at = *ParseRfc3339("2026-03-02T09:00:00Z");
  options.map = {{"attributes", "json_members"}};
  auto importer = Importer::Open(BytesOf(text), {}, *ParseRfc3339("2027-01-01T00:00:00Z"));
  RC_ASSERT(importer.ok());
  RC_ASSERT(!(*importer)->Plan(options));
  for (const Row& wanted : rows) {
    const Result<const ImportedRow*> row = (*importer)->Next();
    RC_ASSERT(row.ok() && *row != nullptr);
    if ((*row)->wrong) RC_FAIL((*row)->wrong->problem.what);
    Row read;
    for (const auto& [name, value] :
         std::get<codec::Command>((*row)->records.front()).actions.Find<codec::UpdateProfile>()->set) {
      read.attributes[name] = ValueToJson(value);
    }
    for (const codec::Record& record : (*row)->records) {
      const auto* event = std::get_if<codec::Event>(&record);
      if (event != nullptr) read.against_mail.insert(Concat({EventTypeName(event->type), " ", event->topic}));
    }
    RC_ASSERT(read == wanted);
  }
}

}  // namespace leadpulse::importing::import_json_property_test
