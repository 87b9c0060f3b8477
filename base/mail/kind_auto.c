/* kind_auto.c - mail that no person wrote, or that many get: RFC 3834 section 2, RFC 2369, RFC 2919, RFC 5230
 * section 4.6. */
#include "base/mail/kind.h"

#include <string.h>
#include "base/mail/header.h"
#include "base/mail/line.h"
#include "base/mail/subject.h"

enum { CHALLENGE_BYTES_MOST = 8192 };

static struct text lower_header(const struct mail *mail, const char *name)
{
	struct text value = mail_header(mail, name);

	return value.data ? line_lowered(mail->arena, line_trim(value)) : TEXT_NONE;
}

static bool has_header(const struct mail *mail, const char *name)
{
	return mail_header(mail, name).data != NULL;
}

bool kind_has_null_path(const struct mail *mail)
{
	struct text path;

	if (mail->envelope_from.data)
		return mail->envelope_from.len == 0 || text_equal(mail->envelope_from, TEXT("<>"));
	path = mail_header(mail, "Return-Path");
	return path.data && text_equal(line_trim(path), TEXT("<>"));
}

bool kind_is_from_daemon(const struct mail *mail)
{
	static const char *const locals[] = { "mailer-daemon", "mailer_daemon", "mailerdaemon", "mail-daemon",
		"mail_daemon", "maildaemon", "mailer-", "postmaster", "mdaemon", "mmdf", "mail.delivery",
		"mail-delivery", "maildelivery", "mailsystem", "mail-system", "mailadmin", "smtp-daemon", "daemon@",
		"delivery-failure", "delivery-status", "deliverystatus", "nondelivery", "non-delivery", "noreply-dsn",
		"bounce-notification", "bounces-handler", "microsoftexchange", NULL };
	static const char *const display[] = { "mailer-daemon", "mailer daemon", "mail delivery", "mail daemon",
		"delivery subsystem", "delivery system", "postmaster", "system administrator", "mail administrator",
		"mail system", "mailadministrator", "mail router", "microsoft outlook", "delivery status",
		"systemadministrator", "administrateur système", "non-delivery", "mail deliver",
		"automatic email delivery", "internet mail", "bounce", NULL };
	struct text address = line_lowered(mail->arena, mail->from.address), name, raw = lower_header(mail, "From");

	while (raw.len && strchr("<\" ", raw.data[0]))
		raw = line_rest(raw, 1);
	for (int i = 0; locals[i]; i++)
		if (line_begins(address, locals[i]) || line_begins(raw, locals[i]))
			return true;
	name = line_lowered(mail->arena, mail->from.name);
	return line_has_any(name, display) >= 0 || line_has(raw, "mailer-daemon") || line_has(raw, "<>, ");
}

bool kind_subject_is_failure(const struct mail *mail)
{
	enum subject_prefix prefix = subject_prefix(mail->arena, mail->subject);
	static const char *const words[] = { "undeliver", "undelivered", "delivery status notification",
		"failure notice", "returned mail", "mail delivery fail", "delivery fail", "delivery has failed",
		"delivery status", "error during delivery", "delivery error", "non delivery", "non-delivery",
		"nondelivery", "nondeliver", "could not be delivered", "couldn't be delivered", "not delivered",
		"returning message", "returned to sender", "mail system error", "mail returned", "message returned",
		"returned message", "delivery notification", "delivery report", "delivery problem",
		"delivery unsuccessful", "mail failure", "message delivery failure", "mail delivery",
		"message could not", "rejected mail", "mail rejected", "message rejected", "rejected:", "bounce",
		"unable to deliver", "unknown user", "user unknown", "mail error", "mail status report",
		"status report", "nicht zugestellt", "unzustellbar", "zustellung", "zustellungs", "non remis",
		"non distribu", "échec de la remise", "échec de la distribution", "non recapit", "mancata consegna",
		"no se puede entregar", "no entregado", "não entreg", "onbestelbaar", "onbezorg", "недостав",
		"не доставлен", "nedoruč", "doručení", "niedostarcz", "zwrot", "kézbesít", "配信", "送信エラー",
		"送信者に返", "エラー", "退信", "系统退信", "退件", "投递失败", "teslim", "e-mail refus",
		"dsn:", "permanent fail", "wiadomość", "undeliverable", "could not send message", "failed mail",
		"failed delivery", "mail could not", "problem with your", "address unknown", "warning: could not",
		"warning: message", "delayed mail", "returned email", "email delivery", "message you sent",
		"failed, returning", "failure delivery", "returning to sender", "error sending your", "mail failed",
		NULL };

	/* An answer names what it answers; some programs write "Re:" and name nothing. */
	if (!kind_has_null_path(mail) &&
	        (prefix == SUBJECT_FORWARD || (prefix == SUBJECT_REPLY && mail->reference_count)))
		return false;
	return line_has_any(line_lowered(mail->arena, mail->subject), words) >= 0;
}

bool kind_subject_is_no_failure(const struct mail *mail)
{
	static const char *const words[] = { "delay", "warning: could not send", "warning: message", "(relay)",
		"relayed", "success", "successful", "delivered:", "verzögert", "retardé", "retraso", "ritard",
		"vertraagd", "försenad", "opóźnion", "задерж", "遅延", "advisory", "delivery warning", NULL };

	return line_has_any(line_lowered(mail->arena, mail->subject), words) >= 0;
}

/* The subject begins as programs write it. Followed by a colon, as Exchange does, it needs no other sign; people write
 * about their absences and about such programs, too. */
static bool is_auto_subject(const struct mail *mail)
{
	static const char *const starts[] = { "automatic reply", "auto reply", "auto-reply", "autoreply",
		"auto response", "auto-response", "autoresponse", "automated reply", "automated response",
		"automatic response", "out of office", "out of the office", "out-of-office", "away from", "on vacation",
		"vacation", "on leave", "réponse automatique", "absence du bureau", "absent", "message d'absence",
		"automatische antwort", "abwesenheit", "automatisch antwoord", "afwezig", "respuesta automática",
		"respuesta automatica", "fuera de la oficina", "resposta automática", "ausência", "risposta automatica",
		"fuori sede", "fuori ufficio", "assente", "autosvar", "automatiskt svar", "automatisk svar", "frånvaro",
		"fravær", "automaattinen vastaus", "poissa", "autoodpowiedź", "odpowiedź automatyczna",
		"automatická odpověď", "automatická odpoveď", "mimo kancelář", "automatikus válasz", "răspuns automat",
		"автоответ", "автоматический ответ", "otomatik yanıt", "αυτόματη απάντηση", "automatski odgovor",
		"自動応答", "自動返信", "不在", "自动回复", "自動回覆", "自動回復", "부재중", "자동 회신", "رد تلقائي",
		"תשובה אוטומטית", "trả lời tự động", NULL };
	struct text subject = line_lowered(mail->arena, line_trim(mail->subject)),
	            submitted = lower_header(mail, "Auto-Submitted");
	bool is_program = kind_has_null_path(mail) || line_begins(submitted, "auto") ||
	                  has_header(mail, "X-Auto-Response-Suppress") || has_header(mail, "Precedence");

	if (line_begins(subject, "auto:"))
		return true;
	for (int i = 0; starts[i]; i++) {
		struct text rest = line_rest(subject, strlen(starts[i]));

		if (line_begins(subject, starts[i]))
			return is_program || line_begins(rest, ":") || line_begins(rest, " :") ||
			       line_begins(rest, "：");
	}
	return false;
}

/* Headers with which vacation programs sign, before Auto-Submitted was agreed on. */
static bool has_auto_header(const struct mail *mail)
{
	static const char *const names[] = { "X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Respond",
		"X-AutoReply-From", "X-Autoreply-From", "X-Auto-Reply", "X-Mail-Autoreply", "X-Auto-Reply-From",
		"X-Vacation", "X-FC-MachineGenerated" };
	struct text delivered = lower_header(mail, "Delivered-To"), value;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		value = lower_header(mail, names[i]);
		if (value.data && !text_equal(value, TEXT("no")))
			return true;
	}
	return text_equal(delivered, TEXT("autoresponder")) ||
	       line_has(lower_header(mail, "X-POST-MessageClass"), "autoresponder");
}

bool kind_is_auto_reply(const struct mail *mail)
{
	struct text submitted = lower_header(mail, "Auto-Submitted"), precedence = lower_header(mail, "Precedence");

	if (line_begins(submitted, "auto-replied") || line_begins(precedence, "auto_reply") ||
	        line_begins(precedence, "auto-reply"))
		return true;
	if (has_auto_header(mail))
		return !has_header(mail, "List-Id");
	return is_auto_subject(mail);
}

static bool is_from_nobody(const struct mail *mail)
{
	static const char *const locals[] = { "no-reply", "noreply", "no_reply", "no.reply", "donotreply",
		"do-not-reply", "do_not_reply", "do.not.reply", "dont-reply", "nepasrepondre", "ne-pas-repondre",
		"ne_pas_repondre", "noresponder", "no-responder", "nao-responda", "naoresponda", "nichtantworten",
		"keineantwort", "nobody@", "notifications@", "notification@", "bounce", NULL };
	struct text address = line_lowered(mail->arena, mail->from.address);

	for (int i = 0; locals[i]; i++)
		if (line_begins(address, locals[i]))
			return true;
	return line_has(address, "-noreply@") || line_has(address, "-no-reply@") || line_has(address, ".noreply@");
}

/* Services by name; and what others say, when a program sent it: a newsletter asks for its place on a list, too. */
bool kind_is_challenge(const struct mail *mail)
{
	static const char *const services[] = { "challenge/response", "challenge-response", "boxbe", "spamarrest",
		"spam arrest", "sender verification", "bluebottle", "earthlink spamblocker", "tmda", NULL };
	static const char *const words[] = { "verify your email address to deliver", "confirm that you are",
		"not a spammer", "approved senders", "whitelist", "guest list", "confirm your message",
		"verify that you sent", "been quarantined until", "click the link below to deliver", "captcha", NULL };
	bool is_program = kind_has_null_path(mail) || line_begins(lower_header(mail, "Auto-Submitted"), "auto-") ||
	                  has_auto_header(mail);
	struct text text = mail->text;

	if (!is_program && !is_from_nobody(mail) && !kind_is_from_daemon(mail))
		return false;
	if (text.len > CHALLENGE_BYTES_MOST)
		text.len = CHALLENGE_BYTES_MOST;
	text = line_lowered(mail->arena, text);
	if (!line_has(text, "http://") && !line_has(text, "https://") && !line_has(text, "reply to this"))
		return false;
	return line_has_any(text, services) >= 0 || (is_program && line_has_any(text, words) >= 0);
}

/* "X-Auto-Response-Suppress: DR, OOF": any but None. */
static bool is_suppressed(const struct mail *mail)
{
	static const char *const values[] = { "all", "autoreply", "oof", "rn", "nrn", "dr", "ndr", NULL };
	struct text value = lower_header(mail, "X-Auto-Response-Suppress");

	return value.data && line_has_any(value, values) >= 0;
}

static bool is_list(const struct mail *mail)
{
	static const char *const names[] = { "List-Id", "List-Unsubscribe", "List-Post", "List-Help", "List-Archive",
		"List-Owner", "List-Subscribe", "Mailing-List", "X-Mailing-List", "X-BeenThere", "X-Mailman-Version",
		"X-Listserv", "X-ML-Name", "X-Campaign-Id", "Feedback-ID" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (has_header(mail, names[i]))
			return true;
	return false;
}

struct text kind_auto_reason(const struct mail *mail)
{
	struct text submitted = lower_header(mail, "Auto-Submitted"), precedence = lower_header(mail, "Precedence");
	static const char *const bulk[] = { "bulk", "junk", "list", "auto_reply", "auto-reply", NULL };

	if (kind_has_null_path(mail))
		return TEXT("null-path");
	if ((submitted.data && !line_begins(submitted, "no")) || has_header(mail, "X-Autogenerated"))
		return TEXT("auto-submitted");
	if (has_header(mail, "X-Guichet-Ticket") || has_header(mail, "X-Loop"))
		return TEXT("loop");
	if (kind_is_auto_reply(mail))
		return TEXT("auto-reply");
	if (precedence.data && line_has_any(precedence, bulk) >= 0)
		return TEXT("precedence");
	if (is_list(mail))
		return TEXT("list");
	if (is_suppressed(mail))
		return TEXT("suppressed");
	if (kind_is_from_daemon(mail))
		return TEXT("daemon");
	return is_from_nobody(mail) ? TEXT("no-reply") : TEXT("");
}
