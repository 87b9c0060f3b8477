/* bounce_reason.c - the reason for a failure, from the words and codes of the server that refused.
 *
 * Words before codes, for servers use 5.7.1 and 550 for everything. Of words, those that can mean one thing only come
 * first: "user unknown" in a sentence about a block list is about the block list.
 */
#include "base/mail/bounce.h"

#include <string.h>
#include "base/mail/line.h"

#define WORDS(...)                                                                                                     \
	(const char *const[])                                                                                          \
	{                                                                                                              \
		__VA_ARGS__, NULL                                                                                      \
	}

static const struct {
	const char *reason;
	const char *const *words;
} by_words[] = {
	{ "virusdetected", WORDS("virus detected", "contains a virus", "contained a virus", "virus found",
	                           "is infected", "infected with", "infected message", "virus infected", "malware",
	                           "a virus was", "mcspamsignature", "trojan", "viruses", "virus:", "found virus",
	                           "your message contains virus") },
	{ "notcompliantrfc",
	        WORDS("rfc 5322", "rfc5322", "rfc 2822", "rfc2822", "not rfc", "rfc compliant", "duplicate header",
	                "multiple addresses in from", "missing required header", "missing header", "bare lf",
	                "no from header", "missing from", "missing date", "invalid from header", "multiple from",
	                "bare linefeed", "without message-id", "lone cr", "rfcmessagenoncompliant") },
	{ "authfailure", WORDS("dmarc", "spf record", "spf check", "sender policy framework", "spf fail",
	                         "spf:", " spf ", "/spf", "dkim", "authentication information",
	                         "unauthenticated email from", "does not pass authentication",
	                         "fails to pass authentication", "not authorized to send from", "authentication checks",
	                         "is not allowed to send from", "not allowed to send mail from", "sender id (pra)") },
	{ "requireptr", WORDS("reverse dns", "ptr record", "dns ptr", " ptr ", "rdns", "reverse lookup",
	                        "reverse hostname", "reverse host name", "your reverse", "your hostname", "no ptr",
	                        "mismatches client ip", "forward dns entry", "in-addr.arpa",
	                        "cannot resolve your address", "ip name lookup", "dynamic/generic", "ip address has no",
	                        "unresolvable relay host", "fcrdns", "generic reverse", "generic hostname",
	                        "without a valid sender domain", "valid reverse", "no dns a-record", "fix reverse") },
	{ "badreputation", WORDS("reputation", "senderscore", "sender score") },
	{ "toomanyconn", WORDS("too many connection", "connection limit", "too many concurrent", "connection rate",
	                         "simultaneous connection", "too many sessions", "connection frequency",
	                         "too many smtp sessions", "connections from your host", "number of connection",
	                         "maximum parallel connections", "too many recipients", "concurrent connection") },
	{ "speeding",
	        WORDS("at a rate that", "receiving mail at a rate", "too many messages", "sending rate", "ratelimit",
	                "has sent to too many recipients", "slow down", "too fast", "exceeded the rate",
	                "too many emails", "message rate", "too many mails", "message quota", "hourly limit",
	                "daily limit", "limit per hour", "rate limited", "try again slower", "too quickly") },
	{ "spamdetected",
	        WORDS("spam detected", "detected as spam", "spam message", "scored as spam", "considered spam",
	                "considered as spam", "considered unsolicited", "looks like spam", "appears to be spam",
	                "classified as spam", "identified as spam", "seems to be spam", "is spam", "as spam",
	                "spam content", "spam score", "spamscore", "spam points", "spam filter", "antispam",
	                "anti-spam", "spamassassin", "probability of spam", "probability of being spam", "due to spam",
	                "message content rejected", "content rejected", "content filter", "unsolicited", " ube",
	                "(ube)", "bulk mail", "bulk email", "junk mail", "spammy", "spam-like", "spamlike",
	                "spam rejected", "spam-related", "suspected spam", "possible spam", "spam abuse",
	                "probable spam", "no spam", "refused: spam", "dspam", "spam detection", "black listed url",
	                "blacklisted url", "uribl", "surbl", "mail rejete", "ofr_506", "spam:", "spam policy",
	                "antispam policy", "spam engine", "spam control", "content denied", "unusual rate of") },
	{ "failedstarttls", WORDS("starttls", "tls required", "tls is required", "tls-negotiation", "tls handshake",
	                            "certificate verify", "encryption required", "requires tls", "require tls",
	                            "does not support tls", "tls not supported", "no tls", "tls negotiation") },
	{ "userunknown", WORDS("recipient address rejected: access denied") },
	{ "blocked",
	        WORDS("blocked using", "blacklist", "black list", "block list", "blocklist", "blocked by",
	                "blocked for", "blocked -", "blocked.", "ip blocked", "blocked ip", "is blocked", "was blocked",
	                "been blocked", "are blocked", "dnsbl", "dnsrbl", " rbl", "/rbl", "rbl/", "rbl.", "cdrbl",
	                "spamhaus", "sorbs", "spamcop", "barracudacentral", "is listed", "are listed", "been listed",
	                "listed at", "listed by", "currently listed", "listed on", "client host rejected",
	                "client host blocked", "ip address rejected", "host rejected", "access denied", "banned",
	                "connections not accepted", "connection denied", "do not accept mail from",
	                "don't accept mail from", "refused to accept mail from", "your ip", "your host", "your server",
	                "your network", "bad sender ip", "(bl)", "server refused to talk", "no access from mail server",
	                "dynamic ip", "dialup", "dial-up", "dynamic address", "residential", "from ip", "tss0",
	                "(dyna)", "ipbl", "connection dropped", "may not be mail exchanger", "open proxy", "open relay",
	                "sender ip", "helo command rejected", "helo rejected", "invalid helo", "bad helo", "greylist",
	                "graylist", "grey-list", "my name was rejected", "due to user complaints",
	                "temporarily deferred", "has been blacklisted", "rejected because of",
	                "not accepting connections", "service not available, closing", "closing connection",
	                "too many errors from your", "invalid ip", "smtp server of your isp", "aup#",
	                "bounce attack") },
	{ "spamdetected", WORDS("spam") },
	{ "norelaying", WORDS("relay access denied", "relaying denied", "relay denied", "relay not permitted",
	                        "relaying not", "not relay", "unable to relay", "relaying is prohibited",
	                        "relay prohibited", "relaying prohibited", "relay operation", "no relaying",
	                        "must authenticate", "permitted to relay", "relay not allowed", "cannot relay",
	                        "can't relay", "relaying to", "rcpthosts", "not a gateway", "insecure mail relay",
	                        "no relay", "don't relay", "authorized to relay", "gateway user", "as a relay") },
	{ "mailboxfull",
	        WORDS("mailbox full", "mailbox is full", "mailbox exceed", "mailbox for user is full", "quota",
	                "mailfolder is full", "inbox is full", "box is full", "out of storage", "storage limit",
	                "storage space", "exceeds allowed size", "exceeded storage", "is over its",
	                "is over the allowed", "too much mail data", "exceeded the space",
	                "exceeded the maximum storage", "full mailbox", "mailboxfull", "mailbox size",
	                "not enough storage", "insufficient storage", "mailbox has exceeded", "account is full",
	                "account full", "maildir over", "maildir is full", "boîte pleine", "boite pleine",
	                "boîte aux lettres pleine", "postfach voll", "postfach ist voll", "buzón lleno",
	                "casella piena", "limite di spazio", "メールボックスが一杯", "mailbox_full", "mailbox limit",
	                "maximum allowed storage", "no space left in mailbox", "message count exceed", "full inbox",
	                "容量", "space in the mailbox", "exceeded his", "user is over", "too many messages in mailbox",
	                "user has too many messages", "exceeded the local limit", "いっぱい", "messages in recipient",
	                "mailbox is over", "over the limit", "storage full", "full mail") },
	{ "exceedlimit", WORDS("recipsizelimit", "set by recipient", "message too large for this recipient",
	                         "exceeds fixed maximum message size", "sizelimit") },
	{ "mesgtoobig", WORDS("message too large", "message too big", "message is too large", "message is too big",
	                        "message size exceed", "size exceeds", "exceeds maximum size", "exceeded maximum size",
	                        "exceeds size limit", "message size limit", "message exceeds", "mail too big",
	                        "maximum message size", "maximum size", "size limit exceeded", "larger than the",
	                        "line limit exceeded", "line too long", "message file too big", "exceeded the size",
	                        "email is too large", "message length exceeds", "greater than the limit",
	                        "taille maximale", "trop volumineux", "too large", "message length",
	                        "attachments are too", "exceeds the max", "exceeded the max", "size exceeded") },
	{ "notaccept", WORDS("does not accept mail", "doesn't accept mail", "does not accept email",
	                       "doesn't receive email", "does not receive mail", "does not receive email", "nullmx",
	                       "null mx", "does not accept any mail", "do not accept any mail", "no mail accepted",
	                       "malformed or unexpected name server reply", "does not handle mail", "invalid mx",
	                       "mx 0 .", "indicated no smtp service", "no smtp service") },
	{ "hasmoved", WORDS("has moved", "no longer on server", "not our customer", "user moved", "address has changed",
	                      "new address", "please use the address", "has been replaced by", "address change",
	                      "changed his address", "forwarding address is") },
	{ "suspend",
	        WORDS("suspended", "disabled", "discontinued", "inactive", "deactivated", "is frozen", "account frozen",
	                "temporarily locked", "mailbox locked", "is locked", "user is locked", "account locked",
	                "not active", "account expired", "account has expired", "been terminated", "account closed",
	                "account is closed", "account was closed", "dormant", "no longer in use", "suspended mailbox",
	                "利用停止", "permitted to receive", "recipient suspend", "user suspend", "extended inactivity",
	                "not currently accepting", "been suspended", "currently disabled", "account is not active",
	                "no longer active", "no longer valid", "mailbox closed") },
	{ "rejected", WORDS("sender address rejected", "sender rejected", "rejects sender", "sender denied",
	                      "sender verify failed", "sender verification", "sender not allowed", "invalid sender",
	                      "unknown sender", "bad sender", "sender blocked", "from address rejected",
	                      "address of sender", "sender email address", "null sender", "empty envelope",
	                      "senders allowed", "do not have permission", "have permission to post", "only members",
	                      "not a member", "not a subscriber", "members only", "not allowed to post", "can't post",
	                      "may not have permission", "posting to this group", "does not accept messages from",
	                      "sender domain", "domain of sender", "the sender's domain", "backscatter",
	                      "sender policy", "rejected by the sender", "require sender", "sender unknown",
	                      "verification failed for <", "from: domain", "sender was rejected",
	                      "sender address verif", "not exist or permission", "permisos", "権限", "权限", "權限",
	                      "권한", "berechtigung", "pas l'autorisation", "autorisation de publier", "permessi",
	                      "permissão", "прав на", "uprawnie", "iznine", "permission to", "to post messages",
	                      "non-member", "moderat", "مصرح", "oprávnění", "дозвол", "uprawnień", "jogosult",
	                      "behörighet", "tillatelse", "tilladelse", "oikeutta", "toestemming", "άδεια", "הרשאה",
	                      "quyền", "สิทธิ์", "dopuštenj", "povoleni", "permisiun", "разрешение", "permís") },
	{ "networkerror", WORDS("host not found, try again", "host name lookup failure", "temporary lookup failure",
	                          "name server failure", "temporary dns", "routing loop", "mail loop", "hop count",
	                          "too many hops") },
	{ "hostunknown",
	        WORDS("host or domain name not found", "host not found", "host unknown", "unknown host",
	                "domain not found", "no such domain", "unrouteable mail domain", "unrouteable domain",
	                "unroutable domain", "domain does not exist", "domain doesn't exist",
	                "name or service not known", "non-existent domain", "nonexistent domain",
	                "domain name not found", "invalid domain", "unknown domain", "domain is not reachable", "no mx",
	                "nxdomain", "illegal host", "couldn't find any host", "domain invalid", "domain must exist",
	                "domain must resolve", "recipient domain", "no such host", "does not resolve",
	                "could not be resolved", "cannot resolve", "unable to resolve", "name service error",
	                "name server: ", "host name lookup", "no valid host", "is not a valid domain",
	                "destination domain", "unknown mail domain", "host inconnu", "unbekannter host",
	                "no matches to nameserver query", "no a record", "domain name system",
	                "there was no response from the dns", "can't find any host", "mail server for the recipient",
	                "server for domain", "dns error", "domain lookup", "not find the domain", "domain you",
	                "domain name is", "wrong domain", "bad destination system", "no route to domain",
	                "dns lookup failure: host", "host cannot be found", "could not find host", "mx record lookup",
	                "nome a dominio", "dominio inesistente", "domain has no", "ドメイン") },
	{ "expired",
	        WORDS("could not be delivered for", "will be deleted from queue", "message expired", "queue.expired",
	                "retry timeout exceeded", "retry time not reached", "been in the queue too long",
	                "queue too long", "maximum queue", "maximum time", "message has been in queue",
	                "delivery time expired", "delivery expired", "retry timeout", "was undeliverable within",
	                "unable to deliver in", "not been able to deliver", "delivery attempts", "giving up after",
	                "connection timed out", "operation timed out", "timed out", "timeout", "time out", "expired",
	                "too old", "been delayed", "not deliverable within", "could not deliver your message within",
	                "not be delivered within", "no response", "did not respond", "attempts:", "was queued for",
	                "deferral") },
	{ "networkerror",
	        WORDS("routing loop", "mail loop", "loop detected", "loops back", "hop count", "too many hops",
	                "mail forwarding loop", "no route to host", "network is unreachable", "network unreachable",
	                "network error", "host unreachable", "host is unreachable", "connection refused",
	                "connection lost", "connection reset", "connection dropped", "lost connection",
	                "establish an smtp connection", "connect to", "unable to connect", "could not connect",
	                "couldn't connect", "unreachable", "circular", "cannot connect", "can't connect", "looping",
	                "our requests to connect", "loops back to myself", "no answer from host") },
	{ "mailererror", WORDS("procmail:", "command output:", "mailer error") },
	{ "userunknown",
	        WORDS("user unknown", "unknown user", "no such user", "no such mailbox", "mailbox not found",
	                "mailbox does not exist", "mailbox doesn't exist", "mailbox unknown", "unknown mailbox",
	                "not a valid mailbox", "invalid mailbox", "user not found", "user does not exist",
	                "user doesn't exist", "doesn't exist", "does not exist", "recipient unknown",
	                "unknown recipient", "invalid recipient", "recipient not found", "recipnotfound",
	                "no such recipient", "not our user", "unknown address", "address unknown", "unknown local",
	                "unknown or illegal", "addressee unknown", "no mailbox", "unroutable address",
	                "unrouteable address", "invalid address", "bad address", "bad recipient", "invalid user",
	                "not a user", "not listed", "name not found", "unknown account", "account does not",
	                "no such account", "account unknown", "no account", "no user", "user invalid",
	                "is not a known user", "not recognized", "not recognised", "is unknown", "is not a valid",
	                "not a valid", "doesn't have a", "does not have a", "unavailable mailbox",
	                "mailbox unavailable", "mailbox not available", "recipient does not", "no one by that name",
	                "no person", "cannot be found", "could not be found", "cannot find", "couldn't be found",
	                "was not found", "wasn't found", "weren't found", "not found", "not exist", "no existe",
	                "desconocido", "unbekannt", "nicht vorhanden", "existiert nicht", "inconnu", "n'existe pas",
	                "introuvable", "non esiste", "sconosciuto", "inesistente", "não existe", "não foi encontrado",
	                "nieznany", "nie istnieje", "не существует", "не найден", "несуществующ", "neznám", "okänd",
	                "ukjent", "ukendt", "tuntematon", "onbekend", "bestaat niet", "存在し", "見つかり", "不存在",
	                "no such person", "no such address", "no such local", "misspelled", "nouser",
	                "invalid_recipient", "bad destination mailbox", "addresses were unknown", "no longer available",
	                "no longer with", "destinataire invalide", "been removed", "been deleted", "no local user",
	                "addressee not", "doesn't like recipient", "does not like recipient", "not accept recipient",
	                "invalid recipients", "not a registered", "no valid recipient", "bad_recipient",
	                "active address", "invalid final delivery", "username", "bad-recipient", "invalid_user",
	                "user_unknown", "unknown_user", "not a mailbox", "no such email", "does not match any",
	                "unknown to address", "address is not valid", "address no longer",
	                "unavailable or does not exist", "email address is incorrect", "no mail-box", "geen gebruiker",
	                "empfänger unbekannt", "adresse inconnue", "destinatario desconocido", "адресат не",
	                "utente sconosciuto", "ukendt modtager", "nie znaleziono", "宛先不明", "収件者不存在",
	                "查无此") },
	{ "policyviolation", WORDS("policy", "policies", "header error", "presents a potential", "potential security",
	                             "attachment type", "attachments not", "attachment is not", "illegal attachment",
	                             "prohibited", "forbidden", "not permitted", "not allowed", "violat", "executable",
	                             "unacceptable", "message refused", "local_policy") },
	{ "securityerror",
	        WORDS("authentication required", "unauthenticated senders", "smtp authentication",
	                "authentication turned on", "authentication failed", "authenticate", "not authorized",
	                "unauthorized", "authorization failed", "insufficient authorization", "security",
	                "invalid credentials", "password", "failed to delivery") },
	{ "contenterror",
	        WORDS("8-bit data", "8bit", "8 bit", "improper use of", "headers too large", "header too large",
	                "too many attachments", "malformed mime", "mime error", "malformed", "charset not supported",
	                "non-ascii", "unsupported character", "smtputf8") },
	{ "systemfull", WORDS("insufficient disk", "disk full", "no space left", "insufficient system storage",
	                        "out of disk", "mail system full", "disk space", "insufficient system resources") },
	{ "mailererror",
	        WORDS("procmail", "mailer error", "exited with", "exit status", "mailer_error", "command died",
	                "returned an error", "child process", "x-unix", "local delivery failed", "command failed",
	                "pipe to", "command output", "maildrop", "process terminated", "status 75", "dovecot-lda",
	                "cannot open", "can't create", "couldn't create", "return code", "failed to execute") },
	{ "syntaxerror", WORDS("syntax error", "command not implemented", "parameter not implemented",
	                         "improper sequence", "bad sequence", "unrecognized command", "command unrecognized",
	                         "command not recognized", "unknown command") },
	{ "filtered", WORDS("filtered", "because the recipient", "user has refused", "refused by recipient",
	                      "recipient refused", "recipient's filter", "recipient preferences") },
	{ "systemerror", WORDS("system error", "internal error", "server error", "local error", "local configuration",
	                         "misconfigur", "configuration error", "currently unavailable", "service unavailable",
	                         "temporary failure", "temporarily unavailable", "try again later", "try later",
	                         "internal server", "could not load", "error in processing", "temporary local problem",
	                         "can't initgroups", "aliasing", "alias", "service refus", "resources", "unexpected",
	                         "transport error", "server busy", "overloaded") },
	{ "userunknown", WORDS("unknown", "undeliverable address", "does not have", "recipient verify failed", "not in",
	                         "not local", "not valid", "recipient address rejected", "recipient rejected",
	                         "address rejected", "this user", "not known", "unknown in") },
	{ "blocked", WORDS("rejected", "refused", "blocked") },
};

/* The subject and detail of an enhanced status code (RFC 3463). */
static const struct {
	const char *code, *reason;
} by_status[] = { { "1.1", "userunknown" }, { "1.2", "hostunknown" }, { "1.3", "userunknown" }, { "1.4", "filtered" },
	{ "1.6", "hasmoved" }, { "1.0", "userunknown" }, { "1.7", "rejected" }, { "1.8", "rejected" },
	{ "1.9", "systemerror" }, { "1.10", "notaccept" }, { "2.1", "suspend" }, { "2.2", "mailboxfull" },
	{ "2.3", "exceedlimit" }, { "2.4", "filtered" }, { "2.0", "filtered" }, { "3.1", "systemfull" },
	{ "3.0", "systemerror" }, { "3.2", "notaccept" }, { "3.3", "systemerror" }, { "3.4", "mesgtoobig" },
	{ "3.5", "systemerror" }, { "4.0", "networkerror" }, { "4.1", "networkerror" }, { "4.2", "networkerror" },
	{ "4.3", "systemerror" }, { "4.4", "hostunknown" }, { "4.5", "systemfull" }, { "4.6", "networkerror" },
	{ "4.7", "expired" }, { "5.2", "syntaxerror" }, { "5.3", "toomanyconn" }, { "5.4", "syntaxerror" },
	{ "6.0", "contenterror" }, { "6.1", "contenterror" }, { "6.2", "contenterror" }, { "6.3", "contenterror" },
	{ "6.6", "contenterror" }, { "6.9", "contenterror" }, { "7.0", "policyviolation" }, { "7.1", "rejected" },
	{ "7.2", "rejected" }, { "7.9", "policyviolation" }, { "7.13", "suspend" }, { "7.17", "hasmoved" },
	{ "7.23", "authfailure" }, { "7.24", "authfailure" }, { "7.25", "requireptr" }, { "7.26", "authfailure" },
	{ "7.27", "notaccept" }, { "7.509", "authfailure" }, { "7.606", "blocked" } };

struct text bounce_reason_of_words(struct text said)
{
	for (size_t i = 0; i < sizeof by_words / sizeof *by_words; i++) {
		if (line_has_any(said, by_words[i].words) < 0)
			continue;
		return text_of(by_words[i].reason);
	}
	return TEXT("");
}

struct text bounce_reason_of_codes(struct text status, struct text code)
{
	struct text detail = line_rest(status, 2);

	for (size_t i = 0; detail.len && i < sizeof by_status / sizeof *by_status; i++)
		if (text_equal(detail, text_of(by_status[i].code)))
			return text_of(by_status[i].reason);
	if (text_equal(code, TEXT("552")))
		return TEXT("mailboxfull");
	if (text_equal(code, TEXT("421")) || text_equal(code, TEXT("451")))
		return TEXT("systemerror");
	return TEXT("onhold");
}

struct text bounce_kind(struct text reason, struct text status)
{
	static const char *const dead[] = { "userunknown", "hostunknown", "hasmoved", "notaccept" };

	if (text_equal(reason, TEXT("notaccept")) && status.len && status.data[0] == '4')
		return TEXT("soft");
	for (size_t i = 0; i < sizeof dead / sizeof *dead; i++)
		if (text_equal(reason, text_of(dead[i])))
			return TEXT("hard");
	return TEXT("soft");
}

static bool is_digit(struct text t, size_t at)
{
	return at < t.len && t.data[at] >= '0' && t.data[at] <= '9';
}

/* A digit that begins a number: nothing of another number, name or address stands before it. */
static bool is_start(struct text t, size_t at)
{
	return !at || !(is_digit(t, at - 1) || t.data[at - 1] == '.' || t.data[at - 1] == '[' ||
	                      t.data[at - 1] == '@' || (t.data[at - 1] == '-' && at > 1 && !is_digit(t, at - 2)));
}

/* "5.1.1": three numbers, the second of one to three digits, and no fourth (an address of a machine has four). */
struct text bounce_find_status(struct text t)
{
	for (size_t at = 0; at + 4 < t.len; at++) {
		size_t end = at + 2, first;

		if (!strchr("245", t.data[at]) || t.data[at + 1] != '.' || !is_start(t, at))
			continue;
		for (first = end; is_digit(t, end) && end - first < 3; end++)
			;
		if (end == first || end >= t.len || t.data[end] != '.' || !is_digit(t, end + 1))
			continue;
		for (first = ++end; is_digit(t, end) && end - first < 3; end++)
			;
		if (!is_digit(t, end) && !(end < t.len && t.data[end] == '.' && is_digit(t, end + 1)))
			return (struct text){ t.data + at, end - at };
	}
	return TEXT("");
}

struct text bounce_find_code(struct text t)
{
	for (size_t at = 0; at + 3 <= t.len; at++) {
		if (!strchr("45", t.data[at]) || !is_start(t, at) || t.data[at + 1] < '0' || t.data[at + 1] > '7' ||
		        !is_digit(t, at + 2))
			continue;
		if (at + 3 == t.len || strchr(" -\t\n:;,.)<>", t.data[at + 3]))
			return (struct text){ t.data + at, 3 };
	}
	return TEXT("");
}
