// The meaning of searches: a table of searches and their rules. search_rule_error_test.cc has the invalid ones.
#include "processor/query/search/search_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/query/search/search_terms.h"
#include "processor/rules/language/parser.h"
#include "processor/rules/language/printer.h"

namespace leadpulse::query::search_rule_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kDefinitions[] = R"(
tenants:
  acme:
    strict_fields: true
    fields: {last_name: text, industry: text, city: text, zip: text, website: text, company_size: number, vip: boolean,
             renewal: date, "Größe": text, "in": text, company_name: number, note: text, job_title: text}
    topics: [{id: news, name: Newsletter}]
    tiers: [{name: all}]
    segments:
      - {id: openers, name: Opened a mail, rule: 'opens > 0'}
      - {id: Hot, name: Twice, rule: 'opens > 1'}
      - {id: big, name: Twice, rule: 'company_size > 5'}
  words:
    fields: {}
    tiers: [{name: all}]
  people:
    strict_fields: true
    fields: {first_name: text, last_name: text, tag: text, segment: text, first-visit: date, a_b: text, ab: text}
    tiers: [{name: all}]
)";

const config::TenantDefinitions& Tenant(std::string_view tenant) {
  static const config::LoadedDefinitions loaded = config::LoadDefinitions(kDefinitions);
  EXPECT_TRUE(loaded.definitions != nullptr) << loaded.errors.front().message;
  return loaded.definitions->For(tenant);
}

UnderstoodSearch Understood(std::string_view search, std::string_view tenant = "acme") {
  Result<UnderstoodSearch> result = RuleOfSearch(search, Tenant(tenant));
  EXPECT_TRUE(result.ok()) << result.status().message();
  return result.ok() ? *std::move(result) : UnderstoodSearch{};
}

struct Row {
  std::string search;
  std::string rule;
};

// Returns the rule of words.
std::string Worded(const std::string& text) { return "HAS WORDS \"" + text + "\""; }

// Checks that the rule is in the normal form of the rule language.
void ExpectNormal(const std::string& rule) {
  const auto parsed = rules::ParseRule(rule);
  const auto* error = std::get_if<rules::RuleError>(&parsed);
  ASSERT_EQ(error, nullptr) << rules::RenderRuleError(rule, *error);
  EXPECT_EQ(rules::PrintNode(*std::get<rules::Rule>(parsed).root), rule);
}

void ExpectRules(const std::vector<Row>& rows, std::string_view tenant = "acme") {
  for (const auto& [search, rule] : rows) {
    const UnderstoodSearch understood = Understood(search, tenant);
    EXPECT_EQ(understood.rule, rule) << search;
    EXPECT_THAT(understood.warnings, IsEmpty()) << search;
    ExpectNormal(rule);
  }
}

TEST(SearchRuleTest, TermsMustAllHold) {
  ExpectRules({
      {"industry:SaaS score>5", "industry HAS WORDS \"SaaS\" AND score > 5"},
      {"industry:SaaS score>5 -tag:cold city:Berlin,Hamburg",
       "industry HAS WORDS \"SaaS\" AND score > 5 AND NOT HAS TAG \"cold\" AND "
       "(city HAS WORDS \"Berlin\" OR city HAS WORDS \"Hamburg\")"},
      {"  \t industry:SaaS \n\r\n  city:Berlin ", "industry HAS WORDS \"SaaS\" AND city HAS WORDS \"Berlin\""},
      {"industry:SaaS\u00A0city:Berlin\u3000zip:1\u202Fzip:2",
       "industry HAS WORDS \"SaaS\" AND city HAS WORDS \"Berlin\" AND zip HAS WORDS \"1\" AND zip HAS WORDS \"2\""},
      {"city:Berlin smith", "city HAS WORDS \"Berlin\" AND " + Worded("smith")},
  });
}

TEST(SearchRuleTest, FieldsCompare) {
  ExpectRules({
      {"score>5", "score > 5"},
      {"score>=5", "score >= 5"},
      {"score<5", "score < 5"},
      {"score<=-5.50", "score <= -5.5"},
      {"score:5", "score = 5"},
      {"score=5", "score = 5"},
      {"score!=5", "score != 5"},
      {"score:>5", "score > 5"},
      {"score:<=5", "score <= 5"},
      {"score:5,7", "score IN (5, 7)"},
      {"-score>5", "NOT score > 5"},
      {"-score!=5", "score = 5"},
      {"opens:0", "opens = 0"},
      {"company_size:\"250\"", "company_size = 250"},
      {"industry!=SaaS", "industry IS NOT \"SaaS\""},
      {"-industry=SaaS", "industry IS NOT \"SaaS\""},
      {"city!=Berlin,Hamburg", "city NOT IN (\"Berlin\", \"Hamburg\")"},
      {"-city=Berlin,Hamburg", "city NOT IN (\"Berlin\", \"Hamburg\")"},
      {"vip:true", "vip IS true"},
      {"vip:No", "vip IS false"},
      {"-sendable:yes", "sendable IS NOT true"},
      {"status:unsubscribed", "status IS \"unsubscribed\""},
  });
}

TEST(SearchRuleTest, ATextIsComparedAsText) {
  ExpectRules({
      {"zip=01234", "zip IS \"01234\""},
      {"zip=true,2026-01-01", "zip IN (\"true\", \"2026-01-01\")"},
      {"note=10:30", "note IS \"10:30\""},
      {"note=a=b>c", "note IS \"a=b>c\""},
      {"website=https://acme.com/a?b=c&d>e#f", "website IS \"https://acme.com/a?b=c&d>e#f\""},
      {"email:jane.doe+x@acme.com", "email IS \"jane.doe+x@acme.com\""},
      {"email:jane@bücher.example", "email IS \"jane@xn--bcher-kva.example\""},
      {"email:*@Bücher.example", "email ENDS WITH \"@xn--bcher-kva.example\""},
      {"city=\"New York\"", "city IS \"New York\""},
      {"city=New\" \"York", "city IS \"New York\""},
      {"city=\"a,b\",c", "city IN (\"a,b\", \"c\")"},
      {"note=\"say \\\"hi\\\"\"", "note IS \"say \\\"hi\\\"\""},
      {"note=5\\\"", "note IS \"5\\\"\""},
      {"note=C:\\temp\\\\x", "note IS \"C:\\\\temp\\\\x\""},
      {"note=👩‍🚀,東京,Ωmega", "note IN (\"👩‍🚀\", \"東京\", \"Ωmega\")"},
      {"note=-5", "note IS \"-5\""},
      {"note=`x`", "note IS \"`x`\""},
      {"note=\"*\"", "note IS \"*\""},
  });
}

// `:` looks for words, as the same text without a field does.
TEST(SearchRuleTest, AColonLooksForWordsOfAnAttribute) {
  ExpectRules({
      {"city:sao", "city HAS WORDS \"sao\""},
      {"-city:sao", "city NOT HAS WORDS \"sao\""},
      {"city:\"New York\"", "city HAS WORDS \"New York\""},
      {"city:New*", "city HAS WORDS \"New\""},
      {"city:\"Zu\u0308rich\"", "city HAS WORDS \"Zürich\""},
      {"city:Bern,*burg,=x", "city HAS WORDS \"Bern\" OR city ENDS WITH \"burg\" OR city HAS WORDS \"=x\""},
      {"-city:Bern,Chur", "NOT (city HAS WORDS \"Bern\" OR city HAS WORDS \"Chur\")"},
      {"zip:01234", "zip HAS WORDS \"01234\""},
      {"zip:true,2026-01-01", "zip HAS WORDS \"true\" OR zip HAS WORDS \"2026-01-01\""},
      {"note:10:30", "note HAS WORDS \"10:30\""},
      {"note:\"say \\\"hi\\\"\"", "note HAS WORDS \"say \\\"hi\\\"\""},
      {"note:&,\"*\"", "note CONTAINS \"&\" OR note CONTAINS \"*\""},
      {"email:jane", "email HAS WORDS \"jane\""},
      {"email:jane@", "email HAS WORDS \"jane@\""},
      {"email:@Bücher.example", "email HAS WORDS \"@xn--bcher-kva.example\""},
      {"email:jane@acme.com,bob", "email IS \"jane@acme.com\" OR email HAS WORDS \"bob\""},
      {"email:jane@ac*", "email STARTS WITH \"jane@ac\""},
      // Names of what a lead is in, and of its states, are whole.
      {"tag:caf stage:new agent:b", "HAS TAG \"caf\" AND stage IS \"new\" AND agent IS \"b\""},
  });
}

TEST(SearchRuleTest, AnyNoneAndPartsOfAText) {
  ExpectRules({
      {"industry:", "industry IS SET"},
      {"industry:*", "industry IS SET"},
      {"-industry:*", "industry IS NOT SET"},
      {"-industry:", "industry IS NOT SET"},
      {"industry!=*", "industry IS NOT SET"},
      {"industry=Sa*", "industry STARTS WITH \"Sa\""},
      {"-industry=Sa*", "industry NOT STARTS WITH \"Sa\""},
      {"industry:*aS", "industry ENDS WITH \"aS\""},
      {"industry:*aa*", "industry CONTAINS \"aa\""},
      {"industry=\"Sa as\"*", "industry STARTS WITH \"Sa as\""},
      {"industry=IT,Sa*", "industry IS \"IT\" OR industry STARTS WITH \"Sa\""},
      {"-industry=Sa*,IT,X", "NOT (industry IN (\"IT\", \"X\") OR industry STARTS WITH \"Sa\")"},
      {"tags:", "tags IS SET"},
      {"tag:col*", "tags STARTS WITH \"col\""},
      {"renewal:*", "renewal IS SET"},
      {"-agent:", "agent IS NOT SET"},
  });
}

TEST(SearchRuleTest, Memberships) {
  ExpectRules({
      {"tag:cold", "HAS TAG \"cold\""},
      {"TAGS:cold", "HAS TAG \"cold\""},
      {"tag!=cold", "NOT HAS TAG \"cold\""},
      {"tag:cold,\"very hot\"", "tags IN (\"cold\", \"very hot\")"},
      {"-tag:a,b", "tags NOT IN (\"a\", \"b\")"},
      {"tag:5", "HAS TAG \"5\""},
      {"list:vips", "IN LIST \"vips\""},
      {"lists:a,b", "lists IN (\"a\", \"b\")"},
      {"campaign:spring", "IN CAMPAIGN \"spring\""},
      {"segment:openers", "IN SEGMENT \"openers\""},
      {"segments:OPENERS,hot", "IN SEGMENT \"openers\" OR IN SEGMENT \"Hot\""},
      {"-segment:\"opened A mail\"", "NOT IN SEGMENT \"openers\""},
      {"consent:newsletter", "HAS CONSENT \"newsletter\""},
      {"-consent:a,b", "NOT (HAS CONSENT \"a\" OR HAS CONSENT \"b\")"},
      {"city:a segment:big,openers", "city HAS WORDS \"a\" AND (IN SEGMENT \"big\" OR IN SEGMENT \"openers\")"},
  });
}

TEST(SearchRuleTest, DaysCompareAsDates) {
  ExpectRules({
      {"created>2026-01-01", "created >= \"2026-01-02\""},
      {"created>=2026-01-01", "created >= \"2026-01-01\""},
      {"created<2026-01-01", "created < \"2026-01-01\""},
      {"created<=2026-12-31", "created < \"2027-01-01\""},
      {"created<=2026-02-28", "created < \"2026-03-01\""},
      {"created:2026-01-01", "created ON \"2026-01-01\""},
      {"created:2026-01-01,yesterday", "created ON \"2026-01-01\" OR created ON YESTERDAY"},
      {"-renewal:today", "renewal NOT ON TODAY"},
      {"renewal<Today", "renewal BEFORE TODAY"},
      {"renewal<=today", "renewal BEFORE TODAY OR renewal ON TODAY"},
      {"renewal>=tomorrow", "renewal AFTER TOMORROW OR renewal ON TOMORROW"},
      {"renewal>today", "renewal AFTER TODAY AND renewal NOT ON TODAY"},
      {"renewal>9999-12-31", "renewal AFTER \"9999-12-31\" AND renewal NOT ON \"9999-12-31\""},
      {"created>2026-01-01T10:00:00Z", "created > \"2026-01-01T10:00:00Z\""},
      {"created:2026-01-01T10:00:00Z", "created IS \"2026-01-01T10:00:00Z\""},
      {"created:this-week", "created IN THIS WEEK"},
      {"-created:\"last month\"", "created NOT IN LAST MONTH"},
      {"renewal:NEXT_YEAR", "renewal IN NEXT YEAR"},
  });
}

TEST(SearchRuleTest, Ages) {
  ExpectRules({
      {"opened<30d", "last_opened < 30 DAYS AGO"},
      {"last_opened>2w", "last_opened > 2 WEEKS AGO"},
      {"clicked<=90m", "last_clicked <= 90 MINUTES AGO"},
      {"visited>=\"3 hours\"", "last_visited >= 3 HOURS AGO"},
      {"-engaged<30d", "NOT last_engaged < 30 DAYS AGO"},
      {"renewal<+30d", "renewal < 30 DAYS FROM NOW"},
  });
}

TEST(SearchRuleTest, NamesOfFields) {
  ExpectRules({
      {"lead_score>5", "score > 5"},
      {"\"Lead Score\">5", "score > 5"},
      {"LEAD__SCORE>5", "score > 5"},
      {"`Company Size`>5", "company_size > 5"},
      {"companySize>5", "company_size > 5"},
      {"company-size>5", "company_size > 5"},
      {"employees>5", "company_size > 5"},
      {"company:5", "company_name = 5"},
      {"surname:Doe", "last_name HAS WORDS \"Doe\""},
      {"title:CEO", "job_title HAS WORDS \"CEO\""},
      {"e-mail:*@acme.com", "email ENDS WITH \"@acme.com\""},
      {"mail:", "email IS SET"},
      {"owner:bob", "agent IS \"bob\""},
      {"GRÖßE:5", "`größe` HAS WORDS \"5\""},
      {"in:x", "`in` HAS WORDS \"x\""},
      {"doNotContact:true", "do_not_contact IS true"},
  });
  // The tenant's own fields come before the words of searches, and a name in backquotes is no such word.
  ExpectRules({{"tag:x", "tag HAS WORDS \"x\""},
               {"tags:x", "HAS TAG \"x\""},
               {"segment:x", "segment HAS WORDS \"x\""},
               {"firstVisit<3d", "first-visit < 3 DAYS AGO"},
               {"a_b:1", "a_b HAS WORDS \"1\""},
               {"ab:1", "ab HAS WORDS \"1\""}},
              "people");
}

TEST(SearchRuleTest, WordsLookIntoAllTexts) {
  ExpectRules({
      {"acme", Worded("acme")},
      {"acme*", Worded("acme")},
      {"-acme", "NOT " + Worded("acme")},
      {"Doe,Roe", Worded("Doe") + " OR " + Worded("Roe")},
      {"Doe, Jane", Worded("Doe") + " AND " + Worded("Jane")},
      {"Müller & Co", Worded("Müller") + " AND (last_name CONTAINS \"&\" OR email CONTAINS \"&\") AND " + Worded("Co")},
      {"\"Jane Doe\"", Worded("Jane Doe")},
      {"\" padded \"", Worded("padded")},
      {"\"a:b,c\"", Worded("a:b,c")},
      {"O'Brien", Worded("O'Brien")},
      {"O’Brien", Worded("O’Brien")},
      {"R&D", Worded("R&D")},
      {"really!", Worded("really!")},
      {"Jürgen東京", Worded("Jürgen東京")},
      {"(x", Worded("(x")},
      {"\"OR\"", Worded("OR")},
      {"https://acme.com/a:b?c=d,e", Worded("https://acme.com/a:b?c=d,e")},
      {"a\"or 1=1\"", Worded("aor 1=1")},
      {"\"x\\\" OR score > 0 OR \\\"\"", Worded("x\\\" OR score > 0 OR \\\"")},
  });
}

TEST(SearchRuleTest, AStarOrASignIsLookedForInNamesAndAddresses) {
  ExpectRules({
      {"*acme", "last_name CONTAINS \"acme\" OR email CONTAINS \"acme\""},
      {"🙂", "last_name CONTAINS \"🙂\" OR email CONTAINS \"🙂\""},
  });
  const UnderstoodSearch understood = Understood("*acme", "words");
  for (const char* name : {"first_name", "last_name", "full_name", "name", "company_name", "company", "email"}) {
    EXPECT_THAT(understood.rule, HasSubstr(std::string(name) + " CONTAINS \"acme\""));
  }
  EXPECT_THAT(understood.rule, Not(HasSubstr("phone")));
  EXPECT_THAT(understood.warnings, IsEmpty());
  EXPECT_THAT(Understood("*555", "words").rule, HasSubstr("phone CONTAINS \"555\""));
}

TEST(SearchRuleTest, APhoneNumberMayHaveSpaces) {
  ExpectRules({
      {"+49 151 234", Worded("+49 151 234")},
      {"0151 234/567", Worded("0151 234/567")},
      {"(030) 12 34 acme", Worded("(030) 12 34") + " AND " + Worded("acme")},
      {"acme 0151 234", Worded("acme") + " AND " + Worded("0151 234")},
      {"12 34", Worded("12") + " AND " + Worded("34")},
      {"12 345 zip:7 89", Worded("12 345") + " AND zip HAS WORDS \"7\" AND " + Worded("89")},
      {"0151 -234", Worded("0151") + " AND NOT " + Worded("234")},
      {"\"0151\" 234", Worded("0151") + " AND " + Worded("234")},
  });
}

TEST(SearchRuleTest, WordsWithAnAtSignLookForAddresses) {
  ExpectRules({
      {"jane@acme.com", "email STARTS WITH \"jane@acme.com\""},
      {"jane@", "email STARTS WITH \"jane@\""},
      {"Jane@Bücher.example", "email STARTS WITH \"jane@xn--bcher-kva.example\""},
      {"@BÜCHER.example", "email CONTAINS \"@xn--bcher-kva.example\""},
      {"Jane@ACME.com", "email STARTS WITH \"Jane@ACME.com\""},
      {"@acme.com", "email CONTAINS \"@acme.com\""},
      {"*ne@acme", "email CONTAINS \"ne@acme\""},
      {"-jane@acme.com,bob@acme.com",
       "NOT (email STARTS WITH \"jane@acme.com\" OR email STARTS WITH \"bob@acme.com\")"},
  });
}

TEST(SearchRuleTest, AnUndeclaredAttributeMayHoldAnything) {
  const std::vector<Row> rows = {
      {"rank:10", "rank = 10"},
      {"rank=\"10\"", "rank IS \"10\""},
      {"rank>10", "rank > 10"},
      {"rank:1,x", "rank = 1 OR rank HAS WORDS \"x\""},
      {"rank=1,x", "rank IN (1, \"x\")"},
      {"vip=True", "vip IN (true, \"True\")"},
      {"-vip:true", "NOT (vip IS true OR vip HAS WORDS \"true\")"},
      {"since:2026-03-10", "since ON \"2026-03-10\""},
      {"since=\"2026-03-10\"", "since IS \"2026-03-10\""},
      {"since:\"2026-03-10\"", "since HAS WORDS \"2026-03-10\""},
      {"since<30d", "since < 30 DAYS AGO"},
      {"since>2026-03-10", "since >= \"2026-03-11\""},
      {"since=today", "since IS \"today\""},
      {"Pet_Name:Rex*", "pet_name HAS WORDS \"Rex\""},
      {"phone:0151234", "phone = 151234 OR phone HAS WORDS \"0151234\""},
      {"phone:+49151", "phone HAS WORDS \"+49151\""},
  };
  for (const auto& [search, rule] : rows) {
    const UnderstoodSearch understood = Understood(search, "words");
    EXPECT_EQ(understood.rule, rule);
    EXPECT_EQ(understood.warnings.size(), 1U) << search;
    ExpectNormal(rule);
  }
}

TEST(SearchRuleTest, WarnsWhereANameIsNotDeclared) {
  EXPECT_THAT(
      Understood("acme -lst_name:x", "words").warnings,
      ElementsAre(
          "line 1, column 7: the field \"lst_name\" is not declared under fields (declare it, or check how it is "
          "spelled)\nacme -lst_name:x\n      ^"));
  EXPECT_THAT(Understood("scor>1 score>2", "words").warnings, ElementsAre(HasSubstr("did you mean \"score\"?")));
}

TEST(SearchRuleTest, WarnsOfOperatorsOfRules) {
  const UnderstoodSearch understood = Understood("zip:1 OR zip:2");
  EXPECT_EQ(understood.rule, "zip HAS WORDS \"1\" AND " + Worded("OR") + " AND zip HAS WORDS \"2\"");
  EXPECT_THAT(
      understood.warnings,
      ElementsAre("line 1, column 7: \"OR\" is searched for as a word (terms side by side must all hold, a,b is "
                  "either, - is not; a rule may say more)\nzip:1 OR zip:2\n      ^"));
  EXPECT_THAT(Understood("or and").warnings, IsEmpty());
}

TEST(SearchRuleTest, AnEmptySearchHasNoRule) {
  for (const char* search : {"", " ", "\t\n\u3000"}) {
    EXPECT_EQ(Understood(search).rule, "");
    EXPECT_TRUE(CheckSearchSyntax(search).ok());
  }
}

TEST(SearchRuleTest, TakesTheMostTermsAndBytes) {
  std::string search;
  for (size_t i = 0; i < kMaxSearchTerms; ++i) search += "zip:1 ";
  EXPECT_TRUE(CheckSearchSyntax(search).ok());
  ExpectNormal(Understood(search).rule);
  const std::string full = "note:" + std::string(kMaxSearchBytes - 5, 'x');
  EXPECT_EQ(Understood(full).rule, "note HAS WORDS \"" + full.substr(5) + "\"");
}

}  // namespace leadpulse::query::search_rule_test
