// The shapes of exports of other products, with people who do not exist: names of columns, forms of numbers, days and
// addresses as these products write them. Each is imported without an option, or asks one question.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "processor/base/text.h"
#include "processor/importing/importer.h"
#include "tests/unit/importing/imported_rows.h"

namespace leadpulse::importing::import_products_test {

using ::testing::ElementsAre;

struct Export {
  const char* product;
  std::string text;
  // Parts of what the rows become: the address and what is set, with what is said against mail; or of the question.
  const char* rows;
};

std::string NameOf(const Option& option) {
  return Concat({"[", option.name, " ", option.column, "=", option.meaning, "]"});
}

const config::TenantDefinitions& Definitions() {
  static const config::TenantDefinitions definitions = [] {
    config::TenantDefinitions made;
    for (const char* name : {"company_size", "annual_revenue", "amount", "total_spent", "total_spend", "member_rating",
                             "score", "orders", "annualrevenue", "rating", "amount_spent", "deal_value"}) {
      made.fields[name] = FieldType::kNumber;
    }
    for (const char* name : {"birthday", "connected_on", "last_purchase", "close_date"})
      made.fields[name] = FieldType::kDay;
    for (const char* name : {"create_date", "created_at", "created_date", "added_at", "signed_up", "subscribed_at",
                             "created_(utc)", "date_added"}) {
      made.fields[name] = FieldType::kDate;
    }
    return made;
  }();
  return definitions;
}

// Takes the answer that a question names first.
void Answer(const Option& remedy, ImportOptions* options) {
  if (remedy.name == "map") {
    options->map.emplace_back(remedy.column, remedy.meaning);
  } else if (remedy.name == "date_formats") {
    options->date_formats.emplace_back(remedy.column, remedy.meaning);
  } else if (remedy.name == "number_formats") {
    options->number_formats.emplace_back(remedy.column, remedy.meaning);
  } else {
    ADD_FAILURE() << remedy.name;
  }
}

// Checks that there is one question, and none after its answer.
void ExpectOneQuestion(const std::string& text, const Problem& question, ImportOptions options) {
  EXPECT_TRUE(question.others.empty()) << question.others.front().what;
  Answer(question.remedy, &options);
  const auto importer = Importer::Open(FromText(text), {}, *ParseRfc3339("2027-01-01T00:00:00Z"));
  const auto again = (*importer)->Plan(options);
  EXPECT_FALSE(again) << again->what;
}

// Returns what each row becomes, in a line each, or the question.
std::string RowsOf(const std::string& text) {
  ImportOptions options = Contacts();
  options.definitions = &Definitions();
  options.times.zone = absl::UTCTimeZone();
  const auto importer = Importer::Open(FromText(text), {}, *ParseRfc3339("2027-01-01T00:00:00Z"));
  if (!importer.ok()) return importer.status().message();
  if (const auto problem = (*importer)->Plan(options)) {
    ExpectOneQuestion(text, *problem, options);
    return "? " + InWords(*problem, NameOf);
  }
  std::string said;
  for (;;) {
    const Result<const ImportedRow*> row = (*importer)->Next();
    if (!row.ok()) return row.status().message();
    if (*row == nullptr) return said;
    if ((*row)->wrong) return "wrong: " + (*row)->wrong->problem.what;
    std::string lead;
    for (const codec::Record& record : (*row)->records) {
      const auto* command = std::get_if<codec::Command>(&record);
      if (lead.empty()) said += lead = std::visit([](const auto& each) { return each.key.lead; }, record);
      if (command == nullptr) {
        said += Concat({" ", EventTypeName(std::get<codec::Event>(record).type)});
        continue;
      }
      if (const auto* update = command->actions.Find<codec::UpdateProfile>()) {
        for (const auto& [name, value] : update->set) said += Concat({" ", name, "=", ValueToJson(value)});
      }
      if (const auto* edit = command->actions.Find<codec::EditTags>()) said += Concat({" tags=", Join(edit->add, "|")});
      if (const auto* edit = command->actions.Find<codec::EditLists>())
        said += Concat({" lists=", Join(edit->add, "|")});
      if (command->actions.Find<codec::SetDoNotContact>() != nullptr) said += " do_not_contact";
    }
    said += '\n';
  }
}

// Whether the text holds all parts of `wanted`, which are separated by ` | `.
bool Holds(std::string_view said, std::string_view wanted) {
  while (!wanted.empty()) {
    const size_t end = std::min(wanted.find(" | "), wanted.size());
    if (said.find(wanted.substr(0, end)) == std::string_view::npos) return false;
    wanted.remove_prefix(std::min(end + 3, wanted.size()));
  }
  return true;
}

const Export kExports[] = {
    {"HubSpot contacts",
     "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Lead Status,Create Date,Unsubscribed from all "
     "email\n"
     "51,Ann,Ada,ann@example.com,(555) 010-0199,,NEW,2026-01-05 10:15,false\n52,Bob,Ba,bob@example.com,,,,2026-02-05 "
     "09:00,true\n",
     "ann@example.com | create_date=\"2026-01-05T10:15:00Z\" | first_name=\"Ann\" | phone=\"(555) 010-0199\" | "
     "email=\"true\" unsubscribe"},
    {"HubSpot contacts with further addresses",
     "Email,Additional email addresses,Annual "
     "Revenue\nann@example.com,ann2@example.com;ann3@example.com,\"1,250,000\"\n",
     "ann@example.com | additional_email_addresses=\"ann2@example.com;ann3@example.com\" | annual_revenue=1250000"},
    {"Salesforce leads",
     "\"First Name\",\"Last Name\",\"Company / Account\",\"Email\",\"Lead Source\",\"Annual Revenue\",\"Created "
     "Date\"\n"
     "\"Ann\",\"Ada\",\"Example\",\"ann@example.com\",\"Web\",\"1,200,000.00\",\"1/31/2026\"\n",
     "ann@example.com | annual_revenue=1200000.00 | created_date=\"2026-01-31\" | source=\"Web\""},
    {"Salesforce report with title rows",
     "\"All leads\"\n\"As of 2026-03-01 09:00\"\n\n\"First Name\",\"Email\",\"Email Opt "
     "Out\"\n\"Ann\",\"ann@example.com\",\"0\"\n"
     "\"Bob\",\"bob@example.com\",\"1\"\n",
     "ann@example.com | first_name=\"Ann\" | first_name=\"Bob\" unsubscribe"},
    {"Salesforce leads in Germany",
     "\"Vorname\";\"Nachname\";\"E-Mail\";\"Annual "
     "Revenue\";\"Birthday\"\n\"Ann\";\"Ada\";\"ann@example.com\";\"1.200.000,00\";\"10.12.1985\"\n",
     "ann@example.com | annual_revenue=1200000.00 | birthday=\"1985-12-10\""},
    {"Salesforce leads, days that tell nothing", "First Name,Email,Birthday\nAnn,ann@example.com,1/2/1985\n",
     "? Birthday: all cells fit DD/MM/YYYY | MM/DD/YYYY (1/2/1985 is 1985-01-02)"},
    {"Pipedrive people",
     "Person - ID,Person - Name,Person - Email - Work,Person - Email - Home,Person - Phone - Work,Person - Marketing "
     "status\n"
     "7,Ann Ada,ann@example.com,ann@home.example,+1 555 0100,Subscribed\n8,Bob,bob@example.com,,,Unsubscribed\n",
     "ann@example.com | person_-_email_-_home=\"ann@home.example\" | name=\"Bob\" unsubscribe"},
    {"Pipedrive deals",
     "Deal - Title,Person - Email,Deal value\nBig,ann@example.com,\"12,500\"\nSmall,bob@example.com,\"999.50\"\n",
     "ann@example.com | deal_value=12500"},
    {"Mailchimp audience",
     "\"Email Address\",\"First Name\",\"Last "
     "Name\",Birthday,MEMBER_RATING,OPTIN_TIME,TAGS\nann@example.com,Ann,Ada,12/10,2,"
     "\"2026-01-05 10:15:33\",\"\"\"vip\"\",\"\"fair, spring\"\"\"\n",
     "ann@example.com | birthday_text=\"12/10\" | member_rating=2 | tags=vip|fair, spring"},
    {"Mailchimp cleaned", "\"Email Address\",\"First Name\",CLEAN_TIME\nann@example.com,Ann,\"2026-01-05 10:15:33\"\n",
     "ann@example.com | bounce"},
    {"listmonk subscribers",
     "uuid,email,name,attributes,status,created_at,updated_at\n5f0c,ann@example.com,Ann,\"{\"\"city\"\": "
     "\"\"Bern\"\"}\",enabled,"
     "2026-01-05T10:15:33.123456Z,2026-01-05T10:15:33.123456Z\n60aa,bob@example.com,Bob,{},blocklisted,2026-01-05T10:"
     "15:33Z,"
     "2026-01-05T10:15:33Z\n",
     "ann@example.com | city=\"Bern\" | created_at=\"2026-01-05T10:15:33.123456Z\" | uuid=\"60aa\" do_not_contact"},
    {"Brevo contacts",
     "CONTACT ID;EMAIL;PRENOM;NOM;SMS;EMAIL_BLACKLISTED;ADDED_AT\n1;ann@example.com;Ann;Ada;;no;05-01-2026 "
     "10:15:33\n2;"
     "bob@example.com;Bob;;;yes;31-01-2026 10:15:33\n",
     "ann@example.com | added_at=\"2026-01-05T10:15:33Z\" | prenom=\"Bob\" do_not_contact"},
    {"Zoho CRM leads",
     "Record Id,Company,First Name,Last Name,Email,Secondary Email,Email Opt Out,Annual Revenue,Created Time\n"
     "zcrm_1,Example,Ann,Ada,ann@example.com,second@example.com,false,\"$ 1,250.00\",2026-01-05 10:15:33\n",
     "ann@example.com | annual_revenue=1250.00 | secondary_email=\"second@example.com\""},
    {"Google Contacts",
     "First Name,Middle Name,Last Name,Birthday,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - "
     "Label,E-mail 2 - "
     "Value,Phone 1 - Value\nAnn,,Ada,1985-12-10,,* myContacts,* Work,ann@example.com,Home,ann@home.example,+1 555 "
     "0100\n",
     "ann@example.com | birthday=\"1985-12-10\" | first_name=\"Ann\" | tags=* myContacts"},
    {"Google Contacts, birthdays without a year", "Name,Birthday,E-mail 1 - Value\nAnn, --12-10,ann@example.com\n",
     "ann@example.com | birthday_text=\"--12-10\""},
    {"Google Contacts, several addresses in a cell",
     "Name,E-mail 1 - Value\nAnn,ann@example.com ::: ann@home.example\nBob,bob@example.com\n",
     "ann@example.com name=\"Ann\""},
    {"Google Contacts, several values in a cell",
     "Name,Labels,Notes,E-mail 1 - Value,Phone 1 - Value\nAnn,* myContacts ::: Spring fair,a ::: b,ann@example.com,+1 "
     "555 "
     "0100 ::: +1 555 0101\n",
     "notes=\"a ::: b\" phone_1_-_value=\"+1 555 0100\" tags=* myContacts|Spring fair"},
    {"Outlook",
     "Title,First Name,Last Name,Company,Business Phone,E-mail Address,E-mail 2 Address,Birthday\n,Ann,Ada,Example,,"
     "ann@example.com,,0/0/00\n,Bob,Ba,Example,,bob@example.com,,12/31/1985\n",
     "ann@example.com company_name=\"Example\" first_name=\"Ann\" last_name=\"Ada\""},
    {"Outlook, as it exports contacts",
     "First Name,Last Name,Title,E-mail Address,Company,Job Title,Anniversary,Birthday\nAnn,Ada,Dr,ann@example.com,"
     "Example,CTO,0/0/00,12/31/1985\n",
     "ann@example.com | job_title=\"CTO\" | title=\"Dr\" | birthday=\"1985-12-31\""},
    {"Outlook in Germany",
     "\"Anrede\",\"Vorname\",\"Nachname\",\"Firma\",\"E-Mail-Adresse\",\"Birthday\"\n\"\",\"Ann\",\"Ada\","
     "\"Example\",\"ann@example.com\",\"10.12.1985\"\n",
     "ann@example.com | birthday=\"1985-12-10\" | company_name=\"Example\" | first_name=\"Ann\""},
    {"Mautic contacts",
     "id,title,firstname,lastname,company,position,email,phone,points,date_added\n1,,Ann,Ada,Example,CTO,ann@example."
     "com,,7,"
     "2026-01-05 10:15:33\n",
     "? the columns `title` and `position` would both be attribute job_title"},
    {"ActiveCampaign contacts",
     "\"ID\",\"Email\",\"First Name\",\"Last Name\",\"Phone\",\"Status\",\"Date "
     "Added\",\"Tags\"\n\"1\",\"ann@example.com\",\"Ann\",\"Ada\",\"\",\"Active\","
     "\"2026-01-05 10:15:33\",\"vip,fair\"\n\"2\",\"bob@example.com\",\"\",\"\",\"\",\"Unsubscribed\",\"2026-01-05 "
     "10:15:33\",\"\"\n",
     "ann@example.com | date_added=\"2026-01-05T10:15:33Z\" | tags=vip|fair | status=\"Unsubscribed\" unsubscribe"},
    {"Klaviyo profiles",
     "Email,Klaviyo ID,First Name,Last Name,Email Marketing Consent,Email Suppressions,Date "
     "Added\nann@example.com,01H,Ann,Ada,"
     "SUBSCRIBED,[],2026-01-05 10:15:33\nbob@example.com,01J,Bob,,NEVER_SUBSCRIBED,[],2026-01-05 10:15:33\n",
     "ann@example.com | first_name=\"Ann\" | klaviyo_id=\"01J\" unsubscribe"},
    {"Intercom users",
     "Name,Email,Unsubscribed from Emails,Signed up,Last seen\nAnn,ann@example.com,false,2026-01-05 10:15:33 UTC,\n",
     "ann@example.com | signed_up=\"2026-01-05T10:15:33Z\""},
    {"Intercom users, times in seconds", "name,email,created_at\nAnn,ann@example.com,1767608133\n",
     "ann@example.com | created_at=\"2026-01-05T10:15:33Z\""},
    {"Close leads",
     "id,display_name,primary_contact_name,primary_contact_primary_email,primary_contact_primary_phone,status_"
     "label\nlead_1,"
     "Example,Ann,ann@example.com,,Potential\n",
     "ann@example.com | display_name=\"Example\""},
    {"Freshsales contacts",
     "First name,Last name,Work email,Job title,Annual revenue,Subscription "
     "status\nAnn,Ada,ann@example.com,CTO,10000,Subscribed\n",
     "ann@example.com | annual_revenue=10000 | job_title=\"CTO\""},
    {"Copper people",
     "Copper ID,Name,Company,Work Email,Personal Email,Other Email,Close "
     "Date\n1,Ann,Example,ann@example.com,ann@home.example,,"
     "12/31/2026\n",
     "ann@example.com | close_date=\"2026-12-31\" | personal_email=\"ann@home.example\""},
    {"Constant Contact",
     "Email address,First name,Last name,Email status,Email permission status,Email update source,Birthday month\n"
     "ann@example.com,Ann,Ada,Active,Express,,12\nbob@example.com,,,Unsubscribed,Express,,\n",
     "ann@example.com | first_name=\"Ann\" | email_status=\"Unsubscribed\" unsubscribe"},
    {"GetResponse contacts", "name,email,created_at,origin\nAnn,ann@example.com,2026-01-05T10:15:33+0000,panel\n",
     "ann@example.com | created_at=\"2026-01-05T10:15:33Z\""},
    {"MailerLite subscribers",
     "Subscriber,Subscribed,Location,Opens,Clicks,First name\nann@example.com,2026-01-05 10:15:33,Bern,3,1,Ann\n",
     "ann@example.com | first_name=\"Ann\""},
    {"Shopify customers",
     "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Total Spent,Total "
     "Orders,Tags\n'1,Ann,Ada,ann@example.com,"
     "yes,120.50,3,vip\n'2,Bob,,bob@example.com,no,0.00,0,\n",
     "ann@example.com | total_spent=120.50 | tags=vip | total_spent=0.00 unsubscribe"},
    {"WooCommerce customers",
     "Name,Username,Last Active,Sign Up,Email,Orders,Total "
     "Spend,Country\nAnn,ann,2026-01-05,2026-01-05,ann@example.com,3,\"1,120.50\",CH\n",
     "ann@example.com | orders=3 | total_spend=1120.50"},
    {"WooCommerce orders", "Order Number,Billing Email,Total Spent\n17,ann@example.com,CHF 1'120.50\n",
     "ann@example.com | total_spent=1120.50"},
    {"Stripe customers",
     "id,Description,Email,Name,Created (UTC),Delinquent,Card ID,Total Spend\ncus_1,,ann@example.com,Ann,2026-01-05 "
     "10:15,false,,"
     "1250.00\n",
     "ann@example.com | created_(utc)=\"2026-01-05T10:15:00Z\" | total_spend=1250.00"},
    {"Stripe in Europe", "id,Customer Email,Amount,Created (UTC)\nch_1,ann@example.com,\"12,50\",2026-01-05 10:15:33\n",
     "ann@example.com | amount=12.50"},
    {"Eventbrite attendees",
     "Order #,Order Date,First Name,Last Name,Email,Quantity,Ticket Type\n1,2026-01-05 "
     "10:15:33,Ann,Ada,ann@example.com,1,Free\n",
     "ann@example.com | first_name=\"Ann\""},
    {"Typeform responses",
     "#,What's your first name?,Where can we reach you?,Start Date (UTC),Submit Date "
     "(UTC)\nabc,Ann,ann@example.com,2026-01-05 "
     "10:15:33,2026-01-05 10:16:33\n",
     "ann@example.com"},
    {"Apollo people",
     "First Name,Last Name,Title,Company,Email,Email Status,# Employees,Industry,Secondary Email,Annual "
     "Revenue\nAnn,Ada,CTO,"
     "Example,ann@example.com,Verified,250,software,,12000000\n",
     "ann@example.com | annual_revenue=12000000 | company_size=250 | job_title=\"CTO\""},
    {"LinkedIn connections",
     "Notes:\n\"When exporting your connection data, you may notice that some of the email addresses are "
     "missing.\"\n\n"
     "First Name,Last Name,URL,Email Address,Company,Position,Connected On\nAnn,Ada,https://www.example.com/in/ann,"
     "ann@example.com,Example,CTO,05 Jan 2026\n",
     "ann@example.com | connected_on=\"2026-01-05\" | job_title=\"CTO\""},
    {"Lemlist leads", "email,firstName,lastName,companyName,status\nann@example.com,Ann,Ada,Example,emailsSent\n",
     "ann@example.com | company_name=\"Example\" | first_name=\"Ann\""},
    {"Sendinblue in France",
     "Adresse e-mail;Pr\u00e9nom;Birthday;Annual Revenue\nann@example.com;Ann;10/12/1985;1\u202f234,50 "
     "\u20ac\nbob@example.com;Bob;25/12/1990;\n",
     "ann@example.com | annual_revenue=1234.50 | birthday=\"1985-12-10\""},
    {"a newsletter in Spain", "Correo electr\u00f3nico;Nombre;Total Spent\nann@example.com;Ann;1.234,5\n",
     "ann@example.com | total_spent=1234.5"},
    {"a newsletter in Japan",
     "\u30e1\u30fc\u30eb\u30a2\u30c9\u30ec\u30b9,\u540d\u524d,Birthday\nann@example.com,Ann,1985/12/10\n",
     "ann@example.com | birthday=\"1985-12-10\""},
    {"a shop in Switzerland",
     "E-Mail;Name;Total Spent\nann@example.com;Ann;CHF 1'234.50\nbob@example.com;Bob;CHF 12.00\n",
     "ann@example.com | total_spent=1234.50"},
    {"a shop in India", "Email,Name,Total Spent\nann@example.com,Ann,\"\u20b912,34,567.00\"\n",
     "ann@example.com | total_spent=1234567.00"},
    {"an Excel sheet with serials", "Email,Birthday\nann@example.com,31391\nbob@example.com,33238\n",
     "ann@example.com | birthday=\"1985-12-10\""},
    {"an Excel sheet in Germany, thousands that tell nothing", "E-Mail;Annual Revenue\nann@example.com;1.200\n",
     "? Annual Revenue: all cells fit 1,234.5 (1.200 is 1.2), or 1.234,5 (1.200 is 1200)"},
    {"phpMyAdmin",
     "\"email\",\"name\",\"birthday\",\"score\"\n\"ann@example.com\",\"Ann\",\"0000-00-00\",NULL\n\"bob@example."
     "com\",\"Bob\",\"1985-12-10\",\"7\"\n",
     "ann@example.com name=\"Ann\""},
    {"a table of PostgreSQL", "email|birthday|score\nann@example.com|1985-12-10|7.25\nbob@example.com||\n",
     "ann@example.com | birthday=\"1985-12-10\" | score=7.25"},
    {"SurveyMonkey",
     "Respondent ID,Email Address,Custom Data 1,Created At\n1,ann@example.com,,01/31/2026 10:15:33 AM\n",
     "ann@example.com | created_at=\"2026-01-31T10:15:33Z\""},
    {"Webinar registrants",
     "Attendee Report\nReport Generated:,\"Jan 5, 2026 10:15 AM\"\nTopic,Webinar ID\nPricing,123\nFirst Name,Last "
     "Name,Email,Signed "
     "up\nAnn,Ada,ann@example.com,\"Jan 5, 2026 10:15:33\"\nBob,Ba,bob@example.com,\"Jan 6, 2026 10:15:33\"\n",
     "ann@example.com | signed_up=\"2026-01-05T10:15:33Z\""},
    {"Gravity Forms", "\"Name (First)\",\"Email (Required)\",\"Entry Id\"\n\"Ann\",\"ann@example.com\",\"7\"\n",
     "ann@example.com"},
    {"Thunderbird",
     "First Name,Last Name,Display Name,Nickname,Primary Email,Secondary Email\nAnn,Ada,Ann "
     "Ada,,ann@example.com,x@example.com\n",
     "ann@example.com | secondary_email=\"x@example.com\""},
    {"Kit subscribers",
     "first_name,email,status,created_at,tags\nAnn,ann@example.com,active,2026-01-05 10:15:33 UTC,\"vip, "
     "fair\"\nBob,bob@example.com,cancelled,2026-01-05 10:15:33 UTC,\n",
     "ann@example.com | created_at=\"2026-01-05T10:15:33Z\" | tags=vip|fair"},
    {"Kit subscribers who bounced", "first_name,email,status\nAnn,ann@example.com,bounced\n",
     "ann@example.com | bounce"},
    {"Substack subscribers",
     "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at\nann@example.com,false,,other,"
     "false,2026-01-05T10:15:33.000Z,\nbob@example.com,true,2027-01-05T10:15:33.000Z,yearly,true,2026-01-05T10:15:33."
     "000Z,2026-01-05T10:15:33.000Z\n",
     "ann@example.com | created_at=\"2026-01-05T10:15:33.000Z\" | plan=\"other\" | plan=\"yearly\" unsubscribe"},
    {"Ghost members",
     "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,"
     "tiers\n5f,ann@example.com,Ann,,true,false,,2026-01-05T10:15:33.000Z,,\"vip,fair\",\n60,bob@example.com,Bob,,"
     "false,false,,2026-01-05T10:15:33.000Z,,,\n",
     "ann@example.com | created_at=\"2026-01-05T10:15:33.000Z\" | tags=vip|fair | subscribed_to_emails=\"false\" "
     "unsubscribe"},
    {"Ghost members who left", "email,name,subscribed_to_emails\nbob@example.com,Bob,false\n",
     "bob@example.com name=\"Bob\" subscribed_to_emails=\"false\" unsubscribe"},
    {"Beehiiv subscribers",
     "email,status,tier,created_at,utm_source,utm_medium\nann@example.com,active,free,2026-01-05T10:15:33Z,web,\nbob@"
     "example.com,inactive,free,2026-01-05T10:15:33Z,,\n",
     "ann@example.com | utm_source=\"web\""},
    {"Campaign Monitor, active subscribers",
     "Email Address,Name,Date Subscribed,Company\nann@example.com,Ann,2026-01-05 10:15,Example\n",
     "ann@example.com | company_name=\"Example\""},
    {"Campaign Monitor, all states",
     "Email Address,Name,State,Date\nann@example.com,Ann,Active,2026-01-05\nbob@example.com,Bob,Bounced,2026-01-05\n",
     "ann@example.com | state=\"Active\" | state=\"Bounced\" bounce"},
    {"Drip people",
     "email,status,id,visitor_uuid,time_zone,tags,created_at,lifetime_value\nann@example.com,active,1,2f,UTC,\"vip,"
     "fair\",2026-01-05T10:15:33Z,1250\n",
     "ann@example.com | tags=vip|fair"},
    {"Omnisend contacts",
     "Email,First name,Last name,Email status,Email status "
     "date,Phone,Birthdate,Tags\nann@example.com,Ann,Ada,Subscribed,2026-01-05T10:15:33Z,,1985-12-10,\"vip;fair\"\nbob@"
     "example.com,Bob,,Unsubscribed,2026-01-05T10:15:33Z,,,\n",
     "ann@example.com | birthday=\"1985-12-10\" | tags=vip|fair | first_name=\"Bob\" unsubscribe"},
    {"Sendy subscribers",
     "\"Name\",\"Email\",\"Last activity\",\"Status\"\n\"Ann\",\"ann@example.com\",\"5 Jan "
     "2026\",\"Subscribed\"\n\"Bob\",\"bob@example.com\",\"5 Jan 2026\",\"Bounced\"\n",
     "ann@example.com | last_activity=\"5 Jan 2026\" | status=\"Bounced\" bounce"},
    {"phpList subscribers",
     "id\temail\tconfirmed\tblacklisted\tbouncecount\tentered\tmodified\n1\tann@example.com\t1\t0\t0\t2026-01-05 "
     "10:15:33\t2026-01-05 10:15:33\n2\tbob@example.com\t1\t1\t3\t2026-01-05 10:15:33\t0000-00-00 00:00:00\n",
     "ann@example.com | entered=\"2026-01-05 10:15:33\" | do_not_contact"},
    {"Mailjet contacts",
     "email,name,firstname,country,IsExcludedFromCampaigns,CreatedAt\nann@example.com,Ada,Ann,CH,false,2026-01-05T10:"
     "15:33Z\nbob@example.com,Ba,Bob,,true,2026-01-05T10:15:33Z\n",
     "ann@example.com | first_name=\"Ann\" | name=\"Ba\" do_not_contact"},
    {"SendGrid contacts",
     "EMAIL,FIRST_NAME,LAST_NAME,ADDRESS_LINE_1,CITY,COUNTRY,PHONE_NUMBER,CREATED_AT,UPDATED_AT,CONTACT_ID\nann@"
     "example.com,Ann,Ada,,Bern,CH,,2026-01-05T10:15:33Z,2026-01-05T10:15:33Z,9f\n",
     "ann@example.com | city=\"Bern\" | first_name=\"Ann\""},
    {"SendGrid global unsubscribes", "email,created\nann@example.com,1767608133\n",
     "ann@example.com | created=\"1767608133\""},
    {"Postmark suppressions",
     "EmailAddress,SuppressionReason,Origin,CreatedAt\nann@example.com,HardBounce,Recipient,2026-01-05T10:15:33-05:"
     "00\nbob@example.com,SpamComplaint,Recipient,2026-01-05T10:15:33-05:00\n",
     "ann@example.com | bounce | complaint"},
    {"Amazon SES suppressions",
     "Email address,Suppression reason,Last updated\nann@example.com,COMPLAINT,\"January 05, 2026, 10:15:33 "
     "(UTC+00:00)\"\nbob@example.com,BOUNCE,\n",
     "ann@example.com | complaint | suppression_reason=\"BOUNCE\" bounce"},
    {"Customer.io people",
     "id,email,created_at,unsubscribed,cio_id\n17,ann@example.com,1767608133,false,a1\n18,bob@example.com,1767608133,"
     "true,a2\n",
     "ann@example.com | created_at=\"2026-01-05T10:15:33Z\" | unsubscribed=\"true\" unsubscribe"},
    {"Customer.io people with attributes in JSON",
     "email,attributes\nann@example.com,\"{\"\"plan\"\":{\"\"name\"\":\"\"pro\"\"},\"\"seats\"\":3}\"\n",
     "ann@example.com | plan.name=\"pro\" | seats=3"},
    {"Iterable users",
     "email,userId,signupDate,signupSource,emailListIds,unsubscribedChannelIds\nann@example.com,17,2026-01-05 10:15:33 "
     "+00:00,API,[1],[]\n",
     "ann@example.com | signupsource=\"API\""},
    {"Braze users",
     "user_id,external_id,first_name,last_name,email,email_subscribe,custom_attributes\n5f,17,Ann,Ada,ann@example.com,"
     "opted_in,\"{\"\"plan\"\": \"\"pro\"\"}\"\n60,18,Bob,,bob@example.com,unsubscribed,{}\n",
     "ann@example.com | first_name=\"Ann\" | plan=\"pro\" | user_id=\"60\" unsubscribe"},
    {"Marketo people",
     "Id,First Name,Last Name,Email Address,Company Name,Job Title,Unsubscribed,Marketing Suspended,Email Invalid,Lead "
     "Score,Created At\n1,Ann,Ada,ann@example.com,Example,CTO,false,false,false,25,2026-01-05 "
     "10:15:33\n2,Bob,,bob@example.com,,,true,false,false,0,2026-01-05 10:15:33\n",
     "ann@example.com | company_name=\"Example\" | lead_score=\"25\" | unsubscribed=\"true\" unsubscribe"},
    {"Pardot prospects",
     "Id,First Name,Last Name,Email,Company,Score,Grade,Opted Out,Do Not Email,Created "
     "Date\n1,Ann,Ada,ann@example.com,Example,25,B+,0,0,2026-01-05 10:15:33\n2,Bob,,bob@example.com,,0,,1,0,2026-01-05 "
     "10:15:33\n",
     "ann@example.com | grade=\"B+\" | score=25 | score=0 unsubscribe"},
    {"Eloqua contacts",
     "Eloqua Contact ID,Email Address,First Name,Last Name,Company,Annual Revenue,Date "
     "Created\nCUST1,ann@example.com,Ann,Ada,Example,\"1,250,000\",01/31/2026 10:15:33 AM\n",
     "ann@example.com | annual_revenue=1250000"},
    {"Dynamics 365 leads",
     "(Do Not Modify) Lead,(Do Not Modify) Row Checksum,First Name,Last Name,Email,Company Name,Annual Revenue,Do not "
     "allow Emails,Created On\n5f,ab,Ann,Ada,ann@example.com,Example,\"$1,250,000.00\",Allow,1/31/2026 10:15 "
     "AM\n60,cd,Bob,,bob@example.com,,,Do Not Allow,1/31/2026 10:15 AM\n",
     "ann@example.com | annual_revenue=1250000.00 | first_name=\"Bob\" do_not_contact"},
    {"SugarCRM contacts",
     "\"First Name\",\"Last Name\",\"Email Address\",\"Opted Out\",\"Invalid Email\",\"Account Name\",\"Title\",\"Do "
     "Not "
     "Call\"\n\"Ann\",\"Ada\",\"ann@example.com\",\"0\",\"0\",\"Example\",\"CTO\",\"0\"\n\"Bob\",\"\",\"bob@example."
     "com\",\"1\",\"0\",\"\",\"\",\"0\"\n",
     "ann@example.com | company_name=\"Example\" | job_title=\"CTO\" | opted_out=\"1\" unsubscribe"},
    {"SuiteCRM leads",
     "\"first_name\",\"last_name\",\"email1\",\"email_addresses_non_primary\",\"account_name\",\"status\","
     "\"birthdate\",\"date_entered\"\n\"Ann\",\"Ada\",\"ann@example.com\",\"\",\"Example\",\"New\",\"12/10/1985\",\"01/"
     "31/2026 10:15\"\n\"Bob\",\"\",\"bob@example.com\",\"\",\"\",\"New\",\"01/31/1986\",\"01/31/2026 10:15\"\n",
     "ann@example.com | birthday=\"1985-12-10\" | company_name=\"Example\""},
    {"vtiger leads",
     "First Name,Last Name,Company,Primary Email,Email Opt Out,Annual Revenue,Lead "
     "Status\nAnn,Ada,Example,ann@example.com,0,1250000.00000000,New\nBob,,,bob@example.com,1,0.00000000,\n",
     "ann@example.com | annual_revenue=1250000.00000000 | first_name=\"Bob\" unsubscribe"},
    {"EspoCRM leads",
     "Name;First Name;Last Name;Account Name;Email;Email Address List;Status;Do Not Call;Created At\nAnn "
     "Ada;Ann;Ada;Example;ann@example.com;ann@example.com;New;0;2026-01-05 10:15:33\n",
     "ann@example.com | company_name=\"Example\""},
    {"Odoo contacts",
     "id,name,email,phone,company_name,category_id,create_date\n__export__.res_partner_1,Ann,ann@example.com,,Example,"
     "vip,2026-01-05 10:15:33\n",
     "ann@example.com | company_name=\"Example\" | create_date=\"2026-01-05T10:15:33Z\""},
    {"Insightly contacts",
     "RecordId,FirstName,LastName,EmailAddress,EmailOptedOut,DateOfBirth,DateCreated,Tag "
     "List\n1,Ann,Ada,ann@example.com,False,1985-12-10 00:00:00,2026-01-05 "
     "10:15:33,vip\n2,Bob,,bob@example.com,True,,2026-01-05 10:15:33,\n",
     "ann@example.com | birthday=\"1985-12-10\" | recordid=\"2\" unsubscribe"},
    {"Nimble contacts",
     "First Name,Last Name,Company,Title,Work Email,Personal Email,Other Email,Tags,Lead "
     "Status\nAnn,Ada,Example,CTO,ann@example.com,ann@home.example,,\"vip,fair\",\n",
     "ann@example.com | personal_email=\"ann@home.example\" | tags=vip|fair"},
    {"Capsule contacts",
     "ID,Type,Title,First Name,Last Name,Job Title,Organisation,Email Address,Work "
     "Email,Tags,Created\n1,Person,Ms,Ann,Ada,CTO,Example,ann@example.com,,vip,05/01/2026 10:15:33\n",
     "ann@example.com | job_title=\"CTO\" | title=\"Ms\""},
    {"Streak boxes",
     "Name,Stage,Contacts,Email Addresses,Notes,Last Updated Date\nBig deal,Contacted,Ann "
     "Ada,ann@example.com,,2026-01-05T10:15:33Z\n",
     "ann@example.com"},
    {"monday.com board",
     "Leads\n\nNew leads\nName,Subitems,Owner,Status,Email,Phone,Company,Deal value\nAnn "
     "Ada,,,New,ann@example.com,,Example,\"1,250\"\nBob,,,Won,bob@example.com,,,500.5\n",
     "ann@example.com | deal_value=1250"},
    {"Airtable view",
     "Name,Email,Company,Tags,Amount,Birthday,Created "
     "At\nAnn,ann@example.com,Example,\"vip,fair\",$1250.00,1985-12-10,1/31/2026 10:15am\n",
     "ann@example.com | amount=1250.00 | tags=vip|fair"},
    {"Notion database",
     "\ufeffName,Email,Tags,Birthday,Created At\nAnn,ann@example.com,\"vip, fair\",\"December 10, 1985\",\"January 31, "
     "2026 10:15 AM\"\n",
     "ann@example.com | birthday=\"1985-12-10\" | created_at=\"2026-01-31T10:15:00Z\""},
    {"Google Forms",
     "Timestamp,Email Address,What is your name?,Newsletter?\n2026/01/31 10:15:33 AM GMT+1,ann@example.com,Ann,Yes\n",
     "ann@example.com"},
    {"Calendly events",
     "Event Type Name,Invitee Name,Invitee First Name,Invitee Last Name,Invitee Email,Event Created Date & "
     "Time,Canceled,UTM Source\n30 min,Ann Ada,Ann,Ada,ann@example.com,2026-01-05 10:15,false,web\n",
     "ann@example.com | utm_source=\"web\""},
    {"Hunter leads",
     "Email address,Domain name,Organization,Confidence score,Type,First name,Last name,Position,Verification "
     "status\nann@example.com,example.com,Example,98,personal,Ann,Ada,CTO,valid\n",
     "ann@example.com | company_name=\"Example\" | job_title=\"CTO\""},
    {"Snov prospects",
     "Full name,First name,Last name,Position,Email,Email status,Company name,Company size\nAnn "
     "Ada,Ann,Ada,CTO,ann@example.com,valid,Example,250\nBob,Bob,,,bob@example.com,invalid,,\n",
     "ann@example.com | company_size=250 | full_name=\"Bob\" bounce"},
    {"ZoomInfo contacts",
     "ZoomInfo Contact ID,Last Name,First Name,Job Title,Email Address,Direct Phone Number,Company Name,Revenue (in "
     "000s USD),Employees,Primary Industry\n1,Ada,Ann,CTO,ann@example.com,,Example,12500,250,Software\n",
     "ann@example.com | company_size=250 | job_title=\"CTO\""},
    {"Lusha contacts",
     "First Name,Last Name,Full Name,Company Name,Job Title,Work Email,Private Email,Phone 1\nAnn,Ada,Ann "
     "Ada,Example,CTO,ann@example.com,ann@home.example,\n",
     "ann@example.com | private_email=\"ann@home.example\""},
    {"Outreach prospects",
     "First Name,Last Name,Title,Company,Emails,Work Phones,Tags,Stage,Opted "
     "Out\nAnn,Ada,CTO,Example,ann@example.com,,vip,Contacted,false\nBob,,,,bob@example.com,,,New,true\n",
     "ann@example.com | job_title=\"CTO\" | tags=vip | opted_out=\"true\" unsubscribe"},
    {"Salesloft people",
     "first_name,last_name,email_address,title,phone,company_name,tags,do_not_contact,created_at\nAnn,Ada,ann@example."
     "com,CTO,,Example,vip,false,2026-01-05T10:15:33Z\nBob,,bob@example.com,,,,,true,2026-01-05T10:15:33Z\n",
     "ann@example.com | job_title=\"CTO\" | tags=vip | first_name=\"Bob\" do_not_contact"},
    {"AWeber subscribers",
     "Email,Name,IP Address,Date Added,Message Type,Status,Stop Time,Tags\nann@example.com,Ann,192.0.2.1,01/31/26 "
     "10:15 AM EST,0,subscribed,,\"vip,fair\"\nbob@example.com,Bob,,01/31/26 10:15 AM EST,0,unsubscribed,02/01/26 "
     "10:15 AM EST,\n",
     "ann@example.com | tags=vip|fair | status=\"unsubscribed\""},
    {"CleverReach recipients",
     "\"E-Mail\";\"aktiv\";\"Aktivierungsdatum\";\"Anmeldedatum\";\"Bounced\";\"Vorname\";\"Nachname\"\n\"ann@example."
     "com\";\"1\";\"05.01.2026 10:15:33\";\"05.01.2026 "
     "10:15:33\";\"0\";\"Ann\";\"Ada\"\n\"bob@example.com\";\"0\";\"\";\"05.01.2026 10:15:33\";\"1\";\"Bob\";\"\"\n",
     "ann@example.com | first_name=\"Ann\" | last_name=\"Ada\" | first_name=\"Bob\" bounce"},
    {"rapidmail recipients",
     "E-Mail-Adresse;Vorname;Nachname;Geburtsdatum;Status\nann@example.com;Ann;Ada;1985-12-10;aktiv\nbob@example.com;"
     "Bob;;;gebounced\n",
     "ann@example.com | first_name=\"Ann\" | status=\"gebounced\" bounce"},
    {"Sarbacane contacts", "Email;Pr\u00e9nom;Nom;Birthday\nann@example.com;Ann;Ada;25/12/1985\n",
     "ann@example.com | birthday=\"1985-12-25\""},
    {"E-goi contacts",
     "Email,First name,Last name,Mobile,Birth date,Status,Subscription "
     "date\nann@example.com,Ann,Ada,351-910000000,1985-12-10,Active,2026-01-05 "
     "10:15:33\nbob@example.com,Bob,,,0000-00-00,Removed,2026-01-05 10:15:33\n",
     "ann@example.com | birthday=\"1985-12-10\""},
    {"UniSender contacts",
     "email,email_status,email_availability,email_list_ids,email_add_time,Name\nann@example.com,active,available,1,"
     "2026-01-05 10:15:33,Ann\nbob@example.com,unsubscribed,unreachable,1,2026-01-05 10:15:33,Bob\n",
     "ann@example.com | name=\"Ann\" | name=\"Bob\" unsubscribe"},
    {"Moosend subscribers",
     "Email,Name,Status,Subscribe Date,Unsubscribe Date,Mobile\nann@example.com,Ann,Subscribed,2026-01-05 "
     "10:15:33,,\nbob@example.com,Bob,Unsubscribed,2026-01-05 10:15:33,2026-02-05 10:15:33,\n",
     "ann@example.com | name=\"Ann\" | unsubscribe_date=\"2026-02-05 10:15:33\" unsubscribe"},
    {"Tally responses",
     "Submission ID,Respondent ID,Submitted at,Your name,Your email\n1,a,2026-01-05 10:15:33,Ann,ann@example.com\n",
     "ann@example.com | your_name=\"Ann\""},
    {"JotForm submissions",
     "\"Submission Date\",\"Name - First Name\",\"Name - Last Name\",\"E-mail\",\"Submission ID\"\n\"Jan 5, "
     "2026\",\"Ann\",\"Ada\",\"ann@example.com\",\"1\"\n",
     "ann@example.com"},
    {"Apple Contacts",
     "First Name,Last Name,Company,Job Title,Email (home),Email (work),Phone "
     "(mobile),Birthday\nAnn,Ada,Example,CTO,ann@home.example,ann@example.com,,1985-12-10\n",
     "ann@example.com | birthday=\"1985-12-10\" | job_title=\"CTO\""},
};

TEST(ImportProducts, ExportsAreReadWithoutAnOptionOrAskOneQuestion) {
  EXPECT_GE(std::size(kExports), 100U);
  for (const Export& each : kExports) {
    SCOPED_TRACE(each.product);
    const std::string said = RowsOf(each.text);
    EXPECT_TRUE(Holds(said, each.rows)) << each.product << ": " << said << "\n  wanted: " << each.rows;
  }
}

// Returns the type of each event, with the kind of a bounce.
std::vector<std::string> EventsOf(const Imported& imported) {
  std::vector<std::string> events;
  for (const codec::Record& record : imported.records) {
    const auto& event = std::get<codec::Event>(record);
    const bool is_soft = event.bounce_kind == BounceKind::kSoft;
    events.push_back(Concat({is_soft ? "soft " : "", EventTypeName(event.type)}));
  }
  return events;
}

// Marketing Cloud's and Brevo's logs, and Postmark's bounces.
TEST(ImportProducts, LogsHaveNamesOfTheirOwn) {
  EXPECT_THAT(EventsOf(Import(
                  "Subscriber Email,Event Type,Event Date\na@x.org,Hard bounce,2025-06-13T10:00:00Z\n"
                  "b@x.org,Block bounce,2025-06-13T10:00:00Z\nc@x.org,Technical/Other bounce,2025-06-13T10:00:00Z\n",
                  Events())),
              ElementsAre("bounce", "soft bounce", "soft bounce"));
  EXPECT_THAT(EventsOf(Import("st_text;ts;sub;frm;email;tag;mid;link\n"
                              "First opening;2025-06-13 10:05:00Z;Spring;a@b.c;ann@x.org;;<1@x>;NA\n"
                              "Soft bounce;2025-06-13 10:05:00Z;Spring;a@b.c;bob@x.org;;<1@x>;NA\n",
                              Events())),
              ElementsAre("open", "soft bounce"));
  const std::string bounces =
      "ID,Type,Email,BouncedAt,Description\n1,HardBounce,a@x.org,2025-06-01T10:02:00.0000000Z,\n"
      "2,Transient,b@x.org,2025-06-01T10:02:00.0000000Z,\n3,AutoResponder,c@x.org,2025-06-01T10:02:00.0000000Z,\n"
      "4,Blocked,d@x.org,2025-06-01T10:02:00.0000000Z,\n";
  const Imported log = Import(bounces, Events());
  EXPECT_THAT(EventsOf(log), ElementsAre("bounce", "soft bounce"));
  EXPECT_EQ(log.skipped.size(), 2U);  // `Blocked` may be mail that was withheld
  ImportOptions options = Contacts();
  options.mode = Mode::kOptOuts;
  options.opt_out = EventType::kBounce;
  const Imported list = Import(bounces, options);
  EXPECT_THAT(EventsOf(list), ElementsAre("bounce"));
  EXPECT_EQ(list.skipped.size(), 3U);
}

}  // namespace leadpulse::importing::import_products_test
