#include "processor/importing/mail_words.h"

#include <array>
#include <cstddef>

namespace leadpulse::importing {
namespace {

using enum MailPhrase;

// A phrase also stands for longer words: `keine mail` for `keine Mails`. So it must not be the beginning of a word that
// says something else: `nicht kontaktiert` and `non contattato` say that nobody has called yet.
constexpr MailPhrases kAllMailPhrases[] = {
    {kDoNotContact, "en",
     "no email|no e-mail|no mail|do not email|do not e-mail|do not mail|do not market|do not message|do not mass|"
     "do not newsletter|do not write|do not disturb|do not send|do not contact|don't write|don't market|no newsletter|"
     "no promo|no advert|no bulk|no solicit|no communications|no correspondence|never write|never send|stop email|"
     "stop mail|stop sending|stop newsletter|stop marketing|please stop|not to be contacted|not to be emailed|"
     "not to be mailed|not be contacted|not be emailed|not be mailed|cannot be emailed|cannot be mailed|"
     "cannot be contacted|cannot contact|cannot email|cannot mail|not emailable|not marketable|email not allowed|mail "
     "not allowed|"
     "emails not allowed|marketing not allowed|contact not allowed|does not want email|doesn't want email|"
     "does not want mail|doesn't want mail|not want email|does not accept email|does not accept marketing|"
     "not accept email|not accept marketing"},
    {kDoNotContact, "de",
     "keine e-mail|keine mail|kein newsletter|keine rundmail|keine werbemail|keine infomail|keine infopost|"
     "keine kontaktaufnahme|keine ansprache|keine zusendung|keine mailing|kein mailing|kein marketing|kein e-mail|"
     "nicht kontaktieren|nicht kontaktierbar|nicht mehr kontaktieren|nicht zu kontaktieren|nicht anschreiben|"
     "nicht mehr anschreiben|nicht mailen|nicht mehr mailen|nicht anmailen|nicht bewerben|nicht mehr bewerben|"
     "nichts senden|nichts schicken|nichts zusenden|mail nicht erlaubt|email nicht erlaubt|mails nicht erlaubt|"
     "emails nicht erlaubt|werbung nicht erlaubt|newsletter nicht erlaubt|mail nicht erwünscht|"
     "email nicht erwünscht|mails nicht erwünscht|emails nicht erwünscht|werbung nicht erwünscht|"
     "newsletter nicht erwünscht|mail unerwünscht|email unerwünscht|werbung unerwünscht|werbewiderspruch|"
     "werbeverbot|kontaktverbot|kontaktsperre|mailverbot|emailverbot|emailsperre|newslettersperre|versandsperre"},
    {kDoNotContact, "fr",
     "ne pas contacter|ne plus contacter|ne pas envoyer|ne plus envoyer|ne pas e-mailer|ne pas mailer|"
     "ne pas solliciter|ne plus solliciter|ne pas démarcher|ne pas écrire|ne pas déranger|pas d'e-mail|pas de mail|"
     "pas de courriel|pas d'emailing|pas de newsletter|pas d'infolettre|pas de publicité|pas de pub|"
     "pas de prospection|pas de sollicitation|aucun e-mail|aucun mail|aucun courriel|aucune newsletter|"
     "aucune publicité|aucune communication|refus e-mail|refus mail|refuse e-mail|refuse les e-mail|refuse les mail|"
     "refus newsletter|refuse newsletter|refuse la newsletter|refus prospection|refus de prospection|stop pub|"
     "opposition marketing|opposition prospection|opposition à la prospection|non contactable|non emailable|"
     "ne souhaite pas recevoir|ne souhaite plus recevoir|ne veut pas recevoir|ne veut plus recevoir|"
     "ne souhaite pas être contact|ne souhaite plus être contact"},
    {kDoNotContact, "es",
     "no contactar|no enviar|no enviarle|no mandar|no escribir|no molestar|no correo|no email|no publicidad|"
     "no boletin|no recibir|no mailing|sin correos|sin e-mails|sin publicidad|sin newsletter|sin boletin|"
     "no quiere correo|no quiere email|no quiere publicidad|no quiere recibir|no desea correo|no desea email|"
     "no desea publicidad|no desea recibir|no desea ser contact|no acepta correo|no acepta email|"
     "no acepta publicidad|no acepta recibir|no acepta marketing|nada de correos|prohibido contactar|lista negra"},
    {kDoNotContact, "pt",
     "não contatar|não contate|não contatável|não contactar|não contacte|não contactável|não enviar|não envie|"
     "não mandar|não escrever|não perturb|não incomodar|não receber|não quer receber|não deseja receber|"
     "não quer e-mail|não deseja e-mail|não aceita e-mail|não aceita receber|não aceita marketing|sem e-mails|"
     "sem newsletter|sem publicidade|sem marketing|lista negra"},
    {kDoNotContact, "it",
     "non contattare|non contattabile|non inviare|non mandare|non spedire|non scrivere|non disturbare|non ricevere|"
     "no pubblicità|niente e-mail|niente mail|niente newsletter|niente pubblicità|nessuna e-mail|nessuna mail|"
     "nessuna newsletter|nessuna comunicazione|nessuna pubblicità|non desidera ricevere|non vuole ricevere|"
     "non accetta e-mail|non accetta marketing|lista nera"},
    {kDoNotContact, "nl",
     "niet contacteren|niet contactbaar|niet mailen|niet meer mailen|niet e-mailen|niet meer e-mailen|niet benaderen|"
     "niet meer benaderen|niet aanschrijven|niet storen|niet verzenden|niet versturen|geen e-mail|geen mail|"
     "geen nieuwsbrief|geen nieuwsbrieven|geen reclame|geen marketing|wil geen e-mail|wil geen mail"},
    {kDoNotContact, "pl",
     "nie wysyłać|nie wysyłaj|nie kontaktować|nie kontaktuj|nie mailować|nie mailuj|nie pisać|nie przesyłać|"
     "nie niepokoić|bez maili|bez e-maili|bez newsletter|bez reklam|bez marketingu|żadnych maili|żadnych e-maili|"
     "nie chce maili|nie chce e-maili|nie chce newsletter|nie chce otrzymywać|nie życzy sobie|czarna lista"},
    {kDoNotContact, "sv",
     "kontakta inte|kontakta ej|kontaktas inte|kontaktas ej|får inte kontaktas|får ej kontaktas|skicka inte|"
     "skicka ej|maila inte|maila ej|mejla inte|mejla ej|ej utskick|inga utskick|inga mejl|inga mail|inga e-post|"
     "ingen e-post|ej e-post|inga nyhetsbrev|inget nyhetsbrev|ingen reklam|ingen marknadsföring|svartlist"},
    {kDoNotContact, "da",
     "kontakt ikke|må ikke kontaktes|ønsker ikke e-mail|ønsker ikke mail|send ikke|ingen e-mail|ingen mail|"
     "ingen reklame|ingen nyhedsbrev|intet nyhedsbrev|ingen markedsføring|sortlistet"},
    {kDoNotContact, "no",
     "skal ikke kontaktes|vil ikke kontaktes|kan ikke kontaktes|ikke kontakt meg|ønsker ikke e-post|ingen e-post|"
     "ingen nyhetsbrev|ingen markedsføring|ikke send e-post|reservert mot reklame|svartelist"},
    {kDoNotContact, "fi",
     "ei sähköposti|ei uutiskirje|ei markkinointi|ei mainoksia|ei saa lähettää|ei saa ottaa yhteyttä|älä lähetä|"
     "älä ota yhteyttä|markkinointikielto|suoramarkkinointikielto|mustalla listalla"},
    {kDoNotContact, "cs",
     "nekontaktovat|neposílat|nezasílat|neoslovovat|nechce e-mail|nechce newsletter|žádné e-mail|bez newsletter|"
     "bez e-mailů|nepřeje si|černá listina"},
    {kDoNotContact, "sk", "nekontaktovať|neposielať|nezasielať|nechce e-mail|žiadne e-mail|čierna listina"},
    {kDoNotContact, "hu",
     "ne küldj|ne keress|nem kér hírlevel|nem kér e-mail|nem kér levelet|nem kér reklám|tiltólist|feketelist"},
    {kDoNotContact, "ro",
     "nu contacta|a nu contacta|a nu se contacta|nu trimite|a nu se trimite|fără e-mail|fără newsletter|"
     "nu dorește e-mail|nu dorește să primească|lista neagră"},
    {kDoNotContact, "ru",
     "не отправлять|не присылать|не слать|не писать|не рассылать|не контактировать|не беспокоить|не связываться|"
     "не хочет получать|не получать|без рассыл|без рекламы|без писем|черный список|чёрный список"},
    {kDoNotContact, "uk",
     "не надсилати|не відправляти|не писати|не турбувати|не контактувати|без розсил|без реклами|чорний список"},
    // `gönderme` alone is also the sending: `gönderme tarihi`.
    {kDoNotContact, "tr",
     "göndermeyin|gönderilmesin|iletişim kurmayın|mail atmayın|rahatsız etmeyin|e-posta istemiyor|mail istemiyor|"
     "ileti istemiyor|bülten istemiyor|kara liste"},
    {kDoNotContact, "ja",
     "メール不要|メール拒否|メール停止|メール不可|メールを希望しない|メール希望しない|メルマガ不要|配信不可|配信不要|"
     "配信拒否|配信禁止|配信しない|配信を希望しない|配信希望しない|送信不可|送信不要|送信禁止|送信しない|送らない|"
     "受信拒否|受信しない|受け取らない|連絡不要|連絡不可|連絡しない|dm不可|dm不要|ブラックリスト"},
    {kDoNotContact, "zh",
     "请勿联系|请勿发送|请勿发|请勿打扰|勿发邮件|勿联系|勿扰|不要联系|不要发|不发送邮件|不发邮件|不接收邮件|拒收|"
     "拒绝接收|禁止发送|黑名单|請勿聯絡|請勿聯繫|請勿寄|請勿發送|不要寄|不接收郵件|拒絕接收|黑名單"},
    {kDoNotContact, "ko", "수신 거부|수신 안함|메일 거부|이메일 거부|발송 금지|발송 제외|연락 금지|블랙리스트"},
    {kDoNotContact, "id", "jangan kirim|jangan hubungi|tidak mau email|daftar hitam"},
    {kDoNotContact, "vi", "không gửi|không liên hệ|không nhận email|danh sách đen"},

    {kOptedOut, "en",
     "no consent|consent denied|consent refused|consent declined|without consent|removed from list|left the list"},
    {kOptedOut, "de",
     "keine einwilligung|keine zustimmung|ohne einwilligung|ohne zustimmung|einwilligung verweigert|"
     "einwilligung zurückgezogen|zustimmung zurückgezogen|einwilligung abgelehnt|vom newsletter abgemeldet"},
    {kOptedOut, "fr",
     "pas de consentement|sans consentement|aucun consentement|consentement retiré|consentement refusé|"
     "retiré de la liste|non abonné|pas abonné|plus abonné"},
    {kOptedOut, "es",
     "sin consentimiento|consentimiento retirado|consentimiento revocado|consentimiento denegado|se dio de baja|"
     "dar de baja|darse de baja|cancelar suscripción|no suscrit|"
     "dado de baja|dada de baja"},
    {kOptedOut, "pt",
     "sem consentimento|consentimento retirado|consentimento revogado|consentimento negado|"
     "não inscrit|não subscrit|não assinante|removido da lista"},
    {kOptedOut, "it", "senza consenso|nessun consenso|consenso negato|consenso revocato|consenso ritirato|non iscritt"},
    {kOptedOut, "nl",
     "geen toestemming|zonder toestemming|toestemming ingetrokken|toestemming geweigerd|uitschrijving|"
     "niet ingeschreven|niet aangemeld"},
    {kOptedOut, "pl",
     "brak zgody|bez zgody|zgoda wycofana|zgoda cofnięta|wycofano zgodę|cofnięto zgodę|wypisał|wypisz|zrezygnow|"
     "odsubskryb|nie subskrybuje|niezapisan"},
    {kOptedOut, "sv", "inget samtycke|saknar samtycke|samtycke återkallat"},
    {kOptedOut, "da", "intet samtykke|uden samtykke|samtykke tilbagekaldt"},
    {kOptedOut, "no", "ikke samtykke|uten samtykke|samtykke trukket"},
    {kOptedOut, "fi", "ei suostumusta|suostumus peruttu"},
    {kOptedOut, "cs", "bez souhlasu|souhlas odvolán|nesouhlasí"},
    {kOptedOut, "sk", "bez súhlasu|súhlas odvolaný|nesúhlasí"},
    {kOptedOut, "hu", "nincs hozzájárulás|hozzájárulás visszavonva"},
    {kOptedOut, "ro", "fără consimțământ|fără acord"},
    {kOptedOut, "ru", "отписк|отказ от рассыл|отказался от рассыл|отказалась от рассыл|нет согласия|без согласия"},
    {kOptedOut, "uk", "відпис|відмова від розсил|немає згоди|без згоди"},
    {kOptedOut, "tr", "abonelikten çık|listeden çık|izni yok|onayı yok"},
    {kOptedOut, "ja", "購読解除|登録解除|配信解除|購読停止|メルマガ解除|オプトアウト|同意なし|未購読"},
    {kOptedOut, "zh", "退订|取消订阅|未订阅|未同意|退訂|取消訂閱|未訂閱"},
    {kOptedOut, "ko", "구독 취소|구독 해지|구독 안함|수신 미동의|수신 동의 안함"},
    {kOptedOut, "id", "berhenti berlangganan"},
    {kOptedOut, "vi", "hủy đăng ký|huỷ đăng ký"},

    {kNoAddress, "en",
     "no email address|no e-mail address|no mail address|no email on file|no email found|no email known|"
     "no email available|no email provided|no email given"},
    {kNoAddress, "de",
     "keine e-mailadresse|keine mailadresse|keine e-mail vorhanden|keine e-mail bekannt|keine e-mail angegeben|"
     "keine e-mail hinterlegt|keine mail vorhanden"},
    {kNoAddress, "fr", "pas d'e-mail connu|pas d'adresse|aucun e-mail connu|aucun e-mail renseigné"},
    {kNoAddress, "nl", "geen e-mailadres|geen mailadres|geen e-mail bekend"},
    {kNoAddress, "it", "nessuna e-mail presente|nessuna mail presente|nessuna e-mail disponibile"},

    {kRefused, "en",
     "not interested|no interest|uninterested|not wanted|unwanted|no longer|not anymore|not any more|not now|not at "
     "all|"
     "does not want|doesn't want|do not want|don't want|does not wish|doesn't wish|refuses|refused|declines|declined|"
     "rejects|rejected|please remove|please delete|please cancel|remove me|take me off|never again|rather not"},
    {kRefused, "de",
     "kein interesse|nicht interessiert|desinteressiert|unerwünscht|nicht erwünscht|nicht gewünscht|nicht gewollt|"
     "nicht mehr|will nicht|will keine|möchte nicht|möchte keine|wünscht nicht|wünscht keine|mag nicht|mag keine|"
     "lieber nicht|derzeit nicht|zurzeit nicht|zur zeit nicht|momentan nicht|vorerst nicht|auf keinen fall|nie wieder|"
     "niemals|verzichtet|lehnt ab|abgelehnt|verweigert|bitte streichen|streichen|gestrichen|bitte entfernen|"
     "bitte löschen|bitte nicht|danke nein"},
    {kRefused, "fr",
     "pas intéressé|pas d'intérêt|sans intérêt|ne souhaite pas|ne souhaite plus|ne veut pas|ne veut plus|"
     "ne désire pas|ne désire plus|refuse|pas souhaité|indésirable|à supprimer|à retirer|plus jamais"},
    {kRefused, "es",
     "no interesad|sin interés|no le interesa|no quiere|no desea|ya no|rechaza|rechazad|no deseado|por favor eliminar"},
    {kRefused, "pt", "sem interesse|não interessad|não quer|não deseja|não mais|recusa|recusad|indesejad"},
    {kRefused, "it",
     "non interessat|nessun interesse|non vuole|non desidera|non più|rifiuta|rifiutat|indesiderat|da cancellare"},
    {kRefused, "nl",
     "geen interesse|niet geïnteresseerd|wil niet|wil geen|niet meer|liever niet|niet gewenst|ongewenst|weigert|"
     "geweigerd|graag verwijderen"},
    {kRefused, "pl",
     "brak zainteresowania|niezainteresowan|nie zainteresowan|nie chce|już nie|odmawia|odmówi|niechcian|proszę usunąć"},
    {kRefused, "sv",
     "inte intresserad|ej intresserad|vill inte|vill ej|inte längre|avböjer|avböjt|oönskad|ta bort mig"},
    {kRefused, "da", "ikke interesseret|vil ikke|ønsker ikke|ikke mere|ikke længere|uønsket|afvist|afslået"},
    {kRefused, "no", "ikke interessert|vil ikke|ønsker ikke|ikke lenger|uønsket|avslått"},
    {kRefused, "fi", "ei kiinnost|ei halua|ei enää|kieltäyty"},
    {kRefused, "cs", "nemá zájem|nezájem|nechce|už ne|odmítá|odmítl|nežádoucí"},
    {kRefused, "sk", "nemá záujem|nezáujem|nechce|už nie|odmieta|odmietol|nežiaduce"},
    {kRefused, "hu", "nem érdekli|nem érdekelt|nem kér|nem kíván|már nem|elutasít"},
    {kRefused, "ro", "neinteresat|nu dorește|nu vrea|nu mai|refuză|nedorit"},
    {kRefused, "ru", "не интересует|не интересно|не хочет|не желает|больше не|уже не|не нужн|отказ"},
    {kRefused, "uk", "не цікав|не хоче|не бажає|більше не|вже не|не потрібн|відмов"},
    {kRefused, "tr", "istemiyor|istemedi|ilgilenmiyor|artık hayır|reddet"},
    {kRefused, "ja", "不要|希望しない|興味なし|いりません|結構です|お断り"},
    {kRefused, "zh", "不需要|不感兴趣|没兴趣|不想要|拒绝|不感興趣|沒興趣|拒絕"},
    {kRefused, "ko", "관심 없음|원하지 않음|필요 없음|거부|거절"},
    {kRefused, "id", "tidak tertarik|tidak mau|tidak berminat|tidak ingin|menolak"},
    {kRefused, "vi", "không quan tâm|không muốn|từ chối"},

    {kNoAnswer, "en",
     "no answer|no reply|no response|no information|no info|no data|no record|no idea|no opinion|no preference|"
     "no comment|not asked|never asked|not known|unknown|unclear"},
    {kNoAnswer, "de",
     "keine angabe|keine antwort|keine rückmeldung|keine information|keine info|keine ahnung|keine auskunft|"
     "nicht gefragt|nie gefragt|nicht bekannt|unbekannt|unklar|noch nicht"},
    {kNoAnswer, "fr", "sans réponse|pas de réponse|aucune réponse|non renseigné|non précisé|inconnu|pas demandé"},
    {kNoAnswer, "es", "sin respuesta|no contesta|no responde|no sabe|no consta|desconocid"},
    {kNoAnswer, "pt", "sem resposta|não respondeu|não sabe|não informado|desconhecid"},
    {kNoAnswer, "it", "nessuna risposta|non risponde|non pervenut|non noto|sconosciut"},
    {kNoAnswer, "nl", "geen antwoord|geen reactie|niet gevraagd|onbekend"},
    {kNoAnswer, "pl", "brak odpowiedzi|brak danych|nie pytan|nieznan"},
};

PhraseTable PhrasesThatSay(MailPhrase says) {
  PhraseTable table;
  for (const MailPhrases& each : kAllMailPhrases) {
    if (each.says == says) table.Add(each.phrases);
  }
  return table;
}

const PhraseTable& TableOf(MailPhrase says) {
  static const std::array<PhraseTable, 5> all = {PhrasesThatSay(kOptedOut), PhrasesThatSay(kDoNotContact),
                                                 PhrasesThatSay(kNoAddress), PhrasesThatSay(kRefused),
                                                 PhrasesThatSay(kNoAnswer)};
  return all[static_cast<size_t>(says)];
}

}  // namespace

std::span<const MailPhrases> AllMailPhrases() { return kAllMailPhrases; }

bool HasPhrase(MailPhrase says, const PlainText& text) {
  bool is_found = false;
  for (size_t at = 0; at < text.text().size() && !is_found; ++at) {
    if (text.BeginsWord(at)) TableOf(says).ForEachAt(text.text(), at, [&](size_t) { is_found = true; });
  }
  return is_found;
}

bool IsPhrase(MailPhrase says, const PlainText& text) {
  bool is_found = false;
  if (text.text().empty()) return false;
  TableOf(says).ForEachAt(text.text(), 0, [&](size_t end) {
    while (end < text.text().size() && !text.BeginsWord(end)) ++end;
    is_found = is_found || end == text.text().size();
  });
  return is_found;
}

}  // namespace leadpulse::importing
