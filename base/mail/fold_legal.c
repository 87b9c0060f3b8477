/* fold_legal.c - the paragraph that lawyers put below every mail: it speaks of itself, and of those who must not read
 * it. */
#include "base/mail/fold.h"

enum { LEGAL_BYTES_LEAST = 100, LEGAL_WORDS_LEAST = 2 };

static const char *const itself[] = { "this e-mail", "this email", "this message", "this communication",
	"this transmission", "the information contained", "information in this", "the contents of this", "disclaimer",
	"confidentiality notice", "diese e-mail", "dieser e-mail", "diese nachricht", "dieser nachricht", "diese mail",
	"cet e-mail", "cet email", "ce message", "ce courriel", "ce mail", "le présent message", "este correo",
	"este mensaje", "este e-mail", "este email", "esta mensagem", "questo messaggio", "questa e-mail",
	"questa mail", "presente messaggio", "deze e-mail", "dit e-mail", "dit bericht", "detta meddelande",
	"detta e-post", "denne e-post", "denne e-mail", "denne mail", "tämä viesti", "tämä sähköposti", "ta wiadomość",
	"niniejsza wiadomość", "tato zpráva", "tento e-mail", "táto správa", "ez az e-mail", "ez az üzenet",
	"acest mesaj", "acest e-mail", "это сообщение", "данное сообщение", "настоящее сообщение", "цей лист",
	"bu e-posta", "bu mesaj", "bu ileti", "το παρόν", "αυτό το μήνυμα", "ovaj e-mail", "ova poruka", "本邮件",
	"此邮件", "本電子郵件", "此郵件", "本メール", "このメール", "이 메일", "본 메일", "هذه الرسالة",
	"aquest missatge", "aquest correu", NULL };

static const char *const legal[] = { "confidential", "privileged", "intended recipient", "intended only",
	"intended solely", "solely for", "addressee", "unauthori", "disclos", "dissemination", "received this",
	"delete", "destroy", "notify the sender", "strictly prohibited", "vertraulich", "irrtümlich",
	"richtige adressat", "bestimmt", "vernichten", "löschen", "unbefugt", "nicht gestattet", "confidenti",
	"destinataire", "reçu par erreur", "détruire", "erreur", "strictement", "divulgation", "destinatario",
	"por error", "elimín", "prohibid", "proibid", "riservat", "per errore", "vertrouwelijk", "geadresseerde",
	"vernietigen", "konfidentiell", "mottagare", "fortrolig", "luottamuksell", "poufn", "adresat", "důvěrn",
	"dôvern", "bizalmas", "címzett", "confidenția", "конфиденциальн", "адресат", "конфіденційн", "gizli", "alıcı",
	"εμπιστευτικ", "povjerljiv", "poverljiv", "机密", "保密", "機密", "收件人", "秘密", "기밀", "سرية",
	"destinatário", "virus", NULL };

static int count_of(struct text t, const char *const *words, int enough)
{
	int count = 0;

	for (int i = 0; words[i] && count < enough; i++)
		count += line_has(t, words[i]);
	return count;
}

bool fold_is_legal(const struct lines *lines, int first, int end)
{
	struct buffer b;
	struct text t;

	buffer_init(&b, lines->arena, 512);
	for (int i = first; i < end && b.len < 8192; i++) {
		buffer_text(&b, lines->items[i].said);
		buffer_string(&b, " ");
	}
	if (b.len < LEGAL_BYTES_LEAST)
		return false;
	t = line_lowered(lines->arena, buffer_view(&b));
	return line_has_any(t, itself) >= 0 && count_of(t, legal, LEGAL_WORDS_LEAST) >= LEGAL_WORDS_LEAST;
}
