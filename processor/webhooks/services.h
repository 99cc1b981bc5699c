// The providers there are, one function each.
#pragma once

#include "processor/webhooks/provider.h"

namespace leadpulse::webhooks {

const Provider& AmazonSesProvider();
const Provider& BrevoProvider();
const Provider& MailerSendProvider();
const Provider& MailgunProvider();
const Provider& MailjetProvider();
const Provider& MailtrapProvider();
const Provider& MandrillProvider();
const Provider& PostmarkProvider();
const Provider& ResendProvider();
const Provider& SendGridProvider();
const Provider& SparkPostProvider();

}  // namespace leadpulse::webhooks
